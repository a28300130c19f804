//! One file: its syntax tree, and what is known while it is read from top to bottom.

use std::collections::BTreeSet;
use std::path::Path;

use rhai::{AST, ASTNode, Expr, Position, ScriptFuncDef, Stmt};

use super::Checker;
use super::changed::{Changes, method};
use super::diagnostic::{Diagnostic, Severity};
use super::host_parameters::{self, Imported};
use super::kind::Kind;
use super::module::{Module, body, is_closure, key};
use super::scope::{Entry, Scope, What};
use super::syntax::{open_comment, parse_error};
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
    /// The variables that are declared anywhere, and where.
    pub declared: Vec<(String, Position)>,
    /// Names that are assigned to somewhere: their types may change.
    pub assigned: BTreeSet<String>,
    pub changes: Changes,
    /// The keys of all maps that are written out.
    pub written: BTreeSet<String>,
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
    /// The arms that are left for what stands behind a fork, when its others end with `return` or the like.
    pub left: Vec<(usize, usize)>,
    pub forks: usize,
    /// How many loops are open that go round more than once.
    pub loops: usize,
    /// The type of the value before the dot of the method that was read last.
    pub receiver: Kind,
    /// The name of the function that is read; empty outside of functions.
    pub function: String,
    pub steps: Vec<Step>,
    /// The files of this machine that are read by names that are written out.
    pub files: Vec<(String, Position)>,
    /// Whether it runs what may make files that are not there yet.
    pub makes_files: bool,
    /// Which of them could be there was told already.
    pub told: BTreeSet<String>,
    /// Modules and variables that were used above their imports and declarations.
    pub early: BTreeSet<String>,
}

/// A call of `step` with a literal name.
pub struct Step {
    pub name: String,
    pub position: Position,
    pub branches: Vec<(usize, usize)>,
    /// The function that it is in; empty: outside of functions.
    pub function: String,
}

/// Checks a file. None: it cannot be read at all.
pub fn check(checker: &mut Checker<'_>, source: &Source) -> Option<Module> {
    let trees = checker.imports.sources.trees.clone();
    let ast = match trees.read(checker.engine, source) {
        Ok(ast) => ast,
        Err(error) => {
            let error = parse_error(checker.engine, &error, source);
            checker.found.push(unreadable(source, &error));
            return None;
        }
    };
    if let Some(error) = open_comment(source) {
        checker.found.push(unreadable(source, &error));
        return None;
    }
    let mut module = Module::of(&ast);
    let imported = imported(checker, source, &ast);
    host_parameters::learn(&mut module, &ast, &checker.known, &checker.keys, &imported);
    if checker.trusts_shipped && source.is_shipped() {
        return Some(module);
    }
    let mut file = File {
        checker,
        source,
        ast: &ast,
        module: &module,
        scope: Scope::default(),
        declared: Vec::new(),
        assigned: BTreeSet::new(),
        changes: Changes::default(),
        written: BTreeSet::new(),
        evaluates: false,
        evaluating: BTreeSet::new(),
        stops: false,
        closures: BTreeSet::new(),
        trying: 0,
        branches: Vec::new(),
        left: Vec::new(),
        forks: 0,
        loops: 0,
        receiver: None,
        function: String::new(),
        steps: Vec::new(),
        files: Vec::new(),
        makes_files: false,
        told: BTreeSet::new(),
        early: BTreeSet::new(),
    };
    file.look_ahead();
    file.whole();
    Some(module)
}

fn unreadable(source: &Source, error: &Error) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        code: "syntax",
        message: error.message().to_owned(),
        hint: error.hint_text().map(str::to_owned),
        place: error.place().cloned().unwrap_or_else(|| Place::file(&source.name)),
    }
}

/// The modules that a file imports by literal paths, at its top.
fn imported(checker: &mut Checker<'_>, source: &Source, ast: &AST) -> Imported {
    let mut found = Imported::new();
    for statement in ast.statements() {
        let Stmt::Import(import, _) = statement else { continue };
        let Expr::StringConstant(path, _) = &import.0 else { continue };
        // What is wrong with an import is told where it is read.
        let Ok(other) = checker.imports.source(Some(&source.name), path) else { continue };
        let is_circle = checker.loading.contains(&other.name);
        if let Some(module) = (!is_circle).then(|| checker.module(&other)).flatten() {
            found.entry(import.1.name.to_string()).or_insert(module);
        }
    }
    found
}

impl File<'_, '_> {
    fn look_ahead(&mut self) {
        self.changes = Changes::of(self.ast, &|name| self.gets_copies(name));
        let File { ast, module, written, declared, assigned, evaluating, stops, .. } = self;
        // A function that is called so may give its `this` a value of any type.
        let has_this = |method: &str| module.functions.contains_key(method) || method == "call";
        ast.walk(&mut |path| {
            match path.last() {
                Some(ASTNode::Stmt(Stmt::Assignment(assignment))) => {
                    if let Expr::Variable(variable, ..) = &assignment.1.lhs {
                        assigned.insert(variable.1.to_string());
                    }
                }
                Some(ASTNode::Stmt(Stmt::Var(variable, ..))) => {
                    declared.push((variable.0.name.to_string(), variable.0.pos));
                }
                Some(ASTNode::Stmt(Stmt::For(each, _))) => {
                    declared.push((each.0.name.to_string(), each.0.pos));
                }
                Some(ASTNode::Expr(Expr::Map(map, _))) => {
                    written.extend(map.0.iter().map(|(key, _)| key.name.to_string()));
                }
                Some(ASTNode::Expr(Expr::Dot(chain, ..))) => {
                    if let (Expr::Variable(variable, ..), Some(method)) =
                        (&chain.lhs, method(chain))
                        && has_this(&method.name)
                    {
                        assigned.insert(variable.1.to_string());
                    }
                }
                Some(
                    ASTNode::Stmt(Stmt::FnCall(call, _)) | ASTNode::Expr(Expr::FnCall(call, _)),
                ) => {
                    *stops |= call.name == "breakpoint";
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
            self.test(function);
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
        self.missing_files();
        self.own_arguments();
        self.uncalled_main();
    }

    /// `imgctl test` calls the functions `test_*` of some files, with no arguments.
    fn test(&mut self, function: &ScriptFuncDef) {
        if function.params.is_empty()
            || !function.name.starts_with("test_")
            || !has_tests(self.source)
        {
            return;
        }
        let message = format!("the test {} takes arguments", function.name);
        let hint = "a test has none: call a function of another name with them".to_owned();
        self.fail("wrong_count", message, Some(hint), function.body.start_position());
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
                _ if self.is_put_in_otherwise(&entry.name) => {
                    format!("a text in backticks has its value as `${{{}}}`", entry.name)
                }
                _ => format!("remove it, or call it `_{}`", entry.name),
            };
            self.warn(code, message, Some(hint), entry.position);
        }
    }

    /// Whether a text has the name of a variable as other languages put its value in.
    fn is_put_in_otherwise(&self, name: &str) -> bool {
        let text = &self.source.text;
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let dollar = format!("${name}");
        text.contains(&format!("{{{name}}}"))
            || text.match_indices(&dollar).any(|(at, _)| ends(&text[at + dollar.len()..]))
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

/// Whether `imgctl test` looks for tests in a file, by its name.
fn has_tests(source: &Source) -> bool {
    let path = Path::new(&source.name);
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let is_below = |folder: &Path| folder.file_name().is_some_and(|name| name == "tests");
    path.ancestors().skip(1).any(is_below) || stem.starts_with("test_") || stem.ends_with("_test")
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
