//! Package managers and what they have installed.

use super::process::{Process, Reply};
use crate::rehearsal::world::{Disk, Entry};

const VERSION: &str = "1.0-1";
/// The machine's own architecture.
const OWN: &str = "amd64";

pub(super) fn run(process: &mut Process, name: &str, args: &[&str]) -> Option<Reply> {
    Some(match name {
        "apt-get" | "apt" | "dnf" | "yum" => manage(process, args),
        "dpkg-query" => query(process, args),
        "dpkg" if matches!(args.first(), Some(&"-s" | &"--status")) => {
            let names = &args[1..];
            query(
                process,
                &[&["-W", "-f=Package: ${Package}\\nStatus: ${Status}\\n"], names].concat(),
            )
        }
        "dpkg" if args.iter().any(|arg| ["-r", "--remove", "-P", "--purge"].contains(arg)) => {
            for name in args.iter().filter(|arg| !arg.starts_with('-')) {
                remove(&mut process.machine.disk, name);
            }
            Reply::default()
        }
        "rpm" if matches!(args.first(), Some(&"-e" | &"--erase")) => {
            for name in args.iter().filter(|arg| !arg.starts_with('-')) {
                // `name.arch`
                let plain = name.rsplit_once('.').map_or(*name, |(plain, _)| plain);
                let packages = &mut process.machine.disk.packages;
                if !packages.remove(*name) {
                    packages.remove(plain);
                }
            }
            Reply::default()
        }
        // Nobody asks which packages are held.
        "apt-mark" => Reply::default(),
        "rpm" if args.first() == Some(&"-qa") => {
            let format = args.iter().skip_while(|arg| **arg != "--qf").nth(1);
            let format = format.map_or("%{NAME}-%{VERSION}\\n", |format| *format);
            let lines = process.machine.disk.packages.iter().map(|name| {
                let line = format.replace("%{NAME}", name).replace("%{ARCH}", "x86_64");
                let line = line.replace("%{EPOCH}", "(none)").replace("%{RELEASE}", "1");
                line.replace("%{VERSION}", "1.0").replace("\\n", "\n").replace("\\t", "\t")
            });
            Reply::prints(&lines.collect::<String>())
        }
        "rpm" if args.first().is_some_and(|option| option.starts_with("-q")) => {
            let mut reply = Reply::default();
            for package in args.iter().filter(|arg| !arg.starts_with('-')) {
                let line = if process.machine.disk.packages.contains(*package) {
                    format!("{package}-{VERSION}.x86_64\n")
                } else {
                    reply.status += 1;
                    format!("package {package} is not installed\n")
                };
                reply.stdout.extend(line.into_bytes());
            }
            reply
        }
        _ => return None,
    })
}

fn manage(process: &mut Process, args: &[&str]) -> Reply {
    let mut words = Vec::new();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match *arg {
            "-o" | "-t" | "-c" => drop(rest.next()),
            option if option.starts_with('-') => {}
            word => words.push(word),
        }
    }
    let Some((verb, names)) = words.split_first() else { return Reply::default() };
    if *verb == "update" {
        let lists = Entry::folder("755", "_apt:root");
        process.machine.disk.files.insert("/var/lib/apt/lists/partial".to_owned(), lists);
    }
    let is_simulated = args.iter().any(|arg| ["-s", "--simulate", "--dry-run"].contains(arg));
    for word in names.iter().filter(|_| !is_simulated) {
        match *verb {
            "install" | "reinstall" => install(&mut process.machine.disk, word),
            "remove" | "purge" | "erase" => remove(&mut process.machine.disk, word),
            _ => {}
        }
    }
    Reply::default()
}

/// The parts of `nginx`, `nginx/stable`, `curl=7.88*`, `libc6:i386`: name, architecture, version.
fn parts(word: &str) -> (&str, Option<&str>, Option<&str>) {
    let (name, version) = word.split_once('=').map_or((word, None), |(a, b)| (a, Some(b)));
    let name = name.split('/').next().unwrap_or(name);
    let (name, architecture) = name.split_once(':').map_or((name, None), |(a, b)| (a, Some(b)));
    (name, architecture.filter(|it| ![OWN, "any", "all"].contains(it)), version)
}

/// A version that is a pattern becomes the shortest one that matches.
fn install(disk: &mut Disk, word: &str) {
    let (name, architecture, version) = parts(word);
    disk.packages.insert(name.to_owned());
    if architecture.is_some() || version.is_some() {
        let release = disk.releases.entry(name.to_owned()).or_default();
        release.architectures.extend(architecture.map(str::to_owned));
        if let Some(version) = version {
            release.version = Some(version.replace('*', ""));
        }
    }
}

fn remove(disk: &mut Disk, word: &str) {
    let (name, ..) = parts(word);
    disk.packages.remove(name);
    disk.releases.remove(name);
}

fn query(process: &Process, args: &[&str]) -> Reply {
    let mut format = "${Package}\\t${Version}\\n".to_owned();
    let mut names = Vec::new();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let given = arg.strip_prefix("-f").or_else(|| arg.strip_prefix("--showformat"));
        match given {
            Some("") => format = rest.next().unwrap_or(&"").to_string(),
            Some(given) => format = given.trim_start_matches('=').to_owned(),
            None if arg.starts_with('-') => {}
            None => names.push(*arg),
        }
    }
    let mut reply = Reply::default();
    let installed = &process.machine.disk.packages;
    let known: Vec<&str> = match names.is_empty() {
        true => installed.iter().map(String::as_str).collect(),
        false => names,
    };
    for name in known {
        let (plain, wanted, _) = parts(name);
        let release = process.machine.disk.releases.get(plain).cloned().unwrap_or_default();
        let is_there = wanted.is_none_or(|wanted| release.architectures.contains(wanted));
        if !installed.contains(plain) || !is_there {
            reply.status = 1;
            reply.stderr += &format!("dpkg-query: no packages found matching {name}\n");
            continue;
        }
        let version = release.version.as_deref().unwrap_or(VERSION);
        let all = std::iter::once(OWN).chain(release.architectures.iter().map(String::as_str));
        for architecture in all.filter(|it| wanted.is_none_or(|wanted| wanted == *it)) {
            let line = format
                .replace("${Package}", plain)
                .replace("${binary:Package}", plain)
                .replace("${Version}", version)
                .replace("${Architecture}", architecture)
                .replace("${Provides}", "")
                .replace("${Status}", "install ok installed")
                .replace("${db:Status-Status}", "installed")
                .replace("${db:Status-Abbrev}", "ii ")
                .replace("\\n", "\n")
                .replace("\\t", "\t");
            reply.stdout.extend(line.into_bytes());
        }
    }
    reply
}
