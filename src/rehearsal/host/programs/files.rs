//! Programs that look at files and change them.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::pattern::glob;
use super::process::{Process, Reply};
use crate::rehearsal::world::{Account, Disk, Entry};

/// What is at `path` and below it.
pub(in crate::rehearsal::host) fn below<'a>(
    disk: &'a Disk,
    path: &str,
) -> impl Iterator<Item = (&'a String, &'a Entry)> {
    let inside = format!("{}/", path.trim_end_matches('/'));
    let path = path.to_owned();
    disk.files.iter().filter(move |(name, _)| **name == path || name.starts_with(&inside))
}

/// Whether the folder of a path is there. Of those of the system the model does not know all that is in them.
pub(in crate::rehearsal::host) fn has_folder_of(disk: &Disk, path: &str) -> bool {
    const SYSTEM: &[&str] = &[
        "bin", "boot", "dev", "etc", "home", "lib", "lib64", "media", "mnt", "opt", "proc", "root",
        "run", "sbin", "srv", "sys", "tmp", "usr", "var",
    ];
    let Some((folder, _)) = path.rsplit_once('/').filter(|(folder, _)| !folder.is_empty()) else {
        return true;
    };
    let first = folder.trim_start_matches('/').split('/').next().unwrap_or_default();
    SYSTEM.contains(&first) || below(disk, folder).next().is_some()
}

/// Writes a file as the user of this process.
pub(in crate::rehearsal::host) fn store(
    process: &mut Process,
    path: &str,
    contents: &[u8],
    append: bool,
) {
    let owner = format!("{0}:{0}", process.user);
    let old = process.machine.disk.files.get(path).filter(|entry| !entry.folder);
    let mut bytes = match old {
        Some(entry) if append => entry.contents.clone(),
        _ => Vec::new(),
    };
    bytes.extend(contents);
    let (mode, owner) = match old {
        Some(entry) => (entry.mode.clone(), entry.owner.clone()),
        None => ("644".to_owned(), owner),
    };
    process.machine.disk.files.insert(path.to_owned(), Entry::file(bytes, &mode, &owner));
}

pub(super) fn run(process: &mut Process, name: &str, args: &[&str], stdin: &[u8]) -> Option<Reply> {
    let operands: Vec<&str> = args.iter().copied().filter(|arg| !arg.starts_with('-')).collect();
    let has = |letter: char| {
        args.iter()
            .any(|arg| arg.starts_with('-') && !arg.starts_with("--") && arg.contains(letter))
    };
    Some(match name {
        "cat" => cat(process, &operands, stdin.to_vec()),
        "test" => test(process, args),
        "[" => test(process, args.split_last().map_or(&[], |(_, args)| args)),
        "rm" => {
            for path in operands {
                remove(process, path);
            }
            Reply::default()
        }
        "mkdir" => {
            let owner = format!("{0}:{0}", process.user);
            for path in operands.into_iter().filter(|path| path.contains('/')) {
                let path = process.path(path);
                let folder = Entry::folder("755", &owner);
                process.machine.disk.files.entry(path).or_insert(folder);
            }
            Reply::default()
        }
        "touch" => {
            for path in operands {
                store(process, &process.path(path), b"", true);
            }
            Reply::default()
        }
        "truncate" => {
            for path in operands.into_iter().filter(|path| path.contains('/')) {
                each(process, path, |entry| entry.contents.clear());
            }
            Reply::default()
        }
        "tee" => {
            for path in operands {
                store(process, &process.path(path), stdin, has('a'));
            }
            Reply { stdout: stdin.to_vec(), ..Reply::default() }
        }
        "install" if args.first() == Some(&"-d") => make_folder(process, args),
        "mv" | "cp" => copy(process, &operands, name == "mv"),
        "chmod" => change(process, &operands, |entry, mode| entry.mode = mode.to_owned()),
        "chown" => {
            let users = process.machine.disk.users.clone();
            change(process, &operands, |entry, owner| {
                let owner: Vec<_> = owner.split(':').map(|part| name_of(&users, part)).collect();
                let last = owner.last().map_or("", String::as_str);
                entry.owner = format!("{}:{last}", owner[0]);
            })
        }
        "stat" => stat(process, args),
        "sha256sum" => match operands.first().map(|path| (path, process.path(path))) {
            Some((path, whole)) => match process.machine.disk.files.get(&whole) {
                Some(file) => {
                    let sum = Sha256::digest(&file.contents);
                    let sum: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
                    Reply::prints(&format!("{sum}  {path}\n"))
                }
                None => missing(name, path),
            },
            None => Reply::default(),
        },
        "ls" => {
            let folder = process.path(operands.first().unwrap_or(&"."));
            let found = below(&process.machine.disk, &folder).filter(|(path, _)| **path != folder);
            let names: std::collections::BTreeSet<&str> = found
                .map(|(path, _)| path[folder.len()..].trim_start_matches('/'))
                .filter_map(|inside| inside.split('/').next())
                .collect();
            Reply::prints(&names.into_iter().map(|name| format!("{name}\n")).collect::<String>())
        }
        _ => return None,
    })
}

fn missing(program: &str, path: &str) -> Reply {
    Reply::fails(1, &format!("{program}: {path}: No such file or directory"))
}

pub(super) fn cat(process: &Process, paths: &[&str], stdin: Vec<u8>) -> Reply {
    let mut reply = Reply::default();
    if paths.is_empty() {
        reply.stdout = stdin;
    }
    for path in paths {
        let named = named(process, path);
        if named.is_empty() {
            let missing = missing("cat", path);
            reply.stderr += &missing.stderr;
            reply.status = missing.status;
        }
        named.iter().for_each(|(_, file)| reply.stdout.extend(&file.contents));
    }
    reply
}

/// The files of a path, which may be a pattern.
pub(super) fn named<'a>(process: &'a Process, path: &str) -> Vec<(&'a String, &'a Entry)> {
    let wanted = process.path(path);
    let is_named = |name: &str| name == wanted || wanted.contains('*') && glob(&wanted, name);
    let files = process.machine.disk.files.iter();
    files.filter(|(name, entry)| !entry.folder && is_named(name)).collect()
}

/// A few of the questions of `test`; any other is answered yes.
fn test(process: &Process, args: &[&str]) -> Reply {
    let disk = &process.machine.disk;
    let file = |path: &str| disk.files.get(&process.path(path)).filter(|entry| !entry.folder);
    let there = |path: &str| below(disk, &process.path(path)).next().is_some();
    Reply::says(match args {
        ["!", rest @ ..] => test(process, rest).status != 0,
        ["-e" | "-r" | "-w", path] => there(path),
        ["-f", path] => file(path).is_some(),
        ["-x", path] => {
            file(path).is_none_or(|entry| entry.mode.contains(['1', '5', '7'])) && there(path)
        }
        ["-s", path] => file(path).is_some_and(|entry| !entry.contents.is_empty()),
        ["-d", path] => there(path) && file(path).is_none(),
        ["-L" | "-h", _] => false,
        ["-n", text] | [text] => !text.is_empty(),
        ["-z", text] => text.is_empty(),
        [one, "=" | "==", other] => one == other,
        [one, "!=", other] => one != other,
        _ => true,
    })
}

fn remove(process: &mut Process, path: &str) {
    let path = process.path(path);
    let inside = format!("{path}/");
    let matches = |name: &str| match path.contains('*') {
        // The shell's star does not cross a slash, but what it finds goes with all in it.
        true => name.match_indices('/').map(|(at, _)| &name[..at]).chain([name]).any(|part| {
            part.matches('/').count() == path.matches('/').count() && glob(&path, part)
        }),
        false => name == path || name.starts_with(&inside),
    };
    process.machine.disk.files.retain(|name, _| !matches(name));
}

fn each(process: &mut Process, path: &str, change: impl Fn(&mut Entry)) {
    let path = process.path(path);
    for (name, entry) in &mut process.machine.disk.files {
        if glob(&path, name) {
            change(entry);
        }
    }
}

fn change(process: &mut Process, operands: &[&str], change: impl Fn(&mut Entry, &str)) -> Reply {
    if let Some((value, paths)) = operands.split_first() {
        for path in paths {
            each(process, path, |entry| change(entry, value));
        }
    }
    Reply::default()
}

fn copy(process: &mut Process, operands: &[&str], moves: bool) -> Reply {
    let [from, to] = operands else { return Reply::default() };
    let (source, to) = (process.path(from), process.path(to));
    let found: Vec<(String, Entry)> = below(&process.machine.disk, &source)
        .map(|(name, entry)| (format!("{to}{}", &name[source.len()..]), entry.clone()))
        .collect();
    if found.is_empty() {
        return missing(if moves { "mv" } else { "cp" }, from);
    }
    if moves {
        remove(process, &source);
    }
    process.machine.disk.files.extend(found);
    Reply::default()
}

/// `install -d`, with `-m`, `-o` and `-g`.
fn make_folder(process: &mut Process, args: &[&str]) -> Reply {
    let value = |option: &str| {
        let at = args.iter().position(|arg| *arg == option)?;
        args.get(at + 1).copied()
    };
    let Some(path) = args.last().map(|path| process.path(path)) else { return Reply::default() };
    let mode = value("-m").unwrap_or("755").trim_start_matches('0');
    let (user, group) = (value("-o").unwrap_or("root"), value("-g").unwrap_or("root"));
    let folder = Entry::folder(mode, &format!("{user}:{group}"));
    process.machine.disk.files.insert(path, folder);
    Reply::default()
}

/// The name that an owner or group in numbers has; what is a name already stays one.
fn name_of(users: &BTreeMap<String, Account>, number: &str) -> String {
    let named = users.iter().find(|(_, user)| user.uid.to_string() == number);
    named.map_or_else(|| number.to_owned(), |(name, _)| name.clone())
}

/// The number of a user, which the fake host's own group has, too; what is a number already stays one.
fn number_of(process: &Process, name: &str) -> String {
    let user = process.machine.disk.users.get(name);
    user.map_or_else(|| name.to_owned(), |user| user.uid.to_string())
}

fn stat(process: &Process, args: &[&str]) -> Reply {
    let mut format = "%n";
    let mut paths = Vec::new();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.strip_prefix("--format=").or_else(|| arg.strip_prefix("--printf=")) {
            Some(given) => format = given,
            None if matches!(*arg, "-c" | "-Lc" | "--format") => {
                format = rest.next().unwrap_or(&"%n");
            }
            None if arg.starts_with('-') => {}
            None => paths.push(*arg),
        }
    }
    let mut text = String::new();
    for path in paths {
        let Some(entry) = process.machine.disk.files.get(&process.path(path)) else {
            return missing("stat", path);
        };
        let (user, group) = entry.owner.split_once(':').unwrap_or((&entry.owner, &entry.owner));
        let size = entry.contents.len().to_string();
        let (kind, bits) =
            if entry.folder { ("directory", 0o40000) } else { ("regular file", 0o100_000) };
        let raw = bits | u32::from_str_radix(&entry.mode, 8).unwrap_or_default();
        let line = format
            .replace("%a", entry.mode.trim_start_matches('0'))
            .replace("%f", &format!("{raw:x}"))
            .replace("%U", user)
            .replace("%G", group)
            .replace("%u", &number_of(process, user))
            .replace("%g", &number_of(process, group))
            .replace("%s", &size)
            .replace("%F", kind)
            .replace("%n", path);
        text += &format!("{line}\n");
    }
    Reply::prints(&text)
}
