//! A new entry as the entries beside it are written.

use super::find::{Found, is_merge};
use super::format::Format;
use super::{lines, quote};
use crate::config::yaml::outline::{Entry, Kind, Layout, Node, Style};

/// How a map is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Indented lines.
    Block,
    /// Between braces on one line.
    Inline,
    /// Between braces, a line for each entry.
    Lines,
}

/// The surroundings of a new entry.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'t> {
    pub text: &'t str,
    pub format: Format,
    pub in_flow: bool,
    /// How lines end.
    pub ending: &'static str,
    /// Columns from a map to its entries.
    pub step: usize,
}

/// The indentation where nothing in the file shows another.
const STEP: usize = 2;

impl<'t> Surroundings<'t> {
    pub fn of(text: &'t str, format: Format, found: &Found) -> Surroundings<'t> {
        let ending = lines::ending(text, found.node.end());
        let step = step(text, found).unwrap_or(STEP);
        Surroundings { text, format, in_flow: found.in_flow, ending, step }
    }

    /// The key and all that follows it. `model` is a map beside it, of which the form is taken.
    pub fn entry(
        &self,
        keys: &[String],
        value: &str,
        beside: &[Entry],
        model: Option<&Node>,
        indent: &str,
    ) -> String {
        let [first, below @ ..] = keys else {
            let style = common(beside.iter().map(|entry| &entry.value));
            return quote::value(self.format, value, style, self.in_flow);
        };
        let names = || beside.iter().filter(|entry| !is_merge(entry)).map(|entry| &entry.key);
        let is_number = |key: &Node| matches!(&key.kind, Kind::Scalar(text, Style::Plain) if quote::is_number(text));
        let style = match self.format == Format::Yaml && quote::is_number(first) {
            true if !names().any(is_number) => Style::Single,
            _ => common(names()),
        };
        let key = quote::key(self.format, first, style, self.in_flow);
        if below.is_empty() {
            let value = self.entry(below, value, beside, model, indent);
            return format!("{key}{}{value}", self.assign(beside, &key, indent));
        }
        let map = self.map(below, value, model, indent);
        match map.starts_with(['\r', '\n']) {
            true => format!("{key}:{map}"),
            false => format!("{key}{}{map}", self.assign(&[], &key, indent)),
        }
    }

    /// A map that has only what these keys lead to. One of lines begins with a line end.
    pub fn map(&self, keys: &[String], value: &str, model: Option<&Node>, indent: &str) -> String {
        let beside = model.map_or(&[][..], Node::entries);
        let below = last_map(beside);
        let Surroundings { ending, step, .. } = self;
        let deeper = format!("{indent}{}", " ".repeat(*step));
        match self.shape(model) {
            Shape::Block => {
                let entry = self.entry(keys, value, beside, below, &deeper);
                format!("{ending}{deeper}{entry}")
            }
            shape => {
                let flow = Surroundings { in_flow: true, ..*self };
                let entry = |indent: &str| flow.entry(keys, value, beside, below, indent);
                match shape {
                    Shape::Lines => {
                        format!("{{{ending}{deeper}{}{ending}{indent}}}", entry(&deeper))
                    }
                    _ => {
                        let pad = self.pad(model);
                        format!("{{{pad}{}{pad}}}", entry(indent))
                    }
                }
            }
        }
    }

    fn shape(&self, model: Option<&Node>) -> Shape {
        let is_block = self.format == Format::Yaml && !self.in_flow;
        match model.map(|model| (&model.kind, self.text.get(model.bytes.clone()))) {
            Some((Kind::Map(_, Layout::Flow), Some(text))) if text.contains('\n') => Shape::Lines,
            Some((Kind::Map(_, Layout::Flow), _)) => Shape::Inline,
            _ if is_block => Shape::Block,
            _ => Shape::Inline,
        }
    }

    /// The space inside of braces.
    fn pad(&self, model: Option<&Node>) -> &'static str {
        // One of lines, as the tables of TOML are, shows nothing.
        let braces = model.filter(|model| matches!(model.kind, Kind::Map(_, Layout::Flow)));
        let inside = braces.and_then(|model| self.text.get(model.bytes.start + 1..model.bytes.end));
        match inside {
            Some(inside) if inside.starts_with(' ') => " ",
            Some(_) => "",
            None if matches!(self.format, Format::Hcl | Format::Toml) => " ",
            None => "",
        }
    }

    /// What stands between key and value: as beside it, with the values in one column if they are
    /// there.
    fn assign(&self, beside: &[Entry], key: &str, indent: &str) -> String {
        let usual = self.format.assign();
        let sign = usual.trim();
        let written = beside.iter().filter_map(|entry| {
            let gap = self.text.get(entry.key.end()..entry.value.start())?;
            let is_plain = gap.trim_matches([' ', '\t']) == sign;
            (is_plain && !entry.value.is_left_out()).then_some((gap, entry))
        });
        let written: Vec<_> = written.collect();
        let Some((last, _)) = written.last() else { return usual.to_owned() };
        if written.iter().all(|(gap, _)| gap == last) {
            return (*last).to_owned();
        }
        let column = |entry: &Entry| lines::column(self.text, entry.value.start());
        let first = written.first().map(|(_, entry)| column(entry));
        if self.in_flow && self.format != Format::Hcl
            || !written.iter().all(|(_, entry)| Some(column(entry)) == first)
        {
            return usual.to_owned();
        }
        let used = indent.chars().count() + key.chars().count();
        if let Some((before, after)) = around(sign, written.iter().map(|(gap, _)| *gap)) {
            let taken = used + sign.len() + after.len();
            let before = before.max(first.unwrap_or_default().saturating_sub(taken));
            return format!("{}{sign}{after}", " ".repeat(before));
        }
        let used = used + usual.chars().count();
        let padding = " ".repeat(first.unwrap_or_default().saturating_sub(used));
        match usual.starts_with(' ') {
            true => format!("{padding}{usual}"),
            false => format!("{usual}{padding}"),
        }
    }
}

/// Where the signs stand in one column: the fewest blanks before one, and what stands behind each.
fn around<'t>(sign: &str, gaps: impl Iterator<Item = &'t str>) -> Option<(usize, &'t str)> {
    let mut found: Option<(usize, &str)> = None;
    for (before, after) in gaps.map(|gap| gap.split_once(sign).unwrap_or((gap, ""))) {
        let fewest = match found {
            Some((_, known)) if known != after => return None,
            Some((fewest, _)) => fewest.min(before.len()),
            None => before.len(),
        };
        found = Some((fewest, after));
    }
    found
}

/// The style that all of these have, or plain.
fn common<'o>(nodes: impl Iterator<Item = &'o Node>) -> Style {
    let mut styles = nodes.filter_map(|node| match &node.kind {
        Kind::Scalar(_, style) if *style != Style::Block && !node.is_left_out() => Some(*style),
        _ => None,
    });
    let Some(first) = styles.next() else { return Style::Plain };
    if styles.all(|style| style == first) { first } else { Style::Plain }
}

/// The last map among the values.
pub fn last_map(entries: &[Entry]) -> Option<&Node> {
    let maps = entries.iter().filter(|entry| !is_merge(entry)).map(|entry| &entry.value);
    maps.rev().find(|value| matches!(value.kind, Kind::Map(..)))
}

/// The indentation that maps have here: of a map beside it, else of its own.
fn step(text: &str, found: &Found) -> Option<usize> {
    let column = |entry: &Entry| lines::column(text, entry.key.start());
    let below = |entry: &Entry| {
        let inner = entry.value.entries().first()?;
        // One between braces, or on the line of its key, shows nothing.
        lines::begins_at(text, inner.key.start())
            .then(|| column(inner).checked_sub(column(entry)))?
    };
    let own = found.node.entries().iter().rev().find_map(below);
    let beside = || found.entry.and_then(|(map, _)| map.entries().iter().rev().find_map(below));
    own.or_else(beside).filter(|step| *step > 0)
}
