//! Telling *not found* from failures.

use super::fault::RemoteFault;
use crate::transport::reply::Reply;
use crate::transport::url::host;

/// Error codes that mean *not found* (distribution specification, "Error codes").
const UNKNOWN: [&str; 4] = [
    "MANIFEST_UNKNOWN",
    "NAME_UNKNOWN",
    "NOT_FOUND",
    "BLOB_UNKNOWN",
];

/// Returns a successful response, or `None` if the registry says that something does not exist: a
/// 404 with one of these error codes. A bare 404 may come from anything that is not a registry.
///
/// # Errors
/// Any other response.
pub(super) async fn found(
    mut reply: Reply,
    step: &'static str,
    attempts: u32,
) -> Result<Option<Reply>, RemoteFault> {
    if reply.is_success() {
        return Ok(Some(reply));
    }
    let (codes, message) = reply.error_document().await;
    if reply.status() != 404 {
        return Err(reply.fault_with(step, message).after(attempts).into());
    }
    if codes.iter().any(|code| UNKNOWN.contains(&code.as_str())) {
        return Ok(None);
    }
    let host = host(reply.url());
    Err(RemoteFault::Ambiguous { step, host })
}
