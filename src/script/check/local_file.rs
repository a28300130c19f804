//! Files of this machine that a script reads by a name that is written out, and that are not there.

use std::path::Path;

use rhai::{Expr, FnCallExpr, Position};

use super::file::File;
use crate::script::editor::lex::{Kind, tokens};

/// Functions whose first argument is a file that must be there; `put` takes a folder as well.
const FUNCTIONS: [&str; 6] =
    ["fs::read", "put", "secret::file", "sha256::file", "template", "template::file"];

/// Functions that may make any file.
const MAKERS: [&str; 2] = ["local::run", "host.get"];

impl File<'_, '_> {
    /// A call, by the name of its function with its namespace; of a host's method by the method.
    pub fn local_file(&mut self, function: &str, call: &FnCallExpr) {
        self.makes_files |= MAKERS.contains(&function);
        let Some(Expr::StringConstant(path, position)) = call.args.first() else { return };
        if FUNCTIONS.contains(&function) && self.trying == 0 && !path.is_empty() {
            self.files.push((path.to_string(), *position));
        }
    }

    /// Tells the files that are not there. One that is named elsewhere in the script, too, may be made or looked
    /// for there.
    pub fn missing_files(&mut self) {
        let files = std::mem::take(&mut self.files);
        if self.makes_files || self.evaluates {
            return;
        }
        for (path, position) in &files {
            let read = files.iter().filter(|(other, _)| other == path).count();
            if !self.checker.imports.project.join(path).exists() && self.literals_of(path) <= read {
                self.missing_file(path, *position);
            }
        }
    }

    fn missing_file(&mut self, path: &str, position: Position) {
        let (message, hint) = match Path::new(path).is_absolute() {
            true => (format!("there is no file {path} on this machine"), "correct the path"),
            false => (
                format!("there is no file {path} in the project"),
                "correct the path, which starts at the folder of config.yaml",
            ),
        };
        self.warn("missing_file", message, Some(hint.to_owned()), position);
    }

    /// How many literals of the script are this path.
    fn literals_of(&self, path: &str) -> usize {
        let text = &self.source.text;
        let all = tokens(text).into_iter().filter(|it| it.kind == Kind::Text);
        all.filter(|it| it.text(text).trim_matches(['"', '`']) == path).count()
    }
}
