//! The names of steps, as far as a script's text tells them: those that are written where `step` is called, where one of
//! the script's own functions is called that gives `step` its parameter, or in a list that a loop goes over.

use std::ops::Range;

use super::editor::lex::{Kind, Token, tokens};

/// The name of a step.
enum Name {
    Written(String),
    /// The texts around what is put in when the script runs.
    Filled(Vec<String>),
}

/// The names of steps that are written in a script, in its order.
#[must_use]
pub fn written(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in Reader::new(text).names() {
        if let Name::Written(name) = name
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// Whether a script's text has a step that is, or can be, called so.
#[must_use]
pub fn has_step(text: &str, name: &str) -> bool {
    Reader::new(text).names().iter().any(|known| match known {
        Name::Written(known) => known == name,
        Name::Filled(parts) => fits(parts, name),
    })
}

/// Whether a name has these parts, in this order, with anything between them.
fn fits(parts: &[String], name: &str) -> bool {
    let [first, between @ .., last] = parts else { return false };
    let rest = name.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str()));
    let Some(mut rest) = rest else { return false };
    for part in between {
        let Some(at) = rest.find(part.as_str()) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

struct Reader<'t> {
    text: &'t str,
    tokens: Vec<Token>,
}

/// A function that names a step by one of its parameters, counted from 0.
struct Namer {
    function: String,
    parameter: usize,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Reader<'t> {
        let mut tokens = tokens(text);
        tokens.retain(|it| it.kind != Kind::Comment);
        Reader { text, tokens }
    }

    fn at(&self, at: usize) -> &'t str {
        self.tokens.get(at).map_or("", |it| it.text(self.text))
    }

    fn names(&self) -> Vec<Name> {
        let mut namers = vec![Namer { function: "step".to_owned(), parameter: 0 }];
        // A function may hand its parameter on to another one.
        loop {
            let further = self.functions(&namers);
            if further.is_empty() {
                break;
            }
            namers.extend(further);
        }
        let mut names = Vec::new();
        for at in 0..self.tokens.len() {
            for argument in self.named_at(at, &namers) {
                names.extend(self.name(argument));
            }
        }
        names
    }

    /// Where the name of a step is, in the call at a token.
    fn named_at(&self, at: usize, namers: &[Namer]) -> Vec<usize> {
        let is_other = at > 0 && ["fn", ".", "::"].contains(&self.at(at - 1));
        if is_other || self.at(at + 1) != "(" {
            return Vec::new();
        }
        let meant = namers.iter().filter(|it| it.function == self.at(at));
        meant.filter_map(|it| self.argument(at + 2, it.parameter)).collect()
    }

    /// Where an argument begins, of those that begin at a token.
    fn argument(&self, mut at: usize, mut count: usize) -> Option<usize> {
        let mut depth = 0_usize;
        while count > 0 {
            match self.at(at) {
                "" => return None,
                "(" | "[" | "{" | "#{" | "${" => depth += 1,
                ")" | "]" | "}" => depth = depth.checked_sub(1)?,
                "," if depth == 0 => count -= 1,
                _ => {}
            }
            at += 1;
        }
        Some(at)
    }

    /// Further functions that name steps by a parameter.
    fn functions(&self, known: &[Namer]) -> Vec<Namer> {
        let mut found = Vec::new();
        for at in (0..self.tokens.len()).filter(|at| self.at(*at) == "fn" && self.at(at + 2) == "(")
        {
            let function = self.at(at + 1);
            let parameters: Vec<&str> =
                (at + 3..).map(|at| self.at(at)).take_while(|it| !["", ")"].contains(it)).collect();
            let parameters: Vec<&str> = parameters.into_iter().filter(|it| *it != ",").collect();
            for argument in self.body(at + 3).flat_map(|at| self.named_at(at, known)) {
                let Some(parameter) = parameters.iter().position(|it| *it == self.at(argument))
                else {
                    continue;
                };
                let is = |it: &Namer| it.function == function && it.parameter == parameter;
                if !known.iter().any(is) && !found.iter().any(is) {
                    found.push(Namer { function: function.to_owned(), parameter });
                }
            }
        }
        found
    }

    /// The tokens between the next braces.
    fn body(&self, from: usize) -> Range<usize> {
        let begin = (from..self.tokens.len()).find(|at| self.at(*at) == "{");
        let begin = begin.unwrap_or(self.tokens.len());
        let mut depth = 0_usize;
        let end = (begin..self.tokens.len()).find(|at| {
            match self.at(*at) {
                "{" | "#{" | "${" => depth += 1,
                "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
        });
        begin..end.unwrap_or(self.tokens.len())
    }

    /// The names that an argument stands for.
    fn name(&self, at: usize) -> Vec<Name> {
        let Some(token) = self.tokens.get(at) else { return Vec::new() };
        match token.kind {
            Kind::Text => self.text_at(at).into_iter().collect(),
            Kind::Word => self.looped(at).map(Name::Written).collect(),
            _ => Vec::new(),
        }
    }

    /// A text, which a template goes on behind each expression in it.
    fn text_at(&self, mut at: usize) -> Option<Name> {
        let first = self.at(at);
        let quote = first.chars().next()?;
        let mut parts = vec![first.get(1..)?];
        while !parts.last()?.ends_with(quote) {
            let mut depth = 0_usize;
            loop {
                at += 1;
                match self.at(at) {
                    "" => return None,
                    "{" | "#{" | "${" => depth += 1,
                    "}" => depth = depth.checked_sub(1)?,
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
            at += 1;
            parts.push(self.at(at));
        }
        let last = parts.pop()?;
        let mut parts: Vec<String> = parts.into_iter().map(str::to_owned).collect();
        parts.push(last.strip_suffix(quote)?.to_owned());
        match <[String; 1]>::try_from(parts) {
            Ok([whole]) => Some(Name::Written(whole)),
            Err(parts) => Some(Name::Filled(parts)),
        }
    }

    /// The texts of `for name in ["one", "two"]`, if the word is such a name.
    fn looped(&self, at: usize) -> impl Iterator<Item = String> {
        let word = self.at(at);
        let begins = |at: &usize| {
            self.at(*at) == "for"
                && self.at(at + 1) == word
                && self.at(at + 2) == "in"
                && self.at(at + 3) == "["
        };
        let begin = (0..at).rev().find(begins);
        let goes_on = move |at: &usize| !["", "]"].contains(&self.at(*at));
        let items = begin.into_iter().flat_map(move |at| (at + 4..).take_while(goes_on));
        items.filter_map(move |at| match self.text_at(at)? {
            Name::Written(name) => Some(name),
            Name::Filled(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_through_functions_templates_and_loops() {
        let text = r#"
step("plain", || 1); // step("no")
fn item(name, action) { outer(1, name, action) }
fn outer(number, name, action) { step(name, || action.call()); }
item("handed", || 1);
outer(f(1, 2), "over", || 1);
for name in ["one", "two"] { step(name, || 1); }
step(`install ${m["a"]} now`, || 1);
log::step("other"); item(computed, || 1);
"#;
        assert_eq!(written(text), ["plain", "handed", "over", "one", "two"]);
        for name in ["plain", "two", "install git now"] {
            assert!(has_step(text, name), "{name}");
        }
        for name in ["no", "other", "computed", "install git", "name", ""] {
            assert!(!has_step(text, name), "{name}");
        }
        assert_eq!(written("step(\"open, step(`a${"), Vec::<String>::new());
    }

    #[test]
    fn the_shipped_tasks_tell_their_steps() {
        let names = written(include_str!("../../scripts/bootstrap.rhai"));
        assert!(names.len() > 20 && names.contains(&"docker".to_owned()), "{names:?}");
    }
}
