//! A proxy between a client and a real registry. It counts requests and can stop at one.

use std::io::{self, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::wire::Message;

/// The moment at which a request stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the registry receives any of it.
    Before,
    /// When the registry has received half of its body.
    Within,
    /// When the registry has responded, before the client receives the response.
    After,
}

#[derive(Debug, Default)]
struct State {
    log: Vec<String>,
    /// The stopped request, as `METHOD TARGET`.
    at: Option<String>,
    /// Number of requests that have begun.
    begun: usize,
    stop: Option<(usize, Moment)>,
    /// Whether the request to stop has reached its moment.
    stopped: bool,
    /// Connections from before this are closed.
    generation: usize,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// A running proxy for plain HTTP. Its threads end with the test's process.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Proxy {
    /// Starts a proxy for this registry.
    pub fn start(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::<Shared>::default();
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                std::thread::spawn(move || {
                    // A killed client is expected here.
                    let _ = shared.serve(&stream, upstream);
                    let _ = stream.shutdown(Shutdown::Both);
                });
            }
        });
        Self { address, shared }
    }

    /// Host and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Requests that were answered so far, as `METHOD TARGET STATUS`.
    pub fn lines(&self) -> Vec<String> {
        self.shared.state().log.clone()
    }

    /// Those of them that may have changed something.
    pub fn writes(&self) -> Vec<String> {
        let reads = |line: &String| line.starts_with("GET ") || line.starts_with("HEAD ");
        self.lines()
            .into_iter()
            .filter(|line| !reads(line))
            .collect()
    }

    /// Clears the recorded requests, and passes all from now on. Stopped requests are closed.
    pub fn open(&self) {
        let mut state = self.shared.state();
        let generation = state.generation + 1;
        *state = State {
            generation,
            ..State::default()
        };
        self.shared.changed.notify_all();
    }

    /// Continues all stopped requests.
    pub fn resume(&self) {
        self.shared.state().stop = None;
        self.shared.changed.notify_all();
    }

    /// Opens, and stops at the request with this number, counted from 0, and at all later ones.
    pub fn stop_at(&self, number: usize, moment: Moment) {
        self.open();
        self.shared.state().stop = Some((number, moment));
    }

    /// Waits for the request and returns its `METHOD TARGET`, or `None` if `ended` returns
    /// that there will be none.
    pub fn stopped(&self, mut ended: impl FnMut() -> bool) -> Option<String> {
        let deadline = Instant::now() + Duration::from_mins(1);
        let mut state = self.shared.state();
        while !state.stopped {
            assert!(Instant::now() < deadline, "neither a request nor an end");
            let wait = Duration::from_millis(5);
            state = self
                .shared
                .changed
                .wait_timeout(state, wait)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            if !state.stopped && ended() {
                return None;
            }
        }
        state.at.clone()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, client: &TcpStream, upstream: SocketAddr) -> io::Result<()> {
        let registry = TcpStream::connect(upstream)?;
        let mut requests = BufReader::new(client);
        let mut answers = BufReader::new(&registry);
        while let Some(request) = Message::request(&mut requests)? {
            let (method, target) = (request.word(0), request.word(1));
            let (number, generation) = self.begin(format!("{method} {target}"));
            self.pass(number, generation, Moment::Before)?;
            let bytes = request.bytes();
            let half = request.head.len() + request.body.len() / 2;
            (&registry).write_all(&bytes[..half])?;
            self.pass(number, generation, Moment::Within)?;
            (&registry).write_all(&bytes[half..])?;
            let answer = Message::answer(&mut answers, &method)?;
            self.pass(number, generation, Moment::After)?;
            let line = format!("{method} {target} {}", answer.status());
            self.state().log.push(line);
            let mut client = client;
            client.write_all(&answer.bytes())?;
        }
        Ok(())
    }

    fn begin(&self, line: String) -> (usize, usize) {
        let mut state = self.state();
        if state.stop.is_some_and(|(at, _)| at == state.begun) {
            state.at = Some(line);
        }
        state.begun += 1;
        (state.begun - 1, state.generation)
    }

    /// Continues a request, or holds it until it is closed.
    fn pass(&self, number: usize, generation: usize, moment: Moment) -> io::Result<()> {
        let mut state = self.state();
        loop {
            if state.generation != generation {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            // Later concurrent requests also stop.
            let held = state
                .stop
                .is_some_and(|(at, when)| number > at || (number == at && moment == when));
            if !held {
                return Ok(());
            }
            state.stopped |= state.stop.is_some_and(|(at, _)| number == at);
            self.changed.notify_all();
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}
