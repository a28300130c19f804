//! What does nothing but make a value.

use rhai::{Expr, Stmt};

/// Methods of the language that leave the value before the dot as it is, by its type. The engine tells
/// only that they could change it: a closure that they are given could, through `this`.
const LEAVE_AS_IS: &[(&str, &[&str])] = &[
    (
        "array",
        &[
            "all",
            "contains",
            "extract",
            "filter",
            "find",
            "find_map",
            "index_of",
            "is_empty",
            "join",
            "len",
            "map",
            "reduce",
            "reduce_rev",
            "some",
        ],
    ),
    ("map", &["contains", "filter", "get", "is_empty", "keys", "len", "to_json", "values"]),
    (
        "string",
        &[
            "chars",
            "contains",
            "ends_with",
            "index_of",
            "is_empty",
            "len",
            "split",
            "split_rev",
            "starts_with",
            "sub_string",
        ],
    ),
];

/// Whether a method of the language only reads a value of this type.
pub fn leaves_as_is(kind: &str, method: &str) -> bool {
    LEAVE_AS_IS.iter().any(|(of, methods)| *of == kind && methods.contains(&method))
}

/// Whether reading an expression calls nothing.
pub fn calls_nothing(expression: &Expr) -> bool {
    match expression {
        Expr::StringConstant(..)
        | Expr::IntegerConstant(..)
        | Expr::FloatConstant(..)
        | Expr::BoolConstant(..)
        | Expr::CharConstant(..)
        | Expr::DynamicConstant(..)
        | Expr::Unit(..)
        | Expr::Variable(..)
        | Expr::Property(..) => true,
        Expr::FnCall(call, _) => call.op_token.is_some() && call.args.iter().all(calls_nothing),
        Expr::And(parts, _) | Expr::Or(parts, _) | Expr::Coalesce(parts, _) => {
            parts.iter().all(calls_nothing)
        }
        Expr::Array(items, _) | Expr::InterpolatedString(items, _) => {
            items.iter().all(calls_nothing)
        }
        Expr::Map(map, _) => map.0.iter().all(|(_, value)| calls_nothing(value)),
        Expr::Dot(chain, ..) | Expr::Index(chain, ..) => {
            calls_nothing(&chain.lhs) && calls_nothing(&chain.rhs)
        }
        Expr::Stmt(block) => match block.statements() {
            [Stmt::Expr(inner)] => calls_nothing(inner),
            _ => false,
        },
        _ => false,
    }
}

/// Whether an expression is a value that is written out.
pub fn is_written_out(expression: &Expr) -> bool {
    let is_literal = matches!(
        expression,
        Expr::StringConstant(..)
            | Expr::InterpolatedString(..)
            | Expr::IntegerConstant(..)
            | Expr::FloatConstant(..)
            | Expr::BoolConstant(..)
            | Expr::CharConstant(..)
            | Expr::Array(..)
            | Expr::Map(..)
    );
    is_literal && calls_nothing(expression)
}
