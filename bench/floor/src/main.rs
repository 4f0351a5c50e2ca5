//! Minimal programs that the benchmarks compare Plugyard with.
//!
//! No argument parser, no async runtime, no TLS, and one thread wherever a second one would not be
//! faster. Each mode reads, checks and writes only what the compared command cannot avoid; see
//! `bench/README.md`.

#![expect(
    clippy::disallowed_methods,
    reason = "a minimal program has no fs_err; people who read its errors know its arguments"
)]

mod fetch;
mod http;
mod list;
mod serve;

use std::error::Error;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use sha2::{Digest, Sha256};

/// Size of one chunk when content is streamed, in bytes.
const PIECE: usize = 1 << 20;

const USAGE: &str = "usage: floor version
       floor list CTF COMPONENT VERSION
       floor list-http HOST:PORT REPOSITORY COMPONENT VERSION|latest
       floor fetch HOST:PORT PATH DIGEST TARGET
       floor serve CTF HOST:PORT REPOSITORY MILLISECONDS [log]
       floor copy FILE TARGET
       floor hash FILE";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["version"] => version(),
        ["list", ctf, component, version] => list::run(ctf, component, version),
        ["list-http", host, repository, component, version] => {
            list::over_http(host, repository, component, version)
        }
        ["fetch", host, path, digest, target] => fetch::run(host, path, digest, target),
        ["serve", ctf, host, repository, milliseconds] => {
            serve::run(ctf, host, repository, milliseconds, false)
        }
        ["serve", ctf, host, repository, milliseconds, "log"] => {
            serve::run(ctf, host, repository, milliseconds, true)
        }
        ["copy", file, target] => copy(file.as_ref(), target.as_ref()),
        ["hash", file] => hash(file.as_ref()),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn version() -> Result<(), Box<dyn Error>> {
    Ok(writeln!(
        io::stdout(),
        "floor {}",
        env!("CARGO_PKG_VERSION")
    )?)
}

/// Copies a file and hashes it at the same time. The copy is flushed to disk.
fn copy(file: &Path, target: &Path) -> Result<(), Box<dyn Error>> {
    let mut target = File::create(target)?;
    let digest = for_each_piece(file, |piece| target.write_all(piece))?;
    target.sync_all()?;
    Ok(writeln!(io::stdout(), "sha256:{digest}")?)
}

fn hash(file: &Path) -> Result<(), Box<dyn Error>> {
    let digest = for_each_piece(file, |_| Ok(()))?;
    Ok(writeln!(io::stdout(), "sha256:{digest}")?)
}

/// Reads a file in chunks and returns the hex digits of its SHA-256 digest.
fn for_each_piece(file: &Path, mut act: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<String> {
    let mut file = File::open(file)?;
    let mut piece = vec![0; PIECE];
    let mut hasher = Sha256::new();
    loop {
        let length = file.read(&mut piece)?;
        if length == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(&piece[..length]);
        act(&piece[..length])?;
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
