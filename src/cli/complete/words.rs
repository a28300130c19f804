//! Tasks, their arguments, settings and commands.

use std::path::Path;

use super::candidate::{Answer, Candidate};
use super::known::Known;
use super::line::Line;
use super::options;
use crate::cli::global::SETTINGS;
use crate::read;
use crate::script::parameters::{Kind, Parameter, Preset, typed_by_name};

/// What a word at the cursor may become.
pub fn at(line: &Line<'_>, current: &str) -> Answer {
    if line.command.is_some_and(|it| it.get_name() == "run")
        && let Some((file, given)) = line.words.split_first()
    {
        let found = of_file(&Known::of(line), file, given, current);
        return if found.is_empty() { Answer::Files } else { Answer::Words(found) };
    }
    if let Some((name, value)) = current.split_once(':') {
        return Answer::Words(behind_colon(line, name, value));
    }
    if line.command.is_some_and(|it| it.get_name() == "help") {
        let commands = command_names(line).into_iter();
        let mut found = Known::of(line).tasks();
        found.extend(commands);
        found.retain(|it| it.value.starts_with(current));
        return Answer::Words(found);
    }
    if let Some(command) = line.command {
        let mut places = command.get_positionals();
        let inner = command.get_subcommands().filter(|it| !it.is_hide_set());
        let inner: Vec<Candidate> = inner.map(command_candidate).collect();
        return match places.next() {
            _ if !inner.is_empty() => Answer::Words(inner),
            Some(place) => options::values(line, place, "", current),
            None => Answer::Words(settings()),
        };
    }
    let known = Known::of(line);
    let mut found = known.tasks();
    found.extend(settings());
    if line.words.is_empty() {
        found.extend(command_names(line));
    }
    found.retain(|it| it.value.starts_with(current));
    if let [only] = &mut found[..]
        && known.parameters(&only.value).iter().any(Parameter::is_required)
    {
        only.value.push(':');
    }
    Answer::Words(found)
}

fn command_names(line: &Line<'_>) -> Vec<Candidate> {
    let commands = line.shape.get_subcommands().filter(|it| !it.is_hide_set());
    commands.map(command_candidate).collect()
}

fn command_candidate(command: &clap::Command) -> Candidate {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    Candidate::new(command.get_name(), about)
}

fn settings() -> Vec<Candidate> {
    SETTINGS
        .iter()
        .map(|name| Candidate::new(format!("{name}:"), format!("choose the {name}")))
        .collect()
}

/// `cloud:…`, `help:…` or the arguments of a task.
fn behind_colon(line: &Line<'_>, name: &str, value: &str) -> Vec<Candidate> {
    let known = Known::of(line);
    let all = |values: Vec<String>| -> Vec<Candidate> {
        values.into_iter().map(|it| Candidate::new(format!("{name}:{it}"), "")).collect()
    };
    match name {
        "cloud" => all(Known::clouds()),
        "region" => all(known.regions()),
        "distribution" => all(known.distributions()),
        "help" => {
            let tasks = known.tasks().into_iter();
            tasks.map(|it| Candidate::new(format!("help:{}", it.value), it.about)).collect()
        }
        _ => arguments(&known, name, value),
    }
}

/// The next argument of a script that is run by its path; the words before it are `given`.
fn of_file(known: &Known, file: &str, given: &[String], current: &str) -> Vec<Candidate> {
    let text = read::text(Path::new(file)).unwrap_or_default();
    let parameters = typed_by_name(&text);
    if let Some((name, _)) = current.split_once('=') {
        let found = parameters.iter().find(|it| it.name == name);
        let values = found.map(|it| values(known, it)).unwrap_or_default().into_iter();
        return values.map(|it| Candidate::new(format!("{name}={it}"), "")).collect();
    }
    let is_given =
        |it: &&Parameter| given.iter().any(|word| word.split('=').next() == Some(it.name.as_str()));
    let open = parameters.iter().filter(|it| !is_given(it));
    let open = open.map(|it| Candidate::new(format!("{}=", it.name), about(it)));
    open.filter(|it| it.value.starts_with(current)).collect()
}

/// What a parameter is without a value.
fn about(parameter: &Parameter) -> String {
    match &parameter.preset {
        Preset::Required => "required".to_owned(),
        Preset::Value(text) if !text.is_empty() && parameter.kind != Kind::List => {
            format!("default: {text}")
        }
        Preset::Value(_) | Preset::Own => "optional".to_owned(),
        Preset::Computed(code) => format!("default: {code}"),
    }
}

/// The next argument of a task, `value` being those that are typed.
fn arguments(known: &Known, task: &str, value: &str) -> Vec<Candidate> {
    let parameters = known.parameters(task);
    let at = last_comma(value);
    let (done, current) = value.split_at(at);
    let head = format!("{task}:{done}");
    if let Some((name, _)) = current.split_once('=') {
        let found = parameters.iter().find(|it| it.name == name);
        let values = found.map(|it| values(known, it)).unwrap_or_default();
        let one = |it: String| Candidate::new(format!("{head}{name}={it}"), "");
        return values.into_iter().map(one).collect();
    }
    let given: Vec<&str> = done.split(',').filter(|it| !it.is_empty()).collect();
    let named: Vec<&str> =
        given.iter().filter_map(|it| it.split_once('=')).map(|(name, _)| name).collect();
    let place = given.len() - named.len();
    let mut found = Vec::new();
    // The first ones may be given without their names.
    if let Some(parameter) = parameters.iter().filter(|it| it.is_required()).nth(place) {
        let values = values(known, parameter).into_iter();
        found
            .extend(values.map(|it| Candidate::new(format!("{head}{it}"), parameter.name.clone())));
    }
    let by_place = parameters.iter().filter(|it| it.is_required()).take(place);
    let by_place: Vec<&str> = by_place.map(|it| it.name.as_str()).collect();
    let open = parameters
        .iter()
        .filter(|it| !named.contains(&it.name.as_str()) && !by_place.contains(&it.name.as_str()));
    found.extend(open.map(|it| Candidate::new(format!("{head}{}=", it.name), about(it))));
    found
}

/// Behind the last comma that separates arguments: `\,` does not.
fn last_comma(value: &str) -> usize {
    let mut escaped = false;
    let mut last = 0;
    for (at, c) in value.char_indices() {
        if c == ',' && !escaped {
            last = at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    last
}

/// What a parameter may be, by its type and its name, which mean the same in all tasks.
fn values(known: &Known, parameter: &Parameter) -> Vec<String> {
    if parameter.kind == Kind::Switch {
        return ["true", "false"].map(str::to_owned).to_vec();
    }
    match parameter.name.as_str() {
        "id" | "image" | "base" => known.images(),
        "instance" | "role" => known.roles(),
        "region" | "regions" => known.regions(),
        "cloud" => Known::clouds(),
        "distribution" => known.distributions(),
        _ => Vec::new(),
    }
}
