//! Package managers and what they have installed.

use super::process::{Process, Reply};
use crate::rehearsal::world::Entry;

const VERSION: &str = "1.0-1";

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
                process.machine.disk.packages.remove(name.split(':').next().unwrap_or(name));
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
    for name in names.iter().filter(|_| !is_simulated) {
        // `nginx=1.2`, `nginx/stable`, `nginx:amd64` are all nginx.
        let name = name.split(['=', '/', ':']).next().unwrap_or(name);
        match *verb {
            "install" | "reinstall" => drop(process.machine.disk.packages.insert(name.to_owned())),
            "remove" | "purge" | "erase" => drop(process.machine.disk.packages.remove(name)),
            _ => {}
        }
    }
    Reply::default()
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
        let plain = name.split(':').next().unwrap_or(name);
        if !installed.contains(plain) {
            reply.status = 1;
            reply.stderr += &format!("dpkg-query: no packages found matching {name}\n");
            continue;
        }
        let line = format
            .replace("${Package}", plain)
            .replace("${binary:Package}", plain)
            .replace("${Version}", VERSION)
            .replace("${Architecture}", "amd64")
            .replace("${Provides}", "")
            .replace("${Status}", "install ok installed")
            .replace("${db:Status-Status}", "installed")
            .replace("${db:Status-Abbrev}", "ii ")
            .replace("\\n", "\n")
            .replace("\\t", "\t");
        reply.stdout.extend(line.into_bytes());
    }
    reply
}
