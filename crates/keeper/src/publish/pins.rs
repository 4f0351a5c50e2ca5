//! Compares the digests in a constructor with the components they refer to.

use std::collections::HashMap;

use futures_util::stream::{self, StreamExt};
use ocm::constructor::{ComponentConstructor, ReferenceConstructor};
use ocm::{
    ComponentDigest, ComponentVersionId, Diagnostic, Lookup, LookupError, PinComparison,
    PinnedError, RepositoryError,
};

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
    // A component of the same constructor is not published yet, so it cannot be looked up.
    if let Some(actual) = own.get(&reference.target()) {
        let pin = reference.digest.as_ref();
        let comparison = pin.map(|pin| actual.compare_with(&pin.value));
        return Ok(match comparison {
            None | Some(PinComparison::Equal) => Ok(actual.clone()),
            Some(_) => Err(wrong(reference, actual)),
        });
    }
    match lookup.pinned(&reference.to_reference()).await {
        Ok(found) => Ok(Ok(found.digest)),
        // Entries without a digest get here only if it is to be filled in.
        Err(PinnedError::Unpinned(found)) => Ok(Ok(found.digest)),
        Err(PinnedError::Differs { found, .. } | PinnedError::Unusable(found)) => {
            Ok(Err(wrong(reference, &found.digest)))
        }
        Err(PinnedError::Lookup(error @ LookupError::NotFound { .. })) => Ok(Err(Diagnostic {
            span: reference.component.span,
            help: error.hint(),
            message: error.to_string(),
        })),
        Err(PinnedError::Lookup(error)) => Err(error.into()),
        Err(PinnedError::Invalid(error)) => Err(RepositoryError::from(error).into()),
        Err(PinnedError::Descriptor(error)) => Err(error.into()),
    }
}

/// The problem with an entry whose digest is not `actual`.
fn wrong(reference: &ReferenceConstructor, actual: &ComponentDigest) -> Diagnostic {
    let name = &reference.name.value;
    let digest = reference.digest.as_ref();
    Diagnostic {
        span: digest.map_or(reference.name.span, |digest| digest.span),
        message: format!(
            "the digest of entry `{name}` is wrong: {} is {actual}",
            reference.target()
        ),
        help: Some(format!(
            "if the plugin is the right one, run `plugyard update {name} --repin`"
        )),
    }
}
