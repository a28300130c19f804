//! A project folder on the fake cloud, and the real binary run in it.

#![allow(dead_code, reason = "each test crate uses a part of it")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

#[path = "ran.rs"]
mod ran;
pub use ran::Ran;

pub struct Project {
    folder: TempDir,
}

impl Project {
    /// Waits end soon: on the fake cloud, what does not happen at once will never happen.
    pub fn new() -> Project {
        // The state is synced to disk many times; memory takes the wait out of a thousand runs.
        let memory = Path::new("/dev/shm");
        let folder = tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir()).unwrap();
        let config = "\
defaults: {cloud: fake, distribution: debian12}
ssh: {ready_timeout: 3s}
clouds: {fake: {world: world.json, journal: journal.txt, answers: answers.yaml, strict: true}}
";
        std::fs::write(folder.path().join("config.yaml"), config).unwrap();
        std::fs::write(folder.path().join("answers.yaml"), "[]").unwrap();
        Project { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Rules that answer commands on the hosts.
    pub fn answer(self, rules: &str) -> Project {
        std::fs::write(self.path().join("answers.yaml"), rules).unwrap();
        self
    }

    /// A file of the project, with the folders above it.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn imgctl(&self, words: &[&str]) -> Ran {
        self.imgctl_with_setup(words, |_| {})
    }

    /// As [`Project::imgctl`], with other variables or another standard input.
    pub fn imgctl_with_setup(&self, words: &[&str], setup: impl FnOnce(&mut Command)) -> Ran {
        let journal = self.path().join("journal.txt");
        let _ = std::fs::remove_file(&journal);
        let mut command = Command::new(env!("CARGO_BIN_EXE_imgctl"));
        command
            .args(words)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null());
        setup(&mut command);
        let output = command.output().unwrap();
        let calls = std::fs::read_to_string(journal).unwrap_or_default();
        let mut calls: Vec<String> = calls.lines().map(str::to_owned).collect();
        // How often a wait has looked depends on the machine.
        calls.dedup();
        let folder = self.path().to_string_lossy().into_owned();
        let mut ran = Ran { calls, ..Ran::new(words, output) };
        for shown in [&mut ran.stdout, &mut ran.stderr] {
            *shown = shown.replace(&folder, "PROJECT");
        }
        ran
    }

    /// How many calls `words` make before the first that begins so, where `before` has been run.
    pub fn calls_before(before: &[&str], words: &[&str], begins: &str) -> usize {
        let project = Project::new();
        project.imgctl(before);
        let calls = project.imgctl(words).calls;
        calls.iter().position(|call| call.starts_with(begins)).unwrap()
    }

    /// As [`Project::imgctl`], with a fault (`fail_at`, `kill_after`…) at the n-th call.
    pub fn imgctl_with(&self, fault: &str, number: usize, words: &[&str]) -> Ran {
        let setting = format!("clouds.fake.{fault}={number}");
        self.imgctl(&[&["--set", setting.as_str()], words].concat())
    }

    pub fn world(&self) -> Value {
        let text = std::fs::read_to_string(self.path().join("world.json"));
        text.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap())
    }

    fn ids(&self, kind: &str) -> BTreeSet<String> {
        let world = self.world();
        world[kind].as_object().into_iter().flatten().map(|(id, _)| id.clone()).collect()
    }

    /// Instances and key pairs, which cost money or open doors.
    pub fn debris(&self) -> BTreeSet<String> {
        self.ids("instances").into_iter().chain(self.ids("key_pairs")).collect()
    }

    pub fn images(&self) -> BTreeSet<String> {
        self.ids("images")
    }

    /// Everything that a command may change: the cloud, its hosts, and the state file.
    pub fn everything(&self) -> [String; 2] {
        ["world.json", ".state.json"]
            .map(|name| std::fs::read_to_string(self.path().join(name)).unwrap_or_default())
    }

    /// What is in an image that would make two machines of it alike or let somebody in.
    pub fn secrets_in_images(&self) -> BTreeSet<String> {
        let world = self.world();
        let mut found = BTreeSet::new();
        for (id, image) in world["images"].as_object().into_iter().flatten() {
            for (path, file) in image["disk"]["files"].as_object().unwrap() {
                let key =
                    path.starts_with("/etc/ssh/ssh_host_") || path.contains("authorized_keys");
                if key || (path == "/etc/machine-id" && file["contents"] != "") {
                    found.insert(format!("{id}: {path}"));
                }
            }
        }
        found
    }
}
