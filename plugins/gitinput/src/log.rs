//! Log lines as `ocm` reads them from a plugin's stderr: the JSON of Go's
//! slog, one record a line.

use std::io::{self, Write};
use std::time::SystemTime;

use serde::Serialize;
use serde_json::{Map, Value};

/// How much a record matters. `ocm` knows these four words.
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
/// A reader that is gone is no reason to stop, so failures are ignored.
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
