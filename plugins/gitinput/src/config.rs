//! The start parameters that `ocm` passes with `--config`.

use std::time::Duration;

use serde::Deserialize;

const DEFAULT_IDLE_TIMEOUT: Duration = Duration::from_hours(1);

/// Validated start parameters.
#[derive(Debug, PartialEq)]
pub(crate) struct Config {
    /// The plugin's name, part of its socket's file name.
    pub(crate) id: String,
    pub(crate) connection: Connection,
    /// How long to wait for the next request before exiting.
    pub(crate) idle_timeout: Duration,
}

/// How `ocm` connects to the plugin.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Connection {
    Unix,
    Tcp,
}

/// Why the start parameters are invalid.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("--config is not a plugin configuration: {0}")]
    Malformed(#[from] serde_json::Error),

    #[error("id {0:?} in --config cannot be used in a file name; use the plugin's file name")]
    UnusableId(String),

    #[error("idleTimeout {0} in --config is not positive; omit it to use one hour")]
    UnusableIdleTimeout(i64),
}

/// The document as sent. This plugin does not need `pluginType` and
/// `configTypes`. Unknown keys are ignored, because later versions of `ocm` may
/// add some.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    id: String,
    #[serde(rename = "type")]
    connection: Connection,
    /// A Go duration: nanoseconds.
    idle_timeout: Option<i64>,
}

impl Config {
    /// Reads the argument of `--config`.
    pub(crate) fn parse(json: &str) -> Result<Self, ConfigError> {
        let document: Document = serde_json::from_str(json)?;
        let idle_timeout = match document.idle_timeout {
            None => DEFAULT_IDLE_TIMEOUT,
            Some(nanoseconds) => u64::try_from(nanoseconds)
                .ok()
                .filter(|&nanoseconds| nanoseconds > 0)
                .map(Duration::from_nanos)
                .ok_or(ConfigError::UnusableIdleTimeout(nanoseconds))?,
        };
        let id = document.id;
        if id.is_empty() || id.contains(|c: char| c == '/' || c.is_control()) {
            return Err(ConfigError::UnusableId(id));
        }
        Ok(Self {
            id,
            connection: document.connection,
            idle_timeout,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_manager_sends() {
        let json = r#"{"id":"gitinput","type":"unix","pluginType":"","idleTimeout":1500000000,
            "configTypes":[{"type":"demo/v1"}]}"#;
        assert_eq!(
            Config::parse(json).unwrap(),
            Config {
                id: "gitinput".to_owned(),
                connection: Connection::Unix,
                idle_timeout: Duration::from_millis(1500),
            }
        );
        let json = r#"{"id":"a","type":"tcp"}"#;
        let config = Config::parse(json).unwrap();
        assert_eq!(config.connection, Connection::Tcp);
        assert_eq!(config.idle_timeout, DEFAULT_IDLE_TIMEOUT);
    }

    #[test]
    fn invalid_parameters_are_named() {
        for (json, expected) in [
            ("{", "is not a plugin configuration: EOF"),
            (r#"{"type":"unix"}"#, "missing field `id`"),
            (r#"{"id":"a","type":"pipe"}"#, "unknown variant `pipe`"),
            (r#"{"id":"../a","type":"unix"}"#, r#"id "../a" in --config"#),
            (r#"{"id":"","type":"unix"}"#, r#"id "" in --config"#),
            (
                r#"{"id":"a","type":"unix","idleTimeout":0}"#,
                "idleTimeout 0 in",
            ),
            (
                r#"{"id":"a","type":"unix","idleTimeout":-1}"#,
                "idleTimeout -1 in",
            ),
        ] {
            let message = Config::parse(json).unwrap_err().to_string();
            assert!(message.contains(expected), "{json}: {message}");
        }
    }
}
