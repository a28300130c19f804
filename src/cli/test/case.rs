//! One test: a fresh engine, state, cloud and output for one function.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::backends::OnStage;
use crate::report::Watch;
use crate::run::{Choice, Differed, Options, Run};
use crate::script::program::Program;
use crate::state::Store;
use crate::{Code, Error, Result};

/// What became of a test.
pub struct Ran {
    pub name: String,
    pub result: Result<()>,
    /// Of one that failed since two values were not the same.
    pub differed: Option<Differed>,
    /// What it has shown, a line each.
    pub output: Vec<String>,
    pub seconds: f64,
}

/// How all tests are run.
pub struct How {
    pub limit: Duration,
    /// Commands on this machine and requests to servers are carried out.
    pub reaches_out: bool,
}

/// Runs a function of a script that was checked. `of` is the run of the command.
pub fn run(of: &Run, program: &Program, name: &str, how: &How) -> Ran {
    let started = Instant::now();
    let shown = Shown::default();
    let (result, differed) = on_stage(of, program, name, how, &shown);
    let (name, output) = (name.to_owned(), shown.lines());
    Ran { name, result, differed, output, seconds: started.elapsed().as_secs_f64() }
}

/// In a folder of its own, with a stage.
fn on_stage(
    of: &Run,
    program: &Program,
    name: &str,
    how: &How,
    shown: &Shown,
) -> (Result<()>, Option<Differed>) {
    let opened = tempfile::tempdir()
        .map_err(|error| Error::failed("cannot make a temporary folder").cause(error))
        .and_then(|folder| Ok((OnStage::open(folder.path(), how.reaches_out)?, folder)));
    let (stage, folder) = match opened {
        Ok(opened) => opened,
        Err(error) => return (Err(error), None),
    };
    let result = carry_out(of, program, name, how.limit, shown, &stage, folder.path());
    let differed = result.as_ref().err().and_then(|error| stage.differed(error));
    (result, differed)
}

fn carry_out(
    of: &Run,
    program: &Program,
    name: &str,
    limit: Duration,
    shown: &Shown,
    stage: &OnStage,
    folder: &Path,
) -> Result<()> {
    let cancel = of.watch.cancel.child_token();
    let ui = of.ui.apart(Box::new(shown.clone()), cancel.clone());
    let store = Arc::new(Store::open(&folder.join("state.json"))?);
    let options = Options {
        project: of.options.project.clone(),
        beside: Some(folder.to_owned()),
        ..Options::default()
    };
    let watch = Watch { report: ui.clone(), cancel: cancel.clone() };
    let backends = Box::new(stage.clone());
    let handle = of.runtime().clone();
    let run = Run::new(options, of.config.clone(), store, ui, watch, handle, backends);
    let chosen = of.chosen();
    run.choose(&Choice { cloud: Some("fake".to_owned()), region: None, ..chosen });
    let ended = CancellationToken::new();
    let waits = (ended.clone(), cancel.clone());
    of.runtime().spawn(async move {
        let (ended, cancel) = waits;
        if tokio::time::timeout(limit, ended.cancelled()).await.is_err() {
            cancel.cancel();
        }
    });
    // A defect of imgctl fails this test only.
    let result = catch_unwind(AssertUnwindSafe(|| program.again(&run)?.call(name)))
        .unwrap_or_else(|payload| Err(Error::panicked(&*payload)));
    ended.cancel();
    let stopped_by_limit = cancel.is_cancelled() && !of.watch.cancel.is_cancelled();
    match result {
        Err(error) if stopped_by_limit => {
            let message = format!("it has not ended within {} s", limit.as_secs_f64());
            let late = Error::new(Code::Timeout, message)
                .hint("something waits for what never happens, or give it more time: --limit 5m");
            Err(match error.place() {
                Some(place) => late.at(place.clone()),
                None => late,
            })
        }
        Ok(()) if stopped_by_limit => {
            Err(Error::new(Code::Timeout, "a part of it has not ended in time"))
        }
        Ok(()) => match run.exit_status() {
            Some(status) => Err(Error::failed(format!(
                "it was ended by `exit({status})` before its end"
            ))
            .hint("call what ends the process from a task of its own, and test what is before it")),
            // A typo must not hide in a `try`.
            None => stage.refused().map_or(Ok(()), Err),
        },
        result => result,
    }
}

/// Lines that are kept instead of shown.
#[derive(Clone, Default)]
struct Shown(Arc<Mutex<Vec<u8>>>);

impl Shown {
    fn lines(&self) -> Vec<String> {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
    }
}

impl Write for Shown {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        /// A test that never ends may print all the time.
        const MOST: usize = 1 << 20;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MOST.saturating_sub(kept.len()).min(bytes.len());
        kept.extend_from_slice(&bytes[..room]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
