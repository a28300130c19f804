//! A project on a cloud whose machines are `guest.py` beside this file: this computer itself, with
//! a folder of its own for each instance. So the project's scripts change nothing outside of it.
//!
//! Use it from a test crate with `#[path = "support/guest.rs"] mod guest;`.
#![allow(dead_code, reason = "each test crate uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

#[path = "ran.rs"]
mod ran;
pub use ran::Ran;

/// Writes into the guest's home by every way that scripts have, and a step each.
const BOOTSTRAP: &str = r#"//! Leaves a file in the guest's home.
let host = cloud::host();
let home = host.query("printf %s \"$HOME\"", #{ ok: [0] }).stdout;
step("a file by a command", || host.run("echo agent > agent.txt"));
step("a file by an upload", || { host.write(home + "/note.txt", "made by bootstrap\n"); });
print(host.read(home + "/note.txt"));
"#;

/// What bootstrap left is there on the machine it ran on; a copy of the machine answers.
const TESTS: &str = r#"//! Checks what bootstrap left.
let given = args::parse([], #{ instance: "build" });
let host = cloud::host(given.instance);
if given.instance == "build" {
    host.run("test \"$(cat agent.txt)\" = agent && test -s note.txt");
} else {
    host.run("true");
}
"#;

/// Nobody can log in until the next start, which is a first boot again.
const CLEAN: &str = r#"//! Forgets the guest's identity.
fn image(host) {
    state::note_sealed(host);
    host.run("cd \"$HOME\"/.. && rm -f booted host_key* authorized_keys");
}
"#;

/// The guest is this computer, which is the same for all instances.
const HYGIENE: &str = r#"//! Looks at nothing.
fn note(host) { }
fn check(host, identity) { }
"#;

const WAIT: &str = r#"//! Waits for SSH alone.
fn ready(host) { host.wait_ready(); }
"#;

/// A project folder, and the guests' folders in it.
pub struct CloudProject {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

impl CloudProject {
    /// A project with this config.yaml.
    pub fn new(config: &str) -> CloudProject {
        let folder = tempfile::Builder::new().prefix("imgctl-project-").tempdir().unwrap();
        let project = CloudProject { folder, environment: Vec::new() };
        project.write("config.yaml", config);
        project.write("scripts/bootstrap.rhai", BOOTSTRAP);
        project.write("scripts/tests.rhai", TESTS);
        project.write("stdlib/clean.rhai", CLEAN);
        project.write("stdlib/hygiene.rhai", HYGIENE);
        project.write("stdlib/wait.rhai", WAIT);
        project
    }

    /// A variable of the environment that imgctl runs in, which has only HOME and PATH else.
    pub fn env(mut self, name: &str, value: &str) -> CloudProject {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes a variable away again.
    pub fn without(mut self, name: &str) -> CloudProject {
        self.environment.retain(|(known, _)| known != name);
        self
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of a guest.
    pub fn guest(&self, instance: &str) -> PathBuf {
        self.path().join("guests").join(instance)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Whether there is a state file.
    pub fn has_state(&self) -> bool {
        self.path().join(".state.json").exists()
    }

    /// The real binary, ready to be started in the project.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_imgctl"));
        command
            .args(words)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", "/usr/bin:/bin")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub fn imgctl(&self, words: &[&str]) -> Ran {
        let output = self.command(words).output().unwrap();
        let ran = Ran::new(words, output);
        // Shown when the test fails.
        println!("{ran}");
        ran
    }
}

/// `ssh.proxy_command` for the guests of a cloud; `facts` are the words that tell guest.py where the
/// instance's are, such as `ec2 --endpoint URL --region R`. Write it into config.yaml in single
/// quotes.
pub fn proxy_command(facts: &str) -> String {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/guest.py");
    // The guests' folder is relative to the project, where imgctl runs.
    format!(
        "python3 {} {facts} --user %r --instance {{instance}} --folder guests",
        program.display()
    )
}

/// The name of the user who runs the tests: who logs in to the guests.
pub fn user() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_string()
}
