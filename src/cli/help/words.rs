//! `help up`, `help:up` and `up --help` are the same page: all become the command `help`, so that none of
//! them can run a task.

use std::ffi::OsString;

use clap::CommandFactory;

use crate::cli::arguments::Cli;
use crate::cli::order::Order;
use crate::cli::settings;

const HELP: &str = "help";

/// Turns the words that help is asked about into the command `help` and their names.
pub fn about_words(order: &mut Order) {
    let end = order.rest.iter().position(|word| word == "--").unwrap_or(order.rest.len());
    let asks = |word: &OsString| word == "--help" || word == "-h";
    let is_asked = order.rest[..end].iter().any(asks);
    if order.command.is_some() {
        return;
    }
    let words = words(&order.rest);
    let begins = words.first().is_some_and(|word| word.starts_with("help:"));
    if words.is_empty() || !begins && !is_asked {
        return;
    }
    for word in &order.rest {
        order.globals.extend(settings::option(word));
    }
    order.rest = vec![HELP.into(), "--".into()];
    order.command = Some(0);
    order.rest.extend(words.into_iter().map(OsString::from));
}

/// The tasks among arguments that have no command.
fn words(arguments: &[OsString]) -> Vec<String> {
    let shape = Cli::command();
    let mut words = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        if let Some(name) = text.strip_prefix("--") {
            let found = shape.get_arguments().find(|arg| arg.get_long() == Some(name));
            if found.is_some_and(|arg| arg.get_action().takes_values()) {
                arguments.next();
            }
        } else if !text.starts_with('-') && settings::option(argument).is_none() {
            words.push(text.into_owned());
        }
    }
    words
}

/// The names in what follows `help`: `up:base=x` is about `up`, and `help:up,down` about both.
pub fn names(words: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for word in words {
        let name = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
        match word.strip_prefix("help:") {
            Some(several) => names.extend(several.split(',').map(name)),
            // `web port=80` was meant as an argument of `web`.
            None if word.split(':').next().is_some_and(|name| name.contains('=')) => {}
            None => names.push(name(word)),
        }
    }
    names.retain(|name| !name.is_empty() && name != HELP);
    names
}
