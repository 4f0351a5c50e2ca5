//! Why a server sent no response, or only a part of one.

use std::error::Error;
use std::fmt;
use std::io;
use std::iter::successors;

/// A network failure. Displays as its innermost cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkError {
    kind: Kind,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The server's certificate is not trusted.
    Certificate,
    /// The server does not speak TLS.
    NotTls,
    /// The server closed the connection during the TLS handshake.
    HandshakeClosed,
    Other,
}

impl NetworkError {
    /// Classifies an error of the HTTP stack by the types in its chain of causes.
    pub(crate) fn new(error: &(dyn Error + 'static)) -> Self {
        let connecting = error
            .downcast_ref::<reqwest::Error>()
            .is_some_and(reqwest::Error::is_connect);
        let kind = causes(error).find_map(|cause| kind(cause, connecting));
        Self {
            kind: kind.unwrap_or(Kind::Other),
            message: innermost(error),
        }
    }

    /// A failure detected here, such as a timeout.
    pub(crate) fn noticed(message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Other,
            message: message.into(),
        }
    }

    /// Returns whether another attempt would fail in the same way.
    pub(crate) fn is_lasting(&self) -> bool {
        matches!(self.kind, Kind::Certificate | Kind::NotTls)
    }

    /// How to fix it, for a request to `host`.
    pub(crate) fn hint(&self, host: &str) -> String {
        match self.kind {
            Kind::NotTls | Kind::HandshakeClosed => {
                format!("it may use plain HTTP: if that is intended, write http://{host}")
            }
            Kind::Certificate => {
                "if its certificate is from your own authority, set SSL_CERT_FILE to a file with the authorities".to_owned()
            }
            Kind::Other => "check the address, the network, and the proxy variables".to_owned(),
        }
    }
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for NetworkError {}

fn kind(cause: &(dyn Error + 'static), connecting: bool) -> Option<Kind> {
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return match error {
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
                Some(Kind::Certificate)
            }
            rustls::Error::InvalidMessage(_) => Some(Kind::NotTls),
            _ => None,
        };
    }
    let error = cause.downcast_ref::<io::Error>()?;
    (connecting && error.kind() == io::ErrorKind::UnexpectedEof).then_some(Kind::HandshakeClosed)
}

/// The message of the innermost cause of an error: the outer ones only repeat that something
/// failed, or contain the URL with its secrets.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().unwrap_or(error).to_string()
}

/// An error and its causes, the innermost last. `source` of an I/O error skips the error that it
/// wraps.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        match wrapped {
            Some(wrapped) => Some(wrapped as _),
            None => error.source(),
        }
    })
}

#[cfg(test)]
mod tests {
    use rustls::{CertificateError, InvalidMessage};

    use super::*;

    #[test]
    fn a_cause_is_found_by_its_type_below_io_errors() {
        let wrap = |error: rustls::Error| io::Error::other(io::Error::other(error));
        let unknown = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let not_tls = rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType);
        for (error, kind) in [
            (wrap(unknown.clone()), Kind::Certificate),
            (wrap(not_tls), Kind::NotTls),
            // The text alone is not sufficient, because a server may send it.
            (io::Error::other(unknown.to_string()), Kind::Other),
            (io::Error::from(io::ErrorKind::UnexpectedEof), Kind::Other),
        ] {
            assert_eq!(NetworkError::new(&error).kind, kind, "{error}");
        }
    }
}
