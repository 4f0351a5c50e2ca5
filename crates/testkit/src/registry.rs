//! An OCI registry that lives in the test, keeps a log, and fails on demand.
//!
//! It speaks HTTP/1.1 on a port of its own and follows the OCI distribution specification 1.1 as
//! far as clients of component versions go. Its quirks are those of real registries.

mod http;
mod service;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use http::{Answer, Asked};

/// How a registry lets clients in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// Everybody may do everything.
    None,
    /// Name and password with each request.
    Basic {
        /// Name of the user.
        user: String,
        /// Password.
        password: String,
    },
    /// Tokens from `/token` of the registry itself.
    Bearer {
        /// Name and password that `/token` wants; without, everybody gets a token.
        account: Option<(String, String)>,
        /// The refresh token that `/token` takes by POST.
        identity: Option<String>,
        /// Lifetime of a token in seconds, as announced.
        expires_in: u64,
    },
}

/// What goes wrong with one request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Another answer than the right one.
    Answer(Answer),
    /// The connection ends without an answer.
    Close,
    /// The right answer, but its body ends after so many bytes.
    Cut(usize),
    /// The right answer, with the first byte of its body flipped.
    Flip,
    /// The right answer, without a header.
    Without(&'static str),
}

/// Ways in which registries differ.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a way to differ, and all go together"
)]
pub struct Quirks {
    /// Tags on one page of the list, whatever is asked for.
    pub page: Option<usize>,
    /// Whether `n` and `last` of a list of tags are looked at.
    pub counts: bool,
    /// Whether a page names the next one in `Link`.
    pub links: bool,
    /// Whether parts of blobs can be had.
    pub ranges: bool,
    /// Whether the address of an upload is absolute.
    pub absolute: bool,
    /// What is in front of the address of an upload instead of the registry's own address.
    pub uploads_at: Option<String>,
    /// Where blobs are to be had instead.
    pub blobs_at: Option<String>,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            page: None,
            counts: true,
            links: true,
            ranges: true,
            absolute: false,
            uploads_at: None,
            blobs_at: None,
        }
    }
}

/// One repository.
#[derive(Clone, Debug, Default)]
struct Repository {
    blobs: BTreeMap<String, Vec<u8>>,
    /// Media type and bytes by digest.
    manifests: BTreeMap<String, (String, Vec<u8>)>,
    tags: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct State {
    repositories: BTreeMap<String, Repository>,
    log: Vec<Asked>,
    faults: Vec<Trigger>,
    tokens: Vec<(String, String)>,
    uploads: usize,
}

#[derive(Debug)]
struct Trigger {
    method: String,
    part: String,
    /// So many matching requests are let through before.
    skip: usize,
    times: usize,
    fault: Fault,
}

/// A running registry. Its threads end with the test's process.
#[derive(Clone, Debug)]
pub struct Registry {
    address: SocketAddr,
    login: Login,
    quirks: Quirks,
    state: Arc<Mutex<State>>,
}

impl Registry {
    /// Starts a registry that lets everybody in.
    pub fn start() -> Self {
        Self::with(Login::None, Quirks::default())
    }

    /// Starts a registry.
    pub fn with(login: Login, quirks: Quirks) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let registry = Self {
            address: listener.local_addr().unwrap(),
            login,
            quirks,
            state: Arc::default(),
        };
        let serving = registry.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let registry = serving.clone();
                std::thread::spawn(move || http::serve(&stream, &registry));
            }
        });
        registry
    }

    /// Host and port.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// The address, with its scheme.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Has requests fail whose method is `method` and whose path and query contain `part`: the
    /// `nth` (from 1) of them, and those after it, `times` altogether.
    pub fn fail(&self, method: &str, part: &str, nth: usize, times: usize, fault: Fault) {
        self.state().faults.push(Trigger {
            method: method.to_owned(),
            part: part.to_owned(),
            skip: nth - 1,
            times,
            fault,
        });
    }

    /// Puts a blob there.
    pub fn put_blob(&self, repository: &str, bytes: &[u8]) -> String {
        let digest = format!("sha256:{}", crate::sha256(bytes));
        let mut state = self.state();
        let repository = state.repositories.entry(repository.to_owned()).or_default();
        repository.blobs.insert(digest.clone(), bytes.to_vec());
        digest
    }

    /// Puts a manifest there, under a tag.
    pub fn put_manifest(&self, repository: &str, tag: &str, kind: &str, bytes: &[u8]) -> String {
        let digest = format!("sha256:{}", crate::sha256(bytes));
        let mut state = self.state();
        let repository = state.repositories.entry(repository.to_owned()).or_default();
        let manifest = (kind.to_owned(), bytes.to_vec());
        repository.manifests.insert(digest.clone(), manifest);
        repository.tags.insert(tag.to_owned(), digest.clone());
        digest
    }

    /// The bytes of a blob.
    pub fn blob(&self, repository: &str, digest: &str) -> Option<Vec<u8>> {
        let state = self.state();
        state
            .repositories
            .get(repository)?
            .blobs
            .get(digest)
            .cloned()
    }

    /// The digest that a tag points at.
    pub fn tag(&self, repository: &str, tag: &str) -> Option<String> {
        let state = self.state();
        state.repositories.get(repository)?.tags.get(tag).cloned()
    }

    /// All requests so far.
    pub fn log(&self) -> Vec<Asked> {
        self.state().log.clone()
    }

    /// All requests so far as `METHOD PATH STATUS`, without queries.
    pub fn lines(&self) -> Vec<String> {
        let line = |asked: &Asked| format!("{} {} {}", asked.method, asked.path, asked.status);
        self.state().log.iter().map(line).collect()
    }

    /// Forgets all requests so far.
    pub fn forget(&self) {
        self.state().log.clear();
    }

    /// Takes no token any more that was given so far.
    pub fn revoke(&self) {
        self.state().tokens.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request, with whatever is to go wrong.
    fn respond(&self, asked: &mut Asked, body: &[u8]) -> Option<Answer> {
        let fault = self.fault(asked);
        let mut answer = match fault {
            Some(Fault::Answer(answer)) => answer,
            Some(Fault::Close) => {
                self.state().log.push(asked.clone());
                return None;
            }
            None => service::answer(self, asked, body),
            Some(fault) => {
                let mut answer = service::answer(self, asked, body);
                match fault {
                    Fault::Cut(length) => answer.cut = Some(length),
                    Fault::Flip => answer.body[0] ^= 1,
                    Fault::Without(name) => answer.headers.retain(|(header, _)| header != name),
                    Fault::Answer(_) | Fault::Close => {}
                }
                answer
            }
        };
        answer.without_body = asked.method == "HEAD";
        asked.status = answer.status;
        self.state().log.push(asked.clone());
        Some(answer)
    }

    fn fault(&self, asked: &Asked) -> Option<Fault> {
        let mut state = self.state();
        for trigger in &mut state.faults {
            let target = format!("{}?{}", asked.path, asked.query);
            if trigger.times == 0
                || trigger.method != asked.method
                || !target.contains(&trigger.part)
            {
                continue;
            }
            if trigger.skip > 0 {
                trigger.skip -= 1;
                continue;
            }
            trigger.times -= 1;
            return Some(trigger.fault.clone());
        }
        None
    }
}
