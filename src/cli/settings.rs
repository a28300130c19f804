//! `cloud:ec2 gc`: setting words around a command become its options.

use std::ffi::OsString;

use super::global::SETTINGS;

/// `cloud:NAME` as `--cloud=NAME`; None for any other word. `cloud::up` is the name of a function.
pub fn option(word: &OsString) -> Option<OsString> {
    let (name, value) = word.to_str()?.split_once(':')?;
    (SETTINGS.contains(&name) && !value.starts_with(':'))
        .then(|| format!("--{name}={value}").into())
}
