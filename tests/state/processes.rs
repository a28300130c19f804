//! Two imgctl at once, and one that is killed.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use imgctl::state::Store;

use super::{Project, assert_state_error, push};

/// Not a test: the other imgctl. Writes step after step, and prints each number once it is written.
#[test]
#[ignore = "started by the tests below"]
fn other_process() {
    let store = Store::open(Path::new(&std::env::var_os("STATE").unwrap())).unwrap();
    store.begin("local", "", "debian12").unwrap();
    if std::env::var_os("WITH_CHILD").is_some() {
        let child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        eprintln!("{}", child.id());
        std::mem::forget(child);
    }
    for number in 1.. {
        push(&store, number).unwrap();
        eprintln!("{number}");
    }
}

struct Other(Child);

impl Other {
    fn start(project: &Project, with_child: bool) -> Other {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--ignored", "--exact", "processes::other_process", "--nocapture"]);
        command.env("STATE", project.path()).stdout(Stdio::null()).stderr(Stdio::piped());
        if with_child {
            command.env("WITH_CHILD", "1");
        }
        Other(command.spawn().unwrap())
    }

    /// The first numbers that it prints.
    fn read(&mut self, count: usize) -> Vec<u32> {
        let mut reader = BufReader::with_capacity(1, self.0.stderr.as_mut().unwrap());
        let mut numbers = Vec::new();
        while numbers.len() < count {
            let mut line = String::new();
            assert_ne!(reader.read_line(&mut line).unwrap(), 0, "the other process ended");
            numbers.extend(line.trim().parse::<u32>());
        }
        numbers
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_second_imgctl_learns_which_process_holds_the_state() {
    let project = Project::new();
    let mut other = Other::start(&project, false);
    other.read(1);
    let error = project.open().lock().unwrap_err();
    let process = format!("(process {})", other.0.id());
    assert_state_error(
        error,
        &[&process, "other_process", "is using the state file", "wait until it ends"],
    );
}

#[test]
fn a_killed_imgctl_loses_nothing_it_had_written_and_frees_the_lock() {
    let project = Project::new();
    let mut printed = 0;
    for round in 1..=5 {
        let mut other = Other::start(&project, false);
        let count = printed;
        printed += other.read(round * 3).len();
        other.kill();
        // Numbers printed between the last one read and the kill are written as well.
        let mut rest = String::new();
        other.0.stderr.take().unwrap().read_to_string(&mut rest).unwrap();
        printed += rest.lines().filter(|line| line.trim().parse::<u32>().is_ok()).count();

        let store = project.open();
        let written = store.document().unwrap().steps.len();
        assert!(
            written >= printed && written <= printed + 1,
            "{count} before, {printed} printed, {written}"
        );
        printed = written;
        store.lock().unwrap();
    }
}

#[test]
fn a_child_process_that_outlives_imgctl_does_not_keep_the_lock() {
    let project = Project::new();
    let mut other = Other::start(&project, true);
    let child = other.read(2)[0];
    // With its standard input open in the other process only, the child would end with it: hold it.
    let stdin =
        std::fs::OpenOptions::new().read(true).write(true).open(format!("/proc/{child}/fd/0"));
    other.kill();
    assert!(Path::new(&format!("/proc/{child}")).exists());
    project.open().lock().unwrap();
    assert!(Path::new(&format!("/proc/{child}")).exists(), "it was running all the time");
    drop(stdin.unwrap());
}
