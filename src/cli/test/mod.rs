//! `imgctl test`: tests of scripts, which need neither cloud nor machine.

mod backends;
mod case;
mod files;

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::Args;

use super::setup::Session;
use crate::error::nearest;
use crate::report::{Level, Report, Stream};
use crate::script::Arguments;
use crate::script::program::Program;
use crate::ui::{Check, CheckResult, Ui, duration};
use crate::{Code, Error, Result};
use case::{How, Ran};

/// Scripts nest calls; only what is used of a stack takes memory.
const STACK: usize = 64 << 20;

/// Run the tests of scripts: functions `test_*`, without any cloud or machine.
///
/// Files are `test_*.rhai`, `*_test.rhai`, all scripts in folders called `tests`, and all in folders that are named. Each test has an engine,
/// a state and a fake cloud of its own, and hosts by `fake_host(#{ … })`. docs/testing.md describes it.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl test
  imgctl test tests/agent_test.rhai --filter restart
  imgctl test --junit tests.xml
  imgctl test --library")]
pub struct Options {
    /// Folders and files [default: the project folder].
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,

    /// Only tests whose name, or file and name (`agent_test.rhai: test_one`), contains this; may be repeated.
    #[arg(long, value_name = "TEXT")]
    pub filter: Vec<String>,

    /// How long a test may take: 30s, 5m.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = limit)]
    pub limit: Duration,

    /// Let tests run commands on this machine and send requests to servers.
    #[arg(long)]
    pub reach_out: bool,

    /// Run the tests of the shipped library against this project's copies of it.
    #[arg(long)]
    pub library: bool,
}

fn limit(text: &str) -> std::result::Result<Duration, String> {
    let limit = text.parse::<jiff::SignedDuration>().map_err(|_| "write 30s or 5m".to_owned())?;
    match Duration::try_from(limit) {
        Ok(limit) if !limit.is_zero() => Ok(limit),
        _ => Err("it must be longer than nothing".to_owned()),
    }
}

/// A file with tests, checked and compiled.
struct File {
    name: String,
    program: Program,
    tests: Vec<String>,
}

pub fn test(session: &Session, options: &Options) -> Result<u8> {
    let started = Instant::now();
    let run = &session.run;
    let files = compile(session, options)?;
    let files = filtered(files, &options.filter, options)?;
    let how = How { limit: options.limit, reaches_out: options.reach_out };
    let all: Vec<(usize, &str)> = files
        .iter()
        .enumerate()
        .flat_map(|(at, file)| file.tests.iter().map(move |name| (at, name.as_str())))
        .collect();
    let ran = side_by_side(session, &files, &all, &how)?;
    run.watch.check()?;
    let (mut failed, mut count) = (0, 0);
    let mut results = ran.into_iter();
    for file in &files {
        let of_file: Vec<Ran> = results.by_ref().take(file.tests.len()).collect();
        count += of_file.len();
        failed += show(&run.ui, &file.name, &of_file);
    }
    let took = duration(started.elapsed().as_secs_f64());
    if failed > 0 {
        let message = format!("{failed} of {} failed in {took}", plural(count));
        return Err(Error::failed(message));
    }
    run.ui.log(Level::Success, &format!("{} passed in {took}", plural(count)));
    Ok(0)
}

fn plural(count: usize) -> String {
    if count == 1 { "1 test".to_owned() } else { format!("{count} tests") }
}

/// The files that have tests. Mistakes in any of them are told before any test begins.
fn compile(session: &Session, options: &Options) -> Result<Vec<File>> {
    let run = &session.run;
    let sources = files::find(&run.options.project, &options.paths, options.library)?;
    let trees = std::sync::Arc::default();
    let mut wrong = Vec::new();
    let mut files = Vec::new();
    for source in sources {
        // Whoever has no test is not of concern, such as what tests import.
        if !source.text.contains("fn test_") {
            continue;
        }
        let name = source.name.clone();
        match Program::compile(run, &trees, &name, source, Arguments::default(), false) {
            Ok(program) => match program.tests() {
                Ok(tests) if tests.is_empty() => {}
                Ok(tests) => files.push(File { name, program, tests }),
                Err(error) => wrong.push(error),
            },
            Err(error) => wrong.push(error),
        }
    }
    match wrong.pop() {
        None => Ok(files),
        Some(last) => {
            wrong.iter().for_each(|error| run.ui.error(error));
            Err(last)
        }
    }
}

fn filtered(files: Vec<File>, filters: &[String], options: &Options) -> Result<Vec<File>> {
    if files.is_empty() {
        let place = match options.paths.as_slice() {
            [] => "this project".to_owned(),
            paths => paths.join(", "),
        };
        return Err(Error::usage(format!("there are no tests in {place}"))
            .hint("write `fn test_name() { … }` in a file such as tests/agent_test.rhai"));
    }
    let matches = |file: &File, name: &str| {
        let whole = format!("{}: {name}", file.name);
        filters.is_empty() || filters.iter().any(|filter| whole.contains(filter.as_str()))
    };
    let names: Vec<String> = files.iter().flat_map(|file| file.tests.clone()).collect();
    let mut left = files;
    for file in &mut left {
        let tests = std::mem::take(&mut file.tests);
        file.tests = tests.into_iter().filter(|name| matches(file, name)).collect();
    }
    left.retain(|file| !file.tests.is_empty());
    if left.is_empty() {
        let filter = filters.join("`, `");
        let error = Error::usage(format!("no test's name contains `{filter}`"));
        let near = filters.iter().find_map(|it| nearest(it, names.iter().map(String::as_str)));
        return Err(match near {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("there are: {}", shortened(&names))),
        });
    }
    Ok(left)
}

fn shortened(names: &[String]) -> String {
    const MOST: usize = 8;
    let shown = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MOST { format!("{shown}, …") } else { shown }
}

/// The results in the order of the tests.
fn side_by_side(
    session: &Session,
    files: &[File],
    all: &[(usize, &str)],
    how: &How,
) -> Result<Vec<Ran>> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Ran>>> = all.iter().map(|_| Mutex::new(None)).collect();
    let at_most = std::thread::available_parallelism().map_or(2, usize::from).min(all.len());
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let (Some((file, name)), Some(slot)) = (all.get(at), results.get(at)) else { break };
            if session.run.watch.cancel.is_cancelled() {
                break;
            }
            let ran = case::run(&session.run, &files[*file].program, name, how);
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(ran);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..at_most {
            std::thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, work)
                .map_err(|error| Error::failed("cannot start another thread").cause(error))?;
        }
        Ok::<(), Error>(())
    })?;
    session.run.watch.check()?;
    let taken = |slot: Mutex<Option<Ran>>| slot.into_inner().ok().flatten();
    Ok(results.into_iter().filter_map(taken).collect())
}

/// Shows the tests of a file; returns how many have failed.
fn show(ui: &Ui, file: &str, ran: &[Ran]) -> usize {
    let seconds = ran.iter().map(|it| it.seconds).sum();
    let failed = ran.iter().filter(|it| it.result.is_err()).count();
    ui.task_started(file);
    for it in ran {
        let (result, why) = match &it.result {
            Ok(()) => (CheckResult::Passed, String::new()),
            Err(error) => (CheckResult::Failed, why(error, &it.output)),
        };
        let what = it.name.clone();
        let item = Some("tests".to_owned());
        let (wanted, found) = match &it.differed {
            Some(values) => (values.wanted.clone(), values.found.clone()),
            None => Default::default(),
        };
        let seconds = Some(it.seconds);
        ui.check(&Check { what, result, wanted, found, why, item, seconds });
        if let Err(error) = &it.result {
            for line in &it.output {
                ui.output(&it.name, Stream::Stdout, line);
            }
            ui.error(&named(&it.name, error));
        }
    }
    ui.task_finished(file, seconds, failed == 0);
    failed
}

/// The error, with the name of the test before its message.
fn named(test: &str, error: &Error) -> Error {
    let code = if error.code() == Code::Interrupted { Code::Failed } else { error.code() };
    let mut named = Error::new(code, format!("{test}: {}", error.message()));
    for cause in error.causes() {
        named = named.cause(cause);
    }
    if let Some(hint) = error.hint_text() {
        named = named.hint(hint);
    }
    match error.place() {
        Some(place) => named.at(place.clone()),
        None => named,
    }
}

/// For reports: all that is known of a failure.
fn why(error: &Error, output: &[String]) -> String {
    let mut lines = vec![error.message().to_owned()];
    lines.extend(error.causes().iter().cloned());
    lines.extend(error.place().map(|place| format!("at {place}")));
    lines.extend(error.hint_text().map(|hint| format!("hint: {hint}")));
    if !output.is_empty() {
        lines.push("printed:".to_owned());
        lines.extend(output.iter().cloned());
    }
    lines.join("\n")
}
