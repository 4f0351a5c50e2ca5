//! Which servers are trusted: those with a certificate of a trusted authority, and those whose own
//! certificate is trusted.
//!
//! The usual command for a self-signed certificate creates one that is also an authority, which the
//! verifier refuses as a server's certificate. Clients written in Go accept such a certificate if
//! it is itself trusted, and so does this one.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

/// The TLS settings of a client that trusts the system's authorities and the given ones.
pub(crate) fn client_config(
    authorities: &[CertificateDer<'static>],
) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new(authorities, &provider)?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

#[derive(Debug)]
struct Verifier {
    platform: rustls_platform_verifier::Verifier,
    authorities: Vec<CertificateDer<'static>>,
}

impl Verifier {
    fn new(
        authorities: &[CertificateDer<'static>],
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, String> {
        let platform = rustls_platform_verifier::Verifier::new_with_extra_roots(
            authorities.iter().cloned(),
            Arc::clone(provider),
        );
        Ok(Self {
            platform: platform
                .map_err(|error| no_authorities().unwrap_or_else(|| error.to_string()))?,
            authorities: authorities.to_vec(),
        })
    }

    /// Returns whether a certificate is itself one of the trusted ones.
    fn trusts(&self, certificate: &CertificateDer<'_>) -> bool {
        let same = |trusted: &CertificateDer<'_>| trusted.as_ref() == certificate.as_ref();
        self.authorities.iter().any(same)
            // Read again, but only for the rare server that needs it.
            || rustls_native_certs::load_native_certs().certs.iter().any(same)
    }
}

/// Why the system has no authorities: for instance, the file in `SSL_CERT_FILE` is missing.
fn no_authorities() -> Option<String> {
    let errors = rustls_native_certs::load_native_certs().errors;
    let reasons: Vec<String> = errors.iter().map(ToString::to_string).collect();
    (!reasons.is_empty()).then(|| format!("no trusted certificates: {}", reasons.join("; ")))
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.platform.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verdict {
            // Its validity period was checked before this, its name was not.
            Err(error) if is_authority(&error) && self.trusts(end_entity) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            outcome => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.platform.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.platform.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.platform.supported_verify_schemes()
    }
}

/// Returns whether a certificate is refused only because it is an authority's.
fn is_authority(error: &Error) -> bool {
    let Error::InvalidCertificate(CertificateError::Other(other)) = error else {
        return false;
    };
    let reason = other.0.downcast_ref::<webpki::Error>();
    matches!(reason, Some(webpki::Error::CaUsedAsEndEntity))
}
