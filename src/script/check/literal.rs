//! `"${x}"`: only texts in backticks have values put in.

use rhai::Position;

use super::file::File;

impl File<'_, '_> {
    /// A shell has variables of that form as well: told is only what names a variable of the script.
    pub fn text(&mut self, text: &str, position: Position) {
        for (at, _) in text.match_indices("${") {
            let rest = &text[at + 2..];
            let name: String =
                rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if name.is_empty() || self.scope.variable(&name).is_none() {
                continue;
            }
            let message =
                format!("`${{{name}}}` stands in double quotes, where it is not replaced");
            let hint = "write the text in backticks; for a variable of the shell write `$NAME`";
            let at = self.inside(position, &format!("${{{name}"));
            if let Some(entry) = self.scope.variable(&name) {
                entry.used = true;
            }
            self.warn("not_interpolated", message, Some(hint.to_owned()), at);
            return;
        }
    }

    /// Where `piece` is, if it is in the line of a literal.
    fn inside(&self, position: Position, piece: &str) -> Position {
        let (Some(line), Some(column)) = (position.line(), position.position()) else {
            return position;
        };
        let text = self.source.text.lines().nth(line - 1).unwrap_or_default();
        let from = text.char_indices().nth(column - 1).map_or(text.len(), |(at, _)| at);
        let Some(found) = text[from..].find(piece) else { return position };
        let column = text[..from + found].chars().count() + 1;
        match u16::try_from(line).ok().zip(u16::try_from(column + 2).ok()) {
            Some((line, column)) => Position::new(line, column),
            None => position,
        }
    }
}
