//! One file: its syntax tree, and what is known while it is read from top to bottom.

use std::collections::BTreeSet;

use rhai::{AST, ASTNode, Expr, Position, Stmt};

use super::Checker;
use super::diagnostic::{Diagnostic, Severity};
use super::module::{Module, body, is_closure};
use super::scope::{Entry, Scope, What};
use super::syntax::parse_error;
use crate::script::errors::place;
use crate::script::shipped::Source;
use crate::{Error, Place};

/// A file that is being checked.
pub struct File<'c, 'e> {
    pub checker: &'c mut Checker<'e>,
    pub source: &'c Source,
    pub ast: &'c AST,
    pub module: &'c Module,
    pub scope: Scope,
    /// Names that are assigned to somewhere: their types may change.
    pub assigned: BTreeSet<String>,
    /// Keys of the maps that are written out: they may hold functions.
    pub keys: BTreeSet<String>,
    /// The code that is given to `eval` may use all variables here, and define further ones.
    pub evaluates: bool,
    /// The functions and closures that call `eval`, as [`key`] names them; empty: outside of functions.
    evaluating: BTreeSet<String>,
    /// Whoever is at a breakpoint may use what the script does not.
    pub stops: bool,
    /// Closures that were read where they are written.
    pub closures: BTreeSet<String>,
    /// How many `try` are open: what fails there may be meant to.
    pub trying: usize,
    /// The branches on the way to here: which `if` or `switch`, and which of its arms.
    pub branches: Vec<(usize, usize)>,
    pub forks: usize,
    /// The name of the function that is read; empty outside of functions.
    pub function: String,
    pub steps: Vec<Step>,
    /// Which of them could be there was told already.
    pub told: BTreeSet<String>,
}

/// A call of `step` with a literal name.
pub struct Step {
    pub name: String,
    pub position: Position,
    pub branches: Vec<(usize, usize)>,
}

/// Checks a file. None: it cannot be read at all.
pub fn check(checker: &mut Checker<'_>, source: &Source) -> Option<Module> {
    let trees = checker.imports.sources.trees.clone();
    let ast = match trees.read(checker.engine, source) {
        Ok(ast) => ast,
        Err(error) => {
            let error = parse_error(checker.engine, &error, source);
            let place = error.place().cloned().unwrap_or_else(|| Place::file(&source.name));
            checker.found.push(Diagnostic {
                severity: Severity::Error,
                code: "syntax",
                message: error.message().to_owned(),
                hint: error.hint_text().map(str::to_owned),
                place,
            });
            return None;
        }
    };
    let module = Module::of(&ast);
    let mut file = File {
        checker,
        source,
        ast: &ast,
        module: &module,
        scope: Scope::default(),
        assigned: BTreeSet::new(),
        keys: BTreeSet::new(),
        evaluates: false,
        evaluating: BTreeSet::new(),
        stops: false,
        closures: BTreeSet::new(),
        trying: 0,
        branches: Vec::new(),
        forks: 0,
        function: String::new(),
        steps: Vec::new(),
        told: BTreeSet::new(),
    };
    file.look_ahead();
    file.share_keys();
    file.whole();
    Some(module)
}

impl File<'_, '_> {
    fn share_keys(&mut self) {
        self.checker.keys.extend(self.keys.iter().cloned());
        self.keys.clone_from(&self.checker.keys);
    }

    fn look_ahead(&mut self) {
        let File { ast, assigned, keys, evaluating, stops, .. } = self;
        ast.walk(&mut |path| {
            match path.last() {
                Some(ASTNode::Expr(Expr::Map(map, _))) => {
                    keys.extend(map.0.iter().map(|(key, _)| key.name.to_string()));
                }
                Some(ASTNode::Stmt(Stmt::Assignment(assignment))) => match &assignment.1.lhs {
                    Expr::Variable(variable, ..) => drop(assigned.insert(variable.1.to_string())),
                    Expr::Dot(chain, ..) => {
                        if let Expr::Property(property, _) = &chain.rhs {
                            keys.insert(property.2.to_string());
                        }
                    }
                    _ => {}
                },
                Some(
                    ASTNode::Stmt(Stmt::FnCall(call, _)) | ASTNode::Expr(Expr::FnCall(call, _)),
                ) => {
                    *stops |= call.name == "breakpoint";
                }
                Some(ASTNode::Expr(Expr::MethodCall(call, _))) if call.name == "set" => {
                    if let Some(Expr::StringConstant(key, _)) = call.args.first() {
                        keys.insert(key.to_string());
                    }
                }
                _ => {}
            }
            true
        });
        if calls_eval(ast.statements()) {
            evaluating.insert(String::new());
        }
        let functions = ast.iter_fn_def().filter(|it| calls_eval(&body(it)));
        evaluating.extend(functions.map(|it| key(&it.name, it.params.len())));
    }

    /// Begins a function, by its [`key`]; the result is what `evaluates` was.
    pub fn enter(&mut self, function: &str) -> bool {
        std::mem::replace(&mut self.evaluates, self.evaluating.contains(function))
    }

    fn whole(&mut self) {
        self.scope.open();
        self.enter("");
        let ast = self.ast;
        self.statements(ast.statements(), true);
        let mut functions: Vec<_> = ast.iter_fn_def().filter(|it| !is_closure(it)).collect();
        functions.sort_by_key(|it| it.body.start_position());
        for function in functions {
            let begins = Some(function.body.start_position());
            self.function = key(&function.name, function.params.len());
            let around = self.enter(&self.function.clone());
            let outside = self.scope.enter(begins);
            for parameter in &function.params {
                self.scope.declare(parameter, Position::NONE, What::Given, None);
            }
            let body = body(function);
            self.statements(&body, true);
            let left = self.scope.leave(outside);
            self.unused(left);
            self.evaluates = around;
        }
        let left = self.scope.close();
        self.unused(left);
        self.repeated_steps();
    }

    /// Tells what was declared in a block and never read.
    pub fn unused(&mut self, entries: Vec<Entry>) {
        if self.evaluates || self.stops {
            return;
        }
        for entry in entries {
            let (code, message) = match entry.what {
                _ if entry.used || entry.name.starts_with('_') || entry.name.is_empty() => continue,
                What::Given => continue,
                What::Module(_) => {
                    ("unused_import", format!("`{}` is imported and never used", entry.name))
                }
                What::Variable | What::Constant => {
                    ("unused_variable", format!("`{}` is never read", entry.name))
                }
            };
            let hint = match entry.what {
                What::Module(_) => "remove the import".to_owned(),
                _ => format!("remove it, or call it `_{}`", entry.name),
            };
            self.warn(code, message, Some(hint), entry.position);
        }
    }

    pub fn warn(
        &mut self,
        code: &'static str,
        message: String,
        hint: Option<String>,
        at: Position,
    ) {
        self.tell(Severity::Warning, code, message, hint, at);
    }

    pub fn fail(
        &mut self,
        code: &'static str,
        message: String,
        hint: Option<String>,
        at: Position,
    ) {
        self.tell(Severity::Error, code, message, hint, at);
    }

    pub fn error(&mut self, code: &'static str, error: &Error, at: Position) {
        let hint = error.hint_text().map(str::to_owned);
        let message = match error.causes() {
            [] => error.message().to_owned(),
            causes => format!("{}: {}", error.message(), causes.join(": ")),
        };
        self.fail(code, message, hint, at);
    }

    fn tell(
        &mut self,
        severity: Severity,
        code: &'static str,
        message: String,
        hint: Option<String>,
        at: Position,
    ) {
        let place = place(&self.source.name, at);
        let place = place.unwrap_or_else(|| Place::file(&self.source.name).line(1));
        let place = with_literal(place.quoting(&self.source.text));
        self.checker.found.push(Diagnostic { severity, code, message, hint, place });
    }
}

/// A function of the script, as others of its name take other numbers of arguments.
pub fn key(name: &str, parameters: usize) -> String {
    format!("{name}/{parameters}")
}

fn calls_eval(statements: &[Stmt]) -> bool {
    let goes_on = |path: &[ASTNode<'_>]| match path.last() {
        Some(ASTNode::Stmt(Stmt::FnCall(call, _)) | ASTNode::Expr(Expr::FnCall(call, _))) => {
            call.name != "eval"
        }
        _ => true,
    };
    !statements.iter().all(|it| it.walk(&mut Vec::new(), &mut { goes_on }))
}

/// A place at a quote is about the whole literal.
fn with_literal(mut place: Place) -> Place {
    let (Some(text), Some(column), 0) = (&place.text, place.column, place.length) else {
        return place;
    };
    let mut rest = text.chars().skip(column.saturating_sub(1));
    let Some(quote) = rest.next().filter(|c| ['"', '`'].contains(c)) else { return place };
    if let Some(end) = rest.position(|c| c == quote) {
        place.length = end + 2;
    }
    place
}
