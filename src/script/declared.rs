//! The arguments that a script declares with `args::parse`, and their values.

use std::borrow::Cow;

use rhai::{AST, Array, Dynamic, Map};

use super::arguments::Arguments;
use super::declaration::{self, literal};
use super::errors::{Fallible, throw};
use crate::Error;
use crate::error::nearest;

/// What a script passes to `args::parse` for certain, if these are literal values: the required names, and the
/// others with their defaults.
#[must_use]
pub fn find(ast: &AST) -> Option<(Vec<String>, Map)> {
    let found = declaration::find(ast).filter(|found| found.is_certain)?;
    let required: Array = literal(&found.required)?;
    Some((required.iter().map(ToString::to_string).collect(), literal(&found.optional)?))
}

/// The value of an argument's text, read as the type of the default. The items of a list are separated
/// by spaces or commas: `regions='eu-west-1 us-east-1'`.
fn typed(name: &str, text: &str, default: &Dynamic) -> Fallible<Dynamic> {
    let wrong = |wanted: &str| {
        throw(Error::usage(format!("the argument `{name}` is `{text}`, which is not {wanted}")))
    };
    if default.is_bool() {
        return match text {
            "true" | "yes" | "1" => Ok(true.into()),
            "false" | "no" | "0" => Ok(false.into()),
            _ => Err(wrong("true or false")),
        };
    }
    if default.is_int() {
        return text.parse::<i64>().map(Dynamic::from).map_err(|_| wrong("a whole number"));
    }
    if default.is_float() {
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        return number.map(Dynamic::from).ok_or_else(|| wrong("a number"));
    }
    if default.is_array() {
        let items = text.split([',', ' ']).filter(|item| !item.is_empty());
        return Ok(items.map(|item| Dynamic::from(item.to_string())).collect::<Array>().into());
    }
    Ok(text.to_string().into())
}

/// An argument as the usage line shows it, with its default: `force=false`, `regions='A B'`.
fn example(name: &str, default: &Dynamic) -> String {
    let Some(list) = default.read_lock::<Array>() else { return format!("{name}={default}") };
    let items: Vec<String> = list.iter().map(ToString::to_string).collect();
    format!("{name}='{}'", if items.is_empty() { "A B".to_string() } else { items.join(" ") })
}

/// Names such as `key-one`, which only a script that declares them has, are names there.
fn with_names<'a>(arguments: &'a Arguments, names: &[&str]) -> Cow<'a, Arguments> {
    let name_of = |text: &String| {
        let (name, value) = text.split_once('=')?;
        names.contains(&name).then(|| (name.to_owned(), value.to_owned()))
    };
    if !arguments.positional.iter().any(|text| name_of(text).is_some()) {
        return Cow::Borrowed(arguments);
    }
    let mut read = Arguments { positional: Vec::new(), ..arguments.clone() };
    for text in &arguments.positional {
        match name_of(text) {
            Some((name, value)) if !read.named.contains_key(&name) => {
                read.named.insert(name, value);
            }
            _ => read.positional.push(text.clone()),
        }
    }
    Cow::Owned(read)
}

/// The values of a task's arguments, by the names and defaults that the script declares; `file` is how the script is
/// named where it is not a task.
pub fn parse(
    script: &str,
    file: &str,
    arguments: &Arguments,
    required: &[String],
    optional: &Map,
) -> Fallible<Map> {
    let usage = || {
        let optional = optional.iter().map(|(name, default)| example(name, default));
        let words: Vec<String> = required.iter().cloned().chain(optional).collect();
        // As it is typed where the script is no file.
        let file = match file {
            "-e" => "-e CODE",
            "stdin" => "-",
            file => file,
        };
        match arguments.are_words {
            true => format!("usage: imgctl run {file} {}", words.join(" ")),
            false => format!("usage: {script}:{}", words.join(",")),
        }
    };
    let fail = |message: String| throw(Error::usage(message).hint(usage()));
    let names: Vec<&str> =
        required.iter().map(String::as_str).chain(optional.keys().map(|k| k.as_str())).collect();
    let arguments = &*with_names(arguments, &names);
    let mut values: Map = optional.clone();
    for name in arguments.named.keys() {
        if !names.contains(&name.as_str()) {
            let near = nearest(name, names.iter().copied());
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(fail(format!("{script} has no argument `{name}`{near}")));
        }
    }
    // A map has no order: an optional argument can be given by position only if it is the only one.
    let places = required.len() + usize::from(optional.len() == 1);
    if let Some(extra) = arguments.positional.get(places) {
        return Err(fail(format!("{script} does not take the argument `{extra}`")));
    }
    for (position, name) in names.iter().enumerate() {
        let given = match (arguments.positional.get(position), arguments.named.get(*name)) {
            (Some(_), Some(_)) => {
                return Err(fail(format!("the argument `{name}` is given twice")));
            }
            (text, None) | (None, text) => text,
        };
        match given {
            Some(text) => {
                let default = optional.get(*name).cloned().unwrap_or_else(|| "".into());
                values.insert((*name).into(), typed(name, text, &default)?);
            }
            None if optional.contains_key(*name) => {}
            None => return Err(fail(format!("{script} needs the argument `{name}`"))),
        }
    }
    Ok(values)
}
