//! Saving content to a file.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, SyncSender};
use std::thread::JoinHandle;

use bytes::Bytes;
use tempfile::NamedTempFile;

use crate::fault::{StoreError, io_at};

/// Maximum number of chunks waiting to be written.
const WAITING: usize = 16;
/// Number of bytes after which the operating system is asked to start writing them to the disk.
const FLUSH_EVERY: u64 = 32 << 20;

/// Receives content in chunks.
pub(crate) trait Sink: Send {
    /// Receives the next chunk.
    fn take(&mut self, piece: Bytes) -> io::Result<()>;
}

impl Sink for &mut (dyn Write + Send) {
    fn take(&mut self, piece: Bytes) -> io::Result<()> {
        self.write_all(&piece)
    }
}

/// A temporary file that is renamed when its content is complete.
///
/// One thread writes, and one pushes written bytes to the disk, so that hashing and receiving do
/// not wait for either, and the final fsync has little left to do.
#[derive(Debug)]
pub(crate) struct SavedFile {
    file: NamedTempFile,
    pieces: Option<SyncSender<Bytes>>,
    writer: Option<JoinHandle<io::Result<()>>>,
}

impl SavedFile {
    /// Creates the temporary file for `path`, in the same directory.
    pub(crate) fn new(path: &Path) -> Result<Self, StoreError> {
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let failed = || io_at(folder, "write to it");
        // Beside the target: a rename is atomic only within one file system.
        let file = tempfile::Builder::new()
            .prefix(".plugyard-")
            .tempfile_in(folder)
            .map_err(failed())?;
        let target = Arc::new(file.as_file().try_clone().map_err(failed())?);
        let (pieces, waiting) = mpsc::sync_channel::<Bytes>(WAITING);
        let writer = std::thread::spawn(move || write(&target, waiting));
        Ok(Self {
            file,
            pieces: Some(pieces),
            writer: Some(writer),
        })
    }

    /// Renames the file, once all of it is on the disk.
    pub(crate) fn keep(mut self, path: &Path) -> Result<(), StoreError> {
        let failed = || io_at(path, "write it");
        self.end().map_err(failed())?;
        self.file.as_file().sync_all().map_err(failed())?;
        self.file
            .persist(path)
            .map_err(|error| failed()(error.error))?;
        Ok(())
    }

    /// Waits until everything is written.
    fn end(&mut self) -> io::Result<()> {
        self.pieces = None;
        match self.writer.take() {
            Some(writer) => writer
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("the writing thread has failed"))),
            None => Ok(()),
        }
    }
}

impl Sink for SavedFile {
    fn take(&mut self, piece: Bytes) -> io::Result<()> {
        let pieces = self.pieces.as_ref();
        if pieces.is_some_and(|pieces| pieces.send(piece).is_ok()) {
            return Ok(());
        }
        // The writer has failed; its error is returned.
        self.end()?;
        Err(io::Error::other("the writing thread has ended"))
    }
}

impl Write for SavedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.take(Bytes::copy_from_slice(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write(target: &Arc<File>, pieces: mpsc::Receiver<Bytes>) -> io::Result<()> {
    let (start, started) = mpsc::sync_channel::<()>(1);
    let file = Arc::clone(target);
    let flusher = std::thread::spawn(move || {
        for () in started {
            // Only a start: the fsync at the end is the one that counts.
            let _ = file.sync_data();
        }
    });
    let mut since = 0;
    let mut outcome = Ok(());
    for piece in pieces {
        outcome = target.as_ref().write_all(&piece);
        if outcome.is_err() {
            break;
        }
        since += piece.len() as u64;
        if since >= FLUSH_EVERY {
            since = 0;
            let _ = start.try_send(());
        }
    }
    drop(start);
    let _ = flusher.join();
    outcome
}
