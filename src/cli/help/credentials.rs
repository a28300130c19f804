//! Which credentials each cloud has, and the variables they would be read from. No value is shown.

use std::path::Path;

use crate::cli::backends;
use crate::cloud::Sought;
use crate::config::Config;

/// Characters of a line of the overview.
const WIDTH: usize = 80;
const INDENT: usize = 13;

/// A paragraph for each cloud.
pub fn lines(config: Option<&Config>, project: &Path) -> Vec<String> {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let mut lines = Vec::new();
    for cloud in Config::clouds() {
        let Some((sought, read)) = backends::credentials(cloud, config, project) else { continue };
        let found = match sought {
            Sought::NotNeeded => "needs none".to_owned(),
            Sought::Found(source) => format!("found: {source}"),
            Sought::Missing(why) => format!("none found: {why}"),
        };
        lines.push(format!("  {cloud:<10} {found}"));
        let names = read.iter().map(|name| match is_set(name) {
            true => format!("{name} (set)"),
            false => (*name).to_owned(),
        });
        lines.extend(wrapped("reads ", &names.collect::<Vec<_>>()));
    }
    lines
}

fn wrapped(label: &str, words: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let word = if at + 1 == words.len() { word.clone() } else { format!("{word},") };
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < WIDTH => {
                line.push(' ');
                line.push_str(&word);
            }
            Some(_) => lines.push(format!("{:INDENT$}{word}", "")),
            None => lines.push(format!("{:INDENT$}{label}{word}", "")),
        }
    }
    lines
}
