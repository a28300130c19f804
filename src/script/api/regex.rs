//! Regular expressions.

use regex_lite::{Captures, Regex};
use rhai::Array;
use rhai::plugin::*;

use super::room::{self, ITEM};
use crate::script::errors::{Fallible, call_begins, throw};
use crate::{Code, Error};

fn compile(call: &NativeCallContext, pattern: &str) -> Fallible<Regex> {
    call_begins(call);
    read(pattern).map_err(throw)
}

/// The expression of a pattern.
pub(super) fn read(pattern: &str) -> Result<Regex, Error> {
    Regex::new(pattern).map_err(|error| {
        let message = format!("`{pattern}` is not a regular expression");
        let hint = "in quotes a backslash is written twice; regex::escape takes a text as it is";
        Error::new(Code::Script, message).cause(error).hint(hint)
    })
}

/// The match and its groups; a group that took no part is `()`.
fn groups(captures: &Captures) -> Array {
    let group = |found: Option<regex_lite::Match>| match found {
        Some(found) => found.as_str().to_owned().into(),
        None => Dynamic::UNIT,
    };
    captures.iter().map(group).collect()
}

#[export_module]
pub mod functions {
    /// True when the pattern matches anywhere in the text. `^` and `$` are the text's ends, with `(?m)`
    /// at the front those of each line; `(?i)` ignores case; `\d`, `\w` and `\s` know ASCII only. In
    /// backticks a backslash is itself, in quotes it is written twice.
    ///
    /// ```rhai
    /// if regex::test(`^6\.1\.`, host.query("uname -r").stdout) { print("the old kernel"); }
    /// ```
    #[rhai_fn(name = "test", return_raw)]
    pub fn test(call: NativeCallContext, pattern: &str, text: &str) -> Fallible<bool> {
        Ok(compile(&call, pattern)?.is_match(text))
    }

    /// The first match as an array: the whole match, then its groups, where a group that took no part is
    /// `()`. `()` when the pattern does not match.
    ///
    /// ```rhai
    /// let found = regex::find(`git version (\d+)\.(\d+)`, host.query("git --version").stdout);
    /// if found != () { print(`git ${found[1]}`); }
    /// ```
    #[rhai_fn(name = "find", return_raw)]
    pub fn find(call: NativeCallContext, pattern: &str, text: &str) -> Fallible<Dynamic> {
        let found = compile(&call, pattern)?.captures(text).map(|captures| groups(&captures));
        Ok(found.map_or(Dynamic::UNIT, Dynamic::from))
    }

    /// Every match, as an array of arrays like those of `find`.
    ///
    /// ```rhai
    /// for found in regex::find_all(`(?m)^(\w+):`, host.read("/etc/passwd")) { print(found[1]); }
    /// ```
    #[rhai_fn(name = "find_all", return_raw)]
    pub fn find_all(call: NativeCallContext, pattern: &str, text: &str) -> Fallible<Array> {
        let pattern = compile(&call, pattern)?;
        let (mut all, mut size) = (Array::new(), 0usize);
        for captures in pattern.captures_iter(text) {
            let found = Dynamic::from(groups(&captures));
            size = size.saturating_add(room::size(&found)).saturating_add(ITEM * captures.len());
            room::fits(size)?;
            all.push(found);
        }
        Ok(all)
    }

    /// The text with every match replaced. `$1` in the replacement is a group, or `${1}` (in quotes, as
    /// backticks fill it in themselves), `$0` the match, `$$` a dollar.
    ///
    /// ```rhai
    /// let text = regex::replace(`(?m)^#?(Port) .*$`, host.read("/etc/ssh/sshd_config"), "$1 2222");
    /// ```
    #[rhai_fn(name = "replace", return_raw)]
    pub fn replace(
        call: NativeCallContext,
        pattern: &str,
        text: &str,
        with: &str,
    ) -> Fallible<String> {
        let pattern = compile(&call, pattern)?;
        let (mut grown, mut at) = (String::new(), 0);
        for found in pattern.captures_iter(text) {
            // Each has one.
            let Some(whole) = found.get(0) else { continue };
            grown.push_str(&text[at..whole.start()]);
            found.expand(with, &mut grown);
            room::fits(grown.len())?;
            at = whole.end();
        }
        grown.push_str(&text[at..]);
        Ok(grown)
    }

    /// The parts of a text between the matches.
    ///
    /// ```rhai
    /// for word in regex::split(`\s+`, "one  two\tthree") { print(word); }
    /// ```
    #[rhai_fn(name = "split", return_raw)]
    pub fn split(call: NativeCallContext, pattern: &str, text: &str) -> Fallible<Array> {
        let pattern = compile(&call, pattern)?;
        room::fits_parts(pattern.find_iter(text).count().saturating_add(1), text.len())?;
        Ok(pattern.split(text).map(|part| part.to_owned().into()).collect())
    }

    /// A pattern that matches exactly this text.
    ///
    /// ```rhai
    /// let pattern = "^" + regex::escape("nginx.service") + "$";
    /// ```
    #[rhai_fn(name = "escape")]
    pub fn escape(text: &str) -> String {
        regex_lite::escape(text)
    }
}
