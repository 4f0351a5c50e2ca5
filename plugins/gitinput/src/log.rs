//! Log records in the format that `ocm` reads from a plugin's stderr: the JSON of
//! Go's slog, one record per line.

use std::io::{self, Write};
use std::time::SystemTime;

use serde::Serialize;
use serde_json::{Map, Value};

/// The severity of a record, one of the four that `ocm` knows.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

#[derive(Serialize)]
struct Record<'a> {
    time: String,
    level: Level,
    msg: &'a str,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

/// Writes one record to stderr.
///
/// Failures are ignored, so that the plugin keeps running if nobody reads the log.
pub(crate) fn log(level: Level, message: &str, fields: &[(&str, &str)]) {
    let record = Record {
        time: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
        level,
        msg: message,
        fields: fields
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.into()))
            .collect(),
    };
    if let Ok(mut line) = serde_json::to_vec(&record) {
        line.push(b'\n');
        let _ = io::stderr().lock().write_all(&line);
    }
}
