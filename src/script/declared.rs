//! The arguments that a script declares with `args::parse`, and their values.

use rhai::{AST, ASTNode, Array, Dynamic, Engine, Expr, Map, Stmt};

use super::arguments::Arguments;
use super::check::{lenient, root};
use super::errors::{Fallible, throw};
use crate::Error;
use crate::error::nearest;

/// What a script passes to `args::parse`, if these are literal values: the required names, and the
/// others with their defaults.
#[must_use]
pub fn find(ast: &AST) -> Option<(Vec<String>, Map)> {
    let mut declared = None;
    ast.walk(&mut |path| {
        if let Some(ASTNode::Stmt(Stmt::FnCall(call, _)) | ASTNode::Expr(Expr::FnCall(call, _))) =
            path.last()
            && root(call) == Some("args")
            && call.name == "parse"
            && let [required, optional] = call.args.as_slice()
        {
            let required = required.get_literal_value(None).and_then(Dynamic::try_cast::<Array>);
            let optional = optional.get_literal_value(None).and_then(Dynamic::try_cast::<Map>);
            declared = required.zip(optional);
        }
        declared.is_none()
    });
    let (required, optional) = declared?;
    Some((required.iter().map(ToString::to_string).collect(), optional))
}

/// An argument that a script takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    pub required: bool,
    /// As text; empty for a required one.
    pub default: String,
    /// It is true or false.
    pub is_switch: bool,
}

/// The arguments that a script of this text takes, the required ones first; none where it cannot be read.
#[must_use]
pub fn parameters(text: &str) -> Vec<Parameter> {
    let mut engine = Engine::new_raw();
    lenient(&mut engine);
    let declared = engine.compile(text).ok().and_then(|ast| find(&ast));
    let (required, optional) = declared.unwrap_or_default();
    let required = required.into_iter().map(|name| Parameter {
        name,
        required: true,
        default: String::new(),
        is_switch: false,
    });
    let optional = optional.into_iter().map(|(name, default)| Parameter {
        name: name.to_string(),
        required: false,
        is_switch: default.is_bool(),
        default: match default.is_array() {
            true => String::new(),
            false => default.to_string(),
        },
    });
    required.chain(optional).collect()
}

/// The value of an argument's text, read as the type of the default. The items of a list are separated
/// by spaces or commas: `regions='eu-west-1 us-east-1'`.
fn typed(name: &str, text: &str, default: &Dynamic) -> Fallible<Dynamic> {
    let wrong = |wanted: &str| {
        throw(Error::usage(format!("the argument `{name}` is `{text}`, which is not {wanted}")))
    };
    if default.is_bool() {
        return match text {
            "true" | "yes" | "1" => Ok(true.into()),
            "false" | "no" | "0" => Ok(false.into()),
            _ => Err(wrong("true or false")),
        };
    }
    if default.is_int() {
        return text.parse::<i64>().map(Dynamic::from).map_err(|_| wrong("a whole number"));
    }
    if default.is_array() {
        let items = text.split([',', ' ']).filter(|item| !item.is_empty());
        return Ok(items.map(|item| Dynamic::from(item.to_string())).collect::<Array>().into());
    }
    Ok(text.to_string().into())
}

/// An argument as the usage line shows it, with its default: `force=false`, `regions='A B'`.
fn example(name: &str, default: &Dynamic) -> String {
    let Some(list) = default.read_lock::<Array>() else { return format!("{name}={default}") };
    let items: Vec<String> = list.iter().map(ToString::to_string).collect();
    format!("{name}='{}'", if items.is_empty() { "A B".to_string() } else { items.join(" ") })
}

/// The values of a task's arguments, by the names and defaults that the script declares.
pub fn parse(
    script: &str,
    arguments: &Arguments,
    required: &[String],
    optional: &Map,
) -> Fallible<Map> {
    let usage = || {
        let optional = optional.iter().map(|(name, default)| example(name, default));
        let words: Vec<String> = required.iter().cloned().chain(optional).collect();
        format!("usage: {script}:{}", words.join(","))
    };
    let fail = |message: String| throw(Error::usage(message).hint(usage()));
    let names: Vec<&str> =
        required.iter().map(String::as_str).chain(optional.keys().map(|k| k.as_str())).collect();
    let mut values: Map = optional.clone();
    for name in arguments.named.keys() {
        if !names.contains(&name.as_str()) {
            let near = nearest(name, names.iter().copied());
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(fail(format!("{script} has no argument `{name}`{near}")));
        }
    }
    // A map has no order: an optional argument can be given by position only if it is the only one.
    let places = required.len() + usize::from(optional.len() == 1);
    if let Some(extra) = arguments.positional.get(places) {
        return Err(fail(format!("{script} does not take the argument `{extra}`")));
    }
    for (position, name) in names.iter().enumerate() {
        let given = match (arguments.positional.get(position), arguments.named.get(*name)) {
            (Some(_), Some(_)) => {
                return Err(fail(format!("the argument `{name}` is given twice")));
            }
            (text, None) | (None, text) => text,
        };
        match given {
            Some(text) => {
                let default = optional.get(*name).cloned().unwrap_or_else(|| "".into());
                values.insert((*name).into(), typed(name, text, &default)?);
            }
            None if optional.contains_key(*name) => {}
            None => return Err(fail(format!("{script} needs the argument `{name}`"))),
        }
    }
    Ok(values)
}
