//! Small questions about a script or an engine.

use rhai::{AST, ASTNode, Engine, Expr, FnCallExpr, Stmt};

use super::known::Known;
use crate::error::nearest;
use crate::script::shipped::Shelf;
use crate::{Code, Error};

/// Whether a script calls anything of a namespace.
#[must_use]
pub fn uses_namespace(ast: &AST, namespace: &str) -> bool {
    let mut found = false;
    ast.walk(&mut |path| {
        if let Some(ASTNode::Stmt(Stmt::FnCall(call, _)) | ASTNode::Expr(Expr::FnCall(call, _))) =
            path.last()
        {
            found |= root(call) == Some(namespace);
        }
        !found
    });
    found
}

pub fn root(call: &FnCallExpr) -> Option<&str> {
    call.namespace.path.first().map(|ident| ident.name.as_str())
}

/// The names of every namespace of an engine.
pub fn namespaces(engine: &Engine) -> Vec<String> {
    Known::new(engine).namespaces.into_keys().filter(|name| !name.is_empty()).collect()
}

/// The error for a namespace that is not imported, or misspelled.
pub fn unknown_namespace<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let error = Error::new(Code::Script, format!("there is no namespace `{name}`"));
    if Shelf::Stdlib.all_shipped().any(|(file, _)| file == format!("stdlib/{name}.rhai")) {
        return error.hint(format!("add `import \"std/{name}\" as {name};` at the top"));
    }
    if let Some(near) = nearest(name, known) {
        return error.hint(format!("did you mean `{near}`?"));
    }
    error.hint(format!(
        "import the module that it is to be (`import \"…\" as {name};`); `imgctl api` lists the namespaces and modules there are"
    ))
}
