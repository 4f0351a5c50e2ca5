//! Whether the digest of a resource covers the bytes that its users get.
//!
//! A component digest covers the digests of resources, but not their accesses (OCM specification,
//! "Normalisation"). If the digest of a resource says nothing about its bytes, anyone who can write
//! to the repository can therefore replace them without changing the component digest.

use oci::Digest;
use serde_json::Value;

use crate::artifact::ArtifactReference;
use crate::descriptor::{Access, ElementDigest, Resource};

/// The normalisation of a digest over the bytes of a blob. The official CLI also writes it for OCI
/// artifacts, whose bytes are those of the manifest.
const BLOB: &str = "genericBlobDigest/v1";
/// The normalisation of a digest over the manifest of an OCI artifact; older tools write it.
const ARTIFACT: &str = "ociArtifactDigest/v1";

/// Content that is covered by the digest of its resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Covered {
    /// The resource has no content.
    Nothing,
    /// A blob that is stored with the descriptor.
    LocalBlob(Digest),
    /// An OCI artifact whose manifest digest is part of the reference.
    Artifact(ArtifactReference),
}

/// Why the digest of a resource does not cover its content. The messages follow the name of the
/// resource.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Uncovered {
    /// The resource has no digest.
    #[error("has no digest that can be compared")]
    NoDigest,
    /// The resource is excluded from signatures, and thus from the component digest.
    #[error("is excluded from signatures, so no digest covers its content")]
    Excluded,
    /// The digest is of an unsupported kind, or incomplete.
    #[error(
        "its digest of `{algorithm}` and `{normalisation}` does not cover its bytes, which takes SHA-256 of {BLOB}"
    )]
    Algorithm {
        /// Hash algorithm, as spelled; may be empty.
        algorithm: String,
        /// Normalisation, as spelled; may be empty.
        normalisation: String,
    },
    /// The digest belongs to other content.
    #[error("its content is {content}, but its digest is {algorithm} {value}")]
    Differs {
        /// Digest of the content, according to the access.
        content: String,
        /// Hash algorithm.
        algorithm: String,
        /// Value of the digest, as spelled.
        value: String,
    },
    /// The reference to an OCI artifact is a tag, which can be moved.
    #[error("its access `{0}` names no digest, so the content can change")]
    Mutable(String),
    /// The content is stored in a way that allows no comparison with a digest.
    #[error(
        "its content is not stored with the component (access `{0}`), so its digest is not compared with it"
    )]
    Elsewhere(String),
}

/// Decides whether the digest of a resource covers its content. Nothing is read: the digest in the
/// access is compared with that of the resource. Whoever uses the content must compare its bytes
/// with the digest in the access.
///
/// # Errors
/// The digest does not cover it, so the content can be replaced without changing the component
/// digest.
pub fn covered(resource: &Resource) -> Result<Covered, Uncovered> {
    let Some(access) = &resource.access else {
        return Ok(Covered::Nothing);
    };
    if matches!(access.kind(), "none" | "None" | "none/v1" | "None/v1") {
        return Ok(Covered::Nothing);
    }
    let digest = resource.digest.as_ref().filter(|digest| !digest.is_unset());
    let digest = digest.ok_or(Uncovered::NoDigest)?;
    if digest.hash_algorithm == "NO-DIGEST"
        || digest.normalisation_algorithm == "EXCLUDE-FROM-SIGNATURE"
    {
        return Err(Uncovered::Excluded);
    }
    if let Some((reference, _)) = access.as_local_blob() {
        let content = compare(digest, reference, reference, &[BLOB])?;
        return Ok(Covered::LocalBlob(content));
    }
    let Some(image) = image_reference(access) else {
        return Err(Uncovered::Elsewhere(access.kind().to_owned()));
    };
    let (_, pinned) = image
        .rsplit_once('@')
        .ok_or_else(|| Uncovered::Mutable(image.to_owned()))?;
    let content = compare(digest, image, pinned, &[BLOB, ARTIFACT])?;
    match ArtifactReference::parse(image, content) {
        Some(reference) => Ok(Covered::Artifact(reference)),
        None => Err(Uncovered::Elsewhere(image.to_owned())),
    }
}

/// Compares a digest with the one in the access.
fn compare(
    digest: &ElementDigest,
    spelled: &str,
    content: &str,
    normalisations: &[&str],
) -> Result<Digest, Uncovered> {
    if digest.hash_algorithm != "SHA-256"
        || !normalisations.contains(&digest.normalisation_algorithm.as_str())
    {
        return Err(Uncovered::Algorithm {
            algorithm: digest.hash_algorithm.clone(),
            normalisation: digest.normalisation_algorithm.clone(),
        });
    }
    match content.parse::<Digest>() {
        Ok(content) if content.hex() == digest.value => Ok(content),
        _ => Err(Uncovered::Differs {
            content: spelled.to_owned(),
            algorithm: digest.hash_algorithm.clone(),
            value: digest.value.clone(),
        }),
    }
}

/// The reference of an access to an OCI artifact.
fn image_reference(access: &Access) -> Option<&str> {
    let kind = access.kind();
    let kind = kind.strip_suffix("/v1").unwrap_or(kind);
    if !matches!(
        kind,
        "OCIImage" | "ociArtifact" | "ociRegistry" | "ociImage"
    ) {
        return None;
    }
    let reference = access.0.get("imageReference").and_then(Value::as_str);
    Some(reference.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn resource(access: &Value, digest: &Value) -> Resource {
        let document = json!({ "name": "binary", "access": access, "digest": digest });
        serde_json::from_value(document).unwrap()
    }

    fn digest(algorithm: &str, normalisation: &str, value: &str) -> Value {
        json!({
            "hashAlgorithm": algorithm,
            "normalisationAlgorithm": normalisation,
            "value": value,
        })
    }

    fn local() -> Value {
        json!({ "type": "LocalBlob/v1", "localReference": format!("sha256:{A}") })
    }

    fn image(reference: &str) -> Value {
        json!({ "type": "OCIImage/v1", "imageReference": reference })
    }

    #[test]
    fn a_digest_of_the_same_bytes_covers_them() {
        for (access, normalisation) in [
            (local(), BLOB),
            (image(&format!("ghcr.io/acme/demo@sha256:{A}")), BLOB),
            (image(&format!("ghcr.io/acme/demo:1@sha256:{A}")), ARTIFACT),
        ] {
            for kind in ["LocalBlob", "localBlob/v1", "ociArtifact", "ociRegistry/v1"] {
                let mut access = access.clone();
                if kind.starts_with("oci") == access.get("imageReference").is_some() {
                    access["type"] = json!(kind);
                }
                let resource = resource(&access, &digest("SHA-256", normalisation, A));
                assert!(covered(&resource).is_ok(), "{resource:?}");
            }
        }
        for access in [json!(null), json!({ "type": "none" })] {
            let resource = resource(&access, &json!(null));
            assert_eq!(covered(&resource), Ok(Covered::Nothing));
        }
    }

    #[test]
    fn no_other_digest_covers_them() {
        let pinned = format!("ghcr.io/acme/demo@sha256:{A}");
        let upper = A.to_uppercase();
        let algorithm = |algorithm: &str, normalisation: &str| Uncovered::Algorithm {
            algorithm: algorithm.to_owned(),
            normalisation: normalisation.to_owned(),
        };
        let differs = |content: &str, value: &str| Uncovered::Differs {
            content: content.to_owned(),
            algorithm: "SHA-256".to_owned(),
            value: value.to_owned(),
        };
        let here = format!("sha256:{A}");
        for (access, digest, expected) in [
            (local(), json!(null), Uncovered::NoDigest),
            (local(), digest("", "", ""), Uncovered::NoDigest),
            (
                local(),
                digest("NO-DIGEST", "EXCLUDE-FROM-SIGNATURE", "NO-DIGEST"),
                Uncovered::Excluded,
            ),
            (local(), digest("NO-DIGEST", BLOB, A), Uncovered::Excluded),
            (local(), digest("SHA-256", BLOB, B), differs(&here, B)),
            (
                local(),
                digest("SHA-256", BLOB, &upper),
                differs(&here, &upper),
            ),
            (local(), digest("SHA-256", BLOB, ""), differs(&here, "")),
            (
                local(),
                digest("SHA-256", "foo/v1", A),
                algorithm("SHA-256", "foo/v1"),
            ),
            (local(), digest("x", "", ""), algorithm("x", "")),
            (
                local(),
                digest("SHA-512", BLOB, A),
                algorithm("SHA-512", BLOB),
            ),
            (
                local(),
                digest("SHA-256", ARTIFACT, A),
                algorithm("SHA-256", ARTIFACT),
            ),
            (
                json!({ "type": "LocalBlob/v1", "localReference": A }),
                digest("SHA-256", BLOB, A),
                differs(A, A),
            ),
            (
                image("ghcr.io/acme/demo:1"),
                digest("SHA-256", BLOB, A),
                Uncovered::Mutable("ghcr.io/acme/demo:1".to_owned()),
            ),
            (
                image(&pinned),
                digest("SHA-256", BLOB, B),
                differs(&pinned, B),
            ),
            (
                image(&format!("demo@sha256:{A}")),
                digest("SHA-256", BLOB, A),
                Uncovered::Elsewhere(format!("demo@sha256:{A}")),
            ),
            (
                json!({ "type": "Wget/v1", "url": "https://acme.org/demo" }),
                digest("SHA-256", BLOB, A),
                Uncovered::Elsewhere("Wget/v1".to_owned()),
            ),
            (
                json!({ "type": "OCIImageLayer/v1", "digest": here }),
                digest("SHA-256", BLOB, A),
                Uncovered::Elsewhere("OCIImageLayer/v1".to_owned()),
            ),
        ] {
            let resource = resource(&access, &digest);
            assert_eq!(covered(&resource), Err(expected), "{resource:?}");
        }
    }
}
