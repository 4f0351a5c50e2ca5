//! The `Authorization` header.

use reqwest::header::HeaderValue;

/// The value of an `Authorization` header, and where its credentials are from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authorization {
    header: HeaderValue,
    login: Option<String>,
}

impl Authorization {
    /// `None` if the credentials have characters that a header cannot carry. `login` is the file
    /// or program they are from, for messages.
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
