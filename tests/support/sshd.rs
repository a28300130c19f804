//! A real OpenSSH server on 127.0.0.1 with files, keys and a port of its own. Whoever runs the tests
//! can log in to it with [`Sshd::client_key_path`].
//!
//! Use it from a test crate with `#[path = "support/sshd.rs"] mod sshd;`.
#![allow(dead_code, reason = "each test crate uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use imgctl::ssh::keys;

pub struct Sshd {
    folder: tempfile::TempDir,
    options: Vec<String>,
    port: u16,
    child: Option<Child>,
    host_key: String,
}

impl Sshd {
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// A server with these lines of `sshd_config` before its own: the first value of an option wins.
    pub fn with(options: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("sshd-").tempdir().unwrap();
        let client = keys::generate("client").unwrap();
        store(&folder.path().join("client"), &client.private);
        store(&folder.path().join("client.pub"), &format!("{}\n", client.public));
        store(&folder.path().join("authorized_keys"), &format!("{}\n", client.public));
        let options = options.iter().map(ToString::to_string).collect();
        let mut server = Sshd { folder, options, port: 0, child: None, host_key: String::new() };
        server.new_host_key();
        // Another program may take the free port before the server does.
        for _ in 0..10 {
            server.port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            if server.launch() {
                return server;
            }
        }
        panic!("sshd does not start; its messages are above");
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The private key that may log in.
    pub fn client_key_path(&self) -> PathBuf {
        self.folder.path().join("client")
    }

    /// `ssh-ed25519 AAAA…`
    pub fn host_key_line(&self) -> &str {
        &self.host_key
    }

    /// A folder that goes away with the server.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Lets another public key log in.
    pub fn authorize(&self, public: &str) {
        let path = self.folder.path().join("authorized_keys");
        let known = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{known}{public}\n")).unwrap();
    }

    /// Gives the server another host key, from its next start on.
    pub fn new_host_key(&mut self) {
        let key = keys::generate("host").unwrap();
        store(&self.folder.path().join("host"), &key.private);
        self.host_key = key.public.split(' ').take(2).collect::<Vec<_>>().join(" ");
    }

    /// Ends the server and every session, as a reboot does, and starts it on the same port.
    pub fn restart(&mut self) {
        self.stop();
        assert!(self.launch(), "sshd does not start again; its messages are above");
    }

    /// Ends the server and every session.
    pub fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        // Sessions are children of the server, in process groups of their own.
        let mut all = vec![child.id()];
        while let Some(more) = Some(children_of(&all)).filter(|more| !more.is_empty()) {
            all.extend(more);
        }
        for id in all {
            let id = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw).unwrap();
            // It may have ended by itself.
            let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
        }
        child.wait().unwrap();
    }

    fn launch(&mut self) -> bool {
        let folder = self.folder.path();
        let path = |name: &str| folder.join(name).display().to_string();
        let of_env = |option: &&String| option.starts_with("SetEnv ");
        let (env, mut lines): (Vec<_>, Vec<_>) = self.options.iter().partition(of_env);
        // Login files of the person who runs the tests are slow at best. Only one line may set
        // variables.
        let env = env.iter().map(|option| &option["SetEnv".len()..]).collect::<String>();
        let env = format!("SetEnv HOME={}{env}", folder.display());
        lines.push(&env);
        // A second address of the same port would be refused.
        let own = String::from("ListenAddress 127.0.0.1");
        if !lines.iter().any(|line| line.starts_with("ListenAddress")) {
            lines.push(&own);
        }
        let mut config = lines.into_iter().map(|line| format!("{line}\n")).collect::<String>();
        config.push_str(&format!(
            "Port {}\nHostKey {}\nPidFile none\n\
             AuthorizedKeysFile {}\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nMaxStartups 100\n\
             PrintMotd no\nLogLevel INFO\n",
            self.port,
            path("host"),
            path("authorized_keys"),
        ));
        fs::write(folder.join("sshd_config"), config).unwrap();
        // Where the server locks its children in when root runs it. Others need none.
        let _ = fs::create_dir_all("/run/sshd");

        let program = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"]
            .into_iter()
            .find(|path| Path::new(path).exists())
            .expect("sshd is installed (package openssh-server)");
        let mut child = Command::new(program)
            .args(["-D", "-e", "-f"])
            .arg(folder.join("sshd_config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut messages = BufReader::new(child.stderr.take().unwrap()).lines();
        for line in messages.by_ref() {
            let line = line.unwrap();
            if line.starts_with("Server listening on") {
                // Its messages must be read on, or it would block.
                std::thread::spawn(move || messages.map_while(Result::ok).for_each(drop));
                self.child = Some(child);
                return true;
            }
            println!("sshd: {line}");
        }
        child.wait().unwrap();
        false
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The name of the user who runs the tests.
pub fn user() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_string()
}

fn store(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// The processes whose parent is among `parents` and that are not themselves.
fn children_of(parents: &[u32]) -> Vec<u32> {
    let parent_of = |id: u32| -> Option<u32> {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
    };
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|id| !parents.contains(id))
        .filter(|id| parent_of(*id).is_some_and(|parent| parents.contains(&parent)))
        .collect()
}
