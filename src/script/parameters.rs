//! The arguments that a task takes, read from its syntax tree: for people, without running it.

use rhai::{AST, ASTNode, Array, Dynamic, Expr, FnCallExpr, Position, Stmt};

use super::check::{lenient, root, uses_namespace};
use super::engine::bare_engine;
use super::shipped::Source;

/// What a script does with what follows its colon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parameters {
    None,
    Named(Vec<Parameter>),
    /// It reads the text itself.
    Text,
    /// The script is no script; why.
    Unknown(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    pub kind: Kind,
    pub preset: Preset,
}

/// How its text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Switch,
    Number,
    List,
    /// As the value that is computed.
    Computed,
}

/// Its value when it is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preset {
    Required,
    /// As it is typed.
    Value(String),
    /// The code that computes it.
    Computed(String),
}

impl Kind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Switch => "true or false",
            Kind::Number => "whole number",
            Kind::List => "list: 'A B'",
            Kind::Computed => "value",
        }
    }

    /// A value other than the preset one, for an example.
    #[must_use]
    pub fn sample(self, preset: &Preset) -> &'static str {
        let is_on = *preset == Preset::Value("true".to_owned());
        match self {
            Kind::Switch if is_on => "false",
            Kind::Switch => "true",
            Kind::Number => "3",
            Kind::List => "'A B'",
            Kind::Text | Kind::Computed => "VALUE",
        }
    }

    fn of(value: &Dynamic) -> Kind {
        match value {
            value if value.is_bool() => Kind::Switch,
            value if value.is_int() => Kind::Number,
            value if value.is_array() => Kind::List,
            _ => Kind::Text,
        }
    }
}

/// What the script declares with `args::parse`.
#[must_use]
pub fn parameters(source: &Source) -> Parameters {
    let mut engine = bare_engine();
    lenient(&mut engine);
    let ast = match engine.compile(&source.text) {
        Ok(ast) => ast,
        Err(mistake) => return Parameters::Unknown(mistake.to_string()),
    };
    match declared(&ast, &source.text) {
        Some(parameters) => Parameters::Named(parameters),
        None if uses_namespace(&ast, "args") => Parameters::Text,
        None => Parameters::None,
    }
}

fn declared(ast: &AST, text: &str) -> Option<Vec<Parameter>> {
    let mut found = None;
    ast.walk(&mut |path| {
        if let Some(ASTNode::Stmt(Stmt::FnCall(call, _)) | ASTNode::Expr(Expr::FnCall(call, _))) =
            path.last()
            && root(call) == Some("args")
            && call.name == "parse"
        {
            found = of_call(call, text);
        }
        found.is_none()
    });
    found
}

fn of_call(call: &FnCallExpr, text: &str) -> Option<Vec<Parameter>> {
    let [required, optional] = call.args.as_slice() else { return None };
    let required = required.get_literal_value(None).and_then(Dynamic::try_cast::<Array>)?;
    let mut parameters: Vec<Parameter> = required
        .iter()
        .map(|name| Parameter {
            name: name.to_string(),
            kind: Kind::Text,
            preset: Preset::Required,
        })
        .collect();
    let Expr::Map(entries, _) = optional else {
        // An empty map is a constant to the parser.
        return optional.get_literal_value(None)?.is_map().then_some(parameters);
    };
    for (name, value) in &entries.0 {
        let (kind, preset) = match value.get_literal_value(None) {
            Some(literal) => (Kind::of(&literal), Preset::Value(typed(&literal))),
            None => (Kind::Computed, Preset::Computed(code(text, value.start_position()))),
        };
        parameters.push(Parameter { name: name.name.to_string(), kind, preset });
    }
    Some(parameters)
}

/// A value as it is typed on the command line.
fn typed(value: &Dynamic) -> String {
    let Some(list) = value.read_lock::<Array>() else { return value.to_string() };
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// The code from a position to the end of its entry of a map.
fn code(text: &str, from: Position) -> String {
    let (Some(line), Some(column)) = (from.line(), from.position()) else { return String::new() };
    let lines = text.split_inclusive('\n').skip(line - 1);
    let rest: Vec<char> = lines.flat_map(str::chars).collect();
    let begin = whole_name(&rest, column - 1);
    let mut code = String::new();
    let (mut depth, mut quote) = (0_usize, None);
    for &c in rest.get(begin..).unwrap_or_default() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ',' | '}' | '\n') if depth == 0 => break,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, _) => {}
        }
        code.push(c);
    }
    code.trim().to_owned()
}

/// Where a name begins with its namespaces: the position of a call is that of the last name.
fn whole_name(text: &[char], mut begin: usize) -> usize {
    while begin >= 2 && text.get(begin - 2..begin) == Some(&[':', ':']) {
        begin -= 2;
        while begin > 0 && (text[begin - 1].is_alphanumeric() || text[begin - 1] == '_') {
            begin -= 1;
        }
    }
    begin
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Parameters {
        parameters(&Source { name: "x".to_owned(), text: text.to_owned(), path: None })
    }

    #[test]
    fn names_kinds_and_defaults_are_read_without_running() {
        let code = "let given = args::parse([\"id\"], #{ n: 3, all: false, only: [\"a\", \"b\"],\n \
                    at: time::now(), channel: config::get(\"a,b}\", `x`), name: \"\" });";
        let Parameters::Named(found) = read(code) else { panic!("{:?}", read(code)) };
        let found: Vec<_> =
            found.iter().map(|it| (it.name.as_str(), it.kind, it.preset.clone())).collect();
        let value = |text: &str| Preset::Value(text.to_owned());
        let computed = |text: &str| Preset::Computed(text.to_owned());
        let wanted = [
            ("id", Kind::Text, Preset::Required),
            ("n", Kind::Number, value("3")),
            ("all", Kind::Switch, value("false")),
            ("only", Kind::List, value("a b")),
            ("at", Kind::Computed, computed("time::now()")),
            ("channel", Kind::Computed, computed("config::get(\"a,b}\", `x`)")),
            ("name", Kind::Text, value("")),
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_script_may_take_none_or_read_the_text_itself() {
        assert_eq!(read("print(1);"), Parameters::None);
        assert_eq!(read("print(args::text());"), Parameters::Text);
        assert_eq!(read("args::parse([], #{});"), Parameters::Named(Vec::new()));
        assert!(matches!(read("let x = ;"), Parameters::Unknown(_)));
    }
}
