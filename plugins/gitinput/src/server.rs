//! Starts and stops the plugin's server.

use std::fmt::Debug;
use std::future::{Future, IntoFuture as _};
use std::io::{self, Write as _};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use tokio::net::{TcpListener, UnixListener};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, oneshot};

use crate::activity::Activity;
use crate::config::{Config, Connection};
use crate::deadline::Flag;
use crate::handlers::{self, Service};
use crate::log::{Level, log};
use crate::socket;

/// How long running requests may take after the plugin was asked to stop; the
/// same as in the Go SDK.
const GRACE: Duration = Duration::from_secs(5);
/// How long cleaning up after killed git processes may take.
const CLEAN_UP: Duration = Duration::from_secs(2);
const CONCURRENT_REQUESTS: usize = 8;

/// Why the plugin cannot serve.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error("cannot create a temporary directory: {0}")]
    Workspace(io::Error),

    #[error("cannot start the runtime: {0}")]
    Runtime(io::Error),

    #[error("cannot listen: {0}")]
    Listen(io::Error),

    #[error("cannot print the address: {0}")]
    Announce(io::Error),

    #[error("cannot handle signals: {0}")]
    Signal(io::Error),

    #[error("cannot serve: {0}")]
    Serve(io::Error),
}

/// The signals that stop the plugin.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

/// Serves until it is asked to stop or is idle for too long.
///
/// Removes the socket and all archives before it returns.
pub(crate) fn run(config: &Config) -> Result<(), ServeError> {
    let workspace = tempfile::Builder::new()
        .prefix("gitinput-")
        .tempdir()
        .map_err(ServeError::Workspace)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(CONCURRENT_REQUESTS)
        .build()
        .map_err(ServeError::Runtime)?;
    let served = serve(config, workspace.path(), &runtime);
    runtime.shutdown_timeout(CLEAN_UP);
    if let Err(error) = workspace.close() {
        log(
            Level::Warn,
            &format!("cannot remove a temporary directory: {error}"),
            &[],
        );
    }
    served
}

fn serve(config: &Config, workspace: &Path, runtime: &Runtime) -> Result<(), ServeError> {
    let service = Arc::new(Service {
        workspace: std::path::absolute(workspace).map_err(ServeError::Workspace)?,
        activity: Activity::new(),
        shutdown: Notify::new(),
        stopping: Flag::default(),
    });
    let signals = {
        let _context = runtime.enter();
        Signals::catch().map_err(ServeError::Signal)?
    };
    let stop = wait_for_stop(signals, Arc::clone(&service), config.idle_timeout);
    let router = handlers::router(Arc::clone(&service));
    let served = match config.connection {
        Connection::Unix => {
            let (listener, file) =
                socket::listen(&std::env::temp_dir(), &config.id).map_err(ServeError::Listen)?;
            listener.set_nonblocking(true).map_err(ServeError::Listen)?;
            runtime.block_on(async {
                let listener = UnixListener::from_std(listener).map_err(ServeError::Listen)?;
                let address = format!("http+unix://{}", file.path().display());
                serve_until(stop, listener, &address, router).await
            })
        }
        Connection::Tcp => runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0")
                .await
                .map_err(ServeError::Listen)?;
            let address = listener.local_addr().map_err(ServeError::Listen)?;
            // `ocm` expects this prefix, although its own SDK omits it.
            serve_until(stop, listener, &format!("http://{address}"), router).await
        }),
    };
    service.stopping.raise();
    served
}

/// Serves until `stop` completes, then gives running requests time to finish.
async fn serve_until<L>(
    stop: impl Future<Output = &'static str>,
    listener: L,
    address: &str,
    router: Router,
) -> Result<(), ServeError>
where
    L: Listener<Addr: Debug>,
{
    let (close, closed) = oneshot::channel::<()>();
    let server = axum::serve(listener, router).with_graceful_shutdown(async {
        let _ = closed.await;
    });
    let mut server = pin!(server.into_future());
    announce(address).map_err(ServeError::Announce)?;
    log(Level::Debug, "serving", &[("address", address)]);

    let reason = tokio::select! {
        result = &mut server => return result.map_err(ServeError::Serve),
        reason = stop => reason,
    };
    log(Level::Debug, "stopping", &[("reason", reason)]);
    let _ = close.send(());
    if let Ok(result) = tokio::time::timeout(GRACE, server).await {
        return result.map_err(ServeError::Serve);
    }
    log(Level::Warn, "aborted running requests", &[]);
    Ok(())
}

impl Signals {
    /// From now on, neither signal terminates the process by itself.
    fn catch() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }
}

/// Waits for a reason to stop and returns it.
async fn wait_for_stop(
    mut signals: Signals,
    service: Arc<Service>,
    idle_timeout: Duration,
) -> &'static str {
    tokio::select! {
        _ = signals.interrupt.recv() => "interrupted",
        _ = signals.terminate.recv() => "terminated",
        () = service.shutdown.notified() => "shutdown requested",
        () = service.activity.idle_for(idle_timeout) => "idle",
    }
}

/// Prints the line that `ocm` waits for.
fn announce(address: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{address}")?;
    out.flush()
}
