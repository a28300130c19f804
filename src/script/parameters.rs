//! The arguments that a task takes, read from its syntax tree: for people, without running it.

use std::collections::BTreeSet;

use rhai::{AST, ASTNode, Array, Dynamic, Engine, Expr, Map, Position};

use super::check::{lenient, uses_namespace};
use super::declaration::{self, literal};
use super::engine::bare_engine;
use super::shipped::Source;

/// What a script does with what follows its colon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parameters {
    None,
    Named(Vec<Parameter>),
    /// It reads the text itself, and looks for these names in it.
    Text(Vec<Parameter>),
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
    WholeNumber,
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
    /// What the script makes of that.
    Own,
}

impl Parameter {
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.preset == Preset::Required
    }
}

impl Kind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Switch => "true or false",
            Kind::WholeNumber => "whole number",
            Kind::Number => "number",
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
            Kind::WholeNumber => "3",
            Kind::Number => "2.5",
            Kind::List => "'A B'",
            Kind::Text | Kind::Computed => "VALUE",
        }
    }

    fn of(value: &Dynamic) -> Kind {
        match value {
            value if value.is_bool() => Kind::Switch,
            value if value.is_int() => Kind::WholeNumber,
            value if value.is_float() => Kind::Number,
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
        None if uses_namespace(&ast, "args") => Parameters::Text(looked_for(&ast)),
        None => Parameters::None,
    }
}

/// The arguments that a script of this text declares, for who types them: quickly, and none where that is not clear.
#[must_use]
pub fn typed_by_name(text: &str) -> Vec<Parameter> {
    let mut engine = Engine::new_raw();
    lenient(&mut engine);
    let Ok(ast) = engine.compile(text) else { return Vec::new() };
    declared(&ast, text).unwrap_or_else(|| match uses_namespace(&ast, "args") {
        true => looked_for(&ast),
        false => Vec::new(),
    })
}

/// The names that stand as `"name="` in a script that reads the text of its arguments itself.
fn looked_for(ast: &AST) -> Vec<Parameter> {
    let mut names = BTreeSet::new();
    ast.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::StringConstant(text, _))) = path.last()
            && let Some(name) = text.strip_suffix('=')
            && !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            names.insert(name.to_owned());
        }
        true
    });
    let own = |name| Parameter { name, kind: Kind::Text, preset: Preset::Own };
    names.into_iter().map(own).collect()
}

fn declared(ast: &AST, text: &str) -> Option<Vec<Parameter>> {
    let found = declaration::find(ast)?;
    let required: Array = literal(&found.required)?;
    let mut parameters: Vec<Parameter> = required
        .iter()
        .map(|name| Parameter {
            name: name.to_string(),
            kind: Kind::Text,
            preset: Preset::Required,
        })
        .collect();
    let Expr::Map(entries, _) = &found.optional else {
        // An empty map is a constant to the parser.
        return literal::<Map>(&found.optional).map(|_| parameters);
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
            ("n", Kind::WholeNumber, value("3")),
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
        assert_eq!(read("print(args::text());"), Parameters::Text(Vec::new()));
        let Parameters::Text(found) = read("print(args::text().starts_with(\"instance=\"));")
        else {
            panic!("it reads the text itself")
        };
        assert_eq!((found[0].name.as_str(), &found[0].preset), ("instance", &Preset::Own));
        assert_eq!(read("args::parse([], #{});"), Parameters::Named(Vec::new()));
        assert_eq!(
            read("args::parse([], #{ a: 1 }); args::parse([], #{ b: 1 });"),
            Parameters::Text(Vec::new())
        );
        assert!(matches!(read("let x = ;"), Parameters::Unknown(_)));
    }
}
