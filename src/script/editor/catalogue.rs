//! All that scripts can call without importing it, by how it is called.

use crate::script::docs::{self, Entry, Form};

pub struct Catalogue {
    /// Of namespaces.
    named: Vec<Entry>,
    /// Functions, methods and properties without a namespace; ours before those of the language.
    plain: Vec<Entry>,
}

impl Catalogue {
    pub fn new() -> Catalogue {
        let (named, mut plain): (Vec<Entry>, Vec<Entry>) =
            docs::natives().into_iter().partition(Entry::is_of_namespace);
        plain.extend(docs::of_language());
        Catalogue { named, plain }
    }

    /// The names of namespaces, each once.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        let groups = self.named.chunk_by(|a, b| a.section == b.section);
        groups.filter_map(|group| group.first()).map(|it| it.section.as_str())
    }

    pub fn of_namespace<'c>(&'c self, name: &'c str) -> impl Iterator<Item = &'c Entry> {
        self.named.iter().filter(move |it| it.section == name)
    }

    /// Functions that are called by their name alone.
    pub fn functions(&self) -> impl Iterator<Item = &Entry> {
        self.plain.iter().filter(|it| it.form == Form::Function)
    }

    /// What may stand behind the dot after a value of a type. None: it may be of any.
    pub fn members<'c>(&'c self, kind: Option<&'c str>) -> impl Iterator<Item = &'c Entry> {
        self.plain.iter().filter(move |it| {
            // Every function is a method of its first argument.
            let first = it.of.as_ref().or(it.parameters.first());
            let takes = |first: &docs::Parameter, kind: &str| {
                first.kinds.is_empty() || first.kinds.iter().any(|it| it == kind)
            };
            first.is_some_and(|first| kind.is_none_or(|kind| takes(first, kind)))
        })
    }
}

/// The type that all of these return.
pub fn returned<'e>(mut all: impl Iterator<Item = &'e Entry>) -> Option<String> {
    let first = all.next()?.returns.clone()?;
    all.all(|it| it.returns.as_ref() == Some(&first)).then_some(first)
}
