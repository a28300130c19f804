//! Package managers of machines that cannot be had any more: apt of Ubuntu 14.04 and yum of CentOS 7, by
//! what they print. The hosts are recorded: nothing is installed.
#![cfg(feature = "fake")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/project.rs"]
mod project;

use project::{Project, Ran};

/// Runs a script on a recorded host.
fn run(rules: &str, script: &str) -> Ran {
    let project = Project::new().answer(rules);
    let library = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("stdlib");
    std::os::unix::fs::symlink(library, project.path().join("stdlib")).unwrap();
    project.imgctl(&["up"]).succeeds();
    let head = "import \"std/package\" as package; import \"std/repository\" as repository; \
                let host = cloud::host(); ";
    project.imgctl(&["run", "-e", &format!("{head}{script}")])
}

const UBUNTU: &str = r#"
- {command: "os-release; uname", stdout: "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"14.04\"\nx86_64\n"}
- command: "dpkg-query -W"
  stdout: "install ok installed\tbash\tamd64\t4.3-7ubuntu1.7\t\nhold ok installed\tlinux-image-virtual\tamd64\t3.13.0.170.181\t\ninstall ok installed\tmawk\tamd64\t1.3.3-17ubuntu2\tawk\ndeinstall ok config-files\tntp\tamd64\t1:4.2.6\t\ninstall ok installed\tlibc6\ti386\t2.19-0ubuntu6.15\t\n"
- {command: "maxdepth 0 -mmin", status: 1}
"#;

fn ubuntu(rules: &str, script: &str) -> Ran {
    run(&format!("{rules}\n{UBUNTU}").replace("[]\n", ""), script)
}

#[test]
fn ubuntu_1404_knows_what_is_installed() {
    let names = r#"["bash", "bash=4.3*", "awk", "libc6:i386", "libc6:amd64", "ntp", "wget"]"#;
    let ran = ubuntu("[]", &format!("print(package::missing(host, {names}))")).succeeds();
    assert_eq!(ran.stdout.trim(), r#"["libc6:amd64", "ntp", "wget"]"#, "{ran}");
    let ran = ubuntu("[]", "print(package::held(host))").succeeds();
    assert_eq!(ran.stdout.trim(), r#"["linux-image-virtual"]"#, "{ran}");
}

/// This apt waits for no lock.
#[test]
fn ubuntu_1404_waits_for_its_locks() {
    let lock = r#"
- {command: "apt-get -q update", times: 2, status: 100, stderr: "E: Could not get lock /var/lib/apt/lists/lock - open (11: Resource temporarily unavailable)\nE: Unable to lock directory /var/lib/apt/lists/\n"}
- {command: "apt-get .*install wget", times: 1, status: 100, stderr: "E: Could not get lock /var/lib/dpkg/lock - open (11: Resource temporarily unavailable)\nE: Unable to lock the administration directory (/var/lib/dpkg/), is another process using it?\n"}
"#;
    let ran = ubuntu(lock, "print(package::install(host, [\"wget\"]))").succeeds().says("true");
    assert_eq!(ran.calls.iter().filter(|call| call.contains("apt-get -q update")).count(), 3);
    assert_eq!(ran.calls.iter().filter(|call| call.contains("install wget")).count(), 2);
}

#[test]
fn ubuntu_1404_has_lists_without_deb822() {
    let key = r#"
- {command: "sh -s", stdout: "9DC858229FC7DD38854AE2D88D81803C0EBFCD88 \nc2FtcGxl\n"}
- {command: "base64", stdout: "==\n"}
"#;
    let script = r#"print(repository::add(host, "tools", #{
        url: "http://tools.example.org/ubuntu", suites: "trusty trusty-updates", architectures: "amd64",
        key: "http://tools.example.org/key", fingerprint: "9DC858229FC7DD38854AE2D88D81803C0EBFCD88",
    }));
    print(host.read("/etc/apt/sources.list.d/tools.list"));"#;
    let ran = ubuntu(key, script).succeeds();
    assert_eq!(
        ran.stdout,
        "true\ndeb [arch=amd64] http://tools.example.org/ubuntu trusty main\n\
         deb [arch=amd64] http://tools.example.org/ubuntu trusty-updates main\n\n",
        "{ran}"
    );
    assert!(
        ran.calls.iter().any(|call| call.contains("/etc/apt/trusted.gpg.d/tools.gpg")),
        "{ran}"
    );
}

/// Temurin has no suite for it, and the same packages in those of newer releases.
#[test]
fn ubuntu_1404_gets_java_from_a_newer_suite() {
    let key = r#"
- {command: "sh -s", stdout: "3B04D753C9050D9A5D343F39843C48A565F8F04B \nc2FtcGxl\n"}
- {command: "base64", stdout: "==\n"}
- {command: "/etc/lsb-release", stdout: "DISTRIB_CODENAME=trusty\n"}
"#;
    let script = r#"print(repository::temurin(host));
        print(host.read("/etc/apt/sources.list.d/temurin.list"));"#;
    let ran = ubuntu(key, script).succeeds();
    let line = "deb https://packages.adoptium.net/artifactory/deb jammy main";
    assert_eq!(ran.stdout, format!("true\n{line}\n\n"), "{ran}");
}

#[test]
fn ubuntu_1404_uses_its_archive() {
    let sources = "deb http://us.archive.ubuntu.com/ubuntu/ trusty main universe\\n\
                   deb http://security.ubuntu.com/ubuntu trusty-security main\\n";
    let script = format!(
        "host.write(\"/etc/apt/sources.list\", \"{sources}\", #{{ sudo: true }});
         print(repository::archive(host, #{{ url: \"http://old-releases.ubuntu.com/ubuntu\" }}));
         print(repository::archive(host, #{{ url: \"http://old-releases.ubuntu.com/ubuntu\" }}));
         print(host.read(\"/etc/apt/sources.list\"));"
    );
    let rules = "- {command: \"^ls -d /etc/apt\", stdout: \"/etc/apt/sources.list\\n\"}";
    let ran = ubuntu(rules, &script).succeeds();
    assert_eq!(
        ran.stdout,
        "true\nfalse\ndeb http://old-releases.ubuntu.com/ubuntu trusty main universe\n\
         deb http://old-releases.ubuntu.com/ubuntu trusty-security main\n\n",
        "{ran}"
    );
}

/// Its apt takes no files.
#[test]
fn ubuntu_1404_installs_files_by_dpkg() {
    let file = r#"
- {command: "dpkg-deb --show", stdout: "rpmlint\tall\t1.5-1\n"}
- {command: "dpkg -i", status: 1, stderr: "dpkg: dependency problems prevent configuration of rpmlint\n"}
"#;
    let script = "print(package::install_file(host, \"file:///srv/rpmlint.deb\", #{}))";
    let ran = ubuntu(file, script).succeeds().says("true");
    let last = ran.calls.last().expect("calls");
    assert!(last.contains("-f install"), "{ran}");
}

/// Where nobody has what a package depends on, apt would remove it again and succeed.
#[test]
fn ubuntu_1404_keeps_no_half_of_a_package() {
    let file = r#"
- {command: "dpkg-deb --show", stdout: "rpmlint\tall\t1.5-1\n"}
- {command: "dpkg -i", status: 1, stderr: "dpkg: dependency problems prevent configuration of rpmlint\n"}
- {command: "--no-remove -f install", status: 100, stderr: "E: Packages need to be removed but remove is disabled.\n"}
- {command: "dpkg-query -W", times: 1, stdout: "install ok installed\tbash\tamd64\t4.3-7ubuntu1.7\t\n"}
- {command: "dpkg-query -W", stdout: "install ok installed\tbash\tamd64\t4.3-7ubuntu1.7\t\ninstall ok unpacked\trpmlint\tall\t1.5-1\t\n"}
- {command: "dpkg --purge"}
"#;
    let script = "print(package::install_file(host, \"file:///srv/rpmlint.deb\", #{}))";
    let ran = ubuntu(file, script).fails(1).says("remove is disabled");
    let purge = ran.calls.iter().find(|call| call.contains("dpkg --purge"));
    assert!(purge.is_some_and(|call| call.contains("rpmlint")), "{ran}");
}

const CENTOS: &str = r#"
- {command: "os-release; uname", stdout: "ID=\"centos\"\nID_LIKE=\"rhel fedora\"\nVERSION_ID=\"7\"\nx86_64\n"}
- command: "rpm -qa"
  stdout: "install ok installed\tbash\tx86_64\t(none):4.2.46-35.el7_9\t\ninstall ok installed\tglibc\ti686\t(none):2.17-326.el7_9\t\ninstall ok installed\tkernel\tx86_64\t(none):3.10.0-1160.el7\t\ninstall ok installed\tkernel\tx86_64\t(none):3.10.0-1160.119.1.el7\t\ninstall ok installed\tpython-devel\tx86_64\t(none):2.7.5-94.el7_9\t\n"
- {command: "grouplist", stdout: "Installed Environment Groups:\n   Minimal Install (minimal)\nAvailable Environment Groups:\n   Server with GUI (graphical-server-environment)\nInstalled Groups:\n   Development Tools (development)\nAvailable Groups:\n   Security Tools (security-tools)\nDone\n"}
"#;

fn centos(rules: &str, script: &str) -> Ran {
    run(&format!("{rules}\n{CENTOS}").replace("[]\n", ""), script)
}

#[test]
fn centos_7_knows_what_is_installed() {
    let names = r#"["bash-4.2*", "glibc.i686", "glibc.x86_64", "kernel-3.10.0-1160.el7", "@development", "@Security Tools"]"#;
    let none =
        "- {command: \"whatprovides\", status: 1, stdout: \"no package provides glibc.x86_64\\n\"}";
    let ran = centos(none, &format!("print(package::missing(host, {names}))")).succeeds();
    assert_eq!(ran.stdout.trim(), r#"["glibc.x86_64", "@Security Tools"]"#, "{ran}");
    let ran = centos("[]", "print(package::version(host, \"kernel\"))").succeeds();
    assert_eq!(ran.stdout.trim(), "3.10.0-1160.119.1.el7", "{ran}");
}

/// yum would install the others.
#[test]
fn centos_7_installs_nothing_when_a_package_does_not_exist() {
    let rules = r#"
- {command: "whatprovides", status: 2, stdout: "no package provides wget\nno package provides no-such-package\n"}
- {command: "yum --assumeno install", status: 1, stdout: "No package no-such-package available.\nExiting on user command\n"}
"#;
    let ran = centos(rules, "package::install(host, [\"wget\", \"no-such-package\"])").fails(1);
    let ran = ran.says("centos 7 has no package for: no-such-package");
    assert!(!ran.calls.iter().any(|call| call.contains("yum -y")), "{ran}");
}

#[test]
fn centos_7_holds_by_excluding() {
    let script = r#"host.write("/etc/yum.conf", "[main]\ngpgcheck=1\n", #{ sudo: true });
    print(package::hold(host, ["kernel"])); print(host.read("/etc/yum.conf"));
    print(package::held(host)); print(package::unhold(host, ["kernel"])); print(host.read("/etc/yum.conf"));"#;
    let ran = centos("[]", script).succeeds();
    assert_eq!(
        ran.stdout,
        "true\n[main]\nexclude=kernel\ngpgcheck=1\n\n[\"kernel\"]\ntrue\n[main]\ngpgcheck=1\n\n",
        "{ran}"
    );
}

#[test]
fn a_family_without_a_manager_is_named() {
    let rules = "- {command: \"os-release; uname\", stdout: \"ID=opensuse-leap\\nID_LIKE=suse\\nVERSION_ID=15.6\\nx86_64\\n\"}";
    let ran = run(rules, "package::install(host, [\"git\"])");
    assert_ne!(ran.status, 0, "{ran}");
    ran.says("does not know the package manager of opensuse-leap");
}
