//! Options may stand anywhere among the words: those of every command are moved to the front, where no
//! second one of the same name hides the first, those of one command behind it, and settings around a command
//! become its options.

use std::ffi::OsString;

use clap::{Arg, CommandFactory};

use super::arguments::Cli;
use super::settings;

/// The command line, in the order in which it is parsed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The options of every command, each with its value.
    pub globals: Vec<OsString>,
    /// Words, the command and its own options.
    pub rest: Vec<OsString>,
    /// Where in `rest` the command is.
    pub command: Option<usize>,
}

/// Sorts the arguments behind the program's name.
pub fn sort(arguments: impl Iterator<Item = OsString>) -> Order {
    let shape = Cli::command();
    let mut order = Order::default();
    let mut own: Vec<&Arg> = shape.get_arguments().collect();
    let given: Vec<OsString> = arguments.collect();
    // Options of the command that stand before it.
    let ahead: Vec<&Arg> = match command_of(&shape, &given) {
        Some(command) => {
            let is_new = |arg: &&Arg| own.iter().all(|known| known.get_id() != arg.get_id());
            command.get_arguments().filter(|arg| !arg.is_positional()).filter(is_new).collect()
        }
        None => Vec::new(),
    };
    let mut early = Vec::new();
    own.extend(&ahead);
    let mut arguments = given.iter().cloned().peekable();
    while let Some(argument) = arguments.next() {
        let text = argument.to_str().unwrap_or_default();
        if text == "--" {
            order.rest.push(argument);
            break;
        }
        if let Some(name) = text.strip_prefix("--") {
            let (name, joined) = name.split_once('=').map_or((name, false), |(n, _)| (n, true));
            let found = own.iter().find(|arg| arg.get_long() == Some(name));
            let needs = !joined && found.is_some_and(|arg| takes_value(arg));
            let value = if needs { arguments.next_if(is_value) } else { None };
            let is_global = found.is_some_and(|arg| arg.is_global_set());
            if is_global && needs && value.is_none() {
                // Moved, it would take a word for its value: clap refuses it where it stands.
                return Order { rest: given, ..Order::default() };
            }
            let is_early = order.command.is_none()
                && found.is_some_and(|arg| ahead.iter().any(|it| it.get_id() == arg.get_id()));
            let to = if is_early { &mut early } else { order.place(is_global) };
            to.push(argument);
            to.extend(value);
        } else if let Some(arg) = ahead.iter().find(|arg| is_letter(arg, text)).copied()
            && order.command.is_none()
        {
            early.push(argument);
            early.extend(takes_value(arg).then(|| arguments.next()).flatten());
        } else if text.len() > 1 && text.starts_with('-') {
            if order.letters(&own, &text[1..]) {
                order.rest.extend(arguments.next());
            }
        } else {
            if order.command.is_none()
                && let Some(command) = shape.find_subcommand(text)
            {
                order.command = Some(order.rest.len());
                own.retain(|arg| arg.is_global_set());
                own.extend(command.get_arguments());
                order.rest.push(argument);
                order.rest.append(&mut early);
                continue;
            }
            order.rest.push(argument);
        }
    }
    order.rest.extend(arguments);
    // Behind `--` no command was found.
    order.rest.append(&mut early);
    order.settings_become_options();
    order
}

/// The command among the arguments: the first word of that name that is not the value of a global option.
fn command_of<'s>(shape: &'s clap::Command, given: &[OsString]) -> Option<&'s clap::Command> {
    let mut arguments = given.iter().filter_map(|argument| argument.to_str());
    while let Some(text) = arguments.next().filter(|text| *text != "--") {
        let long = text.strip_prefix("--");
        let option = shape.get_opts().find(|arg| long.is_some() && arg.get_long() == long);
        if option.is_some_and(takes_value) {
            arguments.next();
        } else if let Some(command) = shape.find_subcommand(text) {
            return Some(command);
        }
    }
    None
}

/// Whether the argument is this option as a letter, and no more.
fn is_letter(arg: &Arg, text: &str) -> bool {
    arg.get_short()
        .is_some_and(|letter| text.strip_prefix('-') == Some(letter.to_string().as_str()))
}

fn takes_value(arg: &Arg) -> bool {
    arg.get_action().takes_values()
}

/// A value may begin with a dash only behind an equals sign, or where clap is told so.
fn is_value(next: &OsString) -> bool {
    next.to_str().is_none_or(|text| !text.starts_with('-') || text.parse::<f64>().is_ok())
}

impl Order {
    fn place(&mut self, is_global: bool) -> &mut Vec<OsString> {
        if is_global { &mut self.globals } else { &mut self.rest }
    }

    /// Sorts `-vq`, each letter for itself; true if the next argument is the value of the last.
    fn letters(&mut self, own: &[&Arg], letters: &str) -> bool {
        for (at, letter) in letters.char_indices() {
            let found = own.iter().find(|arg| arg.get_short() == Some(letter));
            match found {
                Some(arg) if arg.is_global_set() && !takes_value(arg) => {
                    self.globals.push(format!("-{letter}").into());
                }
                _ => {
                    self.rest.push(format!("-{}", &letters[at..]).into());
                    let last = at + letter.len_utf8() == letters.len();
                    return last && found.is_some_and(|arg| takes_value(arg));
                }
            }
        }
        false
    }

    /// `cloud:ec2 gc` and `gc cloud:ec2`. What follows `run` are the script's own arguments.
    fn settings_become_options(&mut self) {
        let Some(command) = self.command else { return };
        let end = match self.rest.get(command) {
            Some(name) if name != "run" => self.rest.len(),
            _ => command,
        };
        let before: Vec<Option<OsString>> =
            self.rest[..command].iter().map(settings::option).collect();
        // Behind a task the command is refused, as it stands.
        if before.iter().any(Option::is_none) {
            return;
        }
        let mut kept = Vec::new();
        for (at, argument) in self.rest.drain(..).enumerate() {
            match settings::option(&argument).filter(|_| at < end) {
                Some(option) => self.globals.push(option),
                None => kept.push(argument),
            }
        }
        self.rest = kept;
        self.command = Some(0);
    }

    /// The arguments as clap reads them.
    pub fn joined(&self) -> Vec<OsString> {
        let program = OsString::from("imgctl");
        std::iter::once(program).chain(self.globals.clone()).chain(self.rest.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(line: &str) -> String {
        let words = sort(line.split(' ').map(OsString::from)).joined();
        words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn options_come_first_and_settings_before_a_command_are_its_options() {
        for (given, wanted) in [
            (
                "cloud:ec2 region:us-west-2 gc --dry-run",
                "--dry-run --cloud=ec2 --region=us-west-2 gc",
            ),
            ("cloud:ec2 --output json gc", "--output json --cloud=ec2 gc"),
            ("gc --older-than 8h cloud:ec2 -q", "-q --cloud=ec2 gc --older-than 8h"),
            ("--set a=1 run -ve CODE --set b=2", "--set a=1 -v --set b=2 run -e CODE"),
            ("run -e -q cloud:x", "run -e -q cloud:x"),
            ("run - -- -q --yes", "run - -- -q --yes"),
            ("--report list up", "--report list up"),
            ("cloud:ec2 up -q", "-q cloud:ec2 up"),
            ("up gc cloud:ec2", "up gc cloud:ec2"),
            ("api cloud::up", "api cloud::up"),
            ("--config -q up", "--config -q up"),
            ("cloud:fake --older-than 1h gc", "--cloud=fake gc --older-than 1h"),
            ("--run X -q gc", "-q gc --run X"),
            ("-e CODE run word", "run -e CODE word"),
            ("--ci=github init", "init --ci=github"),
            ("--format json api", "api --format json"),
            ("--older-than 1h up", "--older-than 1h up"),
            ("up --config", "up --config"),
        ] {
            assert_eq!(joined(given), format!("imgctl {wanted}"), "{given}");
        }
    }
}
