//! `${NAME}` and `${NAME:-default}` in values.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::path::{KeyPath, Segment};

/// The environment, as it was when the configuration was read.
pub type Environment = BTreeMap<String, String>;

/// Settings that name a file or a folder.
const PATHS: &[&str] = &[
    "key_file",
    "public_key_file",
    "user_data_file",
    "file",
    "gcloud_folder",
    "folder",
    "cache",
    "firmware",
];

/// True if the text has variables or escaped dollars.
pub fn has_variables(text: &str) -> bool {
    text.contains("${") || text.contains("$$")
}

/// Fills in every text of a value. The error says where, what and what to do. A path that begins
/// with the value of a variable starts at `folder`, the working directory, as in a shell.
pub fn expand(
    value: &mut Value,
    environment: &Environment,
    folder: Option<&Path>,
) -> Result<(), (KeyPath, Problem)> {
    walk(value, &KeyPath::default(), &mut |path, text| {
        if is_verbatim(path) {
            return Ok(text.to_owned());
        }
        let filled = fill(text, Some(environment))?;
        let Some(folder) = folder.filter(|_| is_path(path) && begins_with(text, environment))
        else {
            return Ok(filled);
        };
        if filled.starts_with('~') {
            return Ok(filled);
        }
        // A value is UTF-8; a path that is not stays as it is.
        Ok(folder.join(&filled).to_str().map(str::to_owned).unwrap_or(filled))
    })
}

fn is_path(path: &KeyPath) -> bool {
    ends_with(path, PATHS)
}

/// Whether `$` has no meaning there: scripts for the instance have variables of their own.
pub fn is_verbatim(path: &KeyPath) -> bool {
    ends_with(path, &["user_data"])
}

fn ends_with(path: &KeyPath, names: &[&str]) -> bool {
    let is = |segment: &Segment, names: &[&str]| match segment {
        Segment::Key(key) => names.contains(&key.as_str()),
        Segment::Index(_) => false,
    };
    // Users choose the keys of these.
    let is_free = path.0.iter().any(|segment| is(segment, &["tags", "metadata", "custom", "vars"]));
    !is_free && path.0.last().is_some_and(|last| is(last, names))
}

/// Whether the text begins with the value of a variable, and not with a default.
fn begins_with(text: &str, environment: &Environment) -> bool {
    let name = text.strip_prefix("${").and_then(|inside| inside.split([':', '}']).next());
    let value = name.and_then(|name| environment.get(name));
    value.is_some_and(|value| !value.is_empty())
}

/// Finds mistakes in the notation, whatever the environment.
pub fn check_notation(text: &str) -> Result<(), Problem> {
    fill(text, None).map(drop)
}

/// What is wrong with a value that contains variables.
#[derive(Debug)]
pub struct Problem {
    pub message: String,
    pub hint: String,
}

fn walk(
    value: &mut Value,
    path: &KeyPath,
    fill: &mut impl FnMut(&KeyPath, &str) -> Result<String, Problem>,
) -> Result<(), (KeyPath, Problem)> {
    match value {
        Value::String(text) if has_variables(text) => {
            *text = fill(path, text).map_err(|problem| (path.clone(), problem))?;
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                walk(item, &path.join([Segment::Index(index)]), fill)?;
            }
        }
        Value::Object(map) => {
            for (key, item) in map.iter_mut() {
                walk(item, &path.key(key), fill)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Without an environment, every variable is taken to be empty.
fn fill(text: &str, environment: Option<&Environment>) -> Result<String, Problem> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            filled.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let (inside, after) = after.split_once('}').ok_or_else(|| Problem {
                message: "has a `${` that is never closed".to_owned(),
                hint: "write ${NAME} or ${NAME:-default}; $$ is a plain $".to_owned(),
            })?;
            filled.push_str(&variable(inside, environment)?);
            rest = after;
        } else {
            filled.push('$');
        }
    }
    filled.push_str(rest);
    Ok(filled)
}

fn variable(inside: &str, environment: Option<&Environment>) -> Result<String, Problem> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !starts_well || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(Problem {
            message: format!("has `${{{inside}}}`, which is not an environment variable"),
            hint: "write ${NAME} or ${NAME:-default}; $$ is a plain $".to_owned(),
        });
    }
    let Some(environment) = environment else { return Ok(String::new()) };
    let value = environment.get(name);
    match default {
        Some(default) => {
            Ok(value.filter(|value| !value.is_empty()).map_or(default, |v| v).to_owned())
        }
        None => value.cloned().ok_or_else(|| Problem {
            message: match std::env::var_os(name) {
                None => format!("needs the environment variable {name}, which is not set"),
                Some(_) => {
                    format!("needs the environment variable {name}, which is not UTF-8 text")
                }
            },
            hint: format!("export {name}, or write ${{{name}:-default}} in the configuration"),
        }),
    }
}
