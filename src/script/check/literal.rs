//! `"${x}"` and `"#{x}"`: only texts in backticks have values put in, by the first of these.

use rhai::{Expr, FnCallExpr, Position};

use super::file::File;
use crate::script::api::written;

impl File<'_, '_> {
    /// A shell has variables of that form as well: told is only what names a variable of the script.
    pub fn text(&mut self, text: &str, position: Position) {
        for (at, _) in text.match_indices("${") {
            let rest = text[at + 2..].trim_start_matches(' ');
            let blanks = text.len() - at - 2 - rest.len();
            let name = identifier(rest);
            let behind = &rest[name.len()..];
            if name.is_empty() {
                continue;
            }
            let shell = "write the text in backticks; for a variable of the shell write `$NAME`";
            let (written, hint) = if let Some(inner) = behind.strip_prefix("::") {
                let inner = identifier(inner);
                if !self.is_of_namespace(name, inner, &behind[2 + inner.len()..]) {
                    continue;
                }
                (format!("{name}::{inner}"), "write the text in backticks".to_owned())
            } else if let Some(entry) = self.scope.variable(name) {
                entry.used = true;
                (name.to_owned(), shell.to_owned())
            } else if let Some(entry) = self.scope.global(name) {
                entry.used = true;
                (
                    name.to_owned(),
                    format!("write the text in backticks, with `${{global::{name}}}`"),
                )
            } else if behind.starts_with('(') && self.is_function(name) {
                (name.to_owned(), "write the text in backticks".to_owned())
            } else {
                continue;
            };
            let is_call = name != "global" && behind.starts_with("::") || behind.starts_with('(');
            let shown =
                if is_call { format!("${{{written}(…)}}") } else { format!("${{{written}}}") };
            let message = format!("`{shown}` stands in double quotes, where it is not replaced");
            let at = self.inside(position, &format!("${{{}{written}", " ".repeat(blanks)), blanks);
            self.warn("not_interpolated", message, Some(hint), at);
            return;
        }
    }

    /// `"#{name}"`, as Ruby writes it.
    pub fn text_of_ruby(&mut self, text: &str, position: Position) {
        for (at, _) in text.match_indices("#{") {
            let name = identifier(&text[at + 2..]);
            if !text[at + 2 + name.len()..].starts_with('}') || name.is_empty() {
                continue;
            }
            let Some(entry) = self.scope.variable(name) else { continue };
            entry.used = true;
            let message = format!("`#{{{name}}}` is not replaced by the value");
            let hint = format!("write the text in backticks, with `${{{name}}}`");
            let at = self.inside(position, &format!("#{{{name}}}"), 0);
            self.warn("not_interpolated", message, Some(hint), at);
            return;
        }
    }

    /// No shell has a call in braces.
    fn is_function(&self, name: &str) -> bool {
        self.module.functions.contains_key(name) || !self.checker.known.plain(name).is_empty()
    }

    /// The first argument of a function of a namespace, if it is a text that the function refuses.
    pub fn written_out(&mut self, function: &str, call: &FnCallExpr) {
        let (Some(Expr::StringConstant(text, position)), 0) = (call.args.first(), self.trying)
        else {
            return;
        };
        if let Some(error) = written::refused(function, text) {
            self.error("wrong_value", &error, *position);
        }
    }

    /// Whether `name::inner` is a constant of the script, or a call of a function that exists. No shell has
    /// anything of that form.
    fn is_of_namespace(&mut self, name: &str, inner: &str, behind: &str) -> bool {
        if name == "global" {
            return self.scope.global(inner).map(|entry| entry.used = true).is_some();
        }
        if !behind.starts_with('(') {
            return false;
        }
        let known = &self.checker.known.namespaces;
        if known.get(name).is_some_and(|functions| functions.contains_key(inner)) {
            return true;
        }
        self.scope.module(name).map(|entry| entry.used = true).is_some()
    }

    /// Where the name in `piece` is, behind blanks, if it is in the line of a literal.
    fn inside(&self, position: Position, piece: &str, blanks: usize) -> Position {
        let (Some(line), Some(column)) = (position.line(), position.position()) else {
            return position;
        };
        let text = self.source.text.lines().nth(line - 1).unwrap_or_default();
        let from = text.char_indices().nth(column - 1).map_or(text.len(), |(at, _)| at);
        let Some(found) = text[from..].find(piece) else { return position };
        let column = text[..from + found].chars().count() + 1;
        match u16::try_from(line).ok().zip(u16::try_from(column + 2 + blanks).ok()) {
            Some((line, column)) => Position::new(line, column),
            None => position,
        }
    }
}

/// The name that a text begins with.
fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}
