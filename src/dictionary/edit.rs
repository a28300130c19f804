//! Replaced bytes of a text.

use std::ops::Range;

use super::find::Found;
use super::format::Format;
use super::quote;
use super::refusal::Refusal;
use super::template;
use crate::config::yaml::outline::{Kind, Style, colon};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub bytes: Range<usize>,
    pub text: String,
}

impl Edit {
    pub fn insert(at: usize, text: impl Into<String>) -> Edit {
        Edit { bytes: at..at, text: text.into() }
    }
}

/// The text after these edits, which are in order and apart.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut edited = String::with_capacity(text.len() + 256);
    let mut done = 0;
    for edit in edits {
        edited.push_str(text.get(done..edit.bytes.start).unwrap_or_default());
        edited.push_str(&edit.text);
        done = edit.bytes.end;
    }
    edited.push_str(text.get(done..).unwrap_or_default());
    edited
}

/// The edit that gives a scalar another value.
///
/// # Errors
/// A value that is more than its text: one with a tag, a template, a block of lines.
pub fn replace(text: &str, format: Format, found: &Found, value: &str) -> Result<Edit, Refusal> {
    let node = found.node;
    if let Some((tag, bytes)) = &node.tag
        && !matches!(tag.as_str(), "!!str" | "!")
    {
        let why = match format {
            Format::Yaml => format!("the tag `{tag}` says that the value is more than its text"),
            _ => format!("the value is {tag}"),
        };
        return Err(Refusal::new(why, bytes.clone()));
    }
    let Kind::Scalar(old, style) = &node.kind else {
        return Err(Refusal::new("it is not a value", node.bytes.clone()));
    };
    if let Some(marks) = template::marks_as_written(text, format, node) {
        return Err(template::refusal("the value", marks, node));
    }
    if node.is_left_out() {
        let quoted = quote::value(format, value, Style::Plain, found.in_flow);
        return Ok(fill_in(text, format, found, &quoted));
    }
    if *style == Style::Block {
        let is_one_line = !old.contains('\n') && !node.bytes.is_empty();
        if !is_one_line || value.starts_with([' ', '\t']) {
            return Err(Refusal::new(
                "the value is a block of text (`|` or `>`)",
                node.bytes.clone(),
            ));
        }
        return Ok(Edit { bytes: node.bytes.clone(), text: value.to_owned() });
    }
    let text = quote::value(format, value, *style, found.in_flow);
    Ok(Edit { bytes: node.bytes.clone(), text })
}

/// Puts a value where it was left out or is null.
pub fn fill_in(text: &str, format: Format, found: &Found, written: &str) -> Edit {
    let node = found.node;
    if !node.is_left_out() {
        return Edit { bytes: node.bytes.clone(), text: written.to_owned() };
    }
    let key = found.entry.map(|(_, entry)| &entry.key);
    match (key, key.and_then(|key| colon(text, key)), format) {
        (_, _, Format::Dotenv) => Edit::insert(node.end(), written),
        (_, Some(colon), _) => Edit::insert(colon.max(node.end()), format!(" {written}")),
        // `{key}`
        (Some(key), None, _) => Edit::insert(key.end(), format!(": {written}")),
        (None, None, _) => Edit::insert(node.end(), format!(" {written}")),
    }
}
