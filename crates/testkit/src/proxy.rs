//! A program between a client and a real registry: it counts, and it can stop at a request.

use std::io::{self, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::wire::Message;

/// When a request stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the registry sees anything of it.
    Before,
    /// When the registry has half of what is sent with it.
    Within,
    /// When the registry has answered, and the client does not know it.
    After,
}

#[derive(Debug, Default)]
struct State {
    log: Vec<String>,
    /// The request that was stopped at, as `METHOD TARGET`.
    at: Option<String>,
    /// How many requests have begun.
    begun: usize,
    stop: Option<(usize, Moment)>,
    /// Whether the request to stop at has come to its moment.
    stopped: bool,
    /// Connections from before this are broken off.
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
                    // A client that was killed is what this is for.
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

    /// Forgets the requests so far, and lets all pass from now on. Those that stand still break
    /// off.
    pub fn open(&self) {
        let mut state = self.shared.state();
        let generation = state.generation + 1;
        *state = State {
            generation,
            ..State::default()
        };
        self.shared.changed.notify_all();
    }

    /// Lets everything go on that stands still.
    pub fn resume(&self) {
        self.shared.state().stop = None;
        self.shared.changed.notify_all();
    }

    /// Opens, and stops at the request of this number, counted from 0, and at all after it.
    pub fn stop_at(&self, number: usize, moment: Moment) {
        self.open();
        self.shared.state().stop = Some((number, moment));
    }

    /// Waits until the request is there, and gives its `METHOD TARGET`; nothing if `ended` says
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

    /// Lets a request go on, or holds it until it is to break off.
    fn pass(&self, number: usize, generation: usize, moment: Moment) -> io::Result<()> {
        let mut state = self.state();
        loop {
            if state.generation != generation {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            // Later requests, which come at the same time, do not get any further.
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
