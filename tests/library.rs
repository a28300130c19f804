//! The shipped library on real machines: each file of tests/library is a script that is run on a
//! fresh machine of every family that it names.
//!
//! A file's first line names them (`//! On debian12, el9.`), and a file that says `Also dry.` there
//! runs under `--dry-run` before, on the first of them, which must change nothing. Machines are
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

/// One test a machine for each file: `file: machine machine…;`, with `vm` for one that also runs as an
/// ordinary user.
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
    archive: debian12 debian13 el9;
    authorized_keys: debian12 debian13 el9 el7;
    check: debian12 debian13 el9;
    clean: debian12 debian13 el9;
    clock: debian12 debian13;
    clock_el: el9;
    cloud_init: debian12 debian13;
    cron: debian12 el9;
    docker: debian12 debian13;
    docker_el: el9;
    download: debian12 debian13 el9;
    environment: debian12 debian13 el9;
    file: debian12 debian13 el9 el7 vm;
    firewall: debian12 debian13;
    firewall_el: el9 el7;
    git: debian12 debian13 el9;
    group: debian12 debian13 el9 el7;
    harness: debian12 debian13 el9 el7 vm;
    hostname: debian12 debian13 el9;
    java: debian12;
    java_el: el9;
    job: debian12 debian13 el9;
    kernel: debian12 debian13 el9;
    known_hosts: debian12 debian13 el9;
    locale: debian12 debian13;
    locale_el: el9;
    nginx: debian12 debian13;
    nginx_el: el9;
    nodejs: debian12 debian13 el9;
    package_apt: debian12 debian13;
    package_file: debian12 el9 el7;
    package_rpm: el9 el7;
    permission: debian12 el9 el7;
    planned: debian12;
    pypy: debian12 debian13 el9;
    python: debian12 debian13 el9;
    python_old: debian12;
    repository_apt: debian12 debian13;
    repository_rpm: el9 el7;
    ruby: debian12 debian13 el9;
    selinux: debian12 el9;
    service: debian12 debian13 el9;
    service_upstart: debian12;
    sh: debian12 debian13 el9;
    ssh_key: debian12 debian13 el9;
    sshd: debian12 debian13 el9;
    sudo: debian12 debian13 el9 el7;
    swap: debian12 debian13 el9;
    sysctl: debian12 debian13 el9;
    text: debian12;
    timezone: debian12 debian13 el9;
    unit: debian12 debian13 el9;
    user: debian12 debian13 el9 el7 vm;
    wait: debian12 el9;
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
        _ => {
            let machine = machine(way, "container");
            if header.dry && way == first {
                dry(&machine, &script);
            }
            machine.imgctl(&["run", &script]).succeeds();
        }
    }
}

/// A dry run changes nothing, so that the machine is as good as new after it.
fn dry(machine: &Container, script: &str) {
    machine.script(MARK).succeeds();
    machine.imgctl(&["--dry-run", "run", script]).succeeds();
    machine.script(CHANGED).succeeds().says("changed by a dry run: nothing");
}

const MARK: &str = "host.sudo(\"touch /var/tmp/before && sleep 1\");";

/// Files that changed since: not those that a running system writes by itself, and that reading rpm's database makes.
const CHANGED: &str = r#"
let find = "find / -xdev ( -path /var/log -o -path /var/tmp -o -path /tmp -o -path /run -o -path /var/lib/systemd -o -path /var/lib/private -o -path /home -o -path /root/.ssh -o -path /proc -o -path /sys -o -path /dev ) -prune -o -type f ! -name rpmdb.sqlite-* -newercm /var/tmp/before -print";
let found = host.query(find.split(" "), #{ user: "root", ok: [0] }).stdout;
print(`changed by a dry run: ${if found == "" { "nothing" } else { found }}`);
host.sudo("rm /var/tmp/before");
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
        let wanted: BTreeSet<&str> = header.machines.iter().map(String::as_str).collect();
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
