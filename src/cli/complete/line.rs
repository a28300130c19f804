//! What stands before the cursor: the command, the words, the settings.

use std::path::PathBuf;

use clap::{Arg, Command};

use crate::cli::global::SETTINGS;
use crate::run::Choice;

/// The command line before the word at the cursor.
pub struct Line<'s> {
    pub shape: &'s Command,
    /// The innermost command, if there is one.
    pub command: Option<&'s Command>,
    /// Tasks before the cursor, or what follows the command.
    pub words: Vec<String>,
    pub choice: Choice,
    pub config: Vec<PathBuf>,
    pub state: Option<PathBuf>,
    /// The option of which the word at the cursor is the value.
    pub value_of: Option<&'s Arg>,
    /// The options that were given.
    pub given: Vec<&'s Arg>,
    /// Behind `--` there are no options.
    pub escaped: bool,
}

impl<'s> Line<'s> {
    pub fn read(shape: &'s Command, before: &[String]) -> Line<'s> {
        let mut line = Line {
            shape,
            command: None,
            words: Vec::new(),
            choice: Choice::default(),
            config: Vec::new(),
            state: None,
            value_of: None,
            given: Vec::new(),
            escaped: false,
        };
        before.iter().for_each(|word| line.take(word));
        line
    }

    /// The options that can stand here.
    pub fn options(&self) -> impl Iterator<Item = &'s Arg> + use<'s> {
        // A command has those of every command, too.
        self.command.unwrap_or(self.shape).get_arguments().filter(|arg| !arg.is_positional())
    }

    pub fn option(&self, long: &str) -> Option<&'s Arg> {
        self.options().find(|arg| arg.get_long() == Some(long))
    }

    fn take(&mut self, word: &str) {
        if let Some(arg) = self.value_of.take() {
            return self.note(arg, word);
        }
        if self.escaped {
            return self.words.push(word.to_owned());
        }
        if word == "--" {
            self.escaped = true;
        } else if let Some(name) = word.strip_prefix("--") {
            let (name, value) = name.split_once('=').map_or((name, None), |(n, v)| (n, Some(v)));
            let Some(arg) = self.option(name) else { return };
            self.given.push(arg);
            match value {
                Some(value) => self.note(arg, value),
                None if arg.get_action().takes_values() => self.value_of = Some(arg),
                None => {}
            }
        } else if let Some(letters) = word.strip_prefix('-').filter(|it| !it.is_empty()) {
            let last = letters.chars().next_back();
            let found = self.options().find(|arg| arg.get_short() == last);
            self.value_of = found.filter(|arg| arg.get_action().takes_values());
        } else if let Some((name, value)) =
            word.split_once(':').filter(|it| SETTINGS.contains(&it.0))
        {
            self.set(name, value);
        } else {
            let inner = self.command.unwrap_or(self.shape).find_subcommand(word);
            match inner.filter(|_| self.words.is_empty()) {
                Some(inner) => self.command = Some(inner),
                None => self.words.push(word.to_owned()),
            }
        }
    }

    fn note(&mut self, arg: &Arg, value: &str) {
        match arg.get_long() {
            Some("config") => self.config.push(value.into()),
            Some("state") => self.state = Some(value.into()),
            Some(name) => self.set(name, value),
            None => {}
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        // Of several the first one: they differ in little.
        let value = value.split(',').next().map(str::to_owned).filter(|it| !it.is_empty());
        match name {
            "cloud" => self.choice.cloud = value,
            "region" => self.choice.region = value,
            "distribution" => self.choice.distribution = value,
            _ => {}
        }
    }
}
