//! Programs that look at files and change them.

use sha2::{Digest, Sha256};

use super::{Context, Reply, glob};
use crate::fault::{Disk, Entry};

/// The path from the root, without `.` and `..`.
pub(in crate::ssh::fake) fn absolute(path: &str, home: &str, cwd: Option<&str>) -> String {
    let whole = match path.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{home}{rest}"),
        _ if path.starts_with('/') => path.to_owned(),
        _ => format!("{}/{path}", cwd.unwrap_or(home)),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// What is at `path` and below it.
pub(in crate::ssh::fake) fn below<'a>(
    disk: &'a Disk,
    path: &str,
) -> impl Iterator<Item = (&'a String, &'a Entry)> {
    let inside = format!("{}/", path.trim_end_matches('/'));
    let path = path.to_owned();
    disk.files.iter().filter(move |(name, _)| **name == path || name.starts_with(&inside))
}

/// Writes a file as the user of this context.
pub(in crate::ssh::fake) fn store(
    context: &mut Context,
    path: &str,
    contents: &[u8],
    append: bool,
) {
    let owner = format!("{0}:{0}", context.user);
    let old = context.machine.disk.files.get(path).filter(|entry| !entry.folder);
    let mut bytes = match old {
        Some(entry) if append => entry.contents.clone(),
        _ => Vec::new(),
    };
    bytes.extend(contents);
    let (mode, owner) = match old {
        Some(entry) => (entry.mode.clone(), entry.owner.clone()),
        None => ("644".to_owned(), owner),
    };
    context.machine.disk.files.insert(path.to_owned(), Entry::file(bytes, &mode, &owner));
}

pub(super) fn run(context: &mut Context, name: &str, args: &[&str], stdin: &[u8]) -> Option<Reply> {
    let operands: Vec<&str> = args.iter().copied().filter(|arg| !arg.starts_with('-')).collect();
    let has = |letter: char| {
        args.iter()
            .any(|arg| arg.starts_with('-') && !arg.starts_with("--") && arg.contains(letter))
    };
    Some(match name {
        "cat" => cat(context, &operands, stdin.to_vec()),
        "test" => test(context, args),
        "[" => test(context, args.split_last().map_or(&[], |(_, args)| args)),
        "rm" => {
            for path in operands {
                remove(context, path);
            }
            Reply::default()
        }
        "mkdir" => {
            let owner = format!("{0}:{0}", context.user);
            for path in operands.into_iter().filter(|path| path.contains('/')) {
                let path = context.path(path);
                let folder = Entry::folder("755", &owner);
                context.machine.disk.files.entry(path).or_insert(folder);
            }
            Reply::default()
        }
        "touch" => {
            for path in operands {
                store(context, &context.path(path), b"", true);
            }
            Reply::default()
        }
        "truncate" => {
            for path in operands.into_iter().filter(|path| path.contains('/')) {
                each(context, path, |entry| entry.contents.clear());
            }
            Reply::default()
        }
        "tee" => {
            for path in operands {
                store(context, &context.path(path), stdin, has('a'));
            }
            Reply { stdout: stdin.to_vec(), ..Reply::default() }
        }
        "mv" | "cp" => copy(context, &operands, name == "mv"),
        "chmod" => change(context, &operands, |entry, mode| entry.mode = mode.to_owned()),
        "chown" => change(context, &operands, |entry, owner| {
            let whole = owner.contains(':');
            entry.owner = if whole { owner.to_owned() } else { format!("{owner}:{owner}") };
        }),
        "stat" => stat(context, args),
        "sha256sum" => match operands.first().map(|path| (path, context.path(path))) {
            Some((path, whole)) => match context.machine.disk.files.get(&whole) {
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
            let folder = context.path(operands.first().unwrap_or(&"."));
            let found = below(&context.machine.disk, &folder).filter(|(path, _)| **path != folder);
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

pub(super) fn cat(context: &Context, paths: &[&str], stdin: Vec<u8>) -> Reply {
    let mut reply = Reply::default();
    if paths.is_empty() {
        reply.stdout = stdin;
    }
    for path in paths {
        match context.machine.disk.files.get(&context.path(path)) {
            Some(file) => reply.stdout.extend(&file.contents),
            None => return missing("cat", path),
        }
    }
    reply
}

/// A few of the questions of `test`; any other is answered yes.
fn test(context: &Context, args: &[&str]) -> Reply {
    let disk = &context.machine.disk;
    let file = |path: &str| disk.files.get(&context.path(path)).filter(|entry| !entry.folder);
    let there = |path: &str| below(disk, &context.path(path)).next().is_some();
    Reply::says(match args {
        ["!", rest @ ..] => test(context, rest).status != 0,
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

fn remove(context: &mut Context, path: &str) {
    let path = context.path(path);
    let inside = format!("{path}/");
    let matches = |name: &str| match path.contains('*') {
        // The shell's star does not cross a slash, but what it finds goes with all in it.
        true => name.match_indices('/').map(|(at, _)| &name[..at]).chain([name]).any(|part| {
            part.matches('/').count() == path.matches('/').count() && glob(&path, part)
        }),
        false => name == path || name.starts_with(&inside),
    };
    context.machine.disk.files.retain(|name, _| !matches(name));
}

fn each(context: &mut Context, path: &str, change: impl Fn(&mut Entry)) {
    let path = context.path(path);
    for (name, entry) in &mut context.machine.disk.files {
        if glob(&path, name) {
            change(entry);
        }
    }
}

fn change(context: &mut Context, operands: &[&str], change: impl Fn(&mut Entry, &str)) -> Reply {
    if let Some((value, paths)) = operands.split_first() {
        for path in paths {
            each(context, path, |entry| change(entry, value));
        }
    }
    Reply::default()
}

fn copy(context: &mut Context, operands: &[&str], moves: bool) -> Reply {
    let [from, to] = operands else { return Reply::default() };
    let (source, to) = (context.path(from), context.path(to));
    let found: Vec<(String, Entry)> = below(&context.machine.disk, &source)
        .map(|(name, entry)| (format!("{to}{}", &name[source.len()..]), entry.clone()))
        .collect();
    if found.is_empty() {
        return missing(if moves { "mv" } else { "cp" }, from);
    }
    if moves {
        remove(context, &source);
    }
    context.machine.disk.files.extend(found);
    Reply::default()
}

fn stat(context: &Context, args: &[&str]) -> Reply {
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
        let Some(entry) = context.machine.disk.files.get(&context.path(path)) else {
            return missing("stat", path);
        };
        let (user, group) = entry.owner.split_once(':').unwrap_or((&entry.owner, &entry.owner));
        let size = entry.contents.len().to_string();
        let kind = if entry.folder { "directory" } else { "regular file" };
        let line = format
            .replace("%a", &entry.mode)
            .replace("%U", user)
            .replace("%G", group)
            .replace("%s", &size)
            .replace("%F", kind)
            .replace("%n", path);
        text += &format!("{line}\n");
    }
    Reply::prints(&text)
}
