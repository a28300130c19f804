//! `import`: the modules that a file names.

use rhai::{Expr, Ident, Position, Stmt};

use super::begin::begin_of;
use super::file::File;
use super::scope::What;
use crate::{Code, Error};

impl File<'_, '_> {
    /// Reads a module that is imported by a literal path, so that its functions are known.
    pub fn import(&mut self, path: &Expr, alias: &Ident, position: Position) {
        let position = alias.pos.or_else(position);
        let Expr::StringConstant(path, at) = path else {
            let is_bare =
                matches!(path, Expr::Variable(name, ..) if self.scope.variable(&name.1).is_none());
            if let (Expr::Variable(name, _, at), true) = (path, is_bare && alias.name.is_empty()) {
                let name = &name.1;
                let error = Error::new(Code::Script, format!("there is no variable `{name}`"))
                    .hint(format!("a module is named by text: import \"std/{name}\" as {name};"));
                self.error("unknown_variable", &error, *at);
                return;
            }
            let text = self.without_quotes(path);
            if let Some(text) = &text {
                let error = Error::new(Code::Script, "a module is named by text".to_owned());
                let name = &alias.name;
                let shown = if name.is_empty() { "name" } else { name.as_str() };
                let error = error.hint(format!("write `import \"{text}\" as {shown};`"));
                self.error("unknown_module", &error, begin_of(path));
            } else {
                self.expression(path);
            }
            self.scope.declare(&alias.name, position, What::Module(None), None);
            if let (Some(_), Some(entry)) = (text, self.scope.module_here(&alias.name)) {
                entry.used = true;
            }
            return;
        };
        let module = match self.checker.imports.source(Some(&self.source.name), path) {
            // Where that is expected, a script may do without.
            Err(_) if self.trying > 0 => None,
            Err(error) => {
                match self.branches.is_empty() {
                    true => self.error("unknown_module", &error, *at),
                    false => self.warn("unknown_module", error.message().to_owned(), None, *at),
                }
                None
            }
            Ok(source) if self.checker.loading.contains(&source.name) => {
                let loading = &self.checker.loading;
                let circle: Vec<&str> = loading
                    .iter()
                    .map(String::as_str)
                    .skip_while(|it| *it != source.name)
                    .collect();
                let chain = circle.join(" -> ");
                let message = format!("{0} imports itself: {chain} -> {0}", source.name);
                let error = Error::new(Code::Script, message)
                    .hint("move what both modules need into a third one");
                self.error("circular_import", &error, *at);
                None
            }
            Ok(source) => self.checker.module(&source).map(|_| source.name),
        };
        if self.is_repeated(&alias.name, module.as_deref(), position) {
            return;
        }
        self.scope.declare(&alias.name, position, What::Module(module), None);
        if self.early.contains(alias.name.as_str())
            && let Some(entry) = self.scope.module_here(&alias.name)
        {
            entry.used = true;
        }
    }

    /// `import std/package`: what the text is that lacks its quotes.
    fn without_quotes(&mut self, path: &Expr) -> Option<String> {
        let Expr::FnCall(call, _) = path else { return None };
        if call.name != "/" || call.op_token.is_none() {
            return None;
        }
        let names = call.args.iter().map(|part| match part {
            Expr::Variable(name, ..) if self.scope.variable(&name.1).is_none() => {
                Some(name.1.to_string())
            }
            part => self.without_quotes(part),
        });
        names.collect::<Option<Vec<String>>>().map(|names| names.join("/"))
    }

    /// The line below in which a module is imported under this name. It is not told to be unused as well.
    pub fn imported_later(&mut self, name: &str, position: Position) -> Option<usize> {
        let imports = self.ast.statements().iter().filter_map(|it| match it {
            Stmt::Import(import, at) if import.1.name == name => Some(import.1.pos.or_else(*at)),
            _ => None,
        });
        let line = imports.filter(|at| *at > position).find_map(|at| at.line())?;
        self.early.insert(name.to_owned());
        Some(line)
    }

    /// Of two imports under one name in one block, the first one counts.
    fn is_repeated(&mut self, name: &str, module: Option<&str>, position: Position) -> bool {
        let Some(first) = self.scope.module_here(name).filter(|_| !name.is_empty()) else {
            return false;
        };
        first.used = true;
        let is_same = matches!(&first.what, What::Module(Some(it)) if Some(it.as_str()) == module);
        let line = first.position.line().unwrap_or_default();
        let message = format!("`{name}` is imported in line {line} already");
        if is_same {
            let hint = "remove one of the two imports".to_owned();
            self.warn("unused_import", message, Some(hint), position);
        } else {
            let hint = format!("it stands for the module of line {line}: use another name here");
            self.fail("repeated_import", message, Some(hint), position);
        }
        true
    }
}
