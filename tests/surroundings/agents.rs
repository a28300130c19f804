//! ssh-agents: one that works, and one that never answers.

use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::home::{Home, program};
use crate::sshd::Sshd;

/// An agent of its own, stopped when dropped.
struct Agent(Child, PathBuf);

impl Agent {
    fn start(folder: &Path) -> Agent {
        let socket = folder.join("agent");
        let mut child = Command::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(&socket)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // It prints its settings once it listens.
        let mut line = String::new();
        let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut output, &mut line).unwrap();
        Agent(child, socket)
    }

    fn add(&self, key: &Path) {
        let add = Command::new("ssh-add").arg(key).env("SSH_AUTH_SOCK", &self.1).output().unwrap();
        assert!(add.status.success(), "{}", String::from_utf8_lossy(&add.stderr));
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

const CODE: &str = "print(ssh::connect(\"box\").query(\"echo in\").stdout)";

#[test]
fn the_public_half_of_a_key_chooses_it_in_the_agent() {
    let server = Sshd::start();
    let host = "Host box\n HostName 127.0.0.1\n Port PORT\n User USER\n IdentityFile KEY.pub\n";
    for only in ["", " IdentitiesOnly yes\n"] {
        let home = Home::new(&server, &format!("{host}{only}"));
        home.knows(&server);
        let agent = Agent::start(home.path());
        // A server refuses the seventh key.
        for n in 0..8 {
            let other = home.ssh().join(n.to_string());
            let shown = other.display().to_string();
            program("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &shown]);
            agent.add(&other);
        }
        agent.add(&server.client_key_path());
        let with_agent = |command: &mut Command| {
            command.env("SSH_AUTH_SOCK", &agent.1);
        };
        home.run_with(CODE, with_agent).succeeds().says("in\n");
        home.connect("box").fails(3).says("no key was accepted");
    }
}

#[test]
fn identity_agent_names_the_agent() {
    let server = Sshd::start();
    let home = Home::new(&server, "");
    let agent = Agent::start(home.path());
    agent.add(&server.client_key_path());
    home.knows(&server);
    let host = format!(
        "Host box\n HostName 127.0.0.1\n Port {}\n User {}\n",
        server.port(),
        crate::sshd::user()
    );
    for named in ["~/agent", "%d/agent", "$OUR_AGENT", "${OUR_AGENT}", "SSH_AUTH_SOCK"] {
        home.write("config", &format!("{host} IdentityAgent {named}\n"));
        let variables = |command: &mut Command| {
            command.env("OUR_AGENT", &agent.1);
            if named == "SSH_AUTH_SOCK" {
                command.env("SSH_AUTH_SOCK", &agent.1);
            }
        };
        home.run_with(CODE, variables).succeeds().says("in\n");
    }
    home.write("config", &format!("{host} IdentityAgent none\n"));
    home.run_with(CODE, |command| {
        command.env("SSH_AUTH_SOCK", &agent.1);
    })
    .fails(3);
}

#[test]
fn an_agent_that_never_answers_is_given_up_within_the_connect_timeout() {
    let server = Sshd::start();
    let home = Home::of(&server, "IdentityFile ~/.ssh/missing");
    let socket = home.path().join("silent");
    // It listens, and accepts nobody.
    let _silent = UnixListener::bind(&socket).unwrap();
    home.write(
        "config",
        &format!(
            "Host box\n HostName 127.0.0.1\n Port {}\n User {}\n ConnectTimeout 2\n",
            server.port(),
            crate::sshd::user()
        ),
    );
    home.run_with(CODE, |command| {
        command.env("SSH_AUTH_SOCK", &socket);
    })
    .fails(3)
    .says("the agent");
}

#[test]
fn an_agent_that_announces_more_than_the_protocol_allows_is_passed_over() {
    let server = Sshd::start();
    let home = Home::of(&server, "");
    let socket = home.path().join("talkative");
    let listener = UnixListener::bind(&socket).unwrap();
    // The thread ends with the test's process.
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let mut request = [0; 5];
            if std::io::Read::read_exact(&mut stream, &mut request).is_ok() {
                let mut answer = u32::MAX.to_be_bytes().to_vec();
                answer.resize(1 << 20, b'x');
                let _ = std::io::Write::write_all(&mut stream, &answer);
                // It stays connected.
                let _ = std::io::Read::read(&mut stream, &mut request);
            }
        }
    });
    home.knows(&server);
    let host = format!(
        "Host box\n HostName 127.0.0.1\n Port {}\n User {}\n IdentityFile {}\n",
        server.port(),
        crate::sshd::user(),
        server.client_key_path().display()
    );
    let with_agent = |command: &mut Command| {
        command.env("SSH_AUTH_SOCK", &socket);
    };
    home.write("config", &host);
    home.run_with(CODE, with_agent).succeeds().says("in\n");
    home.write("config", &host.replace(" IdentityFile", " # IdentityFile"));
    home.run_with(CODE, with_agent).fails(3).says("the agent");
}
