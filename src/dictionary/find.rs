//! From a path to the value that is meant, or to the map that lacks it.

use crate::config::yaml::outline::{Entry, Kind, Layout, Node, Style};

use super::path::{Part, shown};
use super::refusal::Refusal;
use super::template;

/// How a path treats what stands elsewhere in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// An alias or a merge key stands for its values.
    Read,
    /// Neither: a change would be seen elsewhere.
    Own,
    /// An alias: its anchor is changed, for all that use it.
    Anchors,
}

/// A value, or the place where it belongs.
#[derive(Debug, Clone)]
pub struct Found<'o> {
    /// The value; if it is missing, the map (or the value left out) that lacks it.
    pub node: &'o Node,
    /// What the path names below `node`: nothing if the value is there.
    pub missing: Vec<String>,
    /// The key in front of `node`, with the map that both are in.
    pub entry: Option<(&'o Node, &'o Entry)>,
    /// Whether it is inside of brackets or braces.
    pub in_flow: bool,
    /// What the path goes through, from the document on, each with the key below it.
    pub trail: Vec<(&'o Node, Option<String>)>,
}

/// What the path leads to, in the one document that has it.
///
/// # Errors
/// Whatever makes it unclear or dangerous to edit, with the place.
pub fn find<'o>(
    documents: &'o [Node],
    path: &[Part],
    follow: Follow,
) -> Result<Found<'o>, Refusal> {
    let walks = documents.iter().map(|root| {
        let mut walk = Walk { root, path, follow, depth: 0 };
        (walk.run(), walk.depth)
    });
    let mut walks: Vec<_> = walks.collect();
    if walks.len() == 1 {
        return walks.remove(0).0;
    }
    let complete = |found: &Result<Found, Refusal>| match found {
        Ok(found) => found.missing.is_empty(),
        Err(_) => false,
    };
    let deepest = walks.iter().map(|(found, depth)| (complete(found), *depth)).max();
    let mut best: Vec<_> = walks
        .into_iter()
        .zip(documents)
        .filter(|((found, depth), _)| Some((complete(found), *depth)) == deepest)
        .collect();
    match (best.pop(), best.is_empty()) {
        (Some(((found, _), _)), true) => found,
        (Some((_, root)), false) => {
            let why = format!("`{}` may be in several documents of the file", shown(path));
            Err(Refusal::new(why, root.start()..root.start())
                .hint("keep the images in one document"))
        }
        (None, _) => Err(Refusal::new("the file has no document", 0..0)),
    }
}

struct Walk<'o, 'p> {
    root: &'o Node,
    path: &'p [Part],
    follow: Follow,
    /// Parts of the path that were there.
    depth: usize,
}

impl<'o> Walk<'o, '_> {
    fn run(&mut self) -> Result<Found<'o>, Refusal> {
        let (mut node, mut entry, mut in_flow) = (self.root, None, false);
        let mut trail = Vec::new();
        loop {
            if let Kind::Alias(id) = node.kind {
                node = self.behind(node, id)?;
            }
            if template::is_between_braces(node) {
                return Err(template::refusal(&self.here(), template::BRACES, node));
            }
            let part = self.path.get(self.depth);
            trail.push((node, part.and_then(Part::key)));
            let Some(part) = part else { break };
            let layout = match &node.kind {
                Kind::Map(_, layout) | Kind::List(_, layout) => *layout,
                _ => Layout::Block,
            };
            let next = match part {
                Part::Key(key) => self.entry(node, key)?.map(|found| {
                    entry = Some((node, found));
                    &found.value
                }),
                Part::Index(_) | Part::Where(_) => {
                    entry = None;
                    Some(self.item(node, part)?)
                }
            };
            let Some(next) = next else { break };
            in_flow |= layout == Layout::Flow;
            node = next;
            self.depth += 1;
        }
        let missing = self.missing(node)?;
        if missing.is_empty() && !matches!(node.kind, Kind::Scalar(..)) {
            return Err(self.not_a_value(node));
        }
        let in_flow = in_flow || matches!(node.kind, Kind::Map(_, Layout::Flow));
        Ok(Found { node, missing, entry, in_flow, trail })
    }

    /// The path so far.
    fn here(&self) -> String {
        match self.path.get(..self.depth) {
            Some([]) | None => "the document".to_owned(),
            Some(parts) => format!("`{}`", shown(parts)),
        }
    }

    fn missing(&self, node: &Node) -> Result<Vec<String>, Refusal> {
        let rest = self.path.get(self.depth..).unwrap_or_default();
        rest.iter()
            .map(|part| match part {
                Part::Key(key) => Ok(key.clone()),
                Part::Index(_) | Part::Where(_) => {
                    let why =
                        format!("{} does not exist: items of lists are not added", shown(rest));
                    Err(Refusal::new(why, pointed(node)).hint("add the list by hand"))
                }
            })
            .collect()
    }

    fn not_a_value(&self, node: &Node) -> Refusal {
        let here = self.here();
        match &node.kind {
            Kind::Map(entries, _) => {
                let hint = match entries.first().and_then(|entry| entry.key.text()) {
                    Some(key) => format!("write the path of a value in it, as `{key}` is one"),
                    None => "write the path of a value in it".to_owned(),
                };
                Refusal::new(format!("{here} is a map, not a value"), pointed(node)).hint(hint)
            }
            _ => Refusal::new(format!("{here} is a list, not a value"), pointed(node))
                .hint("name the item: `[0]`, or `[name=…]` and the key of the value in it"),
        }
    }

    /// What an alias stands for.
    fn behind(&self, alias: &Node, id: usize) -> Result<&'o Node, Refusal> {
        let Some(target) = self.root.anchored(id) else {
            return Err(Refusal::new("an alias without its anchor", alias.bytes.clone()));
        };
        if self.follow == Follow::Own {
            let name = target.anchor.as_ref().map_or("", |anchor| &anchor.name);
            let why =
                format!("{} is the alias `*{name}`: its value is used elsewhere, too", self.here());
            return Err(Refusal::new(why, alias.bytes.clone()).other(target.start()).hint(format!(
                "replace `*{name}` by hand with a value of its own, or change the value at its anchor \
                 `&{name}` ({{place}}) with the option `anchor: true`",
            )));
        }
        Ok(target)
    }

    fn entry(&self, node: &'o Node, key: &str) -> Result<Option<&'o Entry>, Refusal> {
        let entries = match &node.kind {
            Kind::Map(entries, _) => entries,
            Kind::Scalar(text, Style::Plain) if is_null(text) => return Ok(None),
            Kind::List(..) => {
                let why = format!("{} is a list, not a map with the key `{key}`", self.here());
                return Err(Refusal::new(why, pointed(node))
                    .hint(format!("name the item: `[name=…].{key}` or `[0].{key}`")));
            }
            kind => {
                if let Kind::Scalar(text, _) = kind
                    && let Some(marks) = template::marks(text)
                {
                    return Err(template::refusal(&self.here(), marks, node));
                }
                // Formats other than YAML have words in place of tags.
                let tag = node.tag.as_ref().map(|(tag, _)| tag.as_str());
                let what = tag.filter(|tag| !tag.starts_with('!')).unwrap_or("a value");
                let why = format!("{} is {what}, not a map with the key `{key}`", self.here());
                return Err(Refusal::new(why, pointed(node)));
            }
        };
        let mut same = entries.iter().filter(|entry| entry.key.text() == Some(key));
        let (first, second) = (same.next(), same.next());
        if let Some(again) = second {
            let why = format!("{} has the key `{key}` twice", self.here());
            return Err(Refusal::new(why, again.key.bytes.clone()).hint("remove one of the two"));
        }
        if first.is_some() {
            return Ok(first);
        }
        match (merged(self.root, node, key, 0), self.follow) {
            (None, _) => Ok(None),
            (Some(entry), Follow::Read) => Ok(Some(entry)),
            (Some(entry), _) => {
                let merge = entries.iter().find(|entry| is_merge(entry));
                let at = merge.map_or(0..0, |merge| merge.key.bytes.clone());
                let why = format!(
                    "`{key}` of {} comes from another map by the merge key `<<`",
                    self.here()
                );
                Err(Refusal::new(why, at).other(entry.key.start()).hint(format!(
                    "add a key `{key}` of its own by hand, or name the path of the merged value \
                     ({{place}})",
                )))
            }
        }
    }

    fn item(&self, node: &'o Node, part: &Part) -> Result<&'o Node, Refusal> {
        let Kind::List(items, _) = &node.kind else {
            let what = match &node.kind {
                Kind::Map(..) => "a map",
                Kind::Scalar(text, Style::Plain) if is_null(text) => "empty",
                _ => "a value",
            };
            let why = format!("{} is {what}, not a list with the item {part}", self.here());
            return Err(Refusal::new(why, pointed(node)));
        };
        let chosen: Vec<&Node> = match part {
            Part::Index(index) => items.get(*index).into_iter().collect(),
            Part::Where(conditions) => {
                items.iter().filter(|item| meets(self.root, item, conditions)).collect()
            }
            Part::Key(_) => Vec::new(),
        };
        match chosen[..] {
            [item] => Ok(item),
            [] => {
                let count = items.len();
                let why = format!("{} has no item {part} among its {count}", self.here());
                Err(Refusal::new(why, pointed(node))
                    .hint("correct the selector, or add the item by hand"))
            }
            [first, second, ..] => {
                let count = chosen.len();
                let why = format!("{count} items of {} match {part}", self.here());
                Err(Refusal::new(why, pointed(second)).other(first.start()).hint(
                    "name one by a second condition (`[a=b,c=d]`) or by its number; the first is at \
                     {place}",
                ))
            }
        }
    }
}

/// Where a message points to.
fn pointed(node: &Node) -> std::ops::Range<usize> {
    match &node.kind {
        Kind::Map(..) | Kind::List(..) => node.start()..node.start(),
        _ => node.bytes.clone(),
    }
}

/// Whether a plain scalar stands for no value.
pub fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

pub fn is_merge(entry: &Entry) -> bool {
    matches!(&entry.key.kind, Kind::Scalar(text, Style::Plain) if text == "<<")
}

fn behind<'o>(root: &'o Node, node: &'o Node) -> Option<&'o Node> {
    match node.kind {
        Kind::Alias(id) => root.anchored(id),
        _ => Some(node),
    }
}

/// Maps may be merged into each other: more levels than these are a circle.
const MOST_MERGES: usize = 16;

/// The entry that a map has by its merge keys.
fn merged<'o>(root: &'o Node, map: &'o Node, key: &str, depth: usize) -> Option<&'o Entry> {
    if depth > MOST_MERGES {
        return None;
    }
    let merges = map.entries().iter().filter(|entry| is_merge(entry));
    let bases =
        merges.filter_map(|entry| behind(root, &entry.value)).flat_map(|base| match &base.kind {
            Kind::List(items, _) => items.iter().filter_map(|item| behind(root, item)).collect(),
            _ => vec![base],
        });
    bases.into_iter().find_map(|base| {
        let own = base.entries().iter().find(|entry| entry.key.text() == Some(key));
        own.or_else(|| merged(root, base, key, depth + 1))
    })
}

/// Whether the values at these paths of keys are these.
fn meets(root: &Node, item: &Node, conditions: &[(Vec<String>, String)]) -> bool {
    conditions.iter().all(|(keys, expected)| {
        let mut node = behind(root, item);
        for key in keys {
            node = node.and_then(|node| {
                let own = node.entries().iter().find(|entry| entry.key.text() == Some(key));
                let entry = own.or_else(|| merged(root, node, key, 0))?;
                behind(root, &entry.value)
            });
        }
        node.and_then(Node::text) == Some(expected.as_str())
    })
}
