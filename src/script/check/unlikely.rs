//! What a script may do and hardly means to: it runs, and does something else than was thought.

use rhai::{ASTNode, Expr, FnCallExpr, Position, Stmt};

use super::file::File;
use super::kind::Kind;
use super::module::body;
use crate::script::shipped::Shelf;

/// Methods of a host, and functions of `local`, that run a command.
const COMMANDS: [&str; 4] = ["query", "run", "sudo", "test"];

impl File<'_, '_> {
    /// Text for a shell that has a list or map in it gets that as scripts write it: `["git", "curl"]`.
    pub fn command(&mut self, name: &str, call: &FnCallExpr) {
        if !COMMANDS.contains(&name) || self.trying > 0 {
            return;
        }
        if let Some(command) = call.args.first() {
            self.list_in_text(command);
        }
    }

    fn list_in_text(&mut self, text: &Expr) {
        match text {
            Expr::InterpolatedString(parts, _) => {
                for part in parts {
                    match part {
                        Expr::Stmt(block) => {
                            if let [Stmt::Expr(value)] = block.statements() {
                                self.list_as_text(value);
                            }
                        }
                        value => self.list_as_text(value),
                    }
                }
            }
            Expr::FnCall(call, _) if call.name == "+" && call.op_token.is_some() => {
                let is_text = call.args.iter().any(is_text);
                for part in &call.args {
                    self.list_in_text(part);
                    if is_text {
                        self.list_as_text(part);
                    }
                }
            }
            _ => {}
        }
    }

    fn list_as_text(&mut self, value: &Expr) {
        let Expr::Variable(variable, _, position) = value else { return };
        let kind = self.entry_of(value).and_then(|entry| entry.kind.clone());
        let (what, hint) = match kind.as_deref() {
            Some("array") => (
                "a list",
                "write `….join(\" \")`, or the command as a list: `[\"apt-get\", \"install\"] + …`",
            ),
            Some("map") => ("a map", "write one of its values, `….key`"),
            _ => return,
        };
        let name = &variable.1;
        let message = format!("`{name}` is {what}, with its brackets and quotes in this command");
        self.warn("list_in_command", message, Some(hint.replace('…', name)), *position);
    }

    /// `for line in result.stdout`
    pub fn characters(&mut self, iterated: &Expr, kind: &Kind) {
        let Expr::Dot(chain, ..) = iterated else { return };
        let Some((stream, position)) = last_property(&chain.rhs) else { return };
        if kind.as_deref() != Some("string") || !["stdout", "stderr"].contains(&stream) {
            return;
        }
        let hint = match stream {
            "stdout" => "go over its lines: `result.lines`",
            _ => "go over its lines: `result.stderr.split(\"\\n\")`",
        };
        let message = format!("`for` goes over the characters of `{stream}`");
        self.warn("characters", message, Some(hint.to_owned()), position);
    }

    /// A function with one parameter gets the index of each item from `for_each`; the item is `this`.
    pub fn index_for_item(&mut self, closure: &Expr) {
        let Some(function) = self.closure_of(closure) else { return };
        let mut uses_item = false;
        for statement in body(function) {
            statement.walk(&mut Vec::new(), &mut |path: &[ASTNode<'_>]| {
                uses_item |= matches!(path.last(), Some(ASTNode::Expr(Expr::ThisPtr(_))));
                true
            });
        }
        if self.closure_parameters(closure) != Some(1) || uses_item || self.trying > 0 {
            return;
        }
        let message = "`for_each` calls this with the index of each item".to_owned();
        let hint = "write `for item in list { … }`, or `|| …` with the item as `this`".to_owned();
        self.warn("index", message, Some(hint), closure.position());
    }

    /// A closure as a line of its own.
    pub fn dropped_closure(&mut self, closure: &Expr) {
        let message = "this function is never called".to_owned();
        let hint = "write what it does without `|| `, or keep it: `let f = || …`".to_owned();
        self.warn("unused_result", message, Some(hint), closure.position());
    }

    /// `{}` where a value is wanted.
    pub fn empty_block(&mut self, position: Position) {
        let message = "`{}` is an empty block, which has no value".to_owned();
        let hint = "an empty map is written `#{}`, and nothing `()`".to_owned();
        self.warn("no_value", message, Some(hint), position);
    }

    /// `fn main()` in a script that does nothing besides, as in languages that begin there.
    pub fn uncalled_main(&mut self) {
        let ast = self.ast;
        let main = ast.iter_fn_def().find(|it| it.name == "main" && it.params.is_empty());
        let declares = |it: &Stmt| {
            matches!(it, Stmt::Noop(_) | Stmt::Import(..) | Stmt::Export(..) | Stmt::Var(..))
        };
        let (Some(main), true) = (main, ast.statements().iter().all(declares)) else { return };
        // Others may call what a module has.
        let is_module = self.checker.imported.contains(&self.source.name)
            || self.source.name.starts_with(Shelf::Stdlib.folder());
        if is_module {
            return;
        }
        let mut is_used = false;
        ast.walk(&mut |path| {
            is_used |= match path.last() {
                Some(
                    ASTNode::Stmt(Stmt::FnCall(call, _)) | ASTNode::Expr(Expr::FnCall(call, _)),
                ) => call.name == "main",
                Some(ASTNode::Expr(Expr::Variable(variable, ..))) => variable.1 == "main",
                _ => false,
            };
            true
        });
        if !is_used {
            let hint = "a script begins with its first line outside of functions: add `main();`";
            let message = "`main` is never called".to_owned();
            self.warn("unreachable", message, Some(hint.to_owned()), main.body.start_position());
        }
    }
}

fn is_text(expression: &Expr) -> bool {
    match expression {
        Expr::StringConstant(..) | Expr::InterpolatedString(..) => true,
        Expr::FnCall(call, _) => {
            call.name == "+" && call.op_token.is_some() && call.args.iter().any(is_text)
        }
        _ => false,
    }
}

/// The property at the end of a chain.
fn last_property(right: &Expr) -> Option<(&str, Position)> {
    match right {
        Expr::Property(property, position) => Some((property.2.as_str(), *position)),
        Expr::Dot(next, ..) => last_property(&next.rhs),
        _ => None,
    }
}
