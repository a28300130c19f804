//! The files that templates include: they are read before the first is rendered, and are inputs of the step.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex_lite::Regex;

use super::fs::read_of;
use crate::Code;
use crate::Error;
use crate::script::errors::{Fallible, throw};
use crate::script::running::Script;
use crate::script::sources::plain;

/// Files of one template: more include each other without an end.
const MOST: usize = 1000;

static INCLUDES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?s)\{%[-+]?\s*(?:include|extends|import|from)\s(.*?)%\}").ok());
static NAMES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("\"([^\"]+)\"|'([^']+)'").ok());

/// The texts of all files that a template names in `include`, `extends`, `import` and `from`, and of those that
/// these name. One that does not exist is left out: it may be in a branch that is not taken.
pub fn included(script: &Script, source: &str) -> Fallible<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    let mut open = names(source);
    while let Some(name) = open.pop() {
        if found.contains_key(&name) {
            continue;
        }
        let project = &script.run.options.project;
        let path = plain(&project.join(&name));
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        let root = project.canonicalize().unwrap_or_else(|_| project.clone());
        if !(real.starts_with(&root) || real.starts_with(project)) {
            let message = format!("a template cannot include {name}");
            let error =
                Error::new(Code::Script, message).cause("it is outside of the project folder");
            return Err(throw(error.hint("copy the file into the project")));
        }
        let text = read_of(script, &name);
        if !real.is_file() {
            continue;
        }
        let text = text?;
        open.extend(names(&text));
        found.insert(name, text);
        if found.len() > MOST {
            let message = format!("a template includes more than {MOST} files");
            return Err(throw(Error::new(Code::Script, message).hint("include fewer")));
        }
    }
    Ok(found)
}

/// The names that are written in a template.
fn names(source: &str) -> Vec<String> {
    let (Some(includes), Some(names)) = (&*INCLUDES, &*NAMES) else { return Vec::new() };
    let mut found = Vec::new();
    for include in includes.captures_iter(source) {
        let words = include.get(1).map_or("", |words| words.as_str());
        for name in names.captures_iter(words) {
            let name = name.get(1).or_else(|| name.get(2));
            found.extend(name.map(|name| name.as_str().to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn files_are_found_by_their_names() {
        let text = "{% include \"a.j2\" %}{%- include ['b', 'c'] ignore missing -%}{% if x == \"d\" %}{% endif %}
            {% extends 'e' %}{% from \"f\" import g %}{% include name %}";
        assert_eq!(names(text), ["a.j2", "b", "c", "e", "f"]);
    }
}
