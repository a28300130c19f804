//! What a word at a console may become, and how a function is called.

use std::rc::Rc;

use rhai::Engine;

use super::commands;
use super::cursor::{Cursor, Of, called};
use super::open_text::is_open;
use super::words::{Kind, Words};
use crate::ui::Assistant;

/// Words of the language that begin something.
const LANGUAGE: &[&str] = &[
    "const", "else", "false", "fn", "for", "if", "import", "let", "loop", "print(", "return",
    "switch", "throw", "true", "try", "while",
];

/// Helps whoever types at a console.
pub struct Helper {
    /// Reads scripts, and runs nothing.
    pub reader: Rc<Engine>,
    pub words: Words,
}

impl Assistant for Helper {
    fn is_open(&self, text: &str) -> bool {
        is_open(&self.reader, text)
    }

    fn complete(&self, text: &str, at: usize) -> (usize, Vec<String>) {
        let before = text.get(..at).unwrap_or(text);
        if let Some(found) = commands::complete(before, &self.words) {
            return found;
        }
        let cursor = Cursor::at_end_of(before);
        let mut found = self.candidates(&cursor);
        found.retain(|name| name.starts_with(cursor.word));
        found.sort();
        found.dedup();
        (cursor.begin, found)
    }

    fn signature(&self, text: &str) -> Option<String> {
        let called = called(text)?;
        let own = self.words.imported.iter().flat_map(|it| &it.signatures);
        let own = own.chain(&self.words.functions);
        let begins = format!("{called}(");
        if let Some(own) = own.rev().find(|it| it.starts_with(&begins)) {
            return Some(own.clone());
        }
        let method = called.rsplit_once('.').map(|(_, name)| name);
        let is_it = |signature: &str| match method {
            Some(name) => signature.rsplit_once('.').is_some_and(|(_, rest)| {
                rest.strip_prefix(name).is_some_and(|rest| rest.starts_with('('))
            }),
            None => signature.starts_with(&begins),
        };
        // Of several with one name the longest tells most.
        let all = self.words.entries.iter().map(|entry| &entry.signature);
        all.filter(|signature| is_it(signature)).max_by_key(|it| it.len()).cloned()
    }
}

impl Helper {
    fn candidates(&self, cursor: &Cursor<'_>) -> Vec<String> {
        let words = &self.words;
        match cursor.of {
            Of::Text => Vec::new(),
            Of::Import => words.library.iter().map(|name| format!("std/{name}")).collect(),
            Of::Namespace(name) => {
                let prefix = format!("{name}::");
                let imported = words.imported.iter().flat_map(|it| it.signatures.iter());
                let native = words.entries.iter().filter(|it| !it.section.starts_with("std/"));
                let all = imported.chain(native.map(|entry| &entry.signature));
                all.filter_map(|call| call.strip_prefix(&prefix)).map(beginning).collect()
            }
            Of::Value(name) => self.of_value(name),
            Of::Nothing => {
                let mut found: Vec<String> = LANGUAGE.iter().map(ToString::to_string).collect();
                found.extend(words.variables.iter().map(|(name, _)| name.clone()));
                found.extend(words.imported.iter().map(|it| format!("{}::", it.name)));
                found.extend(words.functions.iter().map(|call| beginning(call)));
                let plain = words.entries.iter().map(|entry| entry.signature.as_str());
                let plain = plain.filter(|it| !it.starts_with("std/"));
                for signature in plain {
                    let name = signature.split('(').next().unwrap_or(signature);
                    match name.split_once("::") {
                        Some((space, _)) if !words.library.iter().any(|it| it == space) => {
                            found.push(format!("{space}::"));
                        }
                        Some(_) => {}
                        None if name.contains('.') => {}
                        None => found.push(beginning(signature)),
                    }
                }
                found
            }
        }
    }

    /// Behind a dot: what values of that kind have; where nobody knows the kind, what any may have.
    fn of_value(&self, name: &str) -> Vec<String> {
        let kind = self.words.variables.iter().rev().find(|(known, _)| known == name);
        let (methods, first, keys) = match kind.map(|(_, kind)| kind) {
            Some(Kind::Host) => ("host.", "", None),
            Some(Kind::Result) => ("result.", "", None),
            Some(Kind::List) => ("list.", "array", None),
            Some(Kind::Text) => ("text.", "string", None),
            Some(Kind::Map(keys)) => ("map.", "map", Some(keys)),
            Some(Kind::Other) | None => ("", "", None),
        };
        let mut found: Vec<String> = keys.into_iter().flatten().cloned().collect();
        for entry in self.words.entries.iter() {
            let signature = entry.signature.as_str();
            if let Some(rest) = signature.strip_prefix(methods).filter(|_| !methods.is_empty()) {
                found.push(beginning(rest));
            } else if methods.is_empty() && !signature.contains("::") {
                let rest = signature.split_once('.').map(|(_, rest)| rest);
                found.extend(rest.map(beginning));
            } else if let Some((name, rest)) = signature.split_once('(')
                && !first.is_empty()
                && !name.contains([':', '.'])
                && rest.split([',', ')']).next() == Some(first)
            {
                found.push(format!("{name}("));
            }
        }
        found
    }
}

/// A call up to its arguments.
fn beginning(signature: &str) -> String {
    signature.split_inclusive('(').next().unwrap_or(signature).to_owned()
}
