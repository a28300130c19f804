//! Help about words: `help up`, `help:up` and `up --help` are the same page, and run nothing.

use std::ffi::OsString;

use super::order::Order;
use super::settings;

/// The task that shows the pages.
const HELP: &str = "help";

/// Turns the words that help is asked about into the words that show it.
pub fn about_words(order: &mut Order) {
    let end = order.rest.iter().position(|word| word == "--").unwrap_or(order.rest.len());
    let is_option = |word: &OsString| word.as_encoded_bytes().starts_with(b"-");
    let asks = |word: &OsString| word == "--help" || word == "-h";
    let first = order.rest.iter().find(|word| !is_option(word) && settings::option(word).is_none());
    let Some(first) = first.and_then(|word| word.to_str()) else { return };
    let begins = first == HELP || first.starts_with("help:");
    if let Some(command) = order.command {
        // `help gc`: clap knows the page of a command.
        if begins && first == HELP && command > 0 {
            order.rest = vec![order.rest.swap_remove(command), "--help".into()];
        }
        return;
    }
    if !begins && !order.rest[..end].iter().any(asks) {
        return;
    }
    let mut pages = Vec::new();
    for word in order.rest.drain(..) {
        match word.to_str() {
            Some(HELP | "--help" | "-h" | "--") => {}
            Some(text) if !text.starts_with('-') && settings::option(&word).is_none() => {
                let name = text.strip_prefix("help:").unwrap_or(text);
                let name = name.split([':', '=']).next().unwrap_or(name);
                pages.push(format!("{HELP}:{name}").into());
            }
            _ => pages.push(word),
        }
    }
    order.rest = pages;
}
