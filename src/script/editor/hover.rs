//! What a name means, for the box that editors show over it.

use std::ops::Range;

use super::complete::names_a_setting;
use super::cursor::{Before, Cursor, Within, word_at};
use super::desk::{Desk, Script};
use super::outline::Outline;
use crate::config::json_schema::keys;
use crate::script::docs::Entry;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// The bytes that it is about.
    pub range: Range<usize>,
    /// Markdown.
    pub text: String,
}

impl Desk {
    #[must_use]
    pub fn hover(&self, script: &Script<'_>, offset: usize) -> Option<Hover> {
        if let Some(found) = self.setting(script, offset) {
            return Some(found);
        }
        let (range, before) = word_at(script.text, offset)?;
        let name = script.text.get(range.clone())?;
        let outline = Outline::of(script.text);
        let text = match before {
            Before::Namespace(namespace) => match outline.import(&namespace) {
                Some(import) => {
                    let module = self.imported(script, import)?;
                    of_functions(&module.outline, name, &format!("{namespace}::"))
                }
                None => {
                    of_entries(self.catalogue.of_namespace(&namespace).filter(|it| it.name == name))
                }
            },
            Before::Value(value) => {
                let kind = self.values(script.text, &outline).kind(&value);
                let all = self.catalogue.members(kind.as_deref());
                of_entries(all.filter(|it| it.name == name))
            }
            Before::Nothing => self.plain_hover(script, &outline, name),
        };
        text.map(|text| Hover { range, text })
    }

    fn plain_hover(&self, script: &Script<'_>, outline: &Outline, name: &str) -> Option<String> {
        if let Some(import) = outline.import(name) {
            let module = self.imported(script, import);
            let about = module.map(|it| about(&it.source.text)).unwrap_or_default();
            return Some(format!("```rhai\nimport \"{}\"\n```\n\n{about}", import.path));
        }
        of_functions(outline, name, "")
            .or_else(|| of_entries(self.catalogue.functions().filter(|it| it.name == name)))
    }

    /// The path of a setting in quotes, up to the key that is pointed to.
    fn setting(&self, script: &Script<'_>, offset: usize) -> Option<Hover> {
        let cursor = Cursor::at(script.text, offset);
        let Within::Text { begin, .. } = cursor.within else { return None };
        cursor.call.as_ref().filter(|call| names_a_setting(call))?;
        let rest = script.text.get(offset..)?;
        let end = offset + rest.find(['.', '"', '`', '\n']).unwrap_or(rest.len());
        let path = script.text.get(begin..end)?;
        let text = keys::about(&self.schema, path)?;
        Some(Hover { range: begin..end, text: format!("`{path}`\n\n{text}") })
    }
}

/// Each form of a function once, with the text of each.
fn of_entries<'e>(all: impl Iterator<Item = &'e Entry>) -> Option<String> {
    let parts: Vec<String> = all.map(|it| part(&it.signature, &it.text)).collect();
    (!parts.is_empty()).then(|| parts.join("\n\n---\n\n"))
}

fn of_functions(outline: &Outline, name: &str, before: &str) -> Option<String> {
    let all = outline.functions.iter().filter(|it| it.name == name);
    let parts: Vec<String> =
        all.map(|it| part(&format!("{before}{}", it.signature()), &it.text)).collect();
    (!parts.is_empty()).then(|| parts.join("\n\n---\n\n"))
}

fn part(signature: &str, text: &str) -> String {
    format!("```rhai\n{signature}\n```\n\n{text}").trim_end().to_owned()
}

/// The comment at the top of a module.
fn about(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    let lines: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    lines.join("\n")
}
