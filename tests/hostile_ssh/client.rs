//! The real program, and a host that it connects to.

use std::path::Path;
use std::process::{Command, Stdio};

use imgctl::ssh::keys;
use tempfile::TempDir;

use crate::ran::Ran;
use crate::server::Server;
use crate::sshd::{Sshd, user};

/// A project folder, and `h`, a host in its scripts.
pub struct Client {
    pub folder: TempDir,
    connect: String,
}

impl Client {
    fn new(port: u16, key: &Path, host_key: &str) -> Client {
        let folder = tempfile::tempdir().unwrap();
        let connect = format!(
            "let h = ssh::connect(\"{}@127.0.0.1\", #{{ port: {port}, key: \"{}\", host_key: \
             \"{host_key}\", label: \"box\", connect_timeout: \"2s\" }});\n",
            user(),
            key.display()
        );
        Client { folder, connect }
    }

    pub fn of_server(server: &Server) -> Client {
        let key = keys::generate("client").unwrap();
        let mut client = Client::new(server.port, Path::new("key"), &server.host_key);
        let path = client.folder.path().join("key");
        std::fs::write(&path, key.private).unwrap();
        std::fs::write(path.with_extension("pub"), key.public).unwrap();
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        client.connect = client.connect.replace("\\", "");
        client
    }

    pub fn of_sshd(server: &Sshd) -> Client {
        Client::new(server.port(), &server.client_key_path(), server.host_key_line())
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a script that may use `h`.
    pub fn run(&self, script: &str) -> Ran {
        self.run_with(script, |_| {})
    }

    pub fn run_with(&self, script: &str, setup: impl FnOnce(&mut Command)) -> Ran {
        std::fs::write(self.path().join("script.rhai"), format!("{}{script}\n", self.connect))
            .unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_imgctl"));
        command
            .args(["run", "script.rhai"])
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null());
        setup(&mut command);
        Ran::new(&["run", script], command.output().unwrap())
    }
}
