//! Remotes over the network: OpenSSH's server and git's own for HTTP. Nothing asks at the terminal, nothing hangs,
//! and no password is shown.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::git_http::{GitHttp, May};
use crate::project::Ran;
use crate::sshd::{self, Sshd};
use crate::stage::{BRANCH, IMAGES, Stage};
use crate::terminal::Terminal;

const PUBLISH: &[&str] = &["publish:force=true"];
const PASSWORD: &str = "correct-horse-battery";

/// A clone whose remote is behind this server, for which `ssh` reads a file of its own.
fn over_ssh(server: &Sshd, settings: &str) -> Stage {
    let stage = Stage::new("");
    let path = stage.path("remote.git").display().to_string();
    let address = format!("ssh://{}@127.0.0.1:{}{path}", sshd::user(), server.port());
    stage.git("clone", &["remote", "set-url", "origin", &address]);
    let known = format!("[127.0.0.1]:{} {}\n", server.port(), server.host_key_line());
    stage.project.write("known_hosts", &known);
    let folder = stage.project.path().display();
    let usual = format!(
        "IdentityAgent none\nIdentitiesOnly yes\nUserKnownHostsFile {folder}/known_hosts\n\
         GlobalKnownHostsFile /dev/null\nIdentityFile {}\n",
        server.client_key_path().display()
    );
    stage.project.write("ssh_config", &format!("{settings}\n{usual}"));
    let config = std::fs::read_to_string(stage.path(".gitconfig")).unwrap();
    let ssh = format!("[core]\nsshCommand = ssh -F '{folder}/ssh_config'\n");
    stage.project.write(".gitconfig", &format!("{config}{ssh}"));
    stage
}

fn over_http(url: &str) -> Stage {
    let stage = Stage::new("");
    stage.git("clone", &["remote", "set-url", "origin", url]);
    stage
}

/// It is published, and the user's clone stays as it is.
#[track_caller]
fn publishes(stage: &Stage) -> Ran {
    let before = stage.clone_state();
    let ran = stage.publish(PUBLISH).succeeds();
    assert_eq!(stage.dictionary(BRANCH), IMAGES.replace("img-0", &stage.image));
    assert_eq!(stage.clone_state(), before);
    stage.publish(PUBLISH).succeeds().says("has it already");
    ran
}

/// It is refused with status 3, and nothing is changed anywhere.
#[track_caller]
fn refused(stage: &Stage) -> Ran {
    let before = (stage.branches(), stage.clone_state());
    let ran = stage.publish(PUBLISH).fails(3);
    assert_eq!((stage.branches(), stage.clone_state()), before);
    assert_eq!(stage.github.changes(), Vec::<String>::new());
    ran
}

#[test]
fn a_branch_goes_to_a_server_of_ssh() {
    let server = Sshd::start();
    publishes(&over_ssh(&server, ""));
}

#[test]
fn a_login_that_ssh_refuses_is_told() {
    let server = Sshd::start();
    let other = imgctl::ssh::keys::generate("other").unwrap();
    let stage = over_ssh(&server, "");
    let path = stage.path("other");
    stage.project.write("other", &other.private);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&path, mode).unwrap();
    let config = std::fs::read_to_string(stage.path("ssh_config")).unwrap();
    let own = server.client_key_path().display().to_string();
    let config = config.replace(&own, &path.display().to_string());
    stage.project.write("ssh_config", &config);
    refused(&stage).says("Permission denied").hints("without asking");
    // A host that nobody knows yet: ssh would ask.
    stage.project.write("known_hosts", "");
    refused(&stage).says("Host key verification failed");
}

/// ssh would ask for the passphrase of a key at the terminal, behind the progress that is shown there.
#[test]
fn nothing_is_asked_at_the_terminal() {
    let server = Sshd::start();
    let stage = over_ssh(&server, "");
    let key = stage.path("locked").display().to_string();
    let mut make = Command::new("ssh-keygen");
    make.args(["-q", "-t", "ed25519", "-N", PASSWORD, "-f", &key]);
    assert!(make.status().unwrap().success());
    server.authorize(std::fs::read_to_string(stage.path("locked.pub")).unwrap().trim());
    let config = std::fs::read_to_string(stage.path("ssh_config")).unwrap();
    let own = server.client_key_path().display().to_string();
    stage.project.write("ssh_config", &config.replace(&own, &key));
    // As a desktop sets it, which is gone: ssh would fall back to the terminal.
    for own in [&[][..], &[("SSH_ASKPASS", "/bin/false")]] {
        let variables = [&[("GITHUB_TOKEN", "good"), ("GPG_TTY", "/dev/tty")][..], own].concat();
        let (status, shown) = Terminal::open(&stage.project, PUBLISH, &variables).ends();
        assert_eq!(status, 3, "{shown}");
        assert!(shown.contains("Permission denied") && !shown.contains("assphrase"), "{shown}");
    }
    // A program with a window of its own may ask.
    stage.project.write("ask", &format!("#!/bin/sh\necho {PASSWORD}\n"));
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(stage.path("ask"), mode).unwrap();
    let ask = stage.path("ask").display().to_string();
    let ran = stage.project.imgctl_with_setup(PUBLISH, |command| {
        command.env("GITHUB_TOKEN", "good").env("SSH_ASKPASS", &ask);
    });
    ran.succeeds().never_says(PASSWORD);
    assert_eq!(stage.dictionary(BRANCH), IMAGES.replace("img-0", &stage.image));
}

#[test]
fn a_branch_goes_to_a_server_of_http() {
    let stage = Stage::new("");
    let login = format!("anna:{PASSWORD}");
    let server = GitHttp::start(stage.project.path(), &[(&login, May::Push)]);
    let url = server.url(&login, "remote.git");
    stage.git("clone", &["remote", "set-url", "origin", &url]);
    publishes(&stage).never_says(PASSWORD);
}

#[test]
fn a_login_may_come_from_a_credential_helper() {
    let stage = Stage::new("");
    let server = GitHttp::start(stage.project.path(), &[(&format!("anna:{PASSWORD}"), May::Push)]);
    stage.git("clone", &["remote", "set-url", "origin", &server.url("", "remote.git")]);
    // Without one, git would ask.
    refused(&stage).says("cannot be read").hints("without asking");
    let helper = format!("!f() {{ echo username=anna; echo password={PASSWORD}; }}; f");
    stage.git("clone", &["config", "credential.helper", &helper]);
    publishes(&stage).never_says(PASSWORD);
}

#[test]
fn a_login_that_http_refuses_is_told_without_it() {
    let stage = over_http("http://127.0.0.1:1/remote.git");
    let server = GitHttp::start(
        stage.project.path(),
        &[("anna:other", May::Push), (&format!("bert:{PASSWORD}"), May::Read)],
    );
    let url = server.url(&format!("anna:{PASSWORD}"), "remote.git");
    stage.git("clone", &["remote", "set-url", "origin", &url]);
    refused(&stage).says("cannot be read").never_says(PASSWORD);
    // He may read, and that he may not push is known before anything is made.
    let url = server.url(&format!("bert:{PASSWORD}"), "remote.git");
    stage.git("clone", &["remote", "set-url", "origin", &url]);
    refused(&stage).says("403").hints("the right to push").never_says(PASSWORD);
    stage.git("clone", &["remote", "set-url", "origin", &url.replace("remote", "gone")]);
    refused(&stage).says("not found").never_says(PASSWORD);
}

/// What hooks of the server and of the user print is shown without what could be a credential, whether they let the
/// push pass or not.
#[test]
fn secrets_that_hooks_print_are_not_shown() {
    let secret = "S3cr3t-0f-th3-h00k";
    for status in [0, 1] {
        let stage = Stage::new("");
        let login = format!("anna:{PASSWORD}");
        let server = GitHttp::start(stage.project.path(), &[(&login, May::Push)]);
        let url = server.url(&login, "remote.git");
        stage.git("clone", &["remote", "set-url", "origin", &url]);
        let hook = format!(
            "echo 'checked by the hook'; echo 'api_token={secret}'; echo {PASSWORD}; exit {status}"
        );
        stage.hook("remote.git", "pre-receive", &hook);
        stage.hook("clone/.git", "pre-push", &format!("echo 'password: {secret}' >&2"));
        let ran = stage.publish(&["-vv", "publish:force=true"]);
        assert_eq!(ran.status == 0, status == 0, "{ran}");
        ran.says("checked by the hook").never_says(secret).never_says(PASSWORD);
    }
}

/// A server that takes the connection and is silent: Ctrl-C ends it, as what it is, and nothing is left.
#[test]
fn a_server_that_never_answers_is_left_by_ctrl_c() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    for scheme in ["http", "ssh"] {
        let stage = over_http(&format!("{scheme}://127.0.0.1:{port}/remote.git"));
        let before = (stage.branches(), stage.clone_state());
        let child = Command::new(env!("CARGO_BIN_EXE_imgctl"))
            .args(PUBLISH)
            .current_dir(stage.project.path())
            .env_clear()
            .env("HOME", stage.project.path())
            .env("PATH", "/usr/bin:/bin")
            .env("GITHUB_TOKEN", "good")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _connection = silent.accept().unwrap();
        let id = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
        let ran = Ran::new(PUBLISH, child.wait_with_output().unwrap()).fails(130);
        assert!(!ran.stderr.contains("hint:"), "{ran}");
        assert_eq!((stage.branches(), stage.clone_state()), before);
    }
}

/// As servers of builds clone: without history, so that the base does not show that it has the commit from which the
/// branch began.
#[test]
fn a_clone_without_history_updates_its_branch() {
    let stage = Stage::new("");
    stage.publish(PUBLISH).succeeds();
    stage.git("clone", &["commit", "--quiet", "--allow-empty", "--message=Other work"]);
    stage.git("clone", &["push", "--quiet", "origin", "main"]);
    let address = format!("file://{}", stage.path("remote.git").display());
    stage.git(".", &["clone", "--quiet", "--depth=1", &address, "shallow"]);
    let shallow = "--set=publish.dictionary.repository=shallow";
    stage.publish(&[shallow, PUBLISH[0]]).succeeds().says("pushed");
    let range = format!("main..{BRANCH}");
    assert_eq!(stage.git("remote.git", &["rev-list", "--count", &range]), "1\n");
    // Commits of others are found there as well.
    stage.git("clone", &["checkout", "--quiet", "-b", "theirs"]);
    stage.git("clone", &["commit", "--quiet", "--allow-empty", "--message=Mine, not yours"]);
    stage.git("clone", &["push", "--quiet", "--force", "origin", &format!("theirs:{BRANCH}")]);
    std::fs::remove_dir_all(stage.path("shallow")).unwrap();
    stage.git(".", &["clone", "--quiet", "--depth=1", &address, "shallow"]);
    stage.publish(&[shallow, PUBLISH[0]]).fails(3).says("Mine, not yours");
}

#[test]
fn tags_of_the_user_are_not_pushed() {
    let stage = Stage::new("");
    stage.git("clone", &["tag", "--annotate", "--message=Mine", "mine"]);
    stage.git("clone", &["config", "push.followTags", "true"]);
    stage.publish(PUBLISH).succeeds();
    assert!(!stage.branches().contains("mine"), "{}", stage.branches());
}
