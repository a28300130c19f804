//! The options of `~/.ssh/config` and the system's file for a host. OpenSSH reads its own files; where
//! it is not installed, a parser that knows less does.

use std::path::Path;

use super::alias::{Alias, Asked};
use super::{openssh, own_config};
use crate::Result;
use crate::report::Report;

/// Reads the files of the user with that home; without any, everything is unset.
pub(super) fn look_up(home: &Path, asked: &Asked<'_>, report: &dyn Report) -> Result<Alias> {
    match openssh::look_up(home, asked)? {
        Some(alias) => Ok(alias),
        None => own_config::look_up(home, asked.host, report),
    }
}
