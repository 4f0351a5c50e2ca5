//! A thread that writes new entries.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use super::folder::{PACKS, prepare};
use super::key::Key;
use super::pack::Pack;

/// Maximum number of entries waiting to be written; adding more blocks.
const WAITING: usize = 64;
/// Maximum number of entries of one run that are stored as separate files; if there are more, they
/// are stored in a pack.
const FILES: usize = 16;

type Entry = (Key, Vec<u8>);

/// Sends entries to the thread. Dropping it waits until all are written.
#[derive(Debug)]
pub(super) struct Writer {
    entries: Option<SyncSender<Entry>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(folder: PathBuf) -> Option<Self> {
        let (entries, waiting) = sync_channel(WAITING);
        let thread = Builder::new().name("cache".to_owned());
        // If creating the thread fails, the channel is closed, and sending to it does nothing.
        let thread = thread.spawn(move || drop(write_all(&folder, &waiting)));
        Some(Self {
            entries: Some(entries),
            thread: Some(thread.ok()?),
        })
    }

    /// Queues an entry to be written.
    pub(super) fn write(&self, key: Key, content: Vec<u8>) {
        if let Some(entries) = &self.entries {
            let _ = entries.send((key, content));
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.entries = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn write_all(folder: &Path, waiting: &Receiver<Entry>) -> std::io::Result<()> {
    prepare(folder)?;
    let first: Vec<Entry> = waiting.iter().take(FILES + 1).collect();
    if first.len() <= FILES {
        for (key, content) in first {
            fs_err::write(key.path(folder), content)?;
        }
        return Ok(());
    }
    let mut pack = Pack::new(&folder.join(PACKS))?;
    for (key, content) in first.into_iter().chain(waiting.iter()) {
        pack.add(key, &content)?;
        // A file takes precedence over a pack, but this file is older.
        let _ = fs_err::remove_file(key.path(folder));
    }
    pack.finish()
}
