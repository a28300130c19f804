//! What may be typed at a place.

use super::cursor::{Before, Call, Cursor, Within};
use super::desk::{Desk, Script};
use super::outline::{Function, Import, Name, Outline};
use crate::cloud::Capability;
use crate::config::json_schema::keys;
use crate::script::Task;
use crate::script::api::option_maps;
use crate::script::docs::{Entry, Form};

/// What an offer is, for the sign that editors put before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Function,
    Method,
    Property,
    Module,
    Variable,
    Keyword,
    /// An option in a map, or a setting.
    Key,
    File,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub label: String,
    pub what: What,
    /// Its signature or the like.
    pub detail: String,
    /// Markdown.
    pub text: String,
    /// A line that has to be there as well, and where.
    pub import: Option<(usize, String)>,
}

/// Offers, and where the text begins that each replaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offers {
    pub from: usize,
    pub all: Vec<Offer>,
}

const KEYWORDS: [&str; 24] = [
    "let", "const", "if", "else", "switch", "for", "in", "while", "loop", "do", "until", "break",
    "continue", "return", "throw", "try", "catch", "fn", "private", "import", "as", "export",
    "true", "false",
];

fn offer(label: &str, what: What, detail: &str, text: &str) -> Offer {
    let [label, detail, text] = [label, detail, text].map(str::to_owned);
    Offer { label, what, detail, text, import: None }
}

fn of_entry(entry: &Entry) -> Offer {
    let what = match entry.form {
        Form::Function => What::Function,
        Form::Method => What::Method,
        Form::Property => What::Property,
    };
    offer(&entry.name, what, &entry.signature, &entry.text)
}

fn of_function(function: &Function) -> Offer {
    offer(&function.name, What::Function, &function.signature(), &function.text)
}

impl Desk {
    /// What may stand at this byte of the script.
    #[must_use]
    pub fn complete(&self, script: &Script<'_>, offset: usize) -> Offers {
        let cursor = Cursor::at(script.text, offset);
        let outline = Outline::of(script.text);
        match cursor.within {
            Within::Comment => Offers::default(),
            Within::Text { begin, after_import: true } => {
                Offers { from: begin, all: self.files(script) }
            }
            Within::Text { begin, .. } => self.in_text(script, &cursor, begin, offset),
            Within::Code => {
                let mut all = self.in_code(script, &cursor, &outline, offset);
                let mut known = std::collections::BTreeSet::new();
                all.retain(|it| known.insert((it.label.clone(), it.what as u8)));
                Offers { from: cursor.word.start, all }
            }
        }
    }

    fn in_code(
        &self,
        script: &Script<'_>,
        cursor: &Cursor,
        outline: &Outline,
        offset: usize,
    ) -> Vec<Offer> {
        match &cursor.before {
            Before::Namespace(name) if name == "global" => {
                let is_seen = |it: &&Name| {
                    it.is_constant && it.range.start < offset && it.until == script.text.len()
                };
                let all = outline.names.iter().filter(is_seen);
                all.map(|it| offer(&it.name, What::Variable, "", "")).collect()
            }
            Before::Namespace(name) => self.of_namespace(script, outline, name),
            Before::Value(value) if script.text.get(value.clone()).is_some_and(is_facts) => {
                let of = "host.os";
                crate::script::api::known::FACTS
                    .iter()
                    .map(|key| offer(key, What::Key, of, ""))
                    .collect()
            }
            Before::Value(value) => {
                let kind = self.values(script.text, outline).kind(value);
                self.catalogue.members(kind.as_deref()).map(of_entry).collect()
            }
            Before::Nothing => {
                if let (Some(map), Some(call)) = (&cursor.map, &cursor.call)
                    && map.at_key
                {
                    let keys = self.option_keys(script, outline, call);
                    let new = keys.into_iter().filter(|key| !map.keys.contains(key));
                    return new.map(|key| offer(&key, What::Key, &call.name, "")).collect();
                }
                self.plain(script, outline, offset)
            }
        }
    }

    fn of_namespace(&self, script: &Script<'_>, outline: &Outline, name: &str) -> Vec<Offer> {
        if let Some(import) = outline.import(name) {
            let module = self.imported(script, import);
            let functions = module.map(|it| it.outline.functions).unwrap_or_default();
            return functions.iter().filter(|it| !it.is_private).map(of_function).collect();
        }
        self.catalogue.of_namespace(name).map(of_entry).collect()
    }

    /// The keys of the map that a call takes.
    pub(super) fn option_keys(
        &self,
        script: &Script<'_>,
        outline: &Outline,
        call: &Call,
    ) -> Vec<String> {
        let native = match &call.before {
            Before::Namespace(name) => format!("{name}::{}", call.name),
            _ => call.name.clone(),
        };
        if let Before::Namespace(name) = &call.before
            && let Some(import) = outline.import(name)
        {
            let Some(module) = self.imported(script, import) else { return Vec::new() };
            return self.options(&module.source, &call.name, call.argument);
        }
        if call.before == Before::Nothing && outline.functions.iter().any(|it| it.name == call.name)
        {
            return self.options(&script.source(), &call.name, call.argument);
        }
        let reader = option_maps::of(&native);
        reader.map_or(&[][..], |it| (it.fields)()).iter().map(|key| (*key).to_owned()).collect()
    }

    fn plain(&self, script: &Script<'_>, outline: &Outline, offset: usize) -> Vec<Offer> {
        let mut all: Vec<Offer> =
            outline.visible(offset).map(|it| offer(&it.name, What::Variable, "", "")).collect();
        all.extend(outline.functions.iter().map(of_function));
        let aliases = outline.imports.iter().filter(|it| !it.alias.is_empty());
        all.extend(aliases.map(|it| offer(&it.alias, What::Module, &it.path, "")));
        let namespaces = self.catalogue.namespaces();
        all.extend(namespaces.map(|name| offer(name, What::Module, "", "")));
        all.extend(self.to_import(script, outline));
        let functions = self.catalogue.functions().filter(|it| !it.section.contains("Rhai"));
        all.extend(functions.map(of_entry));
        all.extend(KEYWORDS.iter().map(|word| offer(word, What::Keyword, "", "")));
        all
    }

    /// Modules of the library that are not imported yet, with the line that does so.
    fn to_import(&self, script: &Script<'_>, outline: &Outline) -> Vec<Offer> {
        let is_new = |path: &String| outline.imports.iter().all(|it| it.path != *path);
        let place = place_of_imports(script.text, &outline.imports);
        let all = self.library(script).into_iter().filter(is_new);
        all.map(|path| {
            let name = path.trim_start_matches("std/");
            let line = format!("import \"{path}\" as {name};\n");
            Offer { import: Some((place, line)), ..offer(name, What::Module, &path, "") }
        })
        .collect()
    }

    /// What an import may name: the library, and the scripts beside this one.
    fn files(&self, script: &Script<'_>) -> Vec<Offer> {
        let beside = script.path.parent().and_then(|folder| std::fs::read_dir(folder).ok());
        let files = beside.into_iter().flatten().flatten().map(|entry| entry.path());
        let files = files.filter(|it| it.extension().is_some_and(|it| it == "rhai"));
        let files = files.filter(|it| it != script.path);
        let names = files.filter_map(|it| Some(it.file_stem()?.to_str()?.to_owned()));
        let mut all = self.library(script);
        all.extend(names);
        all.iter().map(|path| offer(path, What::File, "", "")).collect()
    }

    /// The texts that a function takes: names of tasks and of what clouds may lack.
    fn words(script: &Script<'_>, call: &Call) -> Option<Vec<Offer>> {
        let Before::Namespace(namespace) = &call.before else { return None };
        match (namespace.as_str(), call.name.as_str(), call.argument) {
            ("task", "run" | "describe", 0) => {
                let tasks = Task::readable(script.project);
                let offers = tasks.iter().map(|it| offer(&it.name, What::File, &it.summary(), ""));
                Some(offers.collect())
            }
            ("cloud", "can" | "require", 0) => {
                let offers = Capability::ALL.map(|it| offer(it.name(), What::Key, it.action(), ""));
                Some(offers.to_vec())
            }
            _ => None,
        }
    }

    /// In a text there is something to offer where it names a setting, a task or the like.
    fn in_text(&self, script: &Script<'_>, cursor: &Cursor, begin: usize, offset: usize) -> Offers {
        if let Some(all) = cursor.call.as_ref().and_then(|call| Desk::words(script, call)) {
            return Offers { from: begin, all };
        }
        let is_setting = cursor.call.as_ref().is_some_and(names_a_setting);
        let Some(typed) = script.text.get(begin..offset).filter(|_| is_setting) else {
            return Offers::default();
        };
        let (above, from) = match typed.rfind('.') {
            Some(dot) => (&typed[..dot], begin + dot + 1),
            None => ("", begin),
        };
        let keys = keys::below(&self.schema, script.config, above);
        let all = keys.iter().map(|key| offer(&key.name, What::Key, "", &key.text));
        Offers { from, all: all.collect() }
    }
}

/// Whether a value is the facts of a host's system.
fn is_facts(value: &str) -> bool {
    value.ends_with("host.os") || value.ends_with("host().os")
}

/// Whether the argument that is typed is the path of a setting.
pub fn names_a_setting(call: &Call) -> bool {
    call.before == Before::Namespace("config".to_owned())
        && call.name == "get"
        && call.argument == 0
}

/// Below the last import, else below the comment at the top.
fn place_of_imports(text: &str, imports: &[Import]) -> usize {
    let line_after = |at: usize| text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
    if let Some(last) = imports.last() {
        return line_after(last.range.end);
    }
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    while text[at..].starts_with("//!") || text[at..].starts_with("#!") {
        at = line_after(at);
    }
    at
}
