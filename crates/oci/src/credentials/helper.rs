//! Credential helpers: programs named `docker-credential-NAME` that keep secrets.

use std::io::{ErrorKind, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::{CredentialsError, Login};

/// Most bytes that are read of an answer.
const LIMIT: u64 = 64 << 10;
/// How often a program that has answered is looked at until it ends.
const POLL: Duration = Duration::from_millis(5);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

/// Asks a helper for the credentials of `server`. Its *not found* is nothing.
pub(super) fn get(
    name: &str,
    server: &str,
    patience: Duration,
) -> Result<Option<Login>, CredentialsError> {
    let program = format!("docker-credential-{name}");
    let failed = |reason: String| CredentialsError::Helper {
        program: program.chars().take(100).collect(),
        server: server.to_owned(),
        reason,
    };
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    // A name with a slash would start a program of a configuration file's choice.
    if name.is_empty() || !name.bytes().all(word) {
        return Err(failed("its name has unusual characters".to_owned()));
    }
    let mut child = Command::new(&program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| {
            failed(match error.kind() {
                ErrorKind::NotFound => "it is not installed".to_owned(),
                _ => error.to_string(),
            })
        })?;
    let ended = converse(&mut child, server, patience);
    if ended.is_err() {
        let _ = child.kill();
        let _ = child.wait();
    }
    let (status, output) = ended.map_err(failed)?;
    if !status.success() {
        let text = String::from_utf8_lossy(&output);
        if text.to_lowercase().contains("credentials not found") {
            return Ok(None);
        }
        let text: String = text.trim().chars().take(200).collect();
        return Err(failed(if text.is_empty() {
            format!("it ended with {status}")
        } else {
            text
        }));
    }
    // The parser's own message could repeat a secret.
    let answer: Answer = serde_json::from_slice(&output)
        .map_err(|_| failed("its answer is not the JSON that is expected".to_owned()))?;
    Ok(login(answer))
}

fn login(answer: Answer) -> Option<Login> {
    if answer.secret.is_empty() {
        return None;
    }
    Some(if answer.username == "<token>" {
        Login::Identity(answer.secret)
    } else {
        Login::Password {
            user: answer.username,
            password: answer.secret,
        }
    })
}

/// Hands the program its question, and reads its answer while there is patience.
fn converse(
    child: &mut Child,
    server: &str,
    patience: Duration,
) -> Result<(ExitStatus, Vec<u8>), String> {
    let deadline = Instant::now() + patience;
    let slow = || format!("it gave no answer within {} s", patience.as_secs());
    if let Some(mut input) = child.stdin.take() {
        // A program that does not read its question says so by its answer.
        let _ = input.write_all(server.as_bytes());
    }
    let output = child.stdout.take().ok_or("it has no output")?;
    let (sender, receiver) = mpsc::channel();
    // Not joined: a grandchild may hold the pipe open for ever.
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let outcome = output.take(LIMIT).read_to_end(&mut bytes);
        let _ = sender.send(outcome.map(|_| bytes));
    });
    let bytes = receiver
        .recv_timeout(patience)
        .map_err(|_| slow())?
        .map_err(|error| error.to_string())?;
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Ok((status, bytes));
        }
        if Instant::now() >= deadline {
            return Err(slow());
        }
        std::thread::sleep(POLL);
    }
}
