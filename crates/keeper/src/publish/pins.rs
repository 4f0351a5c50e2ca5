//! Compares the digests in a constructor with the components they refer to.

use std::collections::HashMap;

use futures_util::stream::{self, StreamExt};
use ocm::constructor::{ComponentConstructor, ReferenceConstructor};
use ocm::{ComponentDigest, ComponentVersionId, Diagnostic, Lookup, LookupError, PinComparison};

use super::{CONCURRENCY, Refusal, Request};

/// The problem with an entry that has no digest, or one that cannot be compared.
pub(crate) fn unpinned(reference: &ReferenceConstructor) -> Option<Diagnostic> {
    let name = &reference.name.value;
    let help = Some(format!(
        "`plugyard update {name} --repin` computes it from the plugin's component"
    ));
    match &reference.digest {
        None => Some(Diagnostic {
            span: reference.name.span,
            message: format!("entry `{name}` has no digest, so nobody can check what it refers to"),
            help,
        }),
        Some(digest) if ComponentDigest::from_pin(&digest.value).is_none() => Some(Diagnostic {
            span: digest.span,
            message: format!(
                "the digest of entry `{name}` cannot be compared: it is {} of {}, `{}`, and must be SHA-256 of jsonNormalisation/v4alpha1 with 64 lower-case hex digits",
                digest.value.hash_algorithm,
                digest.value.normalisation_algorithm,
                digest.value.value
            ),
            help,
        }),
        Some(_) => None,
    }
}

/// Looks up all entries of a component: their digests, and the problems with their pins.
pub(super) async fn compare_all(
    request: &Request<'_>,
    component: &ComponentConstructor,
    own: &HashMap<ComponentVersionId, ComponentDigest>,
) -> Result<(Vec<Option<ComponentDigest>>, Vec<Diagnostic>), Refusal> {
    let mut comparisons = stream::iter(&component.references)
        .map(|reference| compare(request.lookup, reference, own))
        .buffered(CONCURRENCY);
    let mut pins = Vec::new();
    let mut wrong = Vec::new();
    while let Some(comparison) = comparisons.next().await {
        match comparison? {
            Ok(digest) => pins.push(Some(digest)),
            Err(finding) => {
                pins.push(None);
                wrong.push(finding);
            }
        }
    }
    Ok((pins, wrong))
}

/// Looks up one entry: its component's digest, or the problem with its pin.
async fn compare(
    lookup: &Lookup,
    reference: &ReferenceConstructor,
    own: &HashMap<ComponentVersionId, ComponentDigest>,
) -> Result<Result<ComponentDigest, Diagnostic>, Refusal> {
    let id = reference.target();
    let actual = match own.get(&id) {
        Some(digest) => digest.clone(),
        None => match lookup.find(&id, reference.digest.is_some()).await {
            Ok((_, found)) => ComponentDigest::of(&found.descriptor()?),
            Err(error @ LookupError::NotFound { .. }) => {
                return Ok(Err(Diagnostic {
                    span: reference.component.span,
                    help: error.hint(),
                    message: error.to_string(),
                }));
            }
            Err(error) => return Err(error.into()),
        },
    };
    let Some(digest) = &reference.digest else {
        return Ok(Ok(actual));
    };
    if actual.compare_with(&digest.value) == PinComparison::Equal {
        return Ok(Ok(actual));
    }
    let name = &reference.name.value;
    Ok(Err(Diagnostic {
        span: digest.span,
        message: format!("the digest of entry `{name}` is wrong: {id} is {actual}"),
        help: Some(format!(
            "if the plugin is the right one, run `plugyard update {name} --repin`"
        )),
    }))
}
