//! The shipped library on real machines: each file of tests/library is a script that is run on a
//! fresh machine of every family that it names.
//!
//! A file's first line names them (`//! On debian12, el9.`), and a file that says `Also dry.` there
//! runs once more under `--dry-run` on the first of them, which must change nothing. Machines are
//! containers, which only root can run. Another user gets the few tests marked `vm` here, in QEMU.
#![cfg(all(target_os = "linux", feature = "local"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/container.rs"]
mod container;
#[path = "support/el.rs"]
mod el;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use container::{Container, Kind, can_run};

/// One test a machine for each file: `file: machine machine…;`, with `dry` for a file that is also run
/// dry, and `vm` for one that also runs as an ordinary user.
macro_rules! files {
    ($($file:ident: $($way:ident)+;)+) => {
        /// File, and the names of its tests.
        const FILES: &[(&str, &[&str])] = &[$((stringify!($file), &[$(stringify!($way)),+])),+];
        $(mod $file {
            $(#[test]
            fn $way() {
                crate::run(stringify!($file), stringify!($way));
            })+
        })+
    };
}

files! {
    archive: debian12 debian13 dry;
    authorized_keys: debian12 debian13 el9 el7 dry;
    check: debian12 debian13;
    clean: debian12 debian13 el9;
    clock: debian12 debian13 dry;
    clock_el: el9 dry;
    cloud_init: debian12 debian13 dry;
    cron: debian12 el9 dry;
    docker: debian12 debian13 dry;
    download: debian12 debian13 dry;
    environment: debian12 debian13 el9 dry;
    file: debian12 debian13 el9 el7 dry vm;
    firewall: debian12 debian13 dry;
    firewall_el: el9 el7 dry;
    git: debian12 debian13 el9 dry;
    group: debian12 debian13 el9 el7 dry;
    harness: debian12 debian13 el9 el7 dry vm;
    hostname: debian12 debian13 el9 dry;
    java: debian12 dry;
    job: debian12 debian13 el9 dry;
    kernel: debian12 debian13 el9 dry;
    known_hosts: debian12 debian13 el9 dry;
    locale: debian12 debian13 dry;
    locale_el: el9 dry;
    nginx: debian12 debian13 dry;
    nginx_el: el9;
    nodejs: debian12 debian13 el9 dry;
    package_apt: debian12 debian13 dry;
    package_file: debian12 el9 el7 dry;
    package_rpm: el9 el7 dry;
    permission: debian12 el9 el7 dry;
    planned: debian12 dry;
    pypy: debian12 debian13 el9 dry;
    python: debian12 debian13 dry;
    python_old: debian12 dry;
    repository_apt: debian12 debian13 dry;
    repository_rpm: el9 el7 dry;
    ruby: debian12 debian13 dry;
    selinux: debian12 dry;
    service: debian12 debian13 el9 dry;
    service_upstart: debian12;
    sh: debian12 debian13 dry;
    ssh_key: debian12 debian13 el9 dry;
    sshd: debian12 debian13 el9 dry;
    sudo: debian12 debian13 el9 el7 dry;
    swap: debian12 debian13 el9 dry;
    sysctl: debian12 debian13 el9 dry;
    text: debian12 dry;
    timezone: debian12 debian13 el9 dry;
    unit: debian12 debian13 el9 dry;
    user: debian12 debian13 el9 el7 dry vm;
    wait: debian12 el9 dry;
}

/// The settings of each distribution, without those of the base.
const DISTRIBUTIONS: [(&str, &str); 4] = [
    ("debian12", "username: admin, base: {mmdebstrap: {suite: bookworm}}"),
    ("debian13", "username: admin, base: {mmdebstrap: {suite: trixie}}"),
    ("el9", "username: rocky"),
    ("el7", "username: centos"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/library")
}

/// What the first line of a file says.
struct Header {
    machines: Vec<String>,
    dry: bool,
}

impl Header {
    fn of(file: &str) -> Header {
        let text = std::fs::read_to_string(folder().join(format!("{file}.rhai"))).unwrap();
        let head: Vec<_> = text.lines().map_while(|line| line.strip_prefix("//!")).collect();
        let head = head.join(" ");
        let (_, after) = head.split_once("On ").unwrap_or_else(|| {
            panic!("tests/library/{file}.rhai does not begin with `//! On debian12.`")
        });
        let (machines, _) = after.split_once('.').unwrap();
        Header {
            machines: machines.split(',').map(|name| name.trim().to_owned()).collect(),
            dry: head.contains("Also dry."),
        }
    }
}

/// A fresh machine in a project that has the checkout's library, and the files of this folder.
fn machine(distribution: &str, kind: &str) -> Container {
    let settings = DISTRIBUTIONS.iter().find(|(name, _)| *name == distribution);
    let (_, settings) = settings.unwrap_or_else(|| panic!("no machine is called {distribution}"));
    let mut settings = (*settings).to_owned();
    if distribution.starts_with("el") {
        let base = el::base(distribution);
        settings += &format!(", base: {{file: '{}', handover: credentials}}", base.display());
    }
    let settings = format!("{{{settings}}}");
    let project = Container::project(&Kind { distribution, machine: kind, settings: &settings });
    let link = |from: &Path, name: &str| {
        std::os::unix::fs::symlink(from, project.path().join(name)).unwrap();
    };
    link(&Path::new(env!("CARGO_MANIFEST_DIR")).join("stdlib"), "stdlib");
    for entry in std::fs::read_dir(folder()).unwrap() {
        let entry = entry.unwrap();
        link(&entry.path(), entry.file_name().to_str().unwrap());
    }
    project.imgctl(&["up"]).succeeds();
    project
}

fn run(file: &str, way: &str) {
    let header = Header::of(file);
    let first = header.machines.first().unwrap();
    let script = format!("{file}.rhai");
    match way {
        "vm" if can_run() => println!("skipped: root runs it in containers"),
        "vm" => drop(machine(first, "vm").imgctl(&["run", &script]).succeeds()),
        _ if !can_run() => println!("skipped: containers need root"),
        "dry" => {
            let machine = machine(first, "container");
            let mark = machine.script(MARK).succeeds();
            drop(mark);
            machine.imgctl(&["--dry-run", "run", &script]).succeeds();
            machine.script(CHANGED).succeeds().says("changed by a dry run: nothing");
        }
        _ => drop(machine(way, "container").imgctl(&["run", &script]).succeeds()),
    }
}

const MARK: &str = "host.sudo(\"touch /var/tmp/before && sleep 1\");";

/// Files that changed since: not those that a running system writes by itself.
const CHANGED: &str = r#"
let find = "find / -xdev ( -path /var/log -o -path /var/tmp -o -path /tmp -o -path /run -o -path /var/lib/systemd -o -path /var/lib/private -o -path /home -o -path /root/.ssh -o -path /proc -o -path /sys -o -path /dev ) -prune -o -type f -newercm /var/tmp/before -print";
let found = host.query(find.split(" "), #{ user: "root", ok: [0] }).stdout;
print(`changed by a dry run: ${if found == "" { "nothing" } else { found }}`);
"#;

#[test]
fn a_dry_run_names_the_packages_that_nobody_offers() {
    if !can_run() {
        println!("skipped: containers need root");
        return;
    }
    for distribution in ["debian12", "el9"] {
        let machine = machine(distribution, "container");
        machine.script(INSTALLS).succeeds();
        let ran = machine.imgctl(&["--dry-run", "run", "script.rhai"]).succeeds();
        ran.says("has no package for: no-such-package, no-such-one").never_says("for: wget");
    }
}

const INSTALLS: &str = r#"
import "std/package" as package;
package::refresh(host, #{ always: true });
if task::is_dry_run() {
    package::install(host, ["wget", "no-such-package", "no-such-one=9*"]);
}
"#;

/// What a container lacks, in one virtual machine, whoever runs the tests.
mod a_kernel_of_its_own {
    #[test]
    fn vm() {
        let machine = crate::machine("debian12", "vm");
        // The last one leaves the names of kernels that do not exist.
        for file in ["swap", "sysctl", "clock", "kernel"] {
            machine.imgctl(&["run", &format!("{file}.rhai")]).succeeds();
        }
    }
}

/// A file without a row would never run, and its header would be a promise.
#[test]
fn every_file_is_run_on_the_machines_that_it_names() {
    let mut wrong = Vec::new();
    let files = std::fs::read_dir(folder()).unwrap().filter_map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_stem()?.to_str()?.to_owned();
        (path.extension()? == "rhai" && name != "expect").then_some(name)
    });
    let files: BTreeSet<String> = files.collect();
    for file in &files {
        let header = Header::of(file);
        let mut wanted: BTreeSet<&str> = header.machines.iter().map(String::as_str).collect();
        if header.dry {
            wanted.insert("dry");
        }
        let row = FILES.iter().find(|(name, _)| name == file);
        let ways = row.map(|(_, ways)| ways.iter().copied().filter(|way| *way != "vm").collect());
        if ways.as_ref() != Some(&wanted) {
            let wanted = Vec::from_iter(wanted).join(" ");
            wrong.push(format!("`{file}: {wanted};` is missing in tests/library.rs"));
        }
    }
    for (file, _) in FILES.iter().filter(|(name, _)| !files.contains(*name)) {
        wrong.push(format!("tests/library/{file}.rhai does not exist"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Scripts that tests run: those of this folder and of tests/ci_image, the tasks, and the library itself.
fn scripts() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["tests/library", "tests/library/support", "tests/ci_image", "scripts", "stdlib"];
    let entries = folders.iter().flat_map(|name| std::fs::read_dir(root.join(name)).unwrap());
    let files = entries.map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|end| end == "rhai"));
    files.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// The lines of a script without its comments, where examples stand.
fn code(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// A function that no test calls, not even through another one, is a promise.
#[test]
fn every_function_of_the_library_is_called() {
    let scripts = scripts();
    let mut calls = BTreeSet::new();
    for (path, text) in &scripts {
        let code = code(text);
        for import in code.lines().filter_map(|line| line.trim().strip_prefix("import \"std/")) {
            let (module, name) = import.split_once("\" as ").unwrap();
            let start = format!("{}::", name.trim_end_matches(';'));
            for call in code.split(&start).skip(1) {
                let end = call.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap();
                calls.insert(format!("{module}::{}", &call[..end]));
            }
        }
        // What a module calls of its own.
        let module = path.file_stem().unwrap().to_str().unwrap();
        for line in code.lines().filter(|line| !line.starts_with("fn ")) {
            for (at, _) in line.match_indices('(') {
                let name = line[..at].rsplit(|it: char| !it.is_alphanumeric() && it != '_').next();
                calls.insert(format!("{module}::{}", name.unwrap()));
            }
        }
    }
    let mut uncalled = Vec::new();
    for (path, text) in
        scripts.iter().filter(|(path, _)| path.parent().unwrap().ends_with("stdlib"))
    {
        let module = path.file_stem().unwrap().to_str().unwrap();
        for function in text.lines().filter_map(|line| line.strip_prefix("fn ")) {
            let name = format!("{module}::{}", function.split('(').next().unwrap());
            if !calls.contains(&name) && !uncalled.contains(&name) {
                uncalled.push(name);
            }
        }
    }
    assert!(uncalled.is_empty(), "no test calls {}", uncalled.join(", "));
}
