//! Ending on Ctrl-C and on requests to terminate: nothing that was started is left running.

/// Handles SIGINT and SIGTERM for the rest of the process: kills every program that it
/// waits for, with everything these have started, then ends by the same signal, so that a shell
/// sees what it expects.
///
/// Programs run in process groups of their own, which the terminal does not interrupt.
///
/// # Errors
/// The system refuses a handler, or the thread that waits for signals.
#[cfg(unix)]
pub(crate) fn stop_programs() -> std::io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for signal in signals.forever() {
                oci::child::stop_all();
                // It ends the process; where it cannot, the next signal gets another try.
                let _ = emulate_default_handler(signal);
            }
        })?;
    Ok(())
}

/// Programs share the console, which interrupts them too.
#[cfg(not(unix))]
pub(crate) fn stop_programs() -> std::io::Result<()> {
    Ok(())
}
