//! Enough of a shell to follow lists of simple commands. What it does not understand (loops,
//! substitutions, here-documents) succeeds and prints nothing, as unknown programs do.

mod parse;
mod words;

use super::programs::{self, Context, Reply, files};
use crate::fault::Machine;
use crate::ssh::{Command, Output};

use parse::{Joint, Redirect, Simple, To};

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

/// Runs the text of a script.
pub(super) fn script(context: &mut Context, text: &str, stdin: Vec<u8>) -> Reply {
    let mut all = Reply::default();
    let Some(list) = parse::list(text, &context.env) else { return all };
    let mut stop_on_error = false;
    for (joint, pipeline) in list {
        let skip = match joint {
            Joint::Then => false,
            Joint::And => all.status != 0,
            Joint::Or => all.status == 0,
        };
        if skip {
            continue;
        }
        if joint == Joint::Then && stop_on_error && all.status != 0 {
            break;
        }
        let name = pipeline.stages[0].words.first().map_or("", String::as_str);
        let argument = pipeline.stages[0].words.get(1);
        if name == "set" {
            let options = argument.map_or("", String::as_str);
            stop_on_error |= options.starts_with('-') && options.contains('e');
            continue;
        }
        if name == "exit" {
            all.status = argument.and_then(|text| text.parse().ok()).unwrap_or(all.status);
            break;
        }
        let mut input = stdin.clone();
        let mut status = 0;
        let last = pipeline.stages.len() - 1;
        for (number, stage) in pipeline.stages.iter().enumerate() {
            let reply = simple(context, stage, input);
            all.stderr += &reply.stderr;
            status = reply.status;
            input = reply.stdout;
            if number == last {
                all.stdout.append(&mut input);
                break;
            }
        }
        all.status = if pipeline.negated { i32::from(status == 0) } else { status };
    }
    all
}

/// One program with its redirections.
fn simple(context: &mut Context, stage: &Simple, stdin: Vec<u8>) -> Reply {
    let mut input = stdin;
    for redirect in &stage.redirects {
        if let Redirect::Input(path) = redirect {
            let path = context.path(path);
            match context.machine.disk.files.get(&path) {
                Some(file) => input.clone_from(&file.contents),
                None => return Reply::fails(1, &format!("{path}: No such file or directory")),
            }
        }
    }
    let mut reply = programs::run(context, &stage.words, input);
    for redirect in &stage.redirects {
        let Redirect::Output { stream, to } = redirect else { continue };
        let mut bytes = Vec::new();
        if stream.stdout {
            bytes.append(&mut reply.stdout);
        }
        if stream.stderr {
            bytes.extend(std::mem::take(&mut reply.stderr).into_bytes());
        }
        match to {
            To::Stdout => reply.stdout.extend(bytes),
            To::Stderr => reply.stderr += &String::from_utf8_lossy(&bytes),
            To::File { path, append } => {
                let path = context.path(path);
                if !path.starts_with("/dev/") {
                    files::store(context, &path, &bytes, *append);
                }
            }
        }
    }
    reply
}
