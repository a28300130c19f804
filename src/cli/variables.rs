//! `IMGCTL_*`: the options of every command from the environment. What is typed wins.

use std::env::VarError;
use std::ffi::OsString;

use clap::{Arg, ArgAction, CommandFactory};

use super::arguments::Cli;
use super::order::Order;
use crate::{Error, Result};

/// Options that are weaker where they stand earlier: those of the variable come before those typed.
const ADDED_TO: [&str; 2] = ["set", "vars"];

/// Adds the options that variables give and nobody has typed; `--set` and `--vars` are added to those typed.
/// What may be given several times has one value a line.
///
/// # Errors
/// `Usage` for a value that the option cannot have.
pub fn add(order: &mut Order) -> Result<()> {
    let shape = Cli::command();
    refuse_misspelt(&shape)?;
    let mut added: Vec<OsString> = Vec::new();
    for arg in shape.get_arguments().filter(|arg| arg.is_global_set()) {
        let Some(long) = arg.get_long() else { continue };
        let name = variable(long);
        let value = match std::env::var(&name) {
            Ok(value) => value,
            Err(VarError::NotPresent) => continue,
            Err(VarError::NotUnicode(value)) => {
                let shown = value.to_string_lossy();
                return Err(Error::usage(format!(
                    "the variable {name} is not UTF-8 text: `{shown}`"
                ))
                .hint(format!("set it to text in UTF-8, or unset {name}")));
            }
        };
        let is_list = matches!(arg.get_action(), ArgAction::Append);
        let others = shape.get_arg_conflicts_with(arg);
        let typed = order.has(arg) && !ADDED_TO.contains(&long)
            || others.into_iter().any(|other| order.has(other));
        if value.trim().is_empty() || typed {
            continue;
        }
        if is_list {
            let lines = value.lines().filter(|line| !line.trim().is_empty());
            if long == "set" {
                lines.clone().try_for_each(|line| check_setting(&name, line.trim()))?;
            }
            added.extend(lines.map(|line| format!("--{long}={}", line.trim()).into()));
        } else if arg.get_action().takes_values() {
            check(arg, &name, &value)?;
            added.push(format!("--{long}={value}").into());
        } else {
            let times = times(arg, &name, &value)?;
            added.extend(std::iter::repeat_n(OsString::from(format!("--{long}")), times));
        }
    }
    added.append(&mut order.globals);
    order.globals = added;
    Ok(())
}

/// The variable of an option.
fn variable(long: &str) -> String {
    format!("IMGCTL_{}", long.to_uppercase().replace('-', "_"))
}

/// A variable that is nearly the name of an option was meant to be it: without a word, `IMGCTL_DRYRUN=1` would
/// change what it was to spare. One of an option that is typed only, such as `IMGCTL_PLAN`, was meant as well.
fn refuse_misspelt(shape: &clap::Command) -> Result<()> {
    let known: Vec<String> = shape
        .get_arguments()
        .filter(|arg| arg.is_global_set())
        .filter_map(Arg::get_long)
        .map(variable)
        .collect();
    let typed = shape.get_arguments().filter(|arg| !arg.is_global_set());
    let typed: Vec<&str> = typed
        .filter_map(Arg::get_long)
        .filter(|long| !["help", "version"].contains(long))
        .collect();
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if !name.starts_with("IMGCTL_") || known.contains(&name) {
            continue;
        }
        if let Some(long) = typed.iter().find(|long| variable(long) == name) {
            return Err(Error::usage(format!("`--{long}` is not read from the variable {name}"))
                .hint(format!(
                    "type `--{long}`, which is an option of single commands, and unset {name}"
                )));
        }
        let plain = |name: &str| name.replace('_', "");
        // Scripts may have variables of this kind as well: no more than a slip is one.
        let is_near = |known: &&String| {
            plain(known) == plain(&name) || strsim::damerau_levenshtein(known, &name) == 1
        };
        if let Some(near) = known.iter().find(is_near) {
            return Err(Error::usage(format!("imgctl knows no variable {name}"))
                .hint(format!("did you mean {near}? Unset {name} otherwise")));
        }
    }
    Ok(())
}

impl Order {
    /// Whether the option has this value, also where the rest of the line is refused.
    pub fn has_value(&self, long: &str, value: &str) -> bool {
        let given: Vec<&str> = self
            .globals
            .iter()
            .chain(&self.rest)
            .map(|it| it.to_str().unwrap_or_default())
            .collect();
        let (option, joined) = (format!("--{long}"), format!("--{long}={value}"));
        given.contains(&joined.as_str()) || given.windows(2).any(|pair| pair == [&option, value])
    }

    fn has(&self, arg: &Arg) -> bool {
        let long = arg.get_long().map(|long| format!("--{long}")).unwrap_or_default();
        let short = arg.get_short().map(|short| format!("-{short}"));
        self.globals.iter().filter_map(|given| given.to_str()).any(|given| {
            given.split('=').next() == Some(long.as_str()) || Some(given) == short.as_deref()
        })
    }
}

/// The line of a variable, which the error of the option would not name.
fn check_setting(name: &str, line: &str) -> Result<()> {
    if line.split_once('=').is_some_and(|(key, _)| !key.is_empty()) {
        return Ok(());
    }
    Err(Error::usage(format!("the variable {name} has the line `{line}`, which sets nothing"))
        .hint("write KEY=VALUE, one a line"))
}

fn check(arg: &Arg, name: &str, value: &str) -> Result<()> {
    let possible = arg.get_possible_values();
    if possible.is_empty() || possible.iter().any(|possible| possible.matches(value, false)) {
        return Ok(());
    }
    let names: Vec<&str> = possible.iter().map(clap::builder::PossibleValue::get_name).collect();
    Err(Error::usage(format!("the variable {name} is `{value}`"))
        .hint(format!("set it to one of: {}", names.join(", "))))
}

/// How often a flag is given: once, or as often as it counts.
fn times(arg: &Arg, name: &str, value: &str) -> Result<usize> {
    let counts = matches!(arg.get_action(), ArgAction::Count);
    match value.to_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(1),
        "false" | "no" | "off" | "0" => Ok(0),
        "2" | "3" if counts => Ok(2),
        _ => Err(Error::usage(format!("the variable {name} is `{value}`"))
            .hint("set it to true or false")),
    }
}
