//! Slow tests: kills, crashes, faults at every request, real servers, a year.

mod crash;
mod faults;
mod kill;
mod servers;
#[path = "../yard.rs"]
mod yard;
mod year;
