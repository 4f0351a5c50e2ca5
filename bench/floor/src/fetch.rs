//! The floor of fetching content to a file: received, hashed and written in parallel, and flushed to
//! disk at the end.

use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::sync::mpsc;
use std::thread;

use sha2::{Digest, Sha256};

use crate::PIECE;
use crate::http::Connection;

/// Number of chunks that may wait to be hashed.
const WAITING: usize = 4;
/// After this many bytes, the operating system is asked to start writing to disk.
const FLUSH_EVERY: usize = 32 << 20;

pub(crate) fn run(
    host: &str,
    path: &str,
    digest: &str,
    target: &str,
) -> Result<(), Box<dyn Error>> {
    let expected = digest.strip_prefix("sha256:").ok_or("not SHA-256")?;
    let mut connection = Connection::open(host)?;
    let answer = connection.ask(path, "*/*")?;
    let file = File::create(target)?;
    let (pieces, waiting) = mpsc::sync_channel::<Vec<u8>>(WAITING);
    let (used, again) = mpsc::channel::<Vec<u8>>();
    let (flush, flushed) = mpsc::sync_channel::<()>(1);
    let actual = thread::scope(|scope| -> Result<String, Box<dyn Error>> {
        let hashing = scope.spawn(move || {
            let mut hasher = Sha256::new();
            for piece in waiting {
                hasher.update(&piece);
                // Not returned once everything is received.
                let _ = used.send(piece);
            }
            crate::hex(&hasher.finalize())
        });
        let flushing = &file;
        scope.spawn(move || {
            for () in flushed {
                let _ = flushing.sync_data();
            }
        });
        let mut left = answer.length - answer.begun.len();
        (&file).write_all(&answer.begun)?;
        pieces.send(answer.begun)?;
        let mut since = 0;
        while left > 0 {
            let mut piece = again.try_recv().unwrap_or_default();
            piece.resize(PIECE, 0);
            let length = connection.read(&mut piece)?;
            if length == 0 {
                return Err("the response ends too early".into());
            }
            piece.truncate(length);
            (&file).write_all(&piece)?;
            pieces.send(piece)?;
            left -= length;
            since += length;
            if since >= FLUSH_EVERY {
                since = 0;
                let _ = flush.try_send(());
            }
        }
        drop((pieces, flush));
        Ok(hashing.join().map_err(|_| "the hashing thread failed")?)
    })?;
    if actual != expected {
        return Err("the content does not match the digest".into());
    }
    Ok(file.sync_all()?)
}
