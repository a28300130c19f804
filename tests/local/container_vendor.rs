//! Disks that another vendor made: cloud-init in place of credentials, and partitions besides the root.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Cursor;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;

use gpt::partition::Partition;
use gpt::partition_types;
use imgctl::cloud::{Cloud, ImageSpec};
use imgctl::config::local::{Base, Handover, MachineKind, Mmdebstrap};
use serde_json::json;

use crate::bed::{Bed, qemu_img};
use crate::leftovers;
use crate::life::NEW_KERNEL;

const MIB: u64 = 1 << 20;

/// Sizes of the partitions for /boot and for the firmware.
const BOOT: u64 = 400 * MIB;
const FIRMWARE: u64 = 16 * MIB;

/// Moves /boot of the disk $1 to the partition at $2. GRUB reads its first menu from where it was.
const MOVE_BOOT: &str = r#"
set -eu
cd "$(dirname "$1")"
mkdir root boot
mke2fs -q -F -t ext4 -L BOOT -E "offset=$2" "$1" "$(($3 / 1024))k"
mount -o "loop,offset=2097152,sizelimit=$(($2 - 4194304))" "$1" root
mount -o "loop,offset=$2,sizelimit=$3" "$1" boot
cp -a root/boot/. boot
rm -f root/boot/* 2>/dev/null || true
cat >root/boot/grub/grub.cfg <<'END'
search --no-floppy --label BOOT --set=root
set prefix=($root)/grub
configfile ($root)/grub/grub.cfg
END
echo 'LABEL=BOOT /boot ext4 defaults 0 2' >>root/etc/fstab
echo 'LABEL=UEFI /boot/efi vfat umask=0077 0 1' >>root/etc/fstab
mkdir boot/efi
umount boot root
"#;

/// A disk as Ubuntu's cloud images are: partition 16 for /boot, and 15 for the firmware.
fn vendor_disk(built: &Path, disk: &Path) {
    qemu_img(&["convert", "-O", "raw", built.to_str().unwrap(), disk.to_str().unwrap()]);
    let file = OpenOptions::new().read(true).write(true).open(disk).unwrap();
    let old = file.metadata().unwrap().len();
    file.set_len(old + BOOT + FIRMWARE + 4 * MIB).unwrap();
    let mut table = gpt::GptConfig::new().writable(true).open_from_device(file).unwrap();
    let mut partitions: BTreeMap<u32, Partition> = table.partitions().clone();
    let partition = |part_type_guid, name: &str, first: u64, size: u64| Partition {
        part_type_guid,
        part_guid: uuid::Uuid::new_v4(),
        first_lba: first / 512,
        last_lba: (first + size) / 512 - 1,
        flags: 0,
        name: name.to_owned(),
    };
    let (boot, firmware) = (old + MIB, old + BOOT + 2 * MIB);
    partitions.insert(16, partition(partition_types::FREEDESK_BOOT, "boot", boot, BOOT));
    partitions.insert(15, partition(partition_types::EFI, "firmware", firmware, FIRMWARE));
    table.update_partitions(partitions).unwrap();
    let file = table.write().unwrap();
    let mut fat = vec![0; usize::try_from(FIRMWARE).unwrap()];
    let options = fatfs::FormatVolumeOptions::new().volume_label(*b"UEFI       ");
    fatfs::format_volume(Cursor::new(&mut fat), options).unwrap();
    file.write_all_at(&fat, firmware).unwrap();
    file.sync_all().unwrap();
    let output = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "sh", "-c", MOVE_BOOT, "sh"])
        .arg(disk)
        .args([boot.to_string(), BOOT.to_string()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_is_installed_on_the_boot_partition_of_a_vendors_disk() {
    let Some(mut bed) = Bed::with_containers() else { return };
    let base = bed.cloud().find_base(None, &bed.call).await.unwrap();
    let built = bed.settings.cache.as_ref().unwrap().join(format!("bases/{}.qcow2", base.id));
    let file = bed.folder.path().join("vendor/disk.raw");
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    vendor_disk(&built, &file);
    bed.settings.base = Some(Base::File { file, handover: Some(Handover::NoCloud) });
    bed.settings.cache = Some(bed.folder.path().join("cache"));
    let cloud = bed.cloud();
    let call = bed.call.clone();
    let call = &call;
    let base = cloud.find_base(None, call).await.unwrap();
    let build = cloud.create(&bed.launch("build", base), call).await.unwrap();
    bed.banner(&cloud, &build).await;
    bed.ssh_ok(&build, "cloud-init status --wait");
    assert_eq!(bed.ssh_ok(&build, "findmnt -no FSTYPE /boot; stat -c %U /boot"), "ext4\nroot");
    bed.ssh_ok(&build, NEW_KERNEL);
    bed.ssh_ok(
        &build,
        "sudo sh -c 'cloud-init clean --logs; rm -f /etc/ssh/ssh_host_*; : > /etc/machine-id'",
    );
    let spec = ImageSpec { name: "ci".into(), ..ImageSpec::default() };
    let image = cloud.create_image(&build.id, &spec, call).await.unwrap();

    bed.new_keys();
    let mut launch = bed.launch("verify", image);
    launch.boot = Some("disk".into());
    let verify = cloud.create(&launch, call).await.unwrap();
    bed.banner(&cloud, &verify).await;
    let line = bed.ssh_ok(&verify, "cat /proc/cmdline");
    assert!(line.starts_with("BOOT_IMAGE=/vmlinuz-99.1-test root="), "{line}");
    assert_eq!(
        bed.ssh_ok(&verify, "findmnt -no FSTYPE /boot; findmnt -no FSTYPE /boot/efi"),
        "ext4\nvfat"
    );
    cloud.destroy(&call.ledger.resources().unwrap(), call).await.unwrap();
    bed.assert_nothing_left();
    leftovers::assert_none(bed.folder.path(), &[build.id, verify.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn debian_13_boots_as_both_kinds_of_machine() {
    let Some(mut bed) = Bed::with_containers() else { return };
    let recipe: Mmdebstrap = serde_json::from_value(json!({"suite": "trixie"})).unwrap();
    bed.settings.base = Some(Base::Mmdebstrap(recipe));
    for kind in [MachineKind::Container, MachineKind::Vm] {
        bed.settings.machine = kind;
        let cloud = bed.cloud();
        let base = cloud.find_base(None, &bed.call).await.unwrap();
        let build = cloud.create(&bed.launch("build", base), &bed.call).await.unwrap();
        bed.banner(&cloud, &build).await;
        let said = bed.ssh_ok(&build, ". /etc/os-release; echo $VERSION_CODENAME; sudo -n id -un");
        assert_eq!(said, "trixie\nroot");
        bed.ssh_ok(&build, "systemctl is-system-running --wait");
        cloud.destroy(&bed.call.ledger.resources().unwrap(), &bed.call).await.unwrap();
        bed.assert_nothing_left();
    }
}
