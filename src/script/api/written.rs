//! Texts that functions refuse whatever else is given: `imgctl check` finds them where they are written out.

use super::{cloud, regex, time};
use crate::Error;

/// What a function of a namespace says to its first argument. None: nothing can be said.
#[must_use]
pub fn refused(function: &str, text: &str) -> Option<Error> {
    match function {
        "cloud::can" | "cloud::require" => cloud::named(text).err(),
        "regex::find" | "regex::find_all" | "regex::replace" | "regex::split" | "regex::test" => {
            regex::read(text).err()
        }
        "time::later" => time::distance(text).err(),
        "time::sleep" => time::pause(text).err(),
        _ => None,
    }
}
