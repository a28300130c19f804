//! The fake cloud and its hosts: what a rehearsal may rely on.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/project.rs"]
mod project;
#[path = "support/stage.rs"]
mod stage;

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command as Process;
use std::sync::{Arc, Mutex};

use expect_test::expect;
use imgctl::Code;
use imgctl::cloud::{Capability, Cloud, ImageScope, Resource, ResourceKind};
use imgctl::rehearsal::cloud::Fake;
use imgctl::rehearsal::host::{FakeConnect, Rigour};
use imgctl::rehearsal::journal::Faults;
use imgctl::ssh::{Connect, PutOptions, Target};

use project::Project;
use stage::{FileLedger, Forgetful, Stage, answer, block_on, run, sudo};

const BAKE: &str = "\
cloud find image debian12
cloud create key_pair role=build
cloud create instance role=build image=img-debian12
cloud describe i-2
cloud start i-2
ssh build connect
ssh build sudo: apt-get install -y nginx
ssh build write sudo /etc/slave_config 0644 root:root (14 bytes)
cloud describe i-2
cloud stop i-2
cloud create image name=ci from=i-2
";

#[test]
fn the_journal_tells_every_call_in_order_and_is_the_same_every_time() {
    for _ in 0..2 {
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::new(folder.path(), Faults::default());
        stage.bake().unwrap();
        assert_eq!(stage.lines().join("\n") + "\n", BAKE);
    }
}

#[test]
fn a_failure_at_any_call_can_be_repaired_by_running_again() {
    for at in 1..=BAKE.lines().count() as u64 {
        for lost in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let faults = if lost {
                Faults { fail_after: Some(at), ..Faults::default() }
            } else {
                Faults { fail_at: Some(at), ..Faults::default() }
            };
            let broken = Stage::new(folder.path(), faults);
            let error = broken.bake().unwrap_err();
            let code = if lost { Code::Connection } else { Code::Refused };
            assert_eq!(error.code(), code, "{error}");
            let lines = broken.lines();
            assert_eq!(lines.len() as u64, at);
            let ending = if lost { " => reply lost" } else { " => injected fault" };
            assert!(lines.last().unwrap().ends_with(ending), "{lines:?}");

            let again = Stage::new(folder.path(), Faults::default());
            let image = again.bake().unwrap();
            let world = again.journal.look(Clone::clone).unwrap();
            let counts = (world.instances.len(), world.images.len(), world.key_pairs.len());
            assert_eq!(counts, (1, 1, 1), "after a failure at call {at}");
            assert!(world.images[&image.id].disk.packages.contains("nginx"));
            again.destroy().unwrap();
            assert!(again.nothing_is_left(), "after a failure at call {at}");
        }
    }
}

#[test]
fn a_kill_at_any_call_leaves_nothing_that_destroy_does_not_find() {
    for at in 1..=BAKE.lines().count() {
        for when in ["before", "after"] {
            let folder = tempfile::tempdir().unwrap();
            let child = Process::new(std::env::current_exe().unwrap())
                .args(["--exact", "killed", "--ignored", "--quiet"])
                .env("STAGE", folder.path())
                .env("WHEN", when)
                .env("AT", at.to_string())
                .output()
                .unwrap();
            assert_eq!(child.status.signal(), Some(9), "{child:?}");
            let stage = Stage::new(folder.path(), Faults::default());
            assert!(stage.lines().last().unwrap().ends_with(&format!(" => killed {when}")));
            stage.destroy().unwrap();
            assert!(stage.nothing_is_left(), "killed {when} call {at}");
        }
    }
}

#[test]
#[ignore = "the process that the test above kills"]
fn killed() {
    let at = std::env::var("AT").unwrap().parse().ok();
    let faults = match std::env::var("WHEN").unwrap().as_str() {
        "before" => Faults { kill_at: at, ..Faults::default() },
        _ => Faults { kill_after: at, ..Faults::default() },
    };
    Stage::new(Path::new(&std::env::var("STAGE").unwrap()), faults).bake().unwrap();
}

#[test]
fn nothing_is_made_that_is_not_written_down_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::new(folder.path(), Faults::default());
    let ledger = FileLedger(folder.path().join("ledger"), Mutex::new(()));
    stage.call.ledger = Arc::new(Forgetful(ledger));
    let error = stage.create("build", stage.base().unwrap()).unwrap_err();
    expect!["asked to create a key_pair for build that is not recorded"]
        .assert_eq(&error.to_string());
    assert!(stage.nothing_is_left());
}

#[test]
fn what_is_in_use_taken_or_not_there_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::new(folder.path(), Faults::default());
    let image = stage.bake().unwrap();
    let verify = stage.create("verify", image.clone()).unwrap();

    let error = block_on(stage.cloud.delete_image(&image.id, false, &stage.call)).unwrap_err();
    assert_eq!(error.code(), Code::Refused);
    let key_pair = Resource {
        kind: ResourceKind::KeyPair,
        id: Some("key-1".to_owned()),
        ..stage.call.ledger.resources().unwrap()[0].clone()
    };
    let error = block_on(stage.cloud.destroy(&[key_pair], &stage.call)).unwrap_err();
    assert_eq!(error.to_string(), "key pair key-1 is in use");
    let error = block_on(stage.cloud.start("i-99", &stage.call)).unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
    let error = block_on(stage.cloud.find_base(Some("debain12"), &stage.call)).unwrap_err();
    assert_eq!(error.hint_text(), Some("did you mean debian12?"));

    let found = block_on(stage.cloud.find_run(Some("run-0042"), &stage.call)).unwrap();
    assert_eq!(found.len(), 5, "two key pairs, two instances, an image: {found:?}");
    assert!(block_on(stage.cloud.find_run(Some("run-1"), &stage.call)).unwrap().is_empty());
    assert_eq!(block_on(stage.cloud.list_images(ImageScope::Ours, &stage.call)).unwrap(), [image]);
    assert_eq!(answer(&*stage.host(&verify), "cat /etc/slave_config").1, "made by run-0042\n");
}

#[test]
fn a_capability_that_is_lacking_is_refused_before_anything_happens() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::new(folder.path(), Faults::default());
    stage.cloud = Fake::new(Arc::clone(&stage.journal), "r1", "debian12", &[Capability::Stop]);
    let error = block_on(stage.cloud.stop("i-1", &stage.call)).unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        (Code::Capability, "cloud fake cannot stop an instance")
    );
    assert!(stage.lines().is_empty());
}

#[test]
fn a_host_looks_like_a_debian_machine_that_remembers_what_was_done() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::new(folder.path(), Faults::default());
    let instance = stage.create("build", stage.base().unwrap()).unwrap();
    let host = stage.host(&instance);
    let host = &*host;
    assert_eq!(host.label(), "build");
    assert!(answer(host, "cat /etc/os-release").1.contains("ID=debian\n"));
    assert_eq!(answer(host, "uname -m"), (0, "x86_64\n".to_owned()));

    let installed = "dpkg-query -W -f='${db:Status-Status}' nginx 2>/dev/null | grep -qx installed";
    assert_eq!(answer(host, installed).0, 1);
    run(
        host,
        "DEBIAN_FRONTEND=noninteractive apt-get -o X=1 install -y nginx=1.2 git",
        Some("root"),
    )
    .unwrap();
    assert_eq!(answer(host, installed).0, 0);
    assert_eq!(answer(host, "systemctl is-active nginx"), (0, "active\n".to_owned()));
    assert_eq!(answer(host, "systemctl stop nginx && systemctl is-active nginx").0, 3);

    assert_eq!(answer(host, "id -u jenkins || echo none").1, "none\n");
    run(host, "useradd --create-home -s /bin/bash jenkins", Some("root")).unwrap();
    assert_eq!(answer(host, "getent passwd jenkins").0, 0);

    let watch = &stage.call.watch;
    let error = host.read("/etc/x", true, usize::MAX, watch).unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
    host.write(b"one\n", "/etc/x", &PutOptions { mode: Some(0o600), ..sudo() }, watch).unwrap();
    assert_eq!(host.read("/etc/x", true, usize::MAX, watch).unwrap(), b"one\n");
    assert_eq!(answer(host, "stat -c '%a %U' /etc/x").1, "600 root\n");
    assert_eq!(answer(host, "echo two >> /etc/x; [ -s /etc/x ] && cat /etc/x").1, "one\ntwo\n");
    assert_eq!(answer(host, "rm -f /etc/x /etc/ssh/ssh_host_*; test -e /etc/x").0, 1);
    assert_eq!(answer(host, "set -e; false; echo unreached"), (1, String::new()));
    // Programs are those of the base system, of packages, and of rules.
    assert_eq!(answer(host, "command -v systemctl").1, "/usr/bin/systemctl\n");
    assert_eq!(answer(host, "command -v dockerd || echo none").1, "none\n");
    run(host, "apt-get -y install docker.io", Some("root")).unwrap();
    assert_eq!(answer(host, "command -v dockerd").0, 0);
    run(host, "echo 'Defaults requiretty' > /etc/sudoers.d/10-tty", Some("root")).unwrap();
    let files = "grep -a -ls requiretty /etc/sudoers /etc/sudoers.d/*";
    assert_eq!(answer(host, files).1, "/etc/sudoers.d/10-tty\n");
}

#[test]
fn a_program_that_the_model_does_not_know_is_an_error_in_a_strict_rehearsal() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::new(folder.path(), Faults::default());
    let host = stage.host(&stage.create("build", stage.base().unwrap()).unwrap());
    for (line, named) in [
        ("for x in 1 2; do frobnicate $x; done", "the program `frobnicate`"),
        ("true && sudo -u root apt-gte update", "the program `apt-gte`"),
        ("sh -c 'echo $(systemclt status)'", "the program `systemclt`"),
        ("case $x in a) true;; esac", "the shell syntax of `case $x in a) true;; esac`"),
    ] {
        let error = run(&*host, line, None).unwrap_err();
        assert_eq!(error.code(), Code::CommandFailed, "{line}");
        assert!(error.message().contains(named), "{line}: {error}");
        assert!(error.hint_text().unwrap().contains("clouds.fake.answers"), "{line}");
    }
}

#[test]
fn a_rehearsal_names_the_programs_it_does_not_know_once_and_goes_on() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let code = "for n in 0..2 { cloud::host().run(`apt-gte update ${n}`); } print(\"went on\");";
    let ran = project.imgctl(&["--set", "clouds.fake.strict=false", "run", "-e", code]).succeeds();
    let ran = ran.says("went on").says("does not know the program `apt-gte`");
    assert_eq!(
        ran.stderr.matches("apt-gte` ").count() + ran.stderr.matches("`apt-gte`:").count(),
        1
    );
    project.imgctl(&["run", "-e", code]).fails(1).says("`apt-gte`").hints("clouds.fake.answers");
}

#[test]
fn a_reboot_changes_the_boot_id_and_a_host_without_keys_lets_nobody_in_again() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::new(folder.path(), Faults::default());
    let instance = stage.create("build", stage.base().unwrap()).unwrap();
    let host = stage.host(&instance);
    let boot_id = || answer(&*host, "cat /proc/sys/kernel/random/boot_id").1;
    let before = boot_id();
    assert_eq!(before, boot_id());
    run(&*host, "systemctl reboot", Some("root")).unwrap();
    assert_ne!(before, boot_id());

    run(&*host, "rm -f /etc/ssh/ssh_host_*_key*", Some("root")).unwrap();
    host.probe(&stage.call.watch).expect("the session that is open stays");
    host.disconnect();
    let error = host.probe(&stage.call.watch).unwrap_err();
    assert_eq!(error.code(), Code::Connection);
    assert!(error.to_string().contains("no host key"), "{error}");
}

#[test]
fn a_login_needs_the_right_machine_user_and_key() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::new(folder.path(), Faults::default());
    let instance = stage.create("build", stage.base().unwrap()).unwrap();
    let good = stage.target(&instance);
    let refusal = |target: Target| {
        let host = stage.connect.remote(target).unwrap();
        host.probe(&stage.call.watch).unwrap_err().code()
    };
    let host_keys = vec!["ssh-ed25519 AAAAother".to_owned()];
    assert_eq!(refusal(Target { host_keys, ..good.clone() }), Code::HostKeyChanged);
    let user = Some("nobody".to_owned());
    assert_eq!(refusal(Target { user, ..good.clone() }), Code::Authentication);
    assert_eq!(refusal(Target { identities: Vec::new(), ..good.clone() }), Code::Authentication);
    block_on(stage.cloud.stop(&instance.id, &stage.call)).unwrap();
    assert_eq!(refusal(good.clone()), Code::Connection);
    assert_eq!(refusal(Target { host: "fake:i-9".to_owned(), ..good }), Code::Connection);
}

#[test]
fn rules_answer_before_the_host_does_and_count_over_processes() {
    let folder = tempfile::tempdir().unwrap();
    let rules = "\
- {command: 'apt-get.*install', status: 100, stderr: 'no space', times: 1}
- {command: '^uname -m$', host: build, stdout: \"aarch64\\n\"}
- {command: drop, error: connection}
";
    std::fs::write(folder.path().join("answers"), rules).unwrap();
    let stage = Stage::new(folder.path(), Faults::default());
    let instance = stage.create("build", stage.base().unwrap()).unwrap();
    let install = "apt-get -y install git";
    let output = run(&*stage.host(&instance), install, Some("root")).unwrap();
    assert_eq!((output.status, output.stderr.as_slice()), (100, b"no space".as_slice()));
    let later = Stage::new(folder.path(), Faults::default());
    let host = later.host(&instance);
    assert_eq!(run(&*host, install, Some("root")).unwrap().status, 0);
    assert_eq!(answer(&*host, "uname -m").1, "aarch64\n");
    assert_eq!(run(&*host, "drop", None).unwrap_err().code(), Code::Connection);
    let last = later.lines().split_off(4);
    assert_eq!(
        last,
        [
            "ssh build sudo: apt-get -y install git => 100",
            "ssh build sudo: apt-get -y install git",
            "ssh build run: uname -m",
            "ssh build run: drop => connection",
        ]
    );

    std::fs::write(folder.path().join("answers"), "- {comand: x}").unwrap();
    let error =
        FakeConnect::new(later.journal, Some(&folder.path().join("answers")), Rigour::Strict)
            .err()
            .unwrap();
    assert_eq!(error.code(), Code::Config);
}

#[test]
fn files_and_trees_go_there_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::new(folder.path(), Faults::default());
    let instance = stage.create("build", stage.base().unwrap()).unwrap();
    let host = stage.host(&instance);
    let tree = folder.path().join("tree");
    std::fs::create_dir_all(tree.join("deep")).unwrap();
    std::fs::write(tree.join("deep/binary"), [0, 159, 146, 150]).unwrap();
    let watch = &stage.call.watch;
    host.put(&tree, "/opt/tree", &sudo(), watch).unwrap();
    assert_eq!(answer(&*host, "test -d /opt/tree/deep && test -f /opt/tree/deep/binary").0, 0);
    let back = folder.path().join("back");
    host.get("/opt/tree", &back, true, watch).unwrap();
    assert_eq!(std::fs::read(back.join("deep/binary")).unwrap(), [0, 159, 146, 150]);
    let error = host.get("/opt/none", &back, true, watch).unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
}

/// Of a machine that does not exist yet, facts are those that its distribution usually has.
#[test]
fn the_full_image_can_be_planned_for_every_distribution() {
    for distribution in
        ["debian12", "debian13", "ubuntu1404", "ubuntu2204", "ubuntu2404", "centos7", "rocky9"]
    {
        let project = Project::new();
        let config = format!(
            "defaults: {{cloud: fake, distribution: {distribution}}}\n\
             clouds: {{fake: {{distributions: {{{distribution}: {{username: ci}}}}}}}}\n\
             ci_image: {{profile: full}}\n"
        );
        project.write("config.yaml", &config);
        project.imgctl(&["--dry-run", "bake"]).succeeds();
    }
}
