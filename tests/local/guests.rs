//! Guests that boot: Debian, built once from its mirror and kept for the next run.

use imgctl::cloud::{Cloud, ImageSpec, InstanceState};
use imgctl::config::local::{Base, Handover};

use crate::bed::{Bed, qemu_img, read_banner};

/// What std/clean does about keys before an image is made.
const CLEAN: &str = "sudo sh -c 'rm -f /etc/ssh/ssh_host_* /home/*/.ssh/authorized_keys; \
                     : > /etc/machine-id; sync'";

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_lives_becomes_an_image_and_boots_again_from_its_own_disk() {
    let mut bed = Bed::new();
    let cloud = bed.cloud();
    let call = bed.call.clone();
    let call = &call;
    let base = cloud.find_base(None, call).await.unwrap();
    let build = cloud.create(&bed.launch("build", base), call).await.unwrap();
    assert_eq!(build.state, InstanceState::Running);
    bed.banner(&cloud, &build).await;

    // With the key, host key and user of the launch.
    assert_eq!(bed.ssh_ok(&build, "id -un; sudo -n id -un"), "ci\nroot");
    // The disk grew to the size asked for.
    let blocks: u64 = bed.ssh_ok(&build, "df --output=size -k / | tail -1").parse().unwrap();
    assert!(blocks > 7 << 20, "{blocks} KiB");
    assert!(cloud.console(&build.id, call).await.unwrap().contains("Debian GNU/Linux 12"));
    assert_eq!(bed.ssh_ok(&build, "systemctl --failed --plain --no-legend"), "");

    cloud.stop(&build.id, call).await.unwrap();
    let stopped = cloud.describe(&build.id, call).await.unwrap().unwrap();
    assert_eq!((stopped.state, stopped.address), (InstanceState::Stopped, None));
    assert_eq!(read_banner(build.ssh_port), None);
    cloud.stop(&build.id, call).await.unwrap();

    let build = cloud.start(&build.id, call).await.unwrap();
    bed.banner(&cloud, &build).await;
    bed.ssh_ok(&build, "echo built | sudo tee /etc/proof");
    // As after a kernel upgrade: from now on the boot loader has its usual menu.
    bed.ssh_ok(&build, "sudo update-grub");
    bed.ssh_ok(&build, CLEAN);
    let spec = ImageSpec { name: "ci".into(), ..ImageSpec::default() };
    let image = cloud.create_image(&build.id, &spec, call).await.unwrap();
    let stopped = cloud.describe(&build.id, call).await.unwrap().unwrap();
    assert_eq!(stopped.state, InstanceState::Stopped);
    let notes = call.ledger.resources().unwrap();
    let builds: Vec<_> = notes.into_iter().filter(|note| note.role == "build").collect();
    let (image_notes, instance_notes): (Vec<_>, Vec<_>) =
        builds.into_iter().partition(|note| note.id.as_ref() == Some(&image.id));
    cloud.destroy(&instance_notes, call).await.unwrap();

    // A new instance has other keys, and boots by its own boot loader, as on another cloud.
    bed.new_keys();
    let mut launch = bed.launch("verify", image.clone());
    launch.boot = Some("disk".into());
    let verify = cloud.create(&launch, call).await.unwrap();
    bed.banner(&cloud, &verify).await;
    assert_eq!(bed.ssh_ok(&verify, "cat /etc/proof"), "built");
    let line = bed.ssh_ok(&verify, "cat /proc/cmdline");
    assert!(!line.contains("cloud-init=disabled"), "not booted by its own boot loader: {line}");
    assert!(line.starts_with("BOOT_IMAGE=/boot/vmlinuz-"), "not booted by its menu: {line}");

    let error = cloud.delete_image(&image.id, true, call).await.unwrap_err();
    assert!(error.to_string().contains(&verify.id), "{error}");

    // Its QEMU is killed.
    for pid in bed.processes() {
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    }
    while !bed.processes().is_empty() {
        std::thread::yield_now();
    }
    let dead = cloud.describe(&verify.id, call).await.unwrap().unwrap();
    assert_eq!(dead.state, InstanceState::Failed);
    assert!(dead.reason.unwrap().contains("died"));
    let spec = ImageSpec { name: "of the dead".into(), ..ImageSpec::default() };
    let error = cloud.create_image(&verify.id, &spec, call).await.unwrap_err();
    assert!(error.message().contains("not shut down cleanly"), "{error}");

    cloud.destroy(&image_notes, call).await.unwrap_err();
    cloud.destroy(&call.ledger.resources().unwrap(), call).await.unwrap();
    bed.assert_nothing_left();
}

#[tokio::test(flavor = "multi_thread")]
async fn cloud_init_reads_its_keys_from_the_seed() {
    let mut bed = Bed::new();
    let base = bed.cloud().find_base(None, &bed.call).await.unwrap();
    let built = bed.settings.cache.as_ref().unwrap().join(format!("bases/{}.qcow2", base.id));
    // Like a vendor's image: a file that is known to contain cloud-init, and no more.
    let file = bed.folder.path().join("vendor.qcow2");
    let (built, vendor) = (built.to_str().unwrap(), file.to_str().unwrap().to_owned());
    qemu_img(&["convert", "-O", "qcow2", built, &vendor]);
    bed.settings.base = Some(Base::File { file, handover: Some(Handover::NoCloud) });
    bed.settings.cache = Some(bed.folder.path().join("cache"));
    let cloud = bed.cloud();
    let call = &bed.call;
    let base = cloud.find_base(None, call).await.unwrap();
    let mut launch = bed.launch("build", base);
    launch.user_data = Some("#!/bin/sh\necho mine > /etc/mine\n".into());
    let build = cloud.create(&launch, call).await.unwrap();
    bed.banner(&cloud, &build).await;
    bed.ssh_ok(&build, "cloud-init status --wait");
    assert_eq!(
        bed.ssh_ok(&build, "cat /etc/mine; hostname; sudo -n id -un"),
        "mine\ntest-build\nroot"
    );
    cloud.destroy(&call.ledger.resources().unwrap(), call).await.unwrap();
    bed.assert_nothing_left();
}
