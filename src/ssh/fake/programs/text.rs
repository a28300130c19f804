//! Programs that print and search text.

use super::{Context, Reply, files};

pub(super) fn run(context: &mut Context, name: &str, args: &[&str], stdin: &[u8]) -> Option<Reply> {
    Some(match name {
        "echo" => match args {
            ["-n", words @ ..] => Reply::prints(&words.join(" ")),
            words => Reply::prints(&format!("{}\n", words.join(" "))),
        },
        "printf" => printf(args),
        "grep" | "egrep" | "fgrep" => grep(context, args, stdin),
        "wc" if args.first() == Some(&"-l") => {
            let lines = stdin.iter().filter(|byte| **byte == b'\n').count();
            Reply::prints(&format!("{lines}\n"))
        }
        "whoami" => Reply::prints(&format!("{}\n", context.user)),
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

/// Patterns are plain text here, save for `^` and `$` at the ends.
fn grep(context: &Context, args: &[&str], stdin: &[u8]) -> Reply {
    let options: Vec<&str> = args.iter().copied().filter(|arg| arg.starts_with('-')).collect();
    let has = |letter: char| options.iter().any(|option| option.contains(letter));
    let mut operands = args.iter().copied().filter(|arg| !arg.starts_with('-'));
    let Some(pattern) = operands.next() else { return Reply::says(false) };
    let paths: Vec<&str> = operands.collect();
    let input = files::cat(context, &paths, stdin.to_vec());
    if input.status != 0 {
        return Reply { status: 2, ..input };
    }
    let matches = |line: &str| {
        let plain = pattern.trim_start_matches('^').trim_end_matches('$').replace('\\', "");
        match (pattern.starts_with('^') || has('x'), pattern.ends_with('$') || has('x')) {
            (true, true) => line == plain,
            (true, false) => line.starts_with(&plain),
            (false, true) => line.ends_with(&plain),
            (false, false) => line.contains(&plain),
        }
    };
    let text = String::from_utf8_lossy(&input.stdout).into_owned();
    let found: Vec<&str> = text.lines().filter(|line| matches(line) != has('v')).collect();
    let shown = match (has('q'), has('c')) {
        (true, _) => String::new(),
        (_, true) => format!("{}\n", found.len()),
        _ => found.iter().map(|line| format!("{line}\n")).collect(),
    };
    Reply { status: i32::from(found.is_empty()), ..Reply::prints(&shown) }
}
