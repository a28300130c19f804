//! What a name means, for the box that editors show over it.

use std::ops::Range;

use super::complete::names_a_setting;
use super::cursor::{Before, Cursor, Within, word_at};
use super::desk::{Desk, Script};
use super::outline::{Import, Name, Outline};
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
        let outline = Outline::of(script.text);
        let is_here = |it: &&Import| it.range.start <= offset && offset <= it.range.end;
        if let Some(import) = outline.imports.iter().find(is_here) {
            let text = self.about_import(script, import);
            return Some(Hover { range: import.range.clone(), text });
        }
        let (range, before) = word_at(script.text, offset)?;
        let name = script.text.get(range.clone())?;
        if let Some(text) = self.option(script, &outline, &range, name) {
            return Some(Hover { range, text });
        }
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
            Before::Nothing => self.plain_hover(script, &outline, name, range.end),
        };
        text.map(|text| Hover { range, text })
    }

    fn plain_hover(
        &self,
        script: &Script<'_>,
        outline: &Outline,
        name: &str,
        offset: usize,
    ) -> Option<String> {
        let is_namespace = script.text.get(offset..).is_some_and(|it| it.starts_with("::"));
        if !is_namespace && let Some(declared) = outline.name(name, offset) {
            return Some(self.about_name(script, outline, declared));
        }
        if let Some(import) = outline.import(name) {
            return Some(self.about_import(script, import));
        }
        of_functions(outline, name, "")
            .or_else(|| of_entries(self.catalogue.functions().filter(|it| it.name == name)))
            .or_else(|| self.about_namespace(name))
    }

    fn about_import(&self, script: &Script<'_>, import: &Import) -> String {
        let module = self.imported(script, import);
        let about = module.map(|it| about(&it.source.text)).unwrap_or_default();
        format!("```rhai\nimport \"{}\"\n```\n\n{about}", import.path)
    }

    /// A variable, constant or parameter: its declaration, and the type of its value as far as it is known.
    fn about_name(&self, script: &Script<'_>, outline: &Outline, declared: &Name) -> String {
        let name = &declared.name;
        let Some(range) = &declared.value else { return part(name, "") };
        let value = script.text.get(range.clone()).unwrap_or_default();
        let line = value.lines().next().unwrap_or_default();
        let more = if value.lines().count() > 1 { " …" } else { "" };
        let word = if declared.is_constant { "const" } else { "let" };
        let kind = self.values(script.text, outline).kind(range);
        let kind = kind.map(|kind| crate::script::kind::kind(&kind)).unwrap_or_default();
        part(&format!("{word} {name} = {line}{more}"), kind)
    }

    /// A namespace: what it has, each with its first sentence.
    fn about_namespace(&self, name: &str) -> Option<String> {
        let mut names: Vec<&str> = Vec::new();
        let mut lines = Vec::new();
        for entry in self.catalogue.of_namespace(name) {
            if names.contains(&entry.name.as_str()) {
                continue;
            }
            names.push(&entry.name);
            let first = entry.text.split(". ").next().unwrap_or_default();
            let first = first.split("\n\n").next().unwrap_or_default().trim_end_matches('.');
            lines.push(format!("- `{name}::{}`: {}", entry.name, first.replace('\n', " ")));
        }
        (!lines.is_empty()).then(|| part(&format!("{name}::"), &lines.join("\n")))
    }

    /// A key of a map of options.
    fn option(
        &self,
        script: &Script<'_>,
        outline: &Outline,
        word: &Range<usize>,
        name: &str,
    ) -> Option<String> {
        let rest = script.text.get(word.end..)?;
        if !rest.trim_start().starts_with(':') || rest.trim_start().starts_with("::") {
            return None;
        }
        let cursor = Cursor::at(script.text, word.end);
        let call = cursor.call.filter(|_| cursor.map.is_some_and(|map| map.at_key))?;
        let keys = self.option_keys(script, outline, &call);
        if !keys.iter().any(|key| key == name) {
            return None;
        }
        let others: Vec<String> =
            keys.iter().filter(|key| *key != name).map(|key| format!("`{key}`")).collect();
        let others = match others.is_empty() {
            true => String::new(),
            false => format!(" Others: {}.", others.join(", ")),
        };
        Some(format!("`{name}`\n\nAn option of `{}`.{others}", call.name))
    }

    /// The path of a setting in quotes, up to the key that is pointed to.
    fn setting(&self, script: &Script<'_>, offset: usize) -> Option<Hover> {
        let cursor = Cursor::at(script.text, offset);
        let Within::Text { begin, .. } = cursor.within else { return None };
        cursor.call.as_ref().filter(|call| names_a_setting(call))?;
        let rest = script.text.get(offset..)?;
        let end = offset + rest.find(['.', '"', '`', '\n']).unwrap_or(rest.len());
        let path = script.text.get(begin..end)?;
        let text = keys::about(&self.schema, path).or_else(|| {
            let below = keys::below(&self.schema, script.config, path);
            let names: Vec<String> = below.iter().map(|key| format!("`{}`", key.name)).collect();
            (!names.is_empty()).then(|| format!("It has {}.", names.join(", ")))
        })?;
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
