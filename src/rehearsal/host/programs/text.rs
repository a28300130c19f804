//! Programs that print and search text.

use super::files;
use super::pattern::regex;
use super::process::{Process, Reply};

pub(super) fn run(process: &mut Process, name: &str, args: &[&str], stdin: &[u8]) -> Option<Reply> {
    Some(match name {
        "echo" => match args {
            ["-n", words @ ..] => Reply::prints(&words.join(" ")),
            words => Reply::prints(&format!("{}\n", words.join(" "))),
        },
        "printf" => printf(args),
        "grep" | "egrep" | "fgrep" => grep(process, args, stdin),
        "sed" => sed(args, stdin),
        "wc" if args.first() == Some(&"-l") => {
            let lines = stdin.iter().filter(|byte| **byte == b'\n').count();
            Reply::prints(&format!("{lines}\n"))
        }
        "cut" => cut(args, stdin),
        "head" => {
            let count = match args {
                ["-n", count] => count.parse().unwrap_or(10),
                _ => 10,
            };
            let text = String::from_utf8_lossy(stdin);
            Reply::prints(
                &text.lines().take(count).map(|line| format!("{line}\n")).collect::<String>(),
            )
        }
        "sort" => {
            let text = String::from_utf8_lossy(stdin);
            let mut lines: Vec<&str> = text.lines().collect();
            lines.sort_unstable();
            if args.contains(&"-u") {
                lines.dedup();
            }
            Reply::prints(&lines.iter().map(|line| format!("{line}\n")).collect::<String>())
        }
        "whoami" => Reply::prints(&format!("{}\n", process.user)),
        _ => return None,
    })
}

fn printf(args: &[&str]) -> Reply {
    let Some((format, values)) = args.split_first() else { return Reply::default() };
    let mut values = values.iter();
    let mut text = String::new();
    loop {
        let mut parts = format.split("%s");
        text += parts.next().unwrap_or_default();
        for part in parts {
            text += values.next().unwrap_or(&"");
            text += part;
        }
        if values.len() == 0 || !format.contains("%s") {
            return Reply::prints(&text.replace("\\n", "\n").replace("\\t", "\t"));
        }
    }
}

/// Only `-dX -fN`.
fn cut(args: &[&str], stdin: &[u8]) -> Reply {
    let value = |option: &str| args.iter().find_map(|arg| arg.strip_prefix(option));
    let (Some(mark), Some(Ok(number @ 1..))) = (value("-d"), value("-f").map(str::parse::<usize>))
    else {
        return Reply::default();
    };
    let text = String::from_utf8_lossy(stdin);
    let fields = text.lines().map(|line| line.split(mark).nth(number - 1).unwrap_or_default());
    Reply::prints(&fields.map(|field| format!("{field}\n")).collect::<String>())
}

fn grep(process: &Process, args: &[&str], stdin: &[u8]) -> Reply {
    let (options, mut operands): (Vec<&str>, Vec<&str>) =
        args.iter().partition(|arg| arg.starts_with('-') && **arg != "-");
    let has = |letter: char| {
        options.iter().any(|option| !option.starts_with("--") && option.contains(letter))
    };
    if operands.is_empty() {
        return Reply::fails(2, "grep: no pattern");
    }
    let given = operands.remove(0);
    let pattern = match (has('F'), has('E')) {
        (true, _) => regex_lite::escape(given),
        (_, true) => given.to_owned(),
        _ => extended(given),
    };
    let pattern = if has('x') { format!("^(?:{pattern})$") } else { pattern };
    let pattern = if has('i') { format!("(?i){pattern}") } else { pattern };
    let Some(pattern) = regex(&pattern) else {
        return Reply::fails(2, &format!("grep: {given}: not understood"));
    };
    if has('l') {
        let fits = |contents: &[u8]| {
            String::from_utf8_lossy(contents).lines().any(|line| pattern.is_match(line) != has('v'))
        };
        let files = operands.iter().flat_map(|path| files::named(process, path));
        let names = files.filter(|(_, file)| fits(&file.contents)).map(|(name, _)| name);
        let shown: String = names.map(|name| format!("{name}\n")).collect();
        return Reply { status: i32::from(shown.is_empty()), ..Reply::prints(&shown) };
    }
    let input = files::cat(process, &operands, stdin.to_vec());
    if input.status != 0 {
        return Reply { status: 2, ..input };
    }
    let text = String::from_utf8_lossy(&input.stdout).into_owned();
    let found: Vec<&str> = text.lines().filter(|line| pattern.is_match(line) != has('v')).collect();
    let shown = match (has('q'), has('c')) {
        (true, _) => String::new(),
        (_, true) => format!("{}\n", found.len()),
        _ => found.iter().map(|line| format!("{line}\n")).collect(),
    };
    Reply { status: i32::from(found.is_empty()), ..Reply::prints(&shown) }
}

/// Only `s/PATTERN/TEXT/` with `g` and `p`, and the option `-n`.
fn sed(args: &[&str], stdin: &[u8]) -> Reply {
    let quiet = args.contains(&"-n");
    let command = args.iter().find(|arg| !arg.starts_with('-')).copied().unwrap_or_default();
    let parts: Vec<&str> = command.split('/').collect();
    let ["s", pattern, text, flags] = parts[..] else { return Reply::default() };
    let plain = if args.contains(&"-E") { pattern.to_owned() } else { extended(pattern) };
    let Some(pattern) = regex(&plain) else {
        return Reply::fails(1, &format!("sed: {pattern}: not understood"));
    };
    let limit = if flags.contains('g') { 0 } else { 1 };
    let mut shown = String::new();
    for line in String::from_utf8_lossy(stdin).lines() {
        let changed = pattern.replacen(line, limit, regex_lite::NoExpand(text));
        if !quiet || (flags.contains('p') && pattern.is_match(line)) {
            shown += &format!("{changed}\n");
        }
    }
    Reply::prints(&shown)
}

/// A basic regular expression in the extended syntax: there `+?(){}|` need no backslash to be
/// special, here they do.
fn extended(basic: &str) -> String {
    let mut text = String::new();
    let mut chars = basic.chars();
    while let Some(next) = chars.next() {
        match next {
            '\\' => match chars.next() {
                Some(special @ ('+' | '?' | '(' | ')' | '{' | '}' | '|')) => text.push(special),
                Some(other) => text.extend(['\\', other]),
                None => text.push_str("\\\\"),
            },
            '+' | '?' | '(' | ')' | '{' | '}' | '|' => text.extend(['\\', next]),
            other => text.push(other),
        }
    }
    text
}
