//! What nova takes as metadata, known before anything is made for it.

use crate::cloud::Tags;
use crate::{Error, Result};

/// Characters, for names, keys and values alike.
const LONGEST: usize = 255;

/// The settings' tags, which a server and its image carry.
pub fn check(tags: &Tags) -> Result<()> {
    for (key, value) in tags {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_:. ".contains(c);
        if key.is_empty() || key.chars().count() > LONGEST || !key.chars().all(allowed) {
            return Err(Error::config(format!("nova takes no tag called `{key}`")).hint(format!(
                "letters, digits, spaces and - _ : . are allowed, up to {LONGEST}"
            )));
        }
        check_length(&format!("the value of tag {key}"), value)?;
    }
    Ok(())
}

/// `what` is the subject of the sentence.
pub fn check_length(what: &str, text: &str) -> Result<()> {
    let length = text.chars().count();
    if length <= LONGEST {
        return Ok(());
    }
    let message = format!("{what} has {length} characters, and nova takes {LONGEST}");
    Err(Error::config(message).hint("make it shorter"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(key: &str, value: &str) -> Tags {
        Tags::from([(key.to_owned(), value.to_owned())])
    }

    #[test]
    fn what_nova_refuses_is_known_beforehand() {
        assert!(check(&tags("cost centre: 7.a_b-c", &"ä".repeat(255))).is_ok());
        for key in ["", "team/x", "größe", &"x".repeat(256)] {
            assert!(check(&tags(key, "")).is_err(), "{key}");
        }
        let error = check(&tags("team", &"x".repeat(256))).unwrap_err();
        assert!(error.to_string().contains("tag team has 256"), "{error}");
    }
}
