//! What else in a document a value is read by: a change of it would be seen there, too.

use super::find::{Found, is_merge};
use super::refusal::Refusal;
use crate::config::yaml::outline::{Kind, Node};

/// Makes sure that nothing else stands for the value, or for a map or list that it is in.
///
/// # Errors
/// An alias does, with its place.
pub fn nowhere_else(documents: &[Node], found: &Found) -> Result<(), Refusal> {
    for (node, below) in &found.trail {
        let Some(anchor) = &node.anchor else { continue };
        // Ids are unique in the file.
        let mut uses = documents.iter().filter_map(|root| used(root, anchor.id, below.as_deref()));
        let Some(alias) = uses.next() else { continue };
        let name = &anchor.name;
        let what = match std::ptr::eq(*node, found.node) && found.missing.is_empty() {
            true => "the value",
            false => "what the value is in",
        };
        let why =
            format!("{what} has the anchor `&{name}`: the alias `*{name}` stands for it, too");
        return Err(Refusal::new(why, anchor.bytes.clone()).other(alias.start()).hint(format!(
            "change it for all that use it by the option `anchor: true`, or replace `*{name}` \
             ({{place}}) by hand with what it is to have",
        )));
    }
    Ok(())
}

/// An alias of this anchor through which the key below it is read.
fn used<'o>(node: &'o Node, id: usize, below: Option<&str>) -> Option<&'o Node> {
    match &node.kind {
        Kind::Alias(other) => (*other == id).then_some(node),
        Kind::List(items, _) => items.iter().find_map(|item| used(item, id, below)),
        Kind::Map(entries, _) => {
            // A key of the map's own is read in place of a merged one.
            let is_own = below.is_some_and(|key| {
                entries.iter().any(|entry| !is_merge(entry) && entry.key.text() == Some(key))
            });
            entries.iter().find_map(|entry| {
                let in_value = || match is_merge(entry) && is_own {
                    true => beside_aliases(&entry.value, id, below),
                    false => used(&entry.value, id, below),
                };
                used(&entry.key, id, below).or_else(in_value)
            })
        }
        Kind::Scalar(..) => None,
    }
}

/// The same in the value of a merge key, whose own aliases do not count.
fn beside_aliases<'o>(merged: &'o Node, id: usize, below: Option<&str>) -> Option<&'o Node> {
    match &merged.kind {
        Kind::Alias(_) => None,
        Kind::List(items, _) => {
            let mut maps = items.iter().filter(|item| !matches!(item.kind, Kind::Alias(_)));
            maps.find_map(|item| used(item, id, below))
        }
        _ => used(merged, id, below),
    }
}
