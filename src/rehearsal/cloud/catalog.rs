//! The images that others have published in the fake cloud, and what is on their disks.

use crate::rehearsal::world::{Account, Disk, Entry, Snapshot, World};

/// The distributions to be found: name, `ID`, `VERSION_ID`, `ID_LIKE`, `PRETTY_NAME`.
const DISTRIBUTIONS: &[[&str; 5]] = &[
    ["debian11", "debian", "11", "", "Debian GNU/Linux 11 (bullseye)"],
    ["debian12", "debian", "12", "", "Debian GNU/Linux 12 (bookworm)"],
    ["debian13", "debian", "13", "", "Debian GNU/Linux 13 (trixie)"],
    ["ubuntu1404", "ubuntu", "14.04", "debian", "Ubuntu 14.04.6 LTS, Trusty Tahr"],
    ["ubuntu2204", "ubuntu", "22.04", "debian", "Ubuntu 22.04.5 LTS"],
    ["ubuntu2404", "ubuntu", "24.04", "debian", "Ubuntu 24.04.3 LTS"],
    ["centos7", "centos", "7", "rhel fedora", "CentOS Linux 7 (Core)"],
    ["rocky8", "rocky", "8.10", "rhel centos fedora", "Rocky Linux 8.10 (Green Obsidian)"],
    ["rocky9", "rocky", "9.6", "rhel centos fedora", "Rocky Linux 9.6 (Blue Onyx)"],
    ["rocky10", "rocky", "10.0", "rhel centos fedora", "Rocky Linux 10.0 (Red Quartz)"],
    ["almalinux9", "almalinux", "9.6", "rhel centos fedora", "AlmaLinux 9.6 (Sage Margay)"],
    ["centos9", "centos", "9", "rhel fedora", "CentOS Stream 9"],
    ["centos10", "centos", "10", "rhel fedora", "CentOS Stream 10 (Coughlan)"],
    ["fedora", "fedora", "43", "", "Fedora Linux 43 (Cloud Edition)"],
    ["fedora43", "fedora", "43", "", "Fedora Linux 43 (Cloud Edition)"],
    ["fedora44", "fedora", "44", "", "Fedora Linux 44 (Cloud Edition)"],
    ["amazonlinux2023", "amzn", "2023", "fedora", "Amazon Linux 2023"],
];

const SUDOERS: &str = "Defaults\tenv_reset\nroot\tALL=(ALL:ALL) ALL\n%sudo\tALL=(ALL:ALL) ALL\n%wheel\tALL=(ALL) ALL\n@includedir /etc/sudoers.d\n";

const BASE_PACKAGES: &[&str] = &["bash", "coreutils", "openssh-server", "sudo", "systemd"];

/// The published image of that id or of a distribution of that name.
pub fn base(wanted: &str) -> Option<(String, Snapshot)> {
    let name = wanted.strip_prefix("img-").unwrap_or(wanted);
    let row = DISTRIBUTIONS.iter().find(|row| row[0] == name)?;
    let snapshot = Snapshot {
        name: name.to_owned(),
        created: World::time(0),
        description: row[4].to_owned(),
        architecture: "x86_64".to_owned(),
        disk: disk(row),
        ..Snapshot::default()
    };
    Some((format!("img-{name}"), snapshot))
}

/// Every name that [`base`] knows.
pub fn names() -> impl Iterator<Item = &'static str> {
    DISTRIBUTIONS.iter().map(|row| row[0])
}

fn disk([_, id, version, like, pretty]: &[&str; 5]) -> Disk {
    let mut disk = Disk::default();
    let family = if *like == "debian" { "debian" } else { id };
    let codename = pretty.split(['(', ')']).nth(1).unwrap_or_default();
    let mut release = format!("PRETTY_NAME=\"{pretty}\"\nID={id}\nVERSION_ID=\"{version}\"\n");
    if !like.is_empty() {
        release += &format!("ID_LIKE=\"{like}\"\n");
    }
    if family == "debian" && !codename.is_empty() {
        release += &format!("VERSION_CODENAME={codename}\n");
    }
    let root = "root:root";
    for (path, contents, mode) in [
        ("/etc/os-release", release.as_str(), "644"),
        ("/etc/login.defs", "UMASK\t\t022\nUSERGROUPS_ENAB yes\n", "644"),
        ("/etc/sudoers", SUDOERS, "440"),
        ("/etc/machine-id", "0123456789abcdef0123456789abcdef\n", "444"),
        ("/etc/hostname", "fake\n", "644"),
        ("/etc/ssh/ssh_host_ed25519_key", "private\n", "600"),
        ("/etc/ssh/ssh_host_ed25519_key.pub", "public\n", "644"),
        ("/var/log/syslog", "booted\n", "640"),
    ] {
        disk.files.insert(path.to_owned(), Entry::file(contents, mode, root));
    }
    for path in ["/etc/ssh", "/home", "/root", "/tmp", "/var/lib", "/var/log", "/var/tmp"] {
        disk.files.insert(path.to_owned(), Entry::folder("755", root));
    }
    let marker = if family == "debian" { "/etc/debian_version" } else { "/etc/redhat-release" };
    disk.files.insert(marker.to_owned(), Entry::file(format!("{version}\n"), "644", root));
    disk.packages.extend(BASE_PACKAGES.iter().map(|name| (*name).to_owned()));
    let administrator = Account {
        uid: 0,
        home: "/root".to_owned(),
        shell: "/bin/bash".to_owned(),
        groups: ["root".to_owned()].into(),
    };
    disk.users.insert("root".to_owned(), administrator);
    disk.groups.extend(["root", "sudo", "adm"].map(str::to_owned));
    disk
}
