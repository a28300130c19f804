//! What a file may hand to others: the keys under which its maps may hold functions, and what it imports.

use rhai::{AST, ASTNode, BinaryExpr, Expr, Position, Stmt};

use super::kind::literal;

#[derive(Default)]
pub struct Held {
    pub keys: Vec<String>,
    /// The paths of imports, as they are written.
    pub imports: Vec<String>,
}

pub fn read(ast: &AST) -> Held {
    let mut held = Held::default();
    ast.walk(&mut |path| {
        match path.last() {
            Some(ASTNode::Expr(Expr::Map(map, _))) => {
                let functions = map.0.iter().filter(|(_, value)| may_be_function(value));
                held.keys.extend(functions.map(|(key, _)| key.name.to_string()));
            }
            Some(ASTNode::Stmt(Stmt::Assignment(assignment))) => {
                let sides = &assignment.1;
                if let (Some(key), true) = (last_key(&sides.lhs), may_be_function(&sides.rhs)) {
                    held.keys.push(key);
                }
            }
            Some(ASTNode::Expr(Expr::MethodCall(call, _))) if call.name == "set" => {
                if let [Expr::StringConstant(key, _), value] = call.args.as_slice()
                    && may_be_function(value)
                {
                    held.keys.push(key.to_string());
                }
            }
            Some(ASTNode::Stmt(Stmt::Import(import, _))) => {
                if let Expr::StringConstant(path, _) = &import.0 {
                    held.imports.push(path.to_string());
                }
            }
            _ => {}
        }
        true
    });
    held
}

fn may_be_function(value: &Expr) -> bool {
    literal(value).is_none_or(|kind| kind == "Fn")
}

/// The key that an assignment to `map.key` or `map["key"]` gives a value.
fn last_key(target: &Expr) -> Option<String> {
    match target {
        Expr::Dot(chain, ..) | Expr::Index(chain, ..) => match &chain.rhs {
            Expr::Property(property, _) => Some(property.2.to_string()),
            Expr::StringConstant(key, _) => Some(key.to_string()),
            further => last_key(further),
        },
        _ => None,
    }
}

/// The property behind the first dot.
pub fn first(chain: &BinaryExpr) -> Option<(&str, Position)> {
    let member = match &chain.rhs {
        Expr::Dot(next, ..) | Expr::Index(next, ..) => &next.lhs,
        other => other,
    };
    match member {
        Expr::Property(property, position) => Some((property.2.as_str(), *position)),
        _ => None,
    }
}
