//! What a program of this machine prints, for as long as one may wait for it.

use std::io::{Error, Read, Result};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::process_tree::{Family, Mark, Reach};

/// Bytes of each stream.
const MOST: u64 = 16 << 20;

/// Runs a program without input. None: it did not end in time, and is ended with all that it started.
pub(super) fn ask(mut command: Command, patience: Duration) -> Result<Option<Output>> {
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
    let Ok(stdout) = output.recv_timeout(patience) else {
        if let Some(family) = Family::of(child.id(), &mark) {
            family.end(Duration::ZERO);
        }
        child.wait()?;
        return Ok(None);
    };
    let status = child.wait()?;
    // A program that it left behind may hold the stream.
    let stderr = errors.recv_timeout(Duration::from_millis(500)).unwrap_or_default();
    Ok(Some(Output { status, stdout, stderr }))
}
