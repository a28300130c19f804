//! Enough of a POSIX shell for the commands of scripts. What it does not understand (here-documents,
//! `while`, `case`) succeeds and prints nothing, as unknown programs do.

mod expand;
mod parse;
mod words;

use super::programs::{self, Context, Reply, files};
use crate::fault::Machine;
use crate::ssh::{Command, Output};

use parse::{Body, Joint, List, Pipeline, Redirect, Stage, To};

/// Runs a command on the model of a host.
pub(super) fn run(machine: &mut Machine, command: &Command, user: &str) -> Output {
    let input = command.stdin.clone().unwrap_or_default();
    let mut context = Context::new(machine, user, command.cwd.clone());
    context.env.extend(command.env.clone());
    let reply = script(&mut context, &command.line, input);
    Output {
        stdout: reply.stdout,
        stderr: reply.stderr.into_bytes(),
        status: reply.status,
        ..Output::default()
    }
}

/// Runs the text of a script in a shell of its own.
pub(super) fn script(context: &mut Context, text: &str, stdin: Vec<u8>) -> Reply {
    let Some(list) = parse::list(text) else { return Reply::default() };
    subshell(context, &list, stdin)
}

/// What it exits with, sets and changes to ends with it.
fn subshell(context: &mut Context, list: &List, stdin: Vec<u8>) -> Reply {
    let before = (context.env.clone(), context.cwd.clone(), context.stop_on_error);
    let reply = run_list(context, list, &stdin);
    (context.env, context.cwd, context.stop_on_error) = before;
    context.exited = false;
    reply
}

fn run_list(context: &mut Context, list: &List, stdin: &[u8]) -> Reply {
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
        all.add(run_pipeline(context, pipeline, stdin));
        context.env.insert("?".to_owned(), all.status.to_string());
        let tested = pipeline.negated
            || list.get(number + 1).is_some_and(|(joint, _)| *joint != Joint::Then);
        context.exited |= context.stop_on_error && !tested && all.status != 0;
        if context.exited {
            break;
        }
    }
    all
}

fn run_pipeline(context: &mut Context, pipeline: &Pipeline, stdin: &[u8]) -> Reply {
    let mut all = Reply::default();
    let mut input = stdin.to_vec();
    for stage in &pipeline.stages {
        let reply = run_stage(context, stage, std::mem::take(&mut input));
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

fn run_stage(context: &mut Context, stage: &Stage, stdin: Vec<u8>) -> Reply {
    let mut input = stdin;
    for redirect in &stage.redirects {
        if let Redirect::Input(word) = redirect {
            let path = expand::one(context, word);
            let path = context.path(&path);
            match context.machine.disk.files.get(&path) {
                Some(file) => input.clone_from(&file.contents),
                None if path == "/dev/null" => input.clear(),
                None => return Reply::fails(1, &format!("{path}: No such file or directory")),
            }
        }
    }
    let mut reply = run_body(context, &stage.body, input);
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
                let path = expand::one(context, path);
                let path = context.path(&path);
                if !path.starts_with("/dev/") {
                    files::store(context, &path, &bytes, *append);
                }
            }
        }
    }
    reply
}

fn run_body(context: &mut Context, body: &Body, stdin: Vec<u8>) -> Reply {
    match body {
        Body::Subshell(list) => subshell(context, list, stdin),
        Body::Group(list) => run_list(context, list, &stdin),
        Body::If(branches, otherwise) => {
            let mut all = Reply::default();
            for (condition, list) in branches {
                let stop = std::mem::take(&mut context.stop_on_error);
                all.add(run_list(context, condition, &stdin));
                context.stop_on_error = stop;
                if all.status == 0 || context.exited {
                    all.add(run_list(context, list, &stdin));
                    return all;
                }
            }
            all.add(run_list(context, otherwise, &stdin));
            all
        }
        Body::For(name, words, list) => {
            let mut all = Reply::default();
            for value in expand::all(context, words, &mut all) {
                context.env.insert(name.clone(), value);
                all.add(run_list(context, list, &stdin));
                if context.exited {
                    break;
                }
            }
            all
        }
        Body::Simple(words) => {
            let mut all = Reply::default();
            let (assigned, words) = words.split_at(expand::assignments(words));
            for word in assigned {
                expand::assign(context, word, &mut all);
            }
            let words = expand::all(context, words, &mut all);
            if !words.is_empty() {
                all.add(builtin_or_program(context, &words, stdin));
            }
            all
        }
    }
}

fn builtin_or_program(context: &mut Context, words: &[String], stdin: Vec<u8>) -> Reply {
    let argument = words.get(1).map_or("", String::as_str);
    match words[0].as_str() {
        "set" => {
            context.stop_on_error |= argument.starts_with('-') && argument.contains('e');
            Reply::default()
        }
        "exit" => {
            let last = context.env.get("?").map_or("0", String::as_str);
            let status = if argument.is_empty() { last } else { argument };
            let status = status.parse().unwrap_or(2);
            context.exited = true;
            Reply { status, ..Reply::default() }
        }
        "cd" => {
            context.cwd = Some(context.path(if argument.is_empty() { "~" } else { argument }));
            Reply::default()
        }
        _ => programs::run(context, words, stdin),
    }
}
