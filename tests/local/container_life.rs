//! The life of a container: it boots, reboots, stops, starts, dies and becomes an image that boots in
//! a virtual machine.

use imgctl::Code;
use imgctl::cloud::{Cloud, ImageSpec, Instance, InstanceState};
use imgctl::config::local::{Base, Handover, MachineKind};

use crate::bed::{Bed, qemu_img, read_banner};
use crate::leftovers;

/// The id that the kernel of a machine has until it boots again.
const BOOT_ID: &str = "cat /proc/sys/kernel/random/boot_id";

/// Waits until the machine has booted again.
fn rebooted(bed: &Bed, instance: &Instance, before: &str) {
    loop {
        let now = bed.ssh(instance, BOOT_ID);
        if now.status.success() && String::from_utf8_lossy(&now.stdout).trim() != before {
            return;
        }
        std::thread::yield_now();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_boots_reboots_stops_and_starts_as_a_machine_does() {
    let Some(bed) = Bed::with_containers() else { return };
    let (cloud, call) = (bed.cloud(), &bed.call);
    let base = cloud.find_base(None, call).await.unwrap();
    let build = cloud.create(&bed.launch("build", base), call).await.unwrap();
    assert_eq!(build.state, InstanceState::Running);
    bed.banner(&cloud, &build).await;
    assert_eq!(bed.ssh_ok(&build, "id -un; sudo -n id -un"), "ci\nroot");
    assert_eq!(bed.ssh_ok(&build, "systemctl is-system-running --wait"), "running");
    assert_eq!(bed.ssh_ok(&build, "systemd-detect-virt"), "systemd-nspawn");
    let blocks: u64 = bed.ssh_ok(&build, "df --output=size -k / | tail -1").parse().unwrap();
    assert!(blocks > 7 << 20, "{blocks} KiB");
    assert!(cloud.console(&build.id, call).await.unwrap().contains("Debian GNU/Linux 12"));

    // A reboot that the guest asks for, and another one: the port is the same.
    for _ in 0..2 {
        let before = bed.ssh_ok(&build, BOOT_ID);
        bed.ssh(&build, "sudo systemctl reboot");
        rebooted(&bed, &build, &before);
    }

    cloud.stop(&build.id, call).await.unwrap();
    let stopped = cloud.describe(&build.id, call).await.unwrap().unwrap();
    assert_eq!((stopped.state, stopped.reason), (InstanceState::Stopped, None));
    assert_eq!(read_banner(build.ssh_port), None);
    leftovers::assert_none(bed.folder.path(), std::slice::from_ref(&build.id));
    cloud.stop(&build.id, call).await.unwrap();

    // Another imgctl finds and starts it.
    let again = bed.cloud().start(&build.id, call).await.unwrap();
    assert_eq!(again.ssh_port, build.ssh_port);
    bed.banner(&cloud, &again).await;

    // Powered off from within, it is stopped, too.
    bed.ssh(&again, "sudo systemctl poweroff");
    loop {
        let state = cloud.describe(&build.id, call).await.unwrap().unwrap();
        match state.state {
            InstanceState::Running => std::thread::yield_now(),
            other => break assert_eq!((other, state.reason), (InstanceState::Stopped, None)),
        }
    }
    cloud.destroy(&call.ledger.resources().unwrap(), call).await.unwrap();
    bed.assert_nothing_left();
    leftovers::assert_none(bed.folder.path(), &[build.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_creates_give_one_container_and_a_killed_one_has_failed() {
    let Some(bed) = Bed::with_containers() else { return };
    let (one, two, call) = (bed.cloud(), bed.cloud(), &bed.call);
    let base = one.find_base(None, call).await.unwrap();
    let launch = bed.launch("build", base);
    let (a, b) = tokio::join!(one.create(&launch, call), two.create(&launch, call));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!((a.id.clone(), a.ssh_port), (b.id, b.ssh_port));
    bed.banner(&one, &a).await;
    bed.kill(&a.id);
    let dead = one.describe(&a.id, call).await.unwrap().unwrap();
    assert_eq!(dead.state, InstanceState::Failed);
    assert!(dead.reason.unwrap().contains("died"));
    let spec = ImageSpec { name: "of the dead".into(), ..ImageSpec::default() };
    let error = one.create_image(&a.id, &spec, call).await.unwrap_err();
    assert!(error.message().contains("not shut down cleanly"), "{error}");
    // Its disk is whole: it starts again.
    let again = one.start(&a.id, call).await.unwrap();
    bed.banner(&one, &again).await;
    one.destroy(&call.ledger.resources().unwrap(), call).await.unwrap();
    bed.assert_nothing_left();
    leftovers::assert_none(bed.folder.path(), &[a.id]);
}

/// As a kernel package does: files of a newer version, and its hooks.
pub const NEW_KERNEL: &str = "set -e; old=$(uname -r); old=$(ls /lib/modules | tail -1); new=99.1-test; \
    sudo cp -r /lib/modules/$old /lib/modules/$new; \
    for file in vmlinuz config System.map; do sudo cp /boot/$file-$old /boot/$file-$new; done; \
    sudo depmod $new; sudo update-initramfs -c -k $new; \
    sudo ln -sf boot/vmlinuz-$new /vmlinuz; sudo ln -sf boot/initrd.img-$new /initrd.img; \
    sudo update-grub";

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_installed_in_a_container_boots_in_a_virtual_machine() {
    let Some(mut bed) = Bed::with_containers() else { return };
    let cloud = bed.cloud();
    let call = bed.call.clone();
    let call = &call;
    let base = cloud.find_base(None, call).await.unwrap();
    let build = cloud.create(&bed.launch("build", base), call).await.unwrap();
    bed.banner(&cloud, &build).await;
    bed.ssh_ok(&build, "systemctl is-system-running --wait");
    bed.ssh_ok(&build, NEW_KERNEL);
    bed.ssh_ok(&build, "sudo sh -c 'rm -f /etc/ssh/ssh_host_*; : > /etc/machine-id'");
    let spec = ImageSpec { name: "ci".into(), ..ImageSpec::default() };
    let image = cloud.create_image(&build.id, &spec, call).await.unwrap();

    bed.new_keys();
    let mut launch = bed.launch("verify", image);
    launch.boot = Some("disk".into());
    let verify = cloud.create(&launch, call).await.unwrap();
    bed.banner(&cloud, &verify).await;
    assert_ne!(bed.ssh_ok(&verify, "systemd-detect-virt || true"), "systemd-nspawn");
    let line = bed.ssh_ok(&verify, "cat /proc/cmdline");
    assert!(line.starts_with("BOOT_IMAGE=/boot/vmlinuz-99.1-test root=UUID="), "{line}");
    let call = &bed.call;
    let ids = [build.id, verify.id];
    let notes = call.ledger.resources().unwrap();
    cloud.destroy(&notes, call).await.unwrap();
    bed.assert_nothing_left();
    leftovers::assert_none(bed.folder.path(), &ids);
}

#[tokio::test(flavor = "multi_thread")]
async fn cloud_init_of_a_container_reads_its_folder() {
    let Some(mut bed) = Bed::with_containers() else { return };
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

#[tokio::test(flavor = "multi_thread")]
async fn a_base_that_cannot_be_a_container_is_refused_or_becomes_a_virtual_machine() {
    let Some(_) = Bed::with_containers() else { return };
    let mut bed = Bed::with_empty_base();
    bed.settings.machine = MachineKind::Container;
    let cloud = bed.cloud();
    let base = cloud.find_base(None, &bed.call).await.unwrap();
    let launch = bed.launch("build", base);
    let error = cloud.create(&launch, &bed.call).await.unwrap_err();
    assert_eq!(error.code(), Code::Capability);
    assert!(error.hint_text().unwrap().contains("machine: vm"), "{error:?}");
    let cached = std::fs::read_dir(bed.settings.cache.as_ref().unwrap().join("bases")).unwrap();
    let cached: Vec<_> = cached.map(|entry| entry.unwrap().file_name()).collect();
    assert!(!cached.iter().any(|name| name.to_string_lossy().ends_with(".part")), "{cached:?}");
    cloud.destroy(&bed.call.ledger.resources().unwrap(), &bed.call).await.unwrap();

    bed.settings.machine = MachineKind::Auto;
    let cloud = bed.cloud();
    let build = cloud.create(&launch, &bed.call).await.unwrap();
    assert_eq!(build.state, InstanceState::Running);
    assert!(bed.files().iter().any(|file| file.ends_with("disk.qcow2")), "{:?}", bed.files());
    assert!(!bed.files().iter().any(|file| file.ends_with("disk.raw")), "{:?}", bed.files());
    cloud.destroy(&bed.call.ledger.resources().unwrap(), &bed.call).await.unwrap();
    bed.assert_nothing_left();
}

/// Gives the machine a second user by the handover that it ran at its start, while `useradd` fails
/// twice, as it does while another program holds its lock.
const SECOND_USER: &str = r#"
set -eu
cd /tmp
mkdir given
cp -L /run/credentials/@system/* given
echo second > given/imgctl.user
sed 's#/run/credentials/@system#/tmp/given#' /usr/lib/imgctl/handover > again
cat > /usr/local/sbin/useradd <<'END'
#!/bin/sh
echo failed >> /tmp/failed
[ $(wc -l < /tmp/failed) -gt 2 ] || exit 1
exec /usr/sbin/useradd "$@"
END
chmod 755 again /usr/local/sbin/useradd
./again
stat -c '%U %a' /home/second /home/second/.ssh/authorized_keys
"#;

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_installed_although_a_program_fails_for_a_moment() {
    let Some(bed) = Bed::with_containers() else { return };
    let (cloud, call) = (bed.cloud(), &bed.call);
    let base = cloud.find_base(None, call).await.unwrap();
    let build = cloud.create(&bed.launch("build", base), call).await.unwrap();
    bed.banner(&cloud, &build).await;
    let said =
        bed.ssh_ok(&build, &format!("sudo sh -c {}", shlex::try_quote(SECOND_USER).unwrap()));
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines,
        [
            "imgctl: the keys cannot be installed (attempt 1 of 5)",
            "imgctl: the keys cannot be installed (attempt 2 of 5)",
            "second 755",
            "second 600",
        ]
    );
    cloud.destroy(&call.ledger.resources().unwrap(), call).await.unwrap();
}
