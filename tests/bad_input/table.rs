//! Runs tables of inputs, several at a time, each in a project folder of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The fake cloud, whose files show whether it was asked for anything.
pub const FAKE: &str = "defaults: {cloud: fake, distribution: debian12}\n\
                        clouds: {fake: {world: world.json, journal: journal.txt, strict: true}}\n";

/// What is done with a project folder, and what is expected of it.
#[derive(Clone, Copy)]
pub struct Case<'c> {
    pub config: &'c str,
    /// Lines of the shell, run in the folder before.
    pub setup: &'c str,
    /// `NAME=VALUE`, in which DIR is the folder.
    pub variables: &'c [&'c str],
    pub words: &'c [&'c str],
    pub status: i32,
    /// How the error begins.
    pub error: &'c str,
    /// A part of what is said besides: the place, the cause or the cure.
    pub cure: &'c str,
    /// Files that may differ afterwards.
    pub may_change: &'c [&'c str],
}

impl Default for Case<'_> {
    fn default() -> Self {
        Case {
            config: FAKE,
            setup: "",
            variables: &[],
            words: &["status"],
            status: 2,
            error: "",
            cure: "",
            may_change: &[],
        }
    }
}

/// What no user should ever read.
const INTERNALS: [&str; 9] = [
    "panicked",
    "RUST_BACKTRACE",
    "defect of imgctl",
    "Dynamic",
    "ImmutableString",
    "Some(",
    "Err(",
    "alloc::",
    "usize",
];

/// Long after what any of these takes, on a computer that does other things.
const KILLED_AFTER: &str = "30";

/// The files below a folder, with their contents; another kind of thing with its kind.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let entry = entry.unwrap();
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            let contents = match kind.is_file() {
                true => fs::read(&path).unwrap_or_default(),
                false => format!("{kind:?}").into_bytes(),
            };
            if kind.is_dir() {
                folders.push(path.clone());
            }
            let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            // Empty, both: the lock of the state, and the journal of a cloud that was opened.
            if !(name.ends_with(".lock") || name == "journal.txt") {
                found.insert(name, contents);
            }
        }
    }
    found
}

/// The program in a folder that is also its home, with nothing to read and few variables.
pub fn program(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new("/usr/bin/timeout");
    command
        .args(["-s", "KILL", KILLED_AFTER, env!("CARGO_BIN_EXE_imgctl")])
        .args(words)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null());
    command
}

/// What is wrong with how a case ended.
fn run(case: &Case<'_>) -> Option<String> {
    let temporary = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let folder = temporary.path();
    if !case.config.is_empty() {
        fs::write(folder.join("config.yaml"), case.config).unwrap();
    }
    let setup = Command::new("sh").args(["-ec", case.setup]).current_dir(folder).status().unwrap();
    assert!(setup.success(), "{}", case.setup);
    let before = files(folder);
    let shown = folder.to_string_lossy().into_owned();
    let mut command = program(folder, case.words);
    for variable in case.variables {
        match variable.split_once('=') {
            Some((name, value)) => command.env(name, value.replace("DIR", &shown)),
            None => command.env_remove(variable),
        };
    }
    let ran = command.output().unwrap();
    let [stdout, stderr] =
        [&ran.stdout, &ran.stderr].map(|text| String::from_utf8_lossy(text).replace(&shown, "DIR"));
    let after = files(folder);
    let mut wrong = Vec::new();
    if ran.status.code() != Some(case.status) {
        wrong.push(format!("ended with {:?}, not {}", ran.status.code(), case.status));
    }
    if !stderr.contains(&format!("error: {}", case.error)) {
        wrong.push(format!("does not say {:?}", case.error));
    }
    if !stderr.contains(case.cure) {
        wrong.push(format!("does not say {:?}", case.cure));
    }
    wrong.extend(
        INTERNALS.iter().filter(|name| stderr.contains(**name)).map(|name| format!("says {name}")),
    );
    let names = before.keys().chain(after.keys());
    let changed = names.filter(|name| before.get(*name) != after.get(*name));
    let changed = changed.filter(|name| !case.may_change.contains(&name.as_str()));
    wrong.extend(changed.map(|name| format!("changed {name}")));
    let journal = fs::read_to_string(folder.join("journal.txt")).unwrap_or_default();
    if case.status == 2 && !journal.is_empty() {
        wrong.push(format!("asked the cloud:\n{journal}"));
    }
    if wrong.is_empty() {
        return None;
    }
    Some(format!(
        "{:?} {:?} {:?} {:?}:\n  {}\n{stdout}{stderr}",
        case.words,
        case.variables,
        case.setup,
        case.config,
        wrong.join("\n  ")
    ))
}

/// Runs every case before it fails, so that one run shows all that differ.
pub fn all<'c>(cases: impl IntoIterator<Item = Case<'c>>) {
    let cases: Vec<Case<'c>> = cases.into_iter().collect();
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let workers = std::thread::available_parallelism().map_or(2, usize::from).max(2);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    wrong.lock().unwrap().extend(run(case));
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// A line of script, the exit status, how the error begins, and the place, the cause or the cure.
pub type Row = (&'static str, i32, &'static str, &'static str);

/// Runs every line by `run -e`.
pub fn lines(rows: &[Row]) {
    let words: Vec<[&str; 3]> = rows.iter().map(|row| ["run", "-e", row.0]).collect();
    all(rows.iter().zip(&words).map(|(&(_, status, error, cure), words)| Case {
        words,
        status,
        error,
        cure,
        ..Case::default()
    }));
}
