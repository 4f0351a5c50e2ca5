//! HTTP below registries: settings, connections, requests with retries, and limited responses.
//!
//! Nothing here handles credentials: a request carries at most the `Authorization` header that the
//! caller passes, and only to the server it is meant for.

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
