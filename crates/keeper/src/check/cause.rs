//! Why something is absent or could not be read.

use ocm::RepositoryError;
use ocm::construct::InputError;

/// Why something is absent or could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cause {
    /// Lower case, without a full stop.
    pub(super) message: String,
    /// What to do about it, where that is known.
    pub(super) help: Option<String>,
}

impl Cause {
    pub(super) fn new(message: &impl ToString, help: Option<String>) -> Self {
        Self {
            message: message.to_string(),
            help,
        }
    }
}

impl From<RepositoryError> for Cause {
    fn from(error: RepositoryError) -> Self {
        let help = error.hint();
        Self::new(&error, help)
    }
}

impl From<InputError> for Cause {
    fn from(error: InputError) -> Self {
        let help = Some(error.hint().to_owned());
        Self::new(&error, help)
    }
}
