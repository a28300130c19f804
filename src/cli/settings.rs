//! `cloud:ec2 gc`: setting words around a command become its options.

use std::ffi::OsString;

use super::global::SETTINGS;

/// `cloud:NAME` as `--cloud=NAME`; None for any other word.
pub fn option(word: &OsString) -> Option<OsString> {
    let (name, value) = word.to_str()?.split_once(':')?;
    SETTINGS.contains(&name).then(|| format!("--{name}={value}").into())
}
