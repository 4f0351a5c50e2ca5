//! Locations named in published text.

use crate::component_ref::RepositorySpec;

/// Why readers do not use a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UntrustedLocation {
    /// It is a local path, named by someone on the network.
    #[error("it is a local path, and the registry is not read from one")]
    Path,
    /// It uses plain HTTP, but the text that names it was read over TLS.
    #[error("it is in plain HTTP, and the registry is read over TLS")]
    PlainHttp,
}

/// Checks whether readers may use a location that a label of a registry names.
///
/// Whoever publishes a registry must be able neither to choose which local archives a reader opens,
/// nor to make it leave TLS. So a location may be a local path only if the registry itself is one,
/// and may use plain HTTP only if the registry was not read over TLS.
///
/// # Errors
/// The location must not be used.
pub fn check(
    location: &RepositorySpec,
    registry: &RepositorySpec,
) -> Result<(), UntrustedLocation> {
    match (registry, location) {
        (RepositorySpec::Ctf { .. }, _) => Ok(()),
        (_, RepositorySpec::Ctf { .. }) => Err(UntrustedLocation::Path),
        _ if location.is_plain_http() && !registry.is_plain_http() => {
            Err(UntrustedLocation::PlainHttp)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_no_less_protected_than_the_registry_that_names_it() {
        let (path, plain, tls) = (
            &["./ctf", "/srv/ctf", "ctf::x", "file:///srv/ctf", "../x"][..],
            &[
                "http://r.example/x",
                "HTTP://127.0.0.1:5000",
                "oci::http://[::1]/x",
            ][..],
            &[
                "ghcr.io/x",
                "https://r.example",
                "oci::ghcr.io",
                "OCI://r.example",
            ][..],
        );
        for (registries, locations, expected) in [
            (path, path, Ok(())),
            (path, plain, Ok(())),
            (path, tls, Ok(())),
            (plain, path, Err(UntrustedLocation::Path)),
            (plain, plain, Ok(())),
            (plain, tls, Ok(())),
            (tls, path, Err(UntrustedLocation::Path)),
            (tls, plain, Err(UntrustedLocation::PlainHttp)),
            (tls, tls, Ok(())),
        ] {
            for registry in registries {
                for location in locations {
                    let spec = |text| RepositorySpec::parse(text).unwrap();
                    let found = check(&spec(location), &spec(registry));
                    assert_eq!(found, expected, "{location} named by {registry}");
                }
            }
        }
    }
}
