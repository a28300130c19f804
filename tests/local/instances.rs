//! Instances as processes, files and ports. No guest boots in these tests.

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;

use imgctl::Code;
use imgctl::cloud::{Cloud, InstanceState, ResourceKind};

use crate::bed::{Bed, power_off};

#[tokio::test(flavor = "multi_thread")]
async fn two_creates_with_the_same_intent_give_one_instance() {
    let bed = Bed::with_empty_base();
    let (one, two) = (bed.cloud(), bed.cloud());
    let base = one.find_base(None, &bed.call).await.unwrap();
    let launch = bed.launch("build", base);
    let (a, b) = tokio::join!(one.create(&launch, &bed.call), two.create(&launch, &bed.call));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!((a.id.clone(), a.ssh_port), (b.id, b.ssh_port));
    assert_eq!(bed.machines(), 1);

    // Another imgctl finds it by its tag, without the ledger.
    let found = bed.cloud().find_run(Some("run-1"), &bed.call).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id.as_deref(), Some(a.id.as_str()));
    assert_eq!(bed.cloud().find_run(Some("run-2"), &bed.call).await.unwrap(), []);
    assert_eq!(bed.cloud().find_run(None, &bed.call).await.unwrap().len(), 1);

    // imgctl was killed before the id was in the ledger: it is found by the token.
    let mut resource = found[0].clone();
    resource.id = None;
    one.destroy(&[resource.clone()], &bed.call).await.unwrap();
    assert!(one.describe(&a.id, &bed.call).await.unwrap().is_none());
    TcpListener::bind(("127.0.0.1", a.ssh_port)).unwrap();
    bed.assert_nothing_left();
    one.destroy(&[resource], &bed.call).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_is_for_this_user_and_computer_only() {
    let bed = Bed::with_empty_base();
    let cloud = bed.cloud();
    let base = cloud.find_base(None, &bed.call).await.unwrap();
    let build = cloud.create(&bed.launch("build", base), &bed.call).await.unwrap();
    for file in bed.files() {
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        let folder = file.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(folder, 0o700, "{}", file.display());
        let is_secret = file.ends_with("seed.img") || file.ends_with("instance.json");
        assert!(!is_secret || mode == 0o600, "{}: {mode:o}", file.display());
    }
    for pid in bed.processes() {
        let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap();
        assert!(!line.contains("PRIVATE KEY") && !line.contains("AAAA"), "{line}");
    }
    // Another address of this computer stands for those that others reach.
    TcpStream::connect(("127.0.0.1", build.ssh_port)).unwrap();
    assert!(TcpStream::connect(("127.0.0.2", build.ssh_port)).is_err());
    cloud.destroy(&bed.call.ledger.resources().unwrap(), &bed.call).await.unwrap();
    assert!(cloud.describe(&build.id, &bed.call).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_powers_off_is_stopped_and_a_terminated_one_has_failed() {
    let bed = Bed::with_empty_base();
    let cloud = bed.cloud();
    let call = &bed.call;
    let base = cloud.find_base(None, call).await.unwrap();
    let build = cloud.create(&bed.launch("build", base), call).await.unwrap();
    power_off(&bed, &build.id);
    let stopped = cloud.describe(&build.id, call).await.unwrap().unwrap();
    assert_eq!((stopped.state, stopped.reason), (InstanceState::Stopped, None));

    let again = cloud.start(&build.id, call).await.unwrap();
    assert_eq!(again.ssh_port, build.ssh_port);
    assert_eq!(cloud.start(&build.id, call).await.unwrap(), again);
    for pid in bed.processes() {
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    }
    while !bed.processes().is_empty() {
        std::thread::yield_now();
    }
    let failed = cloud.describe(&build.id, call).await.unwrap().unwrap();
    assert_eq!(failed.state, InstanceState::Failed);
    assert!(failed.reason.unwrap().contains("terminating on signal 15"));
    cloud.destroy(&call.ledger.resources().unwrap(), call).await.unwrap();
    bed.assert_nothing_left();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_taken_meanwhile_is_replaced() {
    let bed = Bed::with_empty_base();
    let cloud = bed.cloud();
    let call = &bed.call;
    let base = cloud.find_base(None, call).await.unwrap();
    let build = cloud.create(&bed.launch("build", base), call).await.unwrap();
    power_off(&bed, &build.id);
    let _taken = TcpListener::bind(("127.0.0.1", build.ssh_port)).unwrap();
    let again = cloud.start(&build.id, call).await.unwrap();
    assert_ne!(again.ssh_port, build.ssh_port);
    cloud.destroy(&call.ledger.resources().unwrap(), call).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_qemu_that_cannot_start_gives_its_reason_and_is_cleaned_up() {
    let mut bed = Bed::with_empty_base();
    let program = bed.folder.path().join("qemu-broken");
    std::fs::write(&program, "#!/bin/sh\necho 'qemu: no such machine' >&2\nexit 1\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    bed.settings.qemu = Some(program);
    bed.settings.accelerator = imgctl::config::local::Accelerator::Tcg;
    let cloud = bed.cloud();
    let call = &bed.call;
    let base = cloud.find_base(None, call).await.unwrap();
    let error = cloud.create(&bed.launch("build", base), call).await.unwrap_err();
    assert!(error.to_string().contains("no such machine"), "{error}");
    cloud.destroy(&call.ledger.resources().unwrap(), call).await.unwrap();
    bed.assert_nothing_left();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_qemu_nothing_is_started() {
    let mut bed = Bed::with_empty_base();
    bed.settings.qemu = Some("/nowhere/qemu".into());
    let error = bed.cloud().find_base(None, &bed.call).await.unwrap_err();
    assert_eq!(error.code(), Code::Config);
    assert!(error.message().contains("/nowhere/qemu"), "{error}");
    bed.assert_nothing_left();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_impossible_launch_is_refused_before_anything_is_made() {
    let mut bed = Bed::with_empty_base();
    let cloud = bed.cloud();
    let base = cloud.find_base(None, &bed.call).await.unwrap();
    let mut launch = bed.launch("build", base);
    launch.boot = Some("kernel".into());
    let error = cloud.create(&launch, &bed.call).await.unwrap_err();
    assert!(error.hint_text().unwrap().contains("boot: disk"), "{error:?}");
    launch.boot = Some("floppy".into());
    let error = cloud.create(&launch, &bed.call).await.unwrap_err();
    assert_eq!(error.code(), Code::Usage);
    launch.boot = None;
    launch.image.id = "img-none".into();
    let error = cloud.create(&launch, &bed.call).await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
    bed.settings.disk.size = bytesize::ByteSize::b(1000);
    let error = bed.local().err().unwrap();
    assert!(error.message().contains("whole number of MiB"), "{error}");
    bed.assert_nothing_left();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_instance_is_not_found() {
    let bed = Bed::with_empty_base();
    let cloud = bed.cloud();
    assert_eq!(cloud.describe("vm-none", &bed.call).await.unwrap(), None);
    assert_eq!(cloud.describe("../vm", &bed.call).await.unwrap(), None);
    for error in [
        cloud.start("vm-none", &bed.call).await.unwrap_err(),
        cloud.stop("vm-none", &bed.call).await.unwrap_err(),
        cloud.console("vm-none", &bed.call).await.unwrap_err(),
    ] {
        assert_eq!(error.code(), Code::NotFound);
        assert!(error.message().contains("vm-none"), "{error}");
    }
    let nobody = imgctl::cloud::Resource {
        kind: ResourceKind::Instance,
        role: "build".into(),
        token: "none".into(),
        id: None,
        region: String::new(),
        attributes: Default::default(),
    };
    cloud.destroy(&[nobody], &bed.call).await.unwrap();
}
