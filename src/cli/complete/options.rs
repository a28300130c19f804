//! Options and their values.

use clap::{Arg, ArgAction, ValueHint};

use super::candidate::{Answer, Candidate};
use super::known::Known;
use super::line::Line;

/// What an option, or its value, at the cursor may become. None: there is no option.
pub fn at(line: &Line<'_>, current: &str) -> Option<Answer> {
    if let Some(arg) = line.value_of {
        return Some(values(line, arg, "", current));
    }
    if line.escaped {
        return None;
    }
    if let Some((name, value)) = current.strip_prefix("--").and_then(|it| it.split_once('=')) {
        let arg = line.option(name)?;
        return Some(values(line, arg, &format!("--{name}="), value));
    }
    current.starts_with('-').then(|| Answer::Words(names(line)))
}

fn names(line: &Line<'_>) -> Vec<Candidate> {
    let is_known = |arg: &&Arg| line.given.iter().any(|given| given.get_id() == arg.get_id());
    let repeats = |arg: &&Arg| matches!(arg.get_action(), ArgAction::Append | ArgAction::Count);
    let shown = line.options().filter(|arg| !arg.is_hide_set());
    let shown = shown.filter(|arg| repeats(arg) || !is_known(arg));
    shown
        .filter_map(|arg| {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            Some(Candidate::new(format!("--{}", arg.get_long()?), help))
        })
        .collect()
}

/// Of an option or of what stands in its place behind a command.
pub fn values(line: &Line<'_>, arg: &Arg, prefix: &str, current: &str) -> Answer {
    let possible = arg.get_possible_values();
    if !possible.is_empty() {
        let one = |value: &clap::builder::PossibleValue| {
            let help = value.get_help().map(ToString::to_string).unwrap_or_default();
            Candidate::new(format!("{prefix}{}", value.get_name()), help)
        };
        return Answer::Words(possible.iter().map(one).collect());
    }
    let known = Known::of(line);
    // `--region us-west-2,eu-…`
    let done = current.rfind(',').map_or("", |at| &current[..=at]);
    let inside = line.command.map(clap::Command::get_name);
    let found = match arg.get_long() {
        Some("cloud") => Known::clouds(),
        Some("region") => known.regions(),
        Some("distribution") => known.distributions(),
        Some("instance") => known.roles(),
        Some("host") => known.hosts(),
        Some("from") => known.steps(&line.words),
        _ if names_of(arg).any(|name| name.starts_with("DIR")) => return Answer::Folders,
        _ if is_file(arg) => return Answer::Files,
        None if inside == Some("api") => Known::names(),
        _ => Vec::new(),
    };
    let one = |it: String| Candidate::new(format!("{prefix}{done}{it}"), "");
    Answer::Words(found.into_iter().map(one).collect())
}

fn names_of(arg: &Arg) -> impl Iterator<Item = &str> {
    arg.get_value_names().unwrap_or_default().iter().map(|name| name.as_str())
}

fn is_file(arg: &Arg) -> bool {
    let is_named = names_of(arg).any(|name| name.starts_with("FILE") || name.starts_with("PATH"));
    is_named || !matches!(arg.get_value_hint(), ValueHint::Unknown | ValueHint::Other)
}
