//! An in-process OCI registry that logs requests and fails on demand.
//!
//! It serves HTTP/1.1 on its own port and follows the OCI distribution specification 1.1 as
//! far as clients of component versions need it. It is strict: what a client must not send is
//! refused. Its quirks are those of real registries.

mod content;
mod date;
mod fault;
mod http;
mod service;
mod uploads;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use content::Content;
use fault::Trigger;

pub use date::http_date;
pub use fault::Fault;
pub use http::{Answer, Request, Wire};
pub use service::{base64, is_digest, is_name, is_tag};

/// How a registry authenticates clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// Everyone may do everything.
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
        /// Name and password that `/token` requires; if absent, everyone gets a token.
        account: Option<(String, String)>,
        /// The refresh token that `/token` accepts by POST.
        identity: Option<String>,
        /// Lifetime of a token in seconds, as announced.
        expires_in: u64,
    },
}

/// Ways in which registries differ.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each flag is an independent difference"
)]
pub struct Quirks {
    /// Tags per page of the list, whatever is requested.
    pub page: Option<usize>,
    /// Whether `n` and `last` of a tag list are honoured.
    pub counts: bool,
    /// Whether a page names the next one in `Link`.
    pub links: bool,
    /// Whether Range requests for blobs are supported.
    pub ranges: bool,
    /// Whether the location of an upload is absolute.
    pub absolute: bool,
    /// Prefix of upload locations instead of the registry's own address.
    pub uploads_at: Option<String>,
    /// Address to which blob requests are redirected.
    pub blobs_at: Option<String>,
    /// Address of another token server.
    pub tokens_at: Option<String>,
    /// Whether content is mounted from another repository.
    pub mounts: bool,
    /// Whether content may be sent with the POST that begins an upload.
    pub single_post: bool,
    /// Longest accepted body, in bytes.
    pub max_body: Option<usize>,
    /// Shortest accepted chunk of an upload, except the last one, in bytes.
    pub min_chunk: Option<usize>,
    /// Whether manifests have an `ETag` and support conditional requests.
    pub etags: bool,
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
            tokens_at: None,
            mounts: true,
            single_post: true,
            max_body: None,
            min_chunk: None,
            etags: false,
        }
    }
}

/// The log and the pending faults.
#[derive(Debug, Default)]
struct Journal {
    log: Vec<Request>,
    /// Number of received requests, including cleared ones.
    arrived: usize,
    faults: Vec<Trigger>,
    /// The request from which on the server does not listen.
    refused: Option<usize>,
}

/// Whether the server listens.
#[derive(Debug, Default)]
struct Door {
    shut: AtomicBool,
    gone: AtomicBool,
    connections: AtomicUsize,
}

/// A running registry. Its threads end with the test's process, or when it is shut down.
#[derive(Clone, Debug)]
pub struct Registry {
    address: SocketAddr,
    login: Login,
    quirks: Quirks,
    content: Arc<Mutex<Content>>,
    journal: Arc<Mutex<Journal>>,
    door: Arc<Door>,
}

impl Registry {
    /// Starts a registry without authentication.
    pub fn start() -> Self {
        Self::with(Login::None, Quirks::default())
    }

    /// Starts a registry.
    pub fn with(login: Login, quirks: Quirks) -> Self {
        Self::listen("127.0.0.1:0", login, quirks, Arc::default()).unwrap()
    }

    /// Starts a registry on a different host than all others: its host name differs, not
    /// only its port.
    pub fn on_another_host(login: Login, quirks: Quirks) -> Self {
        Self::elsewhere(login, quirks, Arc::default())
    }

    /// Starts a registry with the current content of this one. Cheap, whatever the size.
    #[must_use]
    pub fn fork(&self) -> Self {
        let content = Arc::new(Mutex::new(self.content().clone()));
        let (login, quirks) = (self.login.clone(), self.quirks.clone());
        Self::listen("127.0.0.1:0", login, quirks, content).unwrap()
    }

    /// The same on another host, without authentication.
    #[must_use]
    pub fn fork_on_another_host(&self) -> Self {
        let fork = Self::on_another_host(Login::None, self.quirks.clone());
        *fork.content() = self.content().clone();
        fork
    }

    /// Starts a second server for the content of this one: content stored through one is available
    /// through the other, and so are uploads and tokens. Each has its own log.
    #[must_use]
    pub fn twin(&self, login: Login, quirks: Quirks) -> Self {
        Self::listen("127.0.0.1:0", login, quirks, Arc::clone(&self.content)).unwrap()
    }

    /// The same, on another host.
    #[must_use]
    pub fn twin_on_another_host(&self, login: Login, quirks: Quirks) -> Self {
        Self::elsewhere(login, quirks, Arc::clone(&self.content))
    }

    fn elsewhere(login: Login, quirks: Quirks, content: Arc<Mutex<Content>>) -> Self {
        // Not every system has the whole loopback network or IPv6.
        let (again, other) = (login.clone(), quirks.clone());
        Self::listen("127.0.0.2:0", again, other, Arc::clone(&content))
            .or_else(|_| Self::listen("[::1]:0", login, quirks, content))
            .unwrap()
    }

    fn listen(
        address: &str,
        login: Login,
        quirks: Quirks,
        content: Arc<Mutex<Content>>,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let registry = Self {
            address: listener.local_addr()?,
            login,
            quirks,
            content,
            journal: Arc::default(),
            door: Arc::default(),
        };
        let serving = registry.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if serving.is_shut() {
                    break;
                }
                let registry = serving.clone();
                let number = serving.door.connections.fetch_add(1, Ordering::Relaxed) + 1;
                std::thread::spawn(move || http::serve(&stream, &registry, number));
            }
            drop(listener);
            serving.door.gone.store(true, Ordering::Release);
        });
        Ok(registry)
    }

    /// Host and port.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// The address, with its scheme.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops listening: the next connection is refused. Existing connections end with
    /// their next request.
    pub fn shut(&self) {
        self.door.shut.store(true, Ordering::Release);
        while !self.door.gone.load(Ordering::Acquire) {
            // Wakes the listener.
            drop(TcpStream::connect(self.address));
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn is_shut(&self) -> bool {
        self.door.shut.load(Ordering::Acquire)
    }

    /// Makes requests fail whose method is `method` and whose path and query contain `part`: the
    /// `nth` (from 1) of them, and those after it, `times` altogether.
    pub fn fail(&self, method: &str, part: &str, nth: usize, times: usize, fault: Fault) {
        self.add(Some(method.to_owned()), part, nth, times, fault);
    }

    /// Makes any requests fail: the `nth` from now (from 1), and those after it, `times`
    /// altogether.
    pub fn fail_at(&self, nth: usize, times: usize, fault: Fault) {
        self.add(None, "", nth, times, fault);
    }

    fn add(&self, method: Option<String>, part: &str, nth: usize, times: usize, fault: Fault) {
        self.journal().faults.push(Trigger {
            method,
            part: part.to_owned(),
            skip: nth - 1,
            times,
            fault,
        });
    }

    /// Removes all faults.
    pub fn recover(&self) {
        self.journal().faults.clear();
    }

    /// Stops listening before the `nth` request from now (from 1).
    pub fn refuse_from(&self, nth: usize) {
        if nth == 1 {
            self.shut();
        } else {
            let mut journal = self.journal();
            journal.refused = Some(journal.arrived + nth);
        }
    }

    /// Stores a blob.
    pub fn put_blob(&self, repository: &str, bytes: &[u8]) -> String {
        self.content().put_blob(repository, bytes)
    }

    /// Stores a manifest under a tag.
    pub fn put_manifest(&self, repository: &str, tag: &str, kind: &str, bytes: &[u8]) -> String {
        let mut content = self.content();
        let digest = content.put_manifest(repository, kind, bytes);
        content.tag(repository, tag, &digest);
        digest
    }

    /// The bytes of a blob.
    pub fn blob(&self, repository: &str, digest: &str) -> Option<Vec<u8>> {
        let content = self.content();
        let blob = content.repository(repository)?.blobs.get(digest)?;
        Some(blob.to_vec())
    }

    /// The digest that a tag points to.
    pub fn tag(&self, repository: &str, tag: &str) -> Option<String> {
        let content = self.content();
        content.repository(repository)?.tags.get(tag).cloned()
    }

    /// All tags, as `REPOSITORY:TAG`, and the digests they point to.
    pub fn tags(&self) -> BTreeMap<String, String> {
        self.content().tags()
    }

    /// Missing content that tags refer to, as `REPOSITORY:TAG DIGEST`: manifests, and their
    /// content.
    pub fn missing(&self) -> BTreeSet<String> {
        self.content().missing()
    }

    /// Number of uploads that were begun and neither completed nor cancelled.
    pub fn open_uploads(&self) -> usize {
        self.content().sessions.len()
    }

    /// All tokens that were ever issued.
    pub fn tokens(&self) -> Vec<String> {
        self.content().issued.clone()
    }

    /// All requests so far.
    pub fn log(&self) -> Vec<Request> {
        self.journal().log.clone()
    }

    /// All requests so far as `METHOD PATH STATUS`, without queries.
    pub fn lines(&self) -> Vec<String> {
        let line =
            |request: &Request| format!("{} {} {}", request.method, request.path, request.status);
        self.journal().log.iter().map(line).collect()
    }

    /// Clears the log.
    pub fn forget(&self) {
        self.journal().log.clear();
    }

    /// Revokes all tokens issued so far.
    pub fn revoke(&self) {
        self.content().tokens.clear();
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses requests that can be refused by their head.
    fn refused_early(&self, request: &Request) -> Option<Answer> {
        if request.headers.contains_key("transfer-encoding") {
            // Clients of this registry always know the length of what they send.
            return Some(Answer::error(411, "SIZE_INVALID"));
        }
        let most = self.quirks.max_body?;
        // Proxies do the same, with their own text.
        let page = "<html><h1>413 Request Entity Too Large</h1></html>";
        (request.length > most).then(|| Answer::status(413).body(page))
    }

    /// Answers a request, applying any pending fault.
    fn respond(&self, request: &mut Request, body: &[u8], early: Option<Answer>) -> Answer {
        let fault = self.arrive(request);
        let instead = fault.as_ref().and_then(Fault::instead).or(early);
        let mut answer = instead.unwrap_or_else(|| {
            let mut bent = request.clone();
            if let Some(fault) = &fault {
                fault.bend(&mut bent);
            }
            let mut answer = service::answer(self, &bent, body);
            request.answered = answer.body.len();
            if let Some(fault) = fault {
                fault.spoil(&mut answer);
            }
            answer
        });
        answer.without_body = request.method == "HEAD";
        for (_, value) in &mut answer.headers {
            if value.contains('{') {
                *value = value
                    .replace("{target}", &request.target())
                    .replace("{count}", &request.number.to_string());
            }
        }
        request.status = answer.status;
        request.sent = answer.sent.clone();
        let mut journal = self.journal();
        journal.log.push(request.clone());
        if journal
            .refused
            .is_some_and(|refused| request.number + 1 >= refused)
        {
            drop(journal);
            answer.last = true;
            self.shut();
        }
        answer
    }

    /// Counts a request and returns its fault.
    fn arrive(&self, request: &mut Request) -> Option<Fault> {
        let mut journal = self.journal();
        journal.arrived += 1;
        request.number = journal.arrived;
        let mut faults = journal.faults.iter_mut();
        faults.find_map(|trigger| trigger.fires(request).then(|| trigger.fault.clone()))
    }
}
