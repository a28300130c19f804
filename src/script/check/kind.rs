//! The types of values, as far as they are known without running a script.

use rhai::{Dynamic, Expr};

/// Rhai's name of a type: `string`, `i64`, `Host`. None: it may be any.
pub type Kind = Option<String>;

/// The type that a parameter or a result of a native function is declared with.
pub fn declared(text: &str) -> Kind {
    let text = text.trim().trim_start_matches('&').trim_start_matches("mut ").trim();
    for wrapper in ["Fallible<", "RhaiResultOf<", "Result<"] {
        if let Some(inner) = text.strip_prefix(wrapper) {
            let inner = inner.strip_suffix('>').unwrap_or(inner);
            return declared(inner.split(',').next().unwrap_or(inner));
        }
    }
    let name = match text {
        "ImmutableString" | "str" | "String" | "SmartString" => "string",
        "INT" => "i64",
        "FLOAT" => "f64",
        "Array" => "array",
        "Map" => "map",
        "FnPtr" => "Fn",
        "" | "Dynamic" | "RhaiResult" | "T" => return None,
        "()" => "()",
        other if other.chars().all(char::is_alphanumeric) => other,
        _ => return None,
    };
    Some(name.to_owned())
}

/// The type of a literal.
pub fn literal(expression: &Expr) -> Kind {
    let name = match expression {
        Expr::StringConstant(..) | Expr::InterpolatedString(..) => "string",
        Expr::IntegerConstant(..) => "i64",
        Expr::FloatConstant(..) => "f64",
        Expr::BoolConstant(..) => "bool",
        Expr::CharConstant(..) => "char",
        Expr::Array(..) => "array",
        Expr::Map(..) => "map",
        Expr::Unit(..) => "()",
        Expr::DynamicConstant(value, _) => return of(value),
        _ => return None,
    };
    Some(name.to_owned())
}

fn of(value: &Dynamic) -> Kind {
    let name = match value {
        value if value.is_fnptr() => "Fn",
        value if value.is_array() => "array",
        value if value.is_map() => "map",
        _ => return None,
    };
    Some(name.to_owned())
}

/// Whether a value of one type may stand where another is declared.
pub fn fits(given: &Kind, wanted: &Kind) -> bool {
    match (given, wanted) {
        (Some(given), Some(wanted)) => given == wanted,
        _ => true,
    }
}
