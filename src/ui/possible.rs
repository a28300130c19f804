//! Which output is possible, by the options, the environment and the streams.

use super::options::Options;
use super::terminal::{Streams, Terminal};

impl Terminal {
    pub fn decide(
        options: &Options,
        streams: Streams,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Terminal {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let plain = set("NO_COLOR").is_some();
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        let forced = set("CLICOLOR_FORCE").is_some_and(|value| value != "0");
        let color = match options.color {
            Some(color) => color,
            None if plain => false,
            None if forced => true,
            None => streams.stderr && !dumb,
        };
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        Terminal {
            color: color && !options.json,
            unicode: locale.contains("utf-8") || locale.contains("utf8"),
            bars: streams.stderr
                && !dumb
                && !plain
                && options.color != Some(false)
                && !options.json
                && options.verbosity >= 0,
            interactive: streams.stdin && streams.stderr,
            columns: streams.columns,
        }
    }
}
