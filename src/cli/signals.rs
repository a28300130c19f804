//! Ctrl-C: the first cancels and cleans up, the second ends the process.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::read;
use crate::report::{Level, Report};
use crate::ssh::process_tree;
use crate::ui::{Interrupted, Ui};

/// Signals that come closer together than this are one: `timeout` sends its own to the process and to its
/// group, and the shell of a window that is closed sends SIGHUP after the terminal has done so.
const ONE: Duration = Duration::from_millis(200);

/// When the process was interrupted, for all kinds of signals.
type When = Arc<Mutex<Option<Instant>>>;

/// Cancels `cancel` at the first SIGINT, SIGTERM or SIGHUP.
pub fn listen(runtime: &Runtime, cancel: CancellationToken, ui: Arc<Ui>) {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let when = When::default();
    // With a handler, a write beyond the limit for files (`ulimit -f`) is an error that is told, in place of the
    // end of the process. Its default comes back in programs that are started.
    let _inside = runtime.enter();
    let _ = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()));
    for kind in kinds {
        // Registered here, not in the task: from now on no signal may kill the process.
        let Ok(signals) = signal(kind) else {
            ui.log(Level::Warning, "cannot catch signals: Ctrl-C will end imgctl at once");
            continue;
        };
        let is_key = kind == SignalKind::interrupt();
        runtime.spawn(wait(signals, is_key, cancel.clone(), ui.clone(), when.clone()));
    }
}

fn is_of_the_same(when: &When) -> bool {
    let when = when.lock().unwrap_or_else(PoisonError::into_inner);
    when.is_some_and(|when| when.elapsed() < ONE)
}

fn note(when: &When) {
    *when.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
}

/// `is_key`: the signal is that of Ctrl-C.
async fn wait(
    mut signals: Signal,
    is_key: bool,
    cancel: CancellationToken,
    ui: Arc<Ui>,
    when: When,
) {
    while signals.recv().await.is_some() {
        if is_of_the_same(&when) {
            continue;
        }
        // A console waits for a line, and for nothing that could be cancelled.
        if ui.stop_typing("interrupted: what exists is kept; `imgctl status` shows it, `imgctl destroy` removes it") {
            end_at_once();
        }
        let warning = "interrupted (press Ctrl-C again to quit at once)";
        match if is_key { ui.interrupt_line(warning) } else { Interrupted::Nothing } {
            Interrupted::Line | Interrupted::Console => continue,
            Interrupted::Again => end_at_once(),
            Interrupted::Nothing => {}
        }
        if cancel.is_cancelled() {
            end_at_once();
        }
        note(&when);
        // First, because a question holds the screen until it is answered or cancelled.
        cancel.cancel();
        read::end_waiting();
        ui.log(Level::Warning, "interrupted: cleaning up (press Ctrl-C again to quit at once)");
        // Another one of the same kind may have come while that was shown.
        note(&when);
    }
}

fn end_at_once() -> ! {
    // Nobody else gets to it: the threads that wait for them end with the process.
    process_tree::end_all_at_once();
    std::process::exit(130);
}
