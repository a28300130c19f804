//! `cloud:ec2 gc`: setting words before a command become its options.

use std::ffi::OsString;

use clap::CommandFactory;

use super::arguments::Cli;
use super::global::SETTINGS;

/// `cloud:NAME` as `--cloud=NAME`; None for any other word.
fn option(word: &OsString) -> Option<OsString> {
    let (name, value) = word.to_str()?.split_once(':')?;
    SETTINGS.contains(&name).then(|| format!("--{name}={value}").into())
}

/// The arguments with the setting words at their beginning turned into options, if a command (not a
/// task) comes next.
pub fn before_command(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.collect();
    let options: Vec<OsString> = arguments.iter().skip(1).map_while(option).collect();
    let next = arguments.get(1 + options.len());
    let is_command = |word: &OsString| Cli::command().find_subcommand(word).is_some();
    if !options.is_empty() && next.is_some_and(is_command) {
        arguments.splice(1..=options.len(), options);
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        before_command(line.split(' ').map(OsString::from))
    }

    #[test]
    fn settings_before_a_command_are_its_options() {
        let wanted = "imgctl --cloud=ec2 --region=us-west-2 gc --dry-run";
        let wanted: Vec<OsString> = wanted.split(' ').map(OsString::from).collect();
        assert_eq!(words("imgctl cloud:ec2 region:us-west-2 gc --dry-run"), wanted);
    }

    #[test]
    fn settings_before_tasks_stay_words() {
        for line in ["imgctl cloud:ec2 up", "imgctl up gc", "imgctl cloud:ec2", "imgctl"] {
            assert_eq!(words(line), line.split(' ').map(OsString::from).collect::<Vec<_>>());
        }
    }
}
