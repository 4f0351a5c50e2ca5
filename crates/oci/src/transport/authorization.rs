//! The `Authorization` header.

use reqwest::header::HeaderValue;

/// The value of an `Authorization` header, and the source of its credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authorization {
    header: HeaderValue,
    login: Option<String>,
}

impl Authorization {
    /// Returns `None` if the credentials contain characters that a header cannot carry. `login` is
    /// the file or program that they were read from, for messages.
    pub(crate) fn new(scheme: &str, value: &str, login: Option<&str>) -> Option<Self> {
        let mut header = HeaderValue::try_from(format!("{scheme} {value}")).ok()?;
        header.set_sensitive(true);
        Some(Self {
            header,
            login: login.map(str::to_owned),
        })
    }

    pub(crate) fn header(&self) -> &HeaderValue {
        &self.header
    }

    pub(crate) fn login(&self) -> Option<&str> {
        self.login.as_deref()
    }
}
