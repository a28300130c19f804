//! The call of `args::parse` in a script's syntax tree, by which its arguments are known before it runs.

use rhai::{AST, ASTFlags, ASTNode, Dynamic, Expr, Stmt};

use super::check::root;

/// What the only call of `args::parse` is given.
pub struct Declaration {
    pub required: Expr,
    pub optional: Expr,
    /// It is made whatever the script does, and nothing else reads the arguments.
    pub is_certain: bool,
}

/// The only call of `args::parse`. None: there is no call, or there are several.
#[must_use]
pub fn find(ast: &AST) -> Option<Declaration> {
    let mut calls: Vec<(bool, Vec<Expr>)> = Vec::new();
    ast.walk(&mut |path| {
        if let Some((name, given)) = path.last().and_then(of_args) {
            calls.push((name == "parse", given.to_vec()));
        }
        true
    });
    let mut parsing = calls.iter().filter(|(is_parse, _)| *is_parse);
    let (Some((_, given)), None) = (parsing.next(), parsing.next()) else { return None };
    let [required, optional] = given.as_slice() else { return None };
    Some(Declaration {
        required: constant(ast, required),
        optional: constant(ast, optional),
        is_certain: calls.len() == 1 && is_reached(ast),
    })
}

/// A call of the namespace `args`: its name and what it is given.
fn of_args<'n>(node: &'n ASTNode<'_>) -> Option<(&'n str, &'n [Expr])> {
    match node {
        ASTNode::Stmt(Stmt::FnCall(call, _)) | ASTNode::Expr(Expr::FnCall(call, _))
            if root(call) == Some("args") =>
        {
            Some((call.name.as_str(), &call.args))
        }
        _ => None,
    }
}

/// Whether the call stands outside of functions, branches and loops.
fn is_reached(ast: &AST) -> bool {
    let mut found = false;
    for statement in ast.statements() {
        statement.walk(&mut Vec::new(), &mut |path| {
            let is_call = path.last().and_then(of_args).is_some();
            found |= is_call && !path.iter().any(is_condition);
            !found
        });
    }
    found
}

/// What may leave out a part of itself.
fn is_condition(node: &ASTNode<'_>) -> bool {
    matches!(
        node,
        ASTNode::Stmt(
            Stmt::If(..)
                | Stmt::Switch(..)
                | Stmt::While(..)
                | Stmt::Do(..)
                | Stmt::For(..)
                | Stmt::TryCatch(..)
        ) | ASTNode::Expr(Expr::And(..) | Expr::Or(..) | Expr::Coalesce(..))
    )
}

/// The value of a constant of the script in place of its name.
fn constant(ast: &AST, given: &Expr) -> Expr {
    let Expr::Variable(variable, ..) = given else { return given.clone() };
    let named = ast.statements().iter().find_map(|statement| match statement {
        Stmt::Var(declared, flags, _)
            if flags.intersects(ASTFlags::CONSTANT) && declared.0.name == variable.1 =>
        {
            Some(declared.1.clone())
        }
        _ => None,
    });
    named.unwrap_or_else(|| given.clone())
}

/// A value that is written as such, of this type.
pub fn literal<T: Clone + 'static>(given: &Expr) -> Option<T> {
    given.get_literal_value(None).and_then(Dynamic::try_cast::<T>)
}

#[cfg(test)]
mod tests {
    use rhai::Engine;

    use super::*;

    #[test]
    fn only_one_call_that_is_made_for_certain_declares_anything() {
        for (code, wanted) in [
            ("args::parse([], #{ x: 1 });", Some(true)),
            ("let given = args::parse([\"a\"], #{});", Some(true)),
            ("const DEFAULTS = #{ x: 1 }; let given = args::parse([], DEFAULTS);", Some(true)),
            ("if true { args::parse([], #{ x: 1 }); }", Some(false)),
            ("fn helper() { args::parse([], #{ x: 1 }) }", Some(false)),
            ("if args::text() == \"\" { return; } args::parse([], #{ x: 1 });", Some(false)),
            ("args::parse([], #{ x: 1 }); args::parse([], #{ y: 1 });", None),
            ("print(args::text());", None),
        ] {
            let mut engine = Engine::new_raw();
            crate::script::check::lenient(&mut engine);
            let found = find(&engine.compile(code).unwrap());
            assert_eq!(found.map(|it| it.is_certain), wanted, "{code}");
        }
    }
}
