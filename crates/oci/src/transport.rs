//! HTTP below registries: settings, connections, requests with repetitions, and limited answers.
//!
//! Nothing here knows a login: a request carries at most the `Authorization` header it was given,
//! and only to the server it was given for.

pub(crate) mod authorization;
pub(crate) mod client;
pub(crate) mod fault;
pub(crate) mod network_error;
pub mod proxy;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod retry;
pub(crate) mod settings;
mod trust;
pub(crate) mod url;
