//! What was meant by words and options that do not exist: arguments of a task, and files of scripts.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::global::SETTINGS;
use super::order::Order;
use super::otherwise;
use super::setup::project_folder;
use crate::script::Task;
use crate::script::parameters::{Kind, Parameter, typed_by_name};
use crate::{Error, read};

/// `web port=9090` is more likely `web:port=9090`.
pub fn word(task: &str, word: &str, error: Error) -> Error {
    let Some((name, value)) = word.split_once('=') else { return error };
    if name.is_empty() || !name.chars().all(is_of_name) || SETTINGS.contains(&name) {
        return error;
    }
    error.hint(format!("write `{}`", joined(task, name, value)))
}

/// `scripts/web.rhai` is a file, which is run as such.
pub fn script(name: &str, error: Error) -> Error {
    match name.ends_with(".rhai") {
        true => {
            let name = shlex::try_quote(name).map(String::from).unwrap_or_default();
            error.hint(format!("a file is run by `imgctl run {name}`"))
        }
        false => error,
    }
}

/// `build`, as another tool has it.
pub fn elsewhere(name: &str, error: Error) -> Error {
    match otherwise::word(name) {
        Some(hint) => Error::usage(format!("there is no task or command `{name}`")).hint(hint),
        None => error,
    }
}

/// `web --port 9090`, if the task has that argument; else `-var`, as another tool has it.
pub fn option(refusal: &clap::Error, order: &Order) -> Option<Error> {
    if refusal.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    of_task(refusal, order).or_else(|| of_other_tool(refusal, order))
}

fn of_other_tool(refusal: &clap::Error, order: &Order) -> Option<Error> {
    let Some(ContextValue::String(given)) = refusal.get(ContextKind::InvalidArg) else {
        return None;
    };
    if !given.starts_with('-') {
        return None;
    }
    let name = |word: &str| word.split('=').next().unwrap_or_default().to_owned();
    // Of `-var` clap names the first letter that is none of its own.
    let is_given = |word: &str| match given.strip_prefix("--") {
        Some(_) => name(word) == name(given),
        None => word.starts_with('-') && !word.starts_with("--") && word.contains(&given[1..]),
    };
    // As they were typed: sorted, `-var` would be `-v` and `-ar`.
    let words = std::env::args_os().skip(1).filter_map(|word| word.into_string().ok());
    let typed = words.take_while(|word| word != "--").find(|word| is_given(word));
    let typed = typed.unwrap_or_else(|| given.clone());
    if let Some(hint) = otherwise::option(&typed) {
        return Some(Error::usage(format!("imgctl has no option `{}`", name(&typed))).hint(hint));
    }
    // A word cannot begin with a dash; an argument of `run` can, and clap says how.
    let is_unlike_any = refusal.get(ContextKind::SuggestedArg).is_none();
    (is_unlike_any && order.command.is_none()).then(|| {
        Error::usage(format!("imgctl has no option `{}`", name(given)))
            .hint("`imgctl --help` shows the options")
    })
}

/// `run FILE --port 9090`, if the script has that argument.
fn of_script(given: &str, order: &Order) -> Option<Error> {
    let rest: Vec<&str> = order.rest.iter().filter_map(|word| word.to_str()).collect();
    let (["run", words @ ..], Some(0)) = (rest.as_slice(), order.command) else { return None };
    let at = words.iter().position(|word| word.split('=').next() == Some(given))?;
    let file = words[..at].iter().find(|word| !word.starts_with('-'))?;
    let text = read::text(Path::new(file)).ok()?;
    let (parameter, value) = argument(&text, given, &words[at..])?;
    let message = format!("imgctl has no option `{given}`: it is an argument of {file}");
    let written = format!("imgctl run {file} {}={value}", parameter.name);
    Some(Error::usage(message).hint(format!("write `{written}`")))
}

/// The parameter of a script that an option is meant to be, and its value; `from` are the words from there on.
fn argument(text: &str, given: &str, from: &[&str]) -> Option<(Parameter, String)> {
    let name = given.strip_prefix("--")?;
    let is_meant = |known: &str| known == name || known == name.replace('-', "_");
    let parameter = typed_by_name(text).into_iter().find(|it| is_meant(&it.name))?;
    let value = match (from.first()?.split_once('='), from.get(1)) {
        (Some((_, value)), _) => value,
        (None, _) if parameter.kind == Kind::Switch => "true",
        (None, Some(next)) if !next.starts_with('-') => *next,
        (None, _) => "VALUE",
    };
    Some((parameter, value.to_owned()))
}

fn of_task(refusal: &clap::Error, order: &Order) -> Option<Error> {
    let Some(ContextValue::String(given)) = refusal.get(ContextKind::InvalidArg) else {
        return None;
    };
    let given = given.split('=').next().unwrap_or_default();
    if order.command.is_some() {
        return of_script(given, order);
    }
    let rest: Vec<&str> = order.rest.iter().filter_map(|word| word.to_str()).collect();
    let at = rest.iter().position(|word| word.split('=').next() == Some(given))?;
    let (before, from) = rest.split_at(at);
    let word = before.iter().rfind(|word| !word.starts_with('-'))?;
    let task_name = word.split(':').next().unwrap_or_default();
    let task = Task::find(&project_folder(&configs(order)).ok()?, task_name).ok()?;
    let (parameter, value) = argument(&task.source.text, given, from)?;
    let message =
        format!("imgctl has no option `{given}`: it is an argument of the task {task_name}");
    let written = joined(word, &parameter.name, &value);
    Some(Error::usage(message).hint(format!("write `{written}`")))
}

/// The files of `--config`, of a line that cannot be parsed.
fn configs(order: &Order) -> Vec<PathBuf> {
    let text = |word: &OsString| word.to_string_lossy().into_owned();
    let words: Vec<String> = order.globals.iter().map(text).collect();
    let behind = words.windows(2).filter(|pair| pair[0] == "--config").map(|pair| pair[1].as_str());
    let within = words.iter().filter_map(|word| word.strip_prefix("--config="));
    behind.chain(within).map(PathBuf::from).collect()
}

/// A task with one more argument, as it is typed.
fn joined(task: &str, name: &str, value: &str) -> String {
    let joint = match task.split_once(':') {
        None => ":",
        Some((_, "")) => "",
        Some(_) => ",",
    };
    let written = format!("{task}{joint}{name}={}", value.replace(',', "\\,"));
    // An equals sign needs no quotes, which shlex puts around it.
    let plain = |c: char| is_of_name(c) || ":,=./-@+%".contains(c);
    let quoted = || shlex::try_quote(&written).map(String::from).unwrap_or_default();
    if written.chars().all(plain) { written } else { quoted() }
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
