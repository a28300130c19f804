//! What a script declares: its functions, imports and variables, with their places.

use std::ops::Range;

use super::lex::{Kind, Token, tokens};

/// A function as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    /// Of the name.
    pub range: Range<usize>,
    pub parameters: Vec<String>,
    /// The doc comment as Markdown.
    pub text: String,
    pub is_private: bool,
    /// From `fn` to the end of its body.
    pub whole: Range<usize>,
}

impl Function {
    #[must_use]
    pub fn signature(&self) -> String {
        format!("{}({})", self.name, self.parameters.join(", "))
    }
}

/// `import "std/service" as service`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    pub path: String,
    /// Of the path, with its quotes.
    pub range: Range<usize>,
    pub alias: String,
}

/// A variable, constant or parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub name: String,
    pub range: Range<usize>,
    /// The bytes of its value, if it is declared with one.
    pub value: Option<Range<usize>>,
    /// Where the block ends that it is declared in.
    pub until: usize,
    pub is_constant: bool,
}

/// A script.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    pub functions: Vec<Function>,
    pub imports: Vec<Import>,
    /// In the order of the text.
    pub names: Vec<Name>,
}

impl Outline {
    #[must_use]
    pub fn of(text: &str) -> Outline {
        let all = tokens(text);
        let code: Vec<&Token> = all.iter().filter(|it| it.kind != Kind::Comment).collect();
        let mut outline = Outline::default();
        for (at, token) in code.iter().enumerate() {
            let reader = Reader { text, code: &code[at..] };
            match (token.kind, token.text(text)) {
                (Kind::Word, "fn") => {
                    let is_private = at > 0 && code[at - 1].is_word(text, "private");
                    let begin = if is_private { code[at - 1] } else { token };
                    if let Some(function) = reader.function(is_private) {
                        let text = comment(text, &all, begin.range.start);
                        outline.names.extend(seen(reader.parameters(), function.whole.end));
                        outline.functions.push(Function { text, ..function });
                    }
                }
                (Kind::Word, "import") => outline.imports.extend(reader.import()),
                (Kind::Word, "let" | "const") => outline.names.extend(reader.variable()),
                (Kind::Word, "for") => {
                    outline.names.extend(seen(reader.of_loop(), reader.end_of_block(1)));
                }
                (Kind::Word, "catch") if reader.is(1, "(") => {
                    outline.names.extend(seen(reader.words(2, ")"), reader.end_of_block(1)));
                }
                (Kind::Sign, "|") if at > 0 && begins_closure(code[at - 1], text) => {
                    outline.names.extend(seen(reader.of_closure(), reader.end_of_closure()));
                }
                _ => {}
            }
        }
        outline
    }

    /// The module that an alias stands for.
    #[must_use]
    pub fn import(&self, alias: &str) -> Option<&Import> {
        self.imports.iter().rev().find(|it| it.alias == alias)
    }

    /// The function that a place is in.
    #[must_use]
    pub fn around(&self, offset: usize) -> Option<&Function> {
        self.functions.iter().find(|it| it.whole.start <= offset && offset <= it.whole.end)
    }

    /// The nearest declaration of a name above a place: in the same function, or outside of all.
    #[must_use]
    pub fn name(&self, name: &str, offset: usize) -> Option<&Name> {
        self.visible(offset).find(|it| it.name == name)
    }

    /// The names that are declared above a place, the nearest first.
    pub fn visible(&self, offset: usize) -> impl Iterator<Item = &Name> {
        let here = self.around(offset).map(|it| it.whole.clone());
        let is_seen = move |it: &&Name| {
            let its = self.around(it.range.start).map(|it| it.whole.clone());
            it.range.start < offset && offset <= it.until && its == here
        };
        self.names.iter().rev().filter(is_seen)
    }
}

/// Names that are seen up to a place.
fn seen(names: Vec<Name>, until: usize) -> impl Iterator<Item = Name> {
    names.into_iter().map(move |name| Name { until, ..name })
}

/// Behind these a `|` does not stand between two values.
fn begins_closure(before: &Token, text: &str) -> bool {
    let signs = ["(", ",", "=", ":", "=>", "[", "{", ";"];
    signs.iter().any(|sign| before.is(text, sign)) || before.is_word(text, "return")
}

/// The doc comment that ends directly above a place.
fn comment(text: &str, all: &[Token], begin: usize) -> String {
    let above = all.iter().rev().skip_while(|it| it.range.end > begin);
    let lines = above.take_while(|it| it.kind == Kind::Comment);
    let lines = lines.map(|it| it.text(text)).take_while(|it| it.starts_with("///"));
    let lines: Vec<&str> = lines
        .map(|line| line.trim_start_matches("///"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
        .collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// Reads a declaration from its first word on.
struct Reader<'t> {
    text: &'t str,
    code: &'t [&'t Token],
}

impl Reader<'_> {
    fn word(&self, at: usize) -> Option<(String, Range<usize>)> {
        let token = self.code.get(at).filter(|it| it.kind == Kind::Word)?;
        Some((token.text(self.text).to_owned(), token.range.clone()))
    }

    fn is(&self, at: usize, sign: &str) -> bool {
        self.code.get(at).is_some_and(|it| it.is(self.text, sign))
    }

    fn plain(&self, at: usize) -> Option<Name> {
        self.word(at).map(|(name, range)| Name {
            name,
            range,
            value: None,
            until: self.text.len(),
            is_constant: false,
        })
    }

    /// The words between two signs, from one position on.
    fn words(&self, from: usize, end: &str) -> Vec<Name> {
        let until = (from..self.code.len()).take_while(|at| !self.is(*at, end));
        until.filter_map(|at| self.plain(at)).collect()
    }

    fn function(&self, is_private: bool) -> Option<Function> {
        let (name, range) = self.word(1)?;
        if !self.is(2, "(") {
            return None;
        }
        let parameters = self.parameters().into_iter().map(|it| it.name).collect();
        let begin = self.code.first()?.range.start;
        let end = self.end_of_body();
        Some(Function {
            name,
            range,
            parameters,
            text: String::new(),
            is_private,
            whole: begin..end,
        })
    }

    fn parameters(&self) -> Vec<Name> {
        self.words(3, ")")
    }

    /// Where the braces close that open first; the end of the text if they never do.
    fn end_of_body(&self) -> usize {
        let mut depth = 0_usize;
        for token in self.code.iter().filter(|it| it.kind == Kind::Sign) {
            match token.text(self.text) {
                "{" | "#{" | "${" => depth += 1,
                "}" if depth <= 1 => return token.range.end,
                "}" => depth -= 1,
                _ => {}
            }
        }
        self.text.len()
    }

    fn import(&self) -> Option<Import> {
        let path = self.code.get(1).filter(|it| it.kind == Kind::Text && it.closed)?;
        let alias = match self.code.get(2).is_some_and(|it| it.is_word(self.text, "as")) {
            true => self.word(3).map(|(name, _)| name),
            false => None,
        };
        Some(Import {
            path: path.text(self.text).trim_matches(['"', '`']).to_owned(),
            range: path.range.clone(),
            alias: alias.unwrap_or_default(),
        })
    }

    /// Where the block ends that the piece at a position is in.
    fn end_of_scope(&self, from: usize) -> usize {
        let mut depth = 0_usize;
        for token in self.code.iter().skip(from).filter(|it| it.kind == Kind::Sign) {
            match token.text(self.text) {
                "(" | "[" | "{" | "#{" | "${" => depth += 1,
                ")" | "]" | "}" if depth == 0 => return token.range.start,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
        }
        self.text.len()
    }

    /// Where the first block ends that begins at a position or behind it; maps and lists are passed over.
    fn end_of_block(&self, from: usize) -> usize {
        let mut depth = 0_usize;
        for at in from..self.code.len() {
            let token = self.code[at];
            match token.text(self.text) {
                _ if token.kind != Kind::Sign => {}
                "{" if depth == 0 => return self.end_of_scope(at + 1),
                "(" | "[" | "{" | "#{" | "${" => depth += 1,
                ")" | "]" | "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        self.text.len()
    }

    /// Where the body of a closure ends, whose first `|` is here: with its block, or its expression.
    fn end_of_closure(&self) -> usize {
        let Some(end) = (1..self.code.len()).find(|at| self.is(*at, "|")) else {
            return self.text.len();
        };
        if self.is(end + 1, "{") {
            return self.end_of_scope(end + 2);
        }
        let mut depth = 0_usize;
        for token in self.code.iter().skip(end + 1).filter(|it| it.kind == Kind::Sign) {
            match token.text(self.text) {
                "," | ";" if depth == 0 => return token.range.start,
                "(" | "[" | "{" | "#{" | "${" => depth += 1,
                ")" | "]" | "}" if depth == 0 => return token.range.start,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
        }
        self.text.len()
    }

    fn variable(&self) -> Option<Name> {
        let is_constant = self.code.first()?.is_word(self.text, "const");
        let name = Name { until: self.end_of_scope(2), is_constant, ..self.plain(1)? };
        if !self.is(2, "=") {
            return Some(name);
        }
        let mut depth = 0_usize;
        let first = self.code.get(3)?;
        let mut end = first.range.start;
        for token in &self.code[3..] {
            match token.text(self.text) {
                _ if token.kind != Kind::Sign => {}
                "(" | "[" | "{" | "#{" | "${" => depth += 1,
                ")" | "]" | "}" if depth == 0 => break,
                ")" | "]" | "}" => depth -= 1,
                ";" if depth == 0 => break,
                _ => {}
            }
            end = token.range.end;
        }
        Some(Name { value: Some(first.range.start..end), ..name })
    }

    /// `for x in` and `for (x, number) in`.
    fn of_loop(&self) -> Vec<Name> {
        match self.is(1, "(") {
            true => self.words(2, ")"),
            false => self.plain(1).into_iter().collect(),
        }
    }

    fn of_closure(&self) -> Vec<Name> {
        self.words(1, "|")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
//! A script.
import \"std/service\" as service;
let host = cloud::host();

/// Starts it.
///
/// Twice.
fn start(host, name) {
    for (x, at) in [1] { let y = #{a: x}; }
}

// No doc.
private fn help() { hosts.map(|each| each.id) }
";

    #[test]
    fn declarations_are_found() {
        let outline = Outline::of(TEXT);
        let start = &outline.functions[0];
        assert_eq!(
            (start.signature().as_str(), start.text.as_str()),
            ("start(host, name)", "Starts it.\n\nTwice.")
        );
        assert!(outline.functions[1].is_private && outline.functions[1].text.is_empty());
        assert_eq!(outline.import("service").unwrap().path, "std/service");
        let names: Vec<&str> = outline.names.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["host", "host", "name", "x", "at", "y", "each"]);
        let value = outline.names[0].value.clone().unwrap();
        assert_eq!(&TEXT[value], "cloud::host()");
    }

    #[test]
    fn names_end_with_their_block() {
        let text = "let aa = 1; { let bb = 2; } for it in #{a: 1}.keys() { it } \
                    try { 1 } catch (err) { err } x.map(|each| each.id); ";
        let outline = Outline::of(text);
        let seen = |place: &str, after: usize| -> Vec<&str> {
            let offset = text.find(place).unwrap() + after;
            outline.visible(offset).map(|it| it.name.as_str()).collect()
        };
        assert_eq!(seen("= 2", 3), ["bb", "aa"]);
        assert_eq!(seen("{ it }", 3), ["it", "aa"]);
        assert_eq!(seen("{ err }", 3), ["err", "aa"]);
        assert_eq!(seen("each.id", 2), ["each", "aa"]);
        assert_eq!(seen("; ", 1), ["aa"]);
        assert_eq!(outline.visible(text.len()).count(), 1);
    }

    #[test]
    fn a_function_sees_its_own_names() {
        let outline = Outline::of(TEXT);
        let inside = TEXT.find("let y").unwrap();
        assert!(outline.name("host", inside).unwrap().range.start > TEXT.find("fn start").unwrap());
        assert!(outline.name("x", TEXT.find("private").unwrap()).is_none());
    }
}
