//! Where expressions begin.

use rhai::{Expr, Position};

/// Not at the dot or operator in it, and with the namespace of a call.
pub fn begin_of(expression: &Expr) -> Position {
    match expression {
        Expr::FnCall(call, _) if !call.namespace.is_empty() => call.namespace.position(),
        Expr::FnCall(call, position) if call.op_token.is_some() => {
            call.args.first().map_or(*position, begin_of)
        }
        Expr::Dot(chain, ..) | Expr::Index(chain, ..) => begin_of(&chain.lhs),
        Expr::And(parts, _) | Expr::Or(parts, _) | Expr::Coalesce(parts, _) => {
            parts.first().map_or(Position::NONE, begin_of)
        }
        other => other.position(),
    }
}
