//! The type of a value, as far as the text around it tells it.

use std::ops::Range;

use super::catalogue::{Catalogue, returned};
use super::cursor::{Before, before, opening};
use super::lex::{Kind, Token, tokens};
use super::outline::Outline;

/// A chain of variables that are each declared by the next one.
const DEEPEST: usize = 8;

/// A script whose values are asked about.
#[derive(Clone, Copy)]
pub struct Values<'s> {
    pub catalogue: &'s Catalogue,
    pub text: &'s str,
    pub outline: &'s Outline,
}

impl Values<'_> {
    /// Rhai's name of the type of what stands there.
    #[must_use]
    pub fn kind(&self, value: &Range<usize>) -> Option<String> {
        self.kind_within(value, 0)
    }

    fn kind_within(&self, value: &Range<usize>, depth: usize) -> Option<String> {
        let slice = self.text.get(value.clone()).filter(|_| depth < DEEPEST)?;
        let mut code = tokens(slice);
        code.retain(|it| it.kind != Kind::Comment);
        if !is_chain(slice, &code) {
            return None;
        }
        let (last, rest) = code.split_last()?;
        let word = last.text(slice);
        match last.kind {
            Kind::Text => Some("string".to_owned()),
            Kind::Number => Some("i64".to_owned()).filter(|_| rest.is_empty()),
            Kind::Sign => self.of_bracket(slice, &code, value.start, depth),
            Kind::Word => match before(slice, rest) {
                Before::Nothing => self.of_variable(word, value.start, depth),
                Before::Value(_) => {
                    let named = self.catalogue.members(None).filter(|it| it.name == word);
                    returned(named.filter(|it| it.form == crate::script::docs::Form::Property))
                }
                Before::Namespace(_) => None,
            },
            Kind::Comment => None,
        }
    }

    fn of_bracket(
        &self,
        slice: &str,
        code: &[Token],
        start: usize,
        depth: usize,
    ) -> Option<String> {
        let open = opening(slice, code, code.len() - 1)?;
        let (callee, rest) = match code[..open].split_last() {
            Some((callee, rest)) if callee.kind == Kind::Word => (callee.text(slice), rest),
            Some(_) => return None,
            None => {
                let literal = [("[", "array"), ("#{", "map")];
                let found = literal.into_iter().find(|(sign, _)| code[open].is(slice, sign));
                return found.map(|(_, kind)| kind.to_owned());
            }
        };
        if !code[open].is(slice, "(") {
            return None;
        }
        match before(slice, rest) {
            Before::Nothing => returned(self.catalogue.functions().filter(|it| it.name == callee)),
            Before::Namespace(name) => {
                returned(self.catalogue.of_namespace(&name).filter(|it| it.name == callee))
            }
            Before::Value(value) => {
                let value = start + value.start..start + value.end;
                let kind = self.kind_within(&value, depth + 1);
                returned(self.catalogue.members(kind.as_deref()).filter(|it| it.name == callee))
            }
        }
    }

    fn of_variable(&self, name: &str, offset: usize, depth: usize) -> Option<String> {
        let declared = self.outline.name(name, offset);
        if let Some(value) = declared.and_then(|it| it.value.as_ref()) {
            return self.kind_within(value, depth + 1);
        }
        // Functions of libraries take the host first, and call it so.
        let is_host = name == "host" || name.ends_with("_host");
        is_host.then(|| "Host".to_owned())
    }
}

/// Whether these pieces are one value, and not a sum or comparison of several.
fn is_chain(text: &str, code: &[Token]) -> bool {
    let mut depth = 0_usize;
    for (at, token) in code.iter().enumerate() {
        if token.kind != Kind::Sign {
            continue;
        }
        match token.text(text) {
            "(" | "[" | "{" | "#{" | "${" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            "." | "?." | "::" => {}
            "!" if at == 0 => return false,
            _ if depth == 0 => return false,
            _ => {}
        }
    }
    true
}
