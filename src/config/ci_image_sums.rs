//! Checksums that are shipped belong to the versions that are shipped: beside another version they would refuse the file,
//! after the instance was started and the file downloaded.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::ci_image::{DISTRIBUTIONS, KEY, SHIPPED};
use super::mistake::Mistake;
use super::path::KeyPath;
use super::yaml::{Rules, compose};

/// Of these items: what tells their files apart.
const FILES: [(&str, &[&str]); 2] = [("git", &["version"]), ("pypy", &["version", "python"])];

/// The shipped settings of an item: those of the section, and those of its distributions.
static ITEMS: LazyLock<Vec<(&'static str, Value)>> = LazyLock::new(|| {
    let shipped = compose(SHIPPED, Rules::STRICT).map(|document| document.value);
    let Ok(section) = shipped.map(|mut shipped| shipped[KEY].take()) else { return Vec::new() };
    let distributions = section[DISTRIBUTIONS].as_object().into_iter().flat_map(Map::values);
    let sections: Vec<_> = std::iter::once(&section).chain(distributions).collect();
    let of = |name: &'static str| {
        sections.iter().filter_map(move |section| Some((name, section.get(name)?.clone())))
    };
    let with_sum = |(_, item): &(&str, Value)| sums(item).next().is_some();
    FILES.into_iter().flat_map(|(name, _)| of(name)).filter(with_sum).collect()
});

/// Finds shipped checksums beside versions that they are not of, in settings of items that are switched on and for which
/// a file is downloaded.
pub fn check(
    enabled: &Value,
    is_downloaded: impl Fn(&str, &Value) -> bool,
    root: &KeyPath,
    mistakes: &mut Vec<Mistake>,
) {
    for (name, keys) in FILES {
        let item = enabled.get(name).filter(|item| is_downloaded(name, item));
        let Some(item) = item else { continue };
        let mut known = ITEMS.iter().filter(|(of, _)| *of == name).map(|(_, shipped)| shipped);
        // A machine needs one of them: who replaced another has thought of it.
        let Some(shipped) = known.find(|shipped| {
            let mut found = sums(item).peekable();
            found.peek().is_some() && found.all(|sum| sums(shipped).any(|known| known == sum))
        }) else {
            continue;
        };
        if let Some(key) = keys.iter().find(|key| item[**key] != shipped[**key]) {
            let of = shipped[*key].as_str().unwrap_or_default();
            let problem = format!("is not {of}, to which the shipped `sha256` belongs");
            mistakes
                .push(Mistake::new(root.key(name).key(key), &problem).hint(
                    "set `sha256` to the 64 digits that `sha256sum` prints for the new file",
                ));
        }
    }
}

fn sums(item: &Value) -> impl Iterator<Item = &str> {
    let sums = &item["sha256"];
    let of_map = sums.as_object().into_iter().flat_map(Map::values).filter_map(Value::as_str);
    sums.as_str().into_iter().chain(of_map).filter(|sum| !sum.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_has_a_shipped_checksum() {
        for (name, keys) in FILES {
            let shipped: Vec<_> = ITEMS.iter().filter(|(of, _)| *of == name).collect();
            assert!(!shipped.is_empty(), "{name}");
            for (_, item) in shipped {
                assert!(keys.iter().all(|key| item[*key].is_string()), "{name}: {item}");
            }
        }
    }
}
