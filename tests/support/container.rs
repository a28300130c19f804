//! A machine for a test, in a second: a container of the local cloud, with an SSH server that root can
//! be reached on. Several can run side by side. As root only.
//!
//! Use it from a test crate with `#[path = "support/container.rs"] mod container;`.
#![allow(dead_code, reason = "each test crate uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

#[path = "ran.rs"]
mod ran;
pub use ran::Ran;

/// A project whose instance `build` is a machine that runs.
pub struct Container {
    folder: TempDir,
}

/// What a project's `config.yaml` says of one.
pub struct Kind<'a> {
    pub distribution: &'a str,
    /// `container` or `vm`.
    pub machine: &'a str,
    /// The settings of the distribution, as a flow map.
    pub settings: &'a str,
}

impl Container {
    /// Starts one of Debian 12; none where this user cannot run containers.
    pub fn start() -> Option<Container> {
        if !can_run() {
            println!("skipped: containers need root");
            return None;
        }
        let container = Container::project(&Kind {
            distribution: "debian12",
            machine: "container",
            settings: "{}",
        });
        container.imgctl(&["up"]).succeeds();
        Some(container)
    }

    /// The project of one that was not started yet: `imgctl(&["up"])` does.
    pub fn project(kind: &Kind<'_>) -> Container {
        let container = Container { folder: tempfile::tempdir_in(target()).unwrap() };
        let Kind { distribution, machine, settings } = kind;
        let config = format!(
            "defaults: {{cloud: local, distribution: {distribution}}}\n\
             clouds:\n  local:\n    machine: {machine}\n    folder: data\n    cache: '{}'\n    \
             distributions: {{{distribution}: {settings}}}\n",
            target().join("local-cache").display()
        );
        std::fs::write(container.path().join("config.yaml"), config).unwrap();
        container
    }

    /// The project's folder, for scripts and files.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The real binary, run in the project.
    pub fn imgctl(&self, words: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_imgctl"))
            .args(words)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let ran = Ran::new(words, output);
        // Shown when the test fails.
        println!("{ran}");
        ran
    }

    /// Runs a script on it: `host` is the container.
    pub fn script(&self, text: &str) -> Ran {
        let file = self.path().join("script.rhai");
        std::fs::write(file, format!("//! A test.\nlet host = cloud::host();\n{text}\n")).unwrap();
        self.imgctl(&["run", "script.rhai"])
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        if self.path().join(".state.json").exists() {
            self.imgctl(&["destroy"]);
        }
    }
}

/// Whether this user can run containers.
pub fn can_run() -> bool {
    rustix::process::geteuid().is_root()
}

/// Files of tests, also the base images that are kept for the next run.
pub fn target() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}
