//! Verification of received content.

use crate::digest::Digest;
use crate::fault::Fault;
use crate::manifest::Descriptor;
use crate::transport::reply::Reply;

/// The header in which a registry declares the digest of content.
pub(super) const DIGEST_HEADER: &str = "docker-content-digest";

/// Checks length and digest of content.
pub(super) fn check(descriptor: &Descriptor, actual: Digest, length: u64) -> Result<(), Fault> {
    if length != descriptor.size {
        return Err(wrong_size(descriptor, length));
    }
    if actual != descriptor.digest {
        let expected = descriptor.digest;
        return Err(Fault::Digest { expected, actual });
    }
    Ok(())
}

pub(super) fn wrong_size(descriptor: &Descriptor, actual: u64) -> Fault {
    Fault::Size {
        digest: descriptor.digest,
        expected: descriptor.size,
        actual,
    }
}

/// Checks the digest that a registry declares for content, if it does.
pub(super) fn check_header(reply: &Reply, actual: Digest) -> Result<(), Fault> {
    let header = reply.header(DIGEST_HEADER);
    match header.and_then(|text| text.parse().ok()) {
        Some(expected) if expected != actual => Err(Fault::Digest { expected, actual }),
        _ => Ok(()),
    }
}
