//! Lists in pages. A place that comes twice means a list without end: it would fill the memory, and what
//! was read of it until then would be taken for the whole, with the rest for gone.

use std::collections::HashSet;

use crate::{Code, Error, Result};

/// The longest list. Pages have hundreds of items.
const MOST: usize = 10_000;

/// The places at which pages of one list began.
pub struct Pages {
    purpose: String,
    seen: HashSet<String>,
}

impl Pages {
    /// `purpose` is what is done, for messages: `list images`.
    #[must_use]
    pub fn of(purpose: impl Into<String>) -> Pages {
        Pages { purpose: purpose.into(), seen: HashSet::new() }
    }

    /// Where the next page begins: a token or a marker. None, or an empty one: that was the last page.
    ///
    /// # Errors
    /// `Connection` for a place at which a page began before, and beyond the longest list.
    pub fn next(&mut self, place: Option<impl Into<String>>) -> Result<Option<String>> {
        let Some(place) = place.map(Into::into).filter(|place: &String| !place.is_empty()) else {
            return Ok(None);
        };
        if self.seen.insert(place.clone()) && self.seen.len() < MOST {
            return Ok(Some(place));
        }
        let pages = self.seen.len();
        let message = format!("cannot {}: the list has no end", self.purpose);
        Err(Error::new(Code::Connection, message)
            .cause(format!("after {pages} pages, the next one begins at `{place}`"))
            .hint("check the endpoint and any proxy: nothing is decided by a part of a list"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_comes_again_is_an_error() {
        let mut pages = Pages::of("list images");
        assert_eq!(pages.next(Some("a")).unwrap().as_deref(), Some("a"));
        assert_eq!(pages.next(Some("b")).unwrap().as_deref(), Some("b"));
        assert_eq!(pages.next(Some("")).unwrap(), None);
        assert_eq!(pages.next(None::<String>).unwrap(), None);
        let error = pages.next(Some("a")).unwrap_err();
        assert!(error.to_string().contains("list images"), "{error}");
    }

    #[test]
    fn a_list_of_ever_new_places_ends() {
        let mut pages = Pages::of("list images");
        assert!((0..MOST).any(|place| pages.next(Some(place.to_string())).is_err()));
    }
}
