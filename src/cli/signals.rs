//! Ctrl-C: the first cancels and cleans up, the second ends the process.

use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::read;
use crate::report::{Level, Report};
use crate::ssh::process_tree;
use crate::ui::{Interrupted, Ui};

/// Cancels `cancel` at the first SIGINT, SIGTERM or SIGHUP.
pub fn listen(runtime: &Runtime, cancel: CancellationToken, ui: Arc<Ui>) {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    for kind in kinds {
        // Registered here, not in the task: from now on no signal may kill the process.
        let _inside = runtime.enter();
        let Ok(signals) = signal(kind) else {
            ui.log(Level::Warning, "cannot catch signals: Ctrl-C will end imgctl at once");
            continue;
        };
        let is_key = kind == SignalKind::interrupt();
        runtime.spawn(wait(signals, is_key, cancel.clone(), ui.clone()));
    }
}

/// `is_key`: the signal is that of Ctrl-C.
async fn wait(mut signals: Signal, is_key: bool, cancel: CancellationToken, ui: Arc<Ui>) {
    while signals.recv().await.is_some() {
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
        // First, because a question holds the screen until it is answered or cancelled.
        cancel.cancel();
        read::end_waiting();
        ui.log(Level::Warning, "interrupted: cleaning up (press Ctrl-C again to quit at once)");
    }
}

fn end_at_once() -> ! {
    // Nobody else gets to it: the threads that wait for them end with the process.
    process_tree::end_all_at_once();
    std::process::exit(130);
}
