//! A home with `~/.ssh`, and the program run in it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::ran::Ran;
use crate::sshd::{Sshd, user};

pub struct Home {
    folder: TempDir,
}

impl Home {
    /// With this `~/.ssh/config`. `PORT`, `USER` and `KEY` are those of the server.
    pub fn new(server: &Sshd, config: &str) -> Home {
        let home = Home { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(home.path().join("project")).unwrap();
        let key = server.client_key_path().display().to_string();
        let config = config
            .replace("PORT", &server.port().to_string())
            .replace("USER", &user())
            .replace("KEY", &key);
        home.write("config", &config);
        home
    }

    /// As [`Home::new`], with a host `box` that is known and lets us in.
    pub fn of(server: &Sshd, more: &str) -> Home {
        let config = format!(
            "{more}\nHost box\n HostName 127.0.0.1\n Port PORT\n User USER\n IdentityFile KEY\n"
        );
        let home = Home::new(server, &config);
        home.knows(server);
        home
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn ssh(&self) -> PathBuf {
        self.path().join(".ssh")
    }

    /// A file in `~/.ssh` that only its owner can read.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.ssh().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// The server's key is in `known_hosts`.
    pub fn knows(&self, server: &Sshd) {
        let line = format!("[127.0.0.1]:{} {}\n", server.port(), server.host_key_line());
        self.write("known_hosts", &line);
    }

    /// Runs `echo in` on a host.
    pub fn connect(&self, host: &str) -> Ran {
        self.run(&format!("print(ssh::connect(\"{host}\").query(\"echo in\").stdout)"))
    }

    pub fn run(&self, code: &str) -> Ran {
        self.run_with(code, |_| {})
    }

    pub fn run_with(&self, code: &str, setup: impl FnOnce(&mut Command)) -> Ran {
        let words = ["run", "-e", code];
        let mut command = self.command(&words);
        setup(&mut command);
        Ran::new(&words, command.output().unwrap())
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_imgctl"));
        command
            .args(words)
            .current_dir(self.path().join("project"))
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null());
        command
    }
}

/// Runs a program that must succeed.
pub fn program(name: &str, words: &[&str]) {
    let output = Command::new(name).args(words).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
}
