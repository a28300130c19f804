//! Enough of a POSIX shell for the commands of scripts. What it does not understand (here-documents,
//! `while`, `case`) is noted, succeeds and prints nothing, as unknown programs do.

mod expand;
mod parse;
mod words;

use std::collections::BTreeSet;

use super::programs::process::{Process, Reply};
use super::programs::{self, files, services};
use crate::rehearsal::world::Machine;
use crate::ssh::{Command, Output};

use parse::{Body, Joint, List, Pipeline, Redirect, Stage, To};

/// Runs a command on the model of a host; also returns what the model does not know. `stated` are programs
/// that are there for other reasons.
pub(super) fn run(
    machine: &mut Machine,
    command: &Command,
    user: &str,
    stated: BTreeSet<String>,
    exact: bool,
) -> (Output, Vec<String>) {
    let input = command.stdin.clone().unwrap_or_default();
    services::show_running(&mut machine.disk);
    let mut process = Process::new(machine, user, command.cwd.clone());
    (process.exact, process.stated) = (exact, stated);
    process.env.extend(command.env.clone());
    let reply = script(&mut process, &command.line, input);
    let output = Output {
        stdout: reply.stdout,
        stderr: reply.stderr.into_bytes(),
        status: reply.status,
        ..Output::default()
    };
    (output, std::mem::take(&mut process.unknown))
}

/// Runs the text of a script in a shell of its own.
pub(super) fn script(process: &mut Process, text: &str, stdin: Vec<u8>) -> Reply {
    let Some(list) = parse::list(text) else {
        process.unknown.push(format!("the shell syntax of `{}`", shortened(text)));
        return Reply::default();
    };
    subshell(process, &list, stdin)
}

/// What it exits with, sets and changes to ends with it.
fn subshell(process: &mut Process, list: &List, stdin: Vec<u8>) -> Reply {
    let before = (process.env.clone(), process.cwd.clone(), process.stop_on_error);
    let reply = run_list(process, list, &stdin);
    (process.env, process.cwd, process.stop_on_error) = before;
    process.exited = false;
    reply
}

fn run_list(process: &mut Process, list: &List, stdin: &[u8]) -> Reply {
    let mut all = Reply::default();
    for (number, (joint, pipeline)) in list.iter().enumerate() {
        let skip = match joint {
            Joint::Then => false,
            Joint::And => all.status != 0,
            Joint::Or => all.status == 0,
        };
        if skip {
            continue;
        }
        all.add(run_pipeline(process, pipeline, stdin));
        process.env.insert("?".to_owned(), all.status.to_string());
        let tested = pipeline.negated
            || list.get(number + 1).is_some_and(|(joint, _)| *joint != Joint::Then);
        process.exited |= process.stop_on_error && !tested && all.status != 0;
        if process.exited {
            break;
        }
    }
    all
}

fn run_pipeline(process: &mut Process, pipeline: &Pipeline, stdin: &[u8]) -> Reply {
    let mut all = Reply::default();
    let mut input = stdin.to_vec();
    for stage in &pipeline.stages {
        let reply = run_stage(process, stage, std::mem::take(&mut input));
        all.stderr += &reply.stderr;
        all.status = reply.status;
        input = reply.stdout;
    }
    all.stdout = input;
    if pipeline.negated {
        all.status = i32::from(all.status == 0);
    }
    all
}

fn run_stage(process: &mut Process, stage: &Stage, stdin: Vec<u8>) -> Reply {
    let mut input = stdin;
    for redirect in &stage.redirects {
        if let Redirect::Input(word) = redirect {
            let path = expand::one(process, word);
            let path = process.path(&path);
            match process.machine.disk.files.get(&path) {
                Some(file) => input.clone_from(&file.contents),
                None if path == "/dev/null" => input.clear(),
                None => return Reply::fails(1, &format!("{path}: No such file or directory")),
            }
        }
    }
    for redirect in &stage.redirects {
        if let Redirect::Output { to: To::File { path, .. }, .. } = redirect {
            let path = expand::one(process, path);
            let path = process.path(&path);
            if process.exact && !files::has_folder_of(&process.machine.disk, &path) {
                let why = format!("cannot create {path}: Directory nonexistent");
                return Reply::fails(2, &why);
            }
        }
    }
    let mut reply = run_body(process, &stage.body, input);
    for redirect in &stage.redirects {
        let Redirect::Output { stdout, stderr, to } = redirect else { continue };
        let mut bytes = Vec::new();
        if *stdout {
            bytes.append(&mut reply.stdout);
        }
        if *stderr {
            bytes.extend(std::mem::take(&mut reply.stderr).into_bytes());
        }
        match to {
            To::Stdout => reply.stdout.extend(bytes),
            To::Stderr => reply.stderr += &String::from_utf8_lossy(&bytes),
            To::File { path, append } => {
                let path = expand::one(process, path);
                let path = process.path(&path);
                if !path.starts_with("/dev/") {
                    files::store(process, &path, &bytes, *append);
                }
            }
        }
    }
    reply
}

fn run_body(process: &mut Process, body: &Body, stdin: Vec<u8>) -> Reply {
    match body {
        Body::Subshell(list) => subshell(process, list, stdin),
        Body::Group(list) => run_list(process, list, &stdin),
        Body::If(branches, otherwise) => {
            let mut all = Reply::default();
            for (condition, list) in branches {
                let stop = std::mem::take(&mut process.stop_on_error);
                all.add(run_list(process, condition, &stdin));
                process.stop_on_error = stop;
                if all.status == 0 || process.exited {
                    all.add(run_list(process, list, &stdin));
                    return all;
                }
            }
            all.add(run_list(process, otherwise, &stdin));
            all
        }
        Body::For(name, words, list) => {
            let mut all = Reply::default();
            for value in expand::all(process, words, &mut all) {
                process.env.insert(name.clone(), value);
                all.add(run_list(process, list, &stdin));
                if process.exited {
                    break;
                }
            }
            all
        }
        Body::Simple(words) => {
            let mut all = Reply::default();
            let (assigned, words) = words.split_at(expand::assignments(words));
            for word in assigned {
                expand::assign(process, word, &mut all);
            }
            let words = expand::all(process, words, &mut all);
            if !words.is_empty() {
                all.add(builtin_or_program(process, &words, stdin));
            }
            all
        }
    }
}

fn builtin_or_program(process: &mut Process, words: &[String], stdin: Vec<u8>) -> Reply {
    let argument = words.get(1).map_or("", String::as_str);
    match words[0].as_str() {
        "set" => {
            process.stop_on_error |= argument.starts_with('-') && argument.contains('e');
            Reply::default()
        }
        "exit" => {
            let last = process.env.get("?").map_or("0", String::as_str);
            let status = if argument.is_empty() { last } else { argument };
            let status = status.parse().unwrap_or(2);
            process.exited = true;
            Reply { status, ..Reply::default() }
        }
        "cd" => {
            process.cwd = Some(process.path(if argument.is_empty() { "~" } else { argument }));
            Reply::default()
        }
        _ => programs::run(process, words, stdin),
    }
}

/// The first line, as far as it helps to find the text.
fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    let line = text.lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(MOST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
