//! Modules that only import, name values and define functions.

use rhai::{AST, Expr, Stmt};

use super::check::calls_nothing;

/// What such a module imports: evaluating it calls nothing, so that it does not depend on who does. None: it does
/// more.
#[must_use]
pub fn imports_of_plain(ast: &AST) -> Option<Vec<String>> {
    let mut imports = Vec::new();
    for statement in ast.statements() {
        match statement {
            Stmt::Import(import, _) => match &import.0 {
                Expr::StringConstant(path, _) => imports.push(path.to_string()),
                _ => return None,
            },
            Stmt::Var(variable, ..) if calls_nothing(&variable.1) => {}
            Stmt::Noop(_) | Stmt::Export(..) => {}
            _ => return None,
        }
    }
    Some(imports)
}
