//! The programs the model of a host knows, as far as scripts look at their results.

mod accounts;
pub(super) mod files;
mod find;
mod grammar;
mod packages;
pub(super) mod path;
mod pattern;
pub(super) mod process;
pub(super) mod services;
mod text;
mod there;

use self::process::{Process, Reply};
use super::shell;

/// Programs whose effect no script looks at; those that fetch find what they ask for.
const WITHOUT_EFFECT: &[&str] = &[
    ":",
    "true",
    "sync",
    "sleep",
    "fstrim",
    "export",
    "unset",
    "set",
    "trap",
    "wait",
    "exit",
    "logger",
    "udevadm",
    "restorecon",
    "visudo",
    "loginctl",
    "journalctl",
    "curl",
    "wget",
];

/// Runs a program; one it does not know is noted, succeeds and prints nothing.
pub(super) fn run(process: &mut Process, words: &[String], stdin: Vec<u8>) -> Reply {
    let is_assignment = |word: &&String| {
        word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
    };
    let assigned = words.iter().take_while(is_assignment).count();
    let Some((name, args)) = words[assigned..].split_first() else { return Reply::default() };
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let name = name.rsplit('/').next().unwrap_or(name);
    let operands: Vec<&str> = args.iter().copied().filter(|arg| !arg.starts_with('-')).collect();
    process.unknown.extend(grammar::mistake(name, &args));
    match name {
        "sudo" | "env" | "exec" | "nice" | "timeout" | "nohup" | "command" | "builtin"
            if name != "command" || args.first() != Some(&"-v") =>
        {
            wrapped(process, name, words, assigned, stdin)
        }
        "sh" | "bash" | "dash" => match args.iter().position(|arg| is_c_option(arg)) {
            Some(at) => shell::script(process, args.get(at + 1).unwrap_or(&""), stdin),
            None if operands.is_empty() => {
                shell::script(process, &String::from_utf8_lossy(&stdin), Vec::new())
            }
            None if process.exact => script_file(process, operands[0], stdin),
            None => Reply::default(),
        },
        "su" => match args.iter().position(|arg| is_c_option(arg)) {
            Some(at) => shell::script(process, args.get(at + 1).unwrap_or(&""), stdin),
            None => Reply::default(),
        },
        "reboot" => process.power(true),
        "poweroff" | "halt" => process.power(false),
        "shutdown" => process.power(args.contains(&"-r")),
        "false" => Reply::says(false),
        "uname" => uname(process, &args),
        "hostname" => files::cat(process, &["/etc/hostname"], Vec::new()),
        "nproc" => Reply::prints("2\n"),
        "command" | "which" => which(process, &operands),
        "readlink" if operands == ["/bin/sh"] => {
            Reply::prints(if there::is_debian(process) { "dash\n" } else { "bash\n" })
        }
        "umask" => Reply::prints(&format!("0{}\n", login_umask(process))),
        "cloud-init" if args.first() == Some(&"status") => Reply::prints("status: done\n"),
        "cloud-init" if args.first() == Some(&"clean") => Reply::default(),
        "find" => find::run(process, &args),
        _ => files::run(process, name, &args, &stdin)
            .or_else(|| text::run(process, name, &args, &stdin))
            .or_else(|| packages::run(process, name, &args))
            .or_else(|| services::run(process, name, &args))
            .or_else(|| accounts::run(process, name, &args))
            .unwrap_or_else(|| {
                let is_installed = process.machine.disk.packages.contains(name);
                if !is_installed && !WITHOUT_EFFECT.contains(&name) {
                    process.unknown.push(format!("the program `{name}`"));
                }
                Reply::default()
            }),
    }
}

/// Runs a script that is a file of the host.
fn script_file(process: &mut Process, path: &str, stdin: Vec<u8>) -> Reply {
    let whole = process.path(path);
    let file = process.machine.disk.files.get(&whole).filter(|entry| !entry.folder);
    match file.map(|entry| String::from_utf8_lossy(&entry.contents).into_owned()) {
        Some(text) => shell::script(process, &text, stdin),
        None => Reply::fails(127, &format!("sh: {path}: No such file or directory")),
    }
}

/// Where programs are; it fails for one that is not there.
fn which(process: &Process, names: &[&str]) -> Reply {
    let mut reply = Reply::default();
    for name in names {
        if !there::has(process, name) {
            reply.status = 1;
        } else if name.contains('/') {
            reply.stdout.extend(format!("{name}\n").into_bytes());
        } else {
            reply.stdout.extend(format!("/usr/bin/{name}\n").into_bytes());
        }
    }
    reply
}

/// `-c`, `-ec`, `-euxc`
fn is_c_option(arg: &str) -> bool {
    arg.starts_with('-') && !arg.starts_with("--") && arg.ends_with('c')
}

/// A program that runs another one: its own options and their values are passed over.
fn wrapped(
    process: &mut Process,
    name: &str,
    words: &[String],
    assigned: usize,
    stdin: Vec<u8>,
) -> Reply {
    let takes_value = |option: &str| match name {
        "sudo" => matches!(option, "-u" | "-g"),
        "nice" => option == "-n",
        "env" => option == "-u",
        _ => false,
    };
    let mut user = (name == "sudo").then(|| "root".to_owned());
    let mut at = assigned + 1;
    if name == "timeout" && words.get(at).is_some_and(|word| !word.starts_with('-')) {
        at += 1;
    }
    while let Some(option) = words.get(at).filter(|word| word.starts_with('-')) {
        if takes_value(option) {
            at += 1;
            if name == "sudo" && option == "-u" {
                user = words.get(at).cloned();
            }
        }
        at += 1;
    }
    let inner = words.get(at..).unwrap_or_default();
    match user {
        Some(user) => {
            let mut other = Process::new(process.machine, &user, process.cwd.clone());
            (other.exact, other.stated) = (process.exact, process.stated.clone());
            let reply = run(&mut other, inner, stdin);
            let unknown = std::mem::take(&mut other.unknown);
            process.unknown.extend(unknown);
            reply
        }
        None => run(process, inner, stdin),
    }
}

/// What a login shell's profile sets, else Debian's own.
fn login_umask(process: &Process) -> String {
    let profiles = files::below(&process.machine.disk, "/etc/profile.d");
    let texts = profiles.map(|(_, entry)| String::from_utf8_lossy(&entry.contents).into_owned());
    let set = texts.filter_map(|text| Some(text.trim().strip_prefix("umask ")?.to_owned())).last();
    set.unwrap_or_else(|| "022".to_owned())
}

fn uname(process: &Process, args: &[&str]) -> Reply {
    Reply::prints(match args.first() {
        Some(&"-m") => match process.machine.architecture.as_str() {
            "arm64" | "aarch64" => "aarch64\n",
            _ => "x86_64\n",
        },
        Some(&"-r") => "6.1.0-40-cloud-amd64\n",
        _ => "Linux\n",
    })
}
