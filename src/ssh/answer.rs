//! What a program of this machine prints, for as long as one may wait for it.

use std::io::{Error, Read, Result};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::process_tree::{Family, Mark, Reach};

/// Bytes of each stream.
const MOST: u64 = 16 << 20;

/// Between two looks whether it has ended, or nobody waits for it any more.
const LOOK: Duration = Duration::from_millis(20);

/// Runs a program without input. None: it did not end in time, or `cancelled` said so, and is ended with all that
/// it started.
pub(super) fn ask(
    mut command: Command,
    patience: Duration,
    cancelled: &dyn Fn() -> bool,
) -> Result<Option<Output>> {
    let began = Instant::now();
    let is_over = || began.elapsed() >= patience || cancelled();
    let mark = Mark::on(&mut command, Reach::Sessions);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Error::other("its output is not there"));
    };
    let read = |stream: &mut dyn Read| {
        let mut bytes = Vec::new();
        // What came before an error is what there is.
        let _ = stream.take(MOST).read_to_end(&mut bytes);
        bytes
    };
    let (sender, errors) = mpsc::channel();
    std::thread::spawn(move || sender.send(read(&mut { stderr })));
    let (sender, output) = mpsc::channel();
    std::thread::spawn(move || sender.send(read(&mut { stdout })));
    let mut stdout = None;
    // One that has closed its output may go on, and one that has ended may have left others behind that hold it.
    let status = loop {
        stdout = stdout.or_else(|| output.recv_timeout(LOOK).ok());
        match (child.try_wait()?, &stdout) {
            (Some(status), Some(_)) => break status,
            (None, Some(_)) => std::thread::park_timeout(LOOK),
            (_, None) => {}
        }
        if is_over() {
            if let Some(family) = Family::of(child.id(), &mark) {
                family.end(Duration::ZERO);
            }
            child.wait()?;
            return Ok(None);
        }
    };
    let stdout = stdout.unwrap_or_default();
    // A program that it left behind may hold the stream.
    let stderr = errors.recv_timeout(Duration::from_millis(500)).unwrap_or_default();
    Ok(Some(Output { status, stdout, stderr }))
}
