//! Credential helpers: programs named `docker-credential-NAME` that store secrets.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::process::Command;

use serde_json::Value;

use super::docker_config::text;
use super::{CredentialsError, Helpers, Login};
use crate::child::{self, ChildError, Finished, Group};
use crate::transport::url::without_login;

/// Maximum size in bytes of a helper's response.
const LIMIT: u64 = 64 << 10;
/// Number of bytes of a helper's standard error to keep.
const MESSAGES: u64 = 4 << 10;
/// Maximum number of characters of it to show.
const SHOWN: usize = 300;

/// The name of a helper's program, shortened for messages.
pub(super) fn program(name: &str) -> String {
    let name: String = name.chars().take(100).collect();
    format!("docker-credential-{name}")
}

/// Asks a helper for the credentials of `server`; `None` if it has none.
pub(super) fn get(
    name: &str,
    server: &str,
    helpers: &Helpers,
) -> Result<Option<Login>, CredentialsError> {
    let failed = |reason: String| CredentialsError::Helper {
        program: program(name),
        server: without_login(server),
        reason,
    };
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    // A name with a slash would let a configuration file choose any program.
    if name.is_empty() || !name.bytes().all(word) {
        return Err(failed("its name has unusual characters".to_owned()));
    }
    let finished = run(name, server, helpers).map_err(failed)?;
    if finished.status.success() {
        return answer(&finished.output).ok_or_else(|| {
            failed("its answer is not the JSON object that is expected".to_owned())
        });
    }
    let output = String::from_utf8_lossy(&finished.output);
    if output.to_lowercase().contains("credentials not found") {
        return Ok(None);
    }
    // Helpers report errors on either stream. Text that may be a response contains a secret.
    let output = if output.contains('{') { "" } else { &output };
    let messages = shown(&[output, &finished.message()]);
    Err(failed(if messages.is_empty() {
        format!("it ended with {}", finished.status)
    } else {
        messages
    }))
}

fn run(name: &str, server: &str, helpers: &Helpers) -> Result<Finished, String> {
    let program = format!("docker-credential-{name}");
    let limits = child::Limits {
        time: helpers.patience,
        output: LIMIT,
        messages: MESSAGES,
    };
    let group = if helpers.prompt {
        Group::Shared
    } else {
        Group::Own
    };
    let mut command = Command::new(&program);
    command.arg("get");
    child::run(&mut command, server.as_bytes(), limits, group).map_err(|error| match error {
        ChildError::Start(error) if error.kind() == ErrorKind::NotFound => {
            not_found(&program, helpers.path.as_deref())
        }
        ChildError::Time { limit, message } => {
            let mut words = vec![format!(
                "it gave no answer within {} s",
                limit.as_secs_f32()
            )];
            words.extend(Some(shown(&[&message])).filter(|message| !message.is_empty()));
            words.join(": ")
        }
        error => error.to_string(),
    })
}

/// Explains why a program was not found: either it or its interpreter is missing.
fn not_found(program: &str, path: Option<&OsStr>) -> String {
    let mut folders = path.map(std::env::split_paths).into_iter().flatten();
    let broken = folders.find_map(|folder| {
        let file = folder.join(program);
        let interpreter = child::interpreter(&file)?;
        Some((file, interpreter))
    });
    match broken {
        Some((file, interpreter)) => {
            let file = file.display();
            format!("{file} cannot be run: its interpreter `{interpreter}` does not exist")
        }
        None => "it is not installed".to_owned(),
    }
}

/// Puts a helper's message on one line.
fn shown(parts: &[&str]) -> String {
    let words: Vec<&str> = parts
        .iter()
        .flat_map(|part| part.split_whitespace())
        .collect();
    words.join(" ").chars().take(SHOWN).collect()
}

/// Parses a response: `None` if it is invalid, and no credentials if the secret is empty.
#[expect(
    clippy::option_option,
    reason = "no answer differs from an answer without a login"
)]
fn answer(output: &[u8]) -> Option<Option<Login>> {
    let Ok(Value::Object(members)) = serde_json::from_slice(output) else {
        return None;
    };
    let user = text(&members, "Username").ok()?.unwrap_or_default();
    let secret = text(&members, "Secret").ok()?;
    Some(secret.map(|secret| match user.as_str() {
        "<token>" => Login::Identity(secret),
        _ => Login::Password {
            user,
            password: secret,
        },
    }))
}
