//! What a person is typing: the word at a place, what stands before it, and the calls around it.

use std::ops::Range;

use super::lex::{Kind, Token, tokens};

/// How a name is qualified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Before {
    Nothing,
    /// `cloud::`
    Namespace(String),
    /// The bytes of the value before a dot.
    Value(Range<usize>),
}

/// A call whose parentheses are open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub before: Before,
    pub name: String,
    /// Which of the arguments is being typed, from 0.
    pub argument: usize,
}

/// Where a map that is written out is open in the last argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenMap {
    /// The keys so far.
    pub keys: Vec<String>,
    /// A key comes next, not a value.
    pub at_key: bool,
}

/// What kind of text a place is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Within {
    Code,
    Comment,
    /// A literal; its text up to the place, and where that begins.
    Text {
        begin: usize,
        after_import: bool,
    },
}

/// A place in a script.
#[derive(Debug, Clone)]
pub struct Cursor {
    pub within: Within,
    /// The word up to the place; empty at its beginning.
    pub word: Range<usize>,
    pub before: Before,
    /// The innermost call, unless the place is in a map or block inside of it.
    pub call: Option<Call>,
    /// The map around the place, in an argument of `call`.
    pub map: Option<OpenMap>,
    /// The innermost call, also from inside of lists and maps in its arguments.
    pub through: Option<Call>,
}

impl Cursor {
    /// `offset` is a byte of the text.
    #[must_use]
    pub fn at(text: &str, offset: usize) -> Cursor {
        let head = text.get(..offset).unwrap_or(text);
        let mut all = tokens(head);
        let within = within(head, &all);
        let mut word = head.len()..head.len();
        match &within {
            Within::Text { .. } => drop(all.pop()),
            Within::Code => {
                let is_typed = |it: &Token| it.kind == Kind::Word && it.range.end == head.len();
                if let Some(last) = all.pop_if(|it| is_typed(it)) {
                    word = last.range;
                }
            }
            Within::Comment => {}
        }
        all.retain(|it| it.kind != Kind::Comment);
        let before = before(head, &all);
        let Around { call, map, through } = around(head, &all);
        Cursor { within, word, before, call, map, through }
    }
}

fn within(head: &str, all: &[Token]) -> Within {
    let Some(last) = all.last().filter(|it| it.range.end == head.len()) else {
        return Within::Code;
    };
    match last.kind {
        Kind::Comment if !last.closed => Within::Comment,
        Kind::Text if !last.closed => {
            let quote = last.text(head).chars().next().filter(|c| ['"', '`', '\''].contains(c));
            let begin = last.range.start + quote.map_or(0, char::len_utf8);
            let before = all.len().checked_sub(2).and_then(|at| all.get(at));
            let after_import = before.is_some_and(|it| it.is_word(head, "import"));
            Within::Text { begin, after_import }
        }
        _ => Within::Code,
    }
}

/// What stands before a name, where `code` ends before it.
#[must_use]
pub fn before(text: &str, code: &[Token]) -> Before {
    let Some((last, rest)) = code.split_last() else { return Before::Nothing };
    if last.is(text, "::") {
        let name = rest.last().filter(|it| it.kind == Kind::Word);
        return name.map_or(Before::Nothing, |it| Before::Namespace(it.text(text).to_owned()));
    }
    if !last.is(text, ".") && !last.is(text, "?.") {
        return Before::Nothing;
    }
    match value_before(text, rest) {
        Some(begin) => Before::Value(begin..last.range.start),
        None => Before::Nothing,
    }
}

/// Where the value begins that ends with these pieces: a chain of names, calls, indices and dots.
fn value_before(text: &str, code: &[Token]) -> Option<usize> {
    let mut at = code.len();
    loop {
        let last = code.get(at.checked_sub(1)?)?;
        at -= 1;
        if [")", "]", "}"].iter().any(|sign| last.is(text, sign)) {
            at = opening(text, code, at)?;
            // What is called or indexed.
            let is_value = |it: &Token| {
                it.kind == Kind::Word
                    || it.kind == Kind::Text
                    || it.is(text, ")")
                    || it.is(text, "]")
            };
            let is_map = code[at].is(text, "#{");
            if !is_map && at > 0 && is_value(&code[at - 1]) {
                continue;
            }
        }
        let joins = |it: &Token| [".", "?.", "::"].iter().any(|sign| it.is(text, sign));
        match at.checked_sub(1).and_then(|before| code.get(before)) {
            Some(before) if joins(before) => at -= 1,
            _ => return code.get(at).map(|it| it.range.start),
        }
    }
}

/// The bracket that the one at `closing` closes.
#[must_use]
pub fn opening(text: &str, code: &[Token], closing: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for at in (0..=closing).rev() {
        match code[at].text(text) {
            _ if code[at].kind != Kind::Sign => {}
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" | "#{" | "${" => {
                // What is not balanced is still being typed.
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// A bracket that is open.
struct Open {
    at: usize,
    commas: usize,
    keys: Vec<String>,
    at_key: bool,
}

struct Around {
    call: Option<Call>,
    map: Option<OpenMap>,
    through: Option<Call>,
}

fn around(text: &str, code: &[Token]) -> Around {
    let mut open: Vec<Open> = Vec::new();
    let mut in_parameters = false;
    for (at, token) in code.iter().enumerate() {
        let sign = if token.kind == Kind::Sign { token.text(text) } else { "" };
        let before = at.checked_sub(1).and_then(|at| code.get(at));
        match sign {
            "(" | "[" | "{" | "#{" | "${" => {
                open.push(Open { at, commas: 0, keys: Vec::new(), at_key: true });
            }
            ")" | "]" | "}" => drop(open.pop()),
            // The commas between a closure's parameters are not those of the call.
            "|" if in_parameters => in_parameters = false,
            "|" => {
                in_parameters = before
                    .is_some_and(|it| it.is(text, "(") || it.is(text, ",") || it.is(text, "="));
            }
            "," if !in_parameters => {
                if let Some(last) = open.last_mut() {
                    (last.commas, last.at_key) = (last.commas + 1, true);
                }
            }
            ":" => {
                if let (Some(last), Some(key)) = (open.last_mut(), before) {
                    last.keys.push(key.text(text).trim_matches('"').to_owned());
                    last.at_key = false;
                }
            }
            _ => {}
        }
    }
    let call = |open: &Open| {
        let (name, rest) = code.get(..open.at)?.split_last()?;
        let is_call = code[open.at].is(text, "(") && name.kind == Kind::Word;
        is_call.then(|| Call {
            before: before(text, rest),
            name: name.text(text).to_owned(),
            argument: open.commas,
        })
    };
    let is = |open: &Open, sign: &str| code[open.at].is(text, sign);
    let inner = open.iter().rev().find(|it| !is(it, "[") && !is(it, "#{"));
    let through = inner.and_then(call);
    match open.as_slice() {
        [.., outer, inner] if is(inner, "#{") => {
            let map = OpenMap { keys: inner.keys.clone(), at_key: inner.at_key };
            Around { call: call(outer), map: Some(map), through }
        }
        [.., inner] => Around { call: call(inner), map: None, through },
        [] => Around { call: None, map: None, through },
    }
}

/// The word at a place, in whose middle or at whose end it may be, and what stands before it.
#[must_use]
pub fn word_at(text: &str, offset: usize) -> Option<(Range<usize>, Before)> {
    let mut all = tokens(text);
    all.retain(|it| it.kind != Kind::Comment);
    let is_here = |it: &Token| it.range.start <= offset && offset <= it.range.end;
    let at = all.iter().position(|it| it.kind == Kind::Word && is_here(it))?;
    Some((all[at].range.clone(), before(text, &all[..at])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Cursor {
        Cursor::at(text, text.len())
    }

    #[test]
    fn names_have_what_stands_before_them() {
        assert_eq!(at("cloud::cre").before, Before::Namespace("cloud".into()));
        let text = "let a = x.query(\"b\").std";
        let Before::Value(value) = at(text).before else { panic!("no value") };
        assert_eq!(&text[value], "x.query(\"b\")");
        let text = "if !hosts[0].te";
        let Before::Value(value) = at(text).before else { panic!("no value") };
        assert_eq!(&text[value], "hosts[0]");
        assert_eq!(at("foo").before, Before::Nothing);
    }

    #[test]
    fn the_innermost_call_is_known_with_its_argument() {
        let call = at("parallel(hosts, |a, b| a, cloud::up(1, ").call.unwrap();
        assert_eq!((call.name.as_str(), call.argument), ("up", 1));
        let call = at("parallel(hosts, |a, b| a, ").call.unwrap();
        assert_eq!((call.name.as_str(), call.argument), ("parallel", 2));
        let cursor = at("host.run(\"make\", #{ cwd: \"/\", ti");
        let (call, map) = (cursor.call.unwrap(), cursor.map.unwrap());
        assert_eq!((call.name.as_str(), call.argument), ("run", 1));
        assert_eq!((map.keys, map.at_key), (vec!["cwd".to_owned()], true));
        assert!(!at("f(#{ a: ").map.unwrap().at_key);
    }

    #[test]
    fn texts_and_comments_are_no_code() {
        assert_eq!(at("a // b").within, Within::Comment);
        assert_eq!(at("config::get(\"ss").within, Within::Text { begin: 13, after_import: false });
        assert_eq!(at("import \"std").within, Within::Text { begin: 8, after_import: true });
        assert_eq!(at("`a ${b").within, Within::Code);
    }
}
