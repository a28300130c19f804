//! Which programs a host has: those of the base system, and those that its packages bring.

use super::process::Process;

/// What a small installation of every distribution has.
const BASE: &str = "\
    [ addgroup adduser awk base64 basename bash blkid bzip2 cat chgrp chmod chown chpasswd \
    chroot cloud-init cmp command cp curl cut date dd delgroup deluser df diff dirname dmesg \
    du echo egrep env expr false fgrep find flock fstrim fuser getent gpasswd gpg grep \
    groupadd groupdel groupmod groups gunzip gzip halt head hostname hostnamectl id install \
    ip journalctl kill ln locale localectl logger login loginctl logrotate ls lsblk lsmod \
    md5sum mkdir mkfs.ext4 mkswap mktemp modprobe mount mv nice nohup nproc passwd pgrep \
    pkill poweroff printf ps pwd readlink realpath reboot restorecon rm rmdir sed seq sh \
    sha256sum shutdown sleep sort ss ssh ssh-keygen sshd stat stty su sudo swapoff swapon \
    sync sysctl systemctl systemd-run tail tar tee test timedatectl timeout touch tr true \
    truncate udevadm umount uname uniq useradd userdel usermod visudo wc wget which whoami \
    xargs xz zcat";

/// What Debian and its relatives have beyond that, and the others.
const DEBIAN: &str = "apt apt-get apt-mark cron dash dpkg dpkg-divert dpkg-query";
const OTHERS: &str = "crond dnf rpm selinuxenabled getenforce yum";

/// Programs that packages bring whose names are not theirs.
const BROUGHT: &[(&str, &str)] = &[
    ("docker-ce docker.io docker-engine moby-engine docker", "docker dockerd"),
    ("docker-ce-cli docker-cli", "docker"),
    ("ruby rubygems", "ruby gem"),
    ("nodejs", "node"),
    ("firewalld", "firewall-cmd firewall-offline-cmd"),
    ("nftables", "nft"),
    ("cronie", "crond"),
    ("chrony", "chronyd chronyc"),
    ("xz-utils", "xz"),
    ("yum-utils dnf-utils", "needs-restarting"),
    ("python-virtualenv python3-virtualenv", "virtualenv"),
];

pub(super) fn is_debian(process: &Process) -> bool {
    process.machine.disk.files.contains_key("/etc/debian_version")
}

/// Whether a program is there, by its name or path.
pub(super) fn has(process: &Process, name: &str) -> bool {
    let disk = &process.machine.disk;
    let plain = name.rsplit('/').next().unwrap_or(name);
    let of_family = if is_debian(process) { DEBIAN } else { OTHERS };
    let mut base = BASE.split(' ').chain(of_family.split(' '));
    if name.contains('/') && disk.files.contains_key(&process.path(name)) {
        return true;
    }
    let in_path = |folder: &str| disk.files.contains_key(&format!("{folder}/{plain}"));
    base.any(|known| known == plain)
        || disk.packages.contains(plain)
        || BROUGHT.iter().any(|(packages, programs)| {
            programs.split(' ').any(|known| known == plain)
                && packages.split(' ').any(|package| disk.packages.contains(package))
        })
        || process.stated.contains(plain)
        || ["/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin"].into_iter().any(in_path)
}
