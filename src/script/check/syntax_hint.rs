//! What to write in place of a text that is no script: most such texts are right in another language.

use rhai::{LexError, ParseErrorType};

use super::foreign::{self, CLOSURE, FOR, FUNCTION};
use super::otherwise;
use crate::script::editor::lex::{Kind as LexKind, Token, tokens};

/// Words behind which a value stands.
const KEYWORDS: [&str; 8] = ["return", "throw", "let", "const", "in", "if", "else", "import"];

const NAME: &str = "a name has the letters a to z, digits and `_`, and begins with no digit";

const OPTIONS: &str = "options are a map: `#{ name: value }`";

/// What is around the place at which the parser gave up.
struct Around<'t> {
    text: &'t str,
    /// That place, in bytes.
    at: usize,
    before: Vec<Token>,
    here: Option<Token>,
    /// The text behind that.
    behind: &'t str,
}

/// The cure of a syntax error in a text, at a byte of it.
pub fn hint(error: &ParseErrorType, text: &str, at: usize) -> Option<String> {
    let all = tokens(text).into_iter().filter(|it| it.kind != LexKind::Comment);
    let (before, behind): (Vec<Token>, Vec<Token>) = all.partition(|it| it.range.end <= at);
    let here = behind.into_iter().next();
    let rest = here.as_ref().and_then(|it| text.get(it.range.end..)).unwrap_or_default();
    let around = Around { text, at, before, here, behind: rest.trim_start() };
    let hint = match error {
        ParseErrorType::BadInput(error) => return around.characters(error),
        ParseErrorType::UnknownOperator(sign) => foreign::sign(sign)?,
        ParseErrorType::Reserved(word) => return around.kept(word),
        ParseErrorType::MissingToken(wanted, _) => return around.missing(wanted),
        ParseErrorType::ExprExpected(what) if what.contains("literal") => match around.here() {
            "case" | "default" | "else" => "a case is written `1 => …,`, and the last one `_ => …`",
            _ => "a case is a value that is written out, a range, or `_`: `_ if x > 2 => …`",
        },
        ParseErrorType::WrongFnDefinition => {
            "move it to the left, out of all blocks; within one write a closure: let name = |x| …;"
        }
        ParseErrorType::FnMissingBody(_) => FUNCTION,
        ParseErrorType::VariableExpected => match (around.before(), around.here()) {
            ("for", "(") => FOR,
            ("(", _) if around.before_that() == "for" => FOR,
            ("let" | "const", here) if here.starts_with(|c: char| c.is_ascii_digit()) => NAME,
            ("let" | "const", "[" | "{" | "(") => "take the values one by one: `let a = list[0];`",
            ("let" | "const", here) if here.starts_with(char::is_alphabetic) => {
                return Some(format!(
                    "`{here}` is a word of the language: use another name, such as `{here}_`"
                ));
            }
            _ => return None,
        },
        ParseErrorType::MismatchedType(..) if around.behind.starts_with("not in ") => {
            "write `!(x in list)`"
        }
        ParseErrorType::PropertyExpected if around.here().starts_with(['"', '`']) => {
            "texts are joined by `+`"
        }
        ParseErrorType::PropertyExpected if around.here().starts_with(char::is_numeric) => {
            "items stand in brackets: `list[0]`"
        }
        ParseErrorType::AssignmentToConstant(_) => "declare it by `let` if it is to change",
        _ => return None,
    };
    Some(hint.to_owned())
}

fn in_parentheses(name: &str) -> String {
    otherwise::function(name)
        .unwrap_or_else(|| format!("the arguments of a call stand in parentheses: `{name}(…)`"))
}

/// The end of a line that lacks its `;`, where the parser gave up in a later one.
pub fn end_of_line(error: &ParseErrorType, text: &str, at: usize) -> Option<usize> {
    if !matches!(error, ParseErrorType::MissingToken(wanted, _) if wanted == ";") {
        return None;
    }
    let all = tokens(text).into_iter().filter(|it| it.kind != LexKind::Comment);
    let end = all.take_while(|it| it.range.end <= at).last()?.range.end;
    text.get(end..at)?.contains('\n').then_some(end)
}

impl Around<'_> {
    fn here(&self) -> &str {
        self.here.as_ref().map_or("", |it| it.text(self.text))
    }

    fn before(&self) -> &str {
        self.before.last().map_or("", |it| it.text(self.text))
    }

    /// The token before the last one.
    fn before_that(&self) -> &str {
        let at = self.before.len().checked_sub(2);
        at.and_then(|at| self.before.get(at)).map_or("", |it| it.text(self.text))
    }

    /// Whether what stands here gets a value.
    fn is_assigned(&self) -> bool {
        self.behind.starts_with('=') && !self.behind.starts_with("==")
    }

    /// What is no piece of the language.
    fn characters(&self, error: &LexError) -> Option<String> {
        Some(match error {
            LexError::MalformedChar(text) => {
                format!("text stands in double quotes: \"{text}\", or in backticks")
            }
            LexError::MalformedEscapeSequence(sequence)
                if ["\\x", "\\u", "\\U"].iter().any(|it| sequence.starts_with(it)) =>
            {
                "a character has a fixed number of digits: \"\\x1b\", \"\\u202e\" or \"\\U0001f600\""
                    .to_owned()
            }
            LexError::MalformedEscapeSequence(sequence) => format!(
                "write `\\{sequence}` in double quotes; between backticks every `\\` stands for itself"
            ),
            LexError::UnterminatedString if self.text[..self.at].contains("${") && self.is_value() => {
                let line = self.line(self.text[..self.at].rfind("${").unwrap_or_default());
                format!("`${{` of line {line} has no end: a value is put in by `${{name}}`")
            }
            LexError::UnterminatedString => {
                "end it with the quote that it begins with; text of several lines stands between backticks"
                    .to_owned()
            }
            LexError::UnexpectedInput(sign)
                if ['“', '”', '„', '‘', '’'].iter().any(|it| sign.contains(*it)) =>
            {
                "text stands in straight quotes: \"…\"".to_owned()
            }
            LexError::UnexpectedInput(sign) if [")", "]", "}"].contains(&sign.as_str()) => {
                self.closes_nothing(sign)?
            }
            LexError::UnexpectedInput(sign) if sign == ">" && self.text[..self.at].ends_with('<') => {
                foreign::sign("<>")?.to_owned()
            }
            LexError::UnexpectedInput(sign) if sign.is_ascii() => {
                foreign::kept(sign).or_else(|| foreign::sign(sign))?.to_owned()
            }
            LexError::UnexpectedInput(sign) if sign.chars().any(char::is_alphabetic) => {
                NAME.to_owned()
            }
            LexError::UnexpectedInput(sign) => {
                let code = u32::from(sign.chars().next()?);
                format!("type this sign again: it is U+{code:04X}, which may look like another one")
            }
            LexError::ImproperSymbol(..) if self.here() == "=" => match self.behind {
                behind if behind.starts_with('~') => foreign::kept_method("=~")?.to_owned(),
                _ => "`==` compares; a value is assigned on a line of its own".to_owned(),
            },
            LexError::ImproperSymbol(sign, _) => foreign::sign(sign)?.to_owned(),
            _ => return None,
        })
    }

    /// Whether a `${` before this place is still open.
    fn is_value(&self) -> bool {
        let open = self.text[..self.at].rfind("${").map(|at| &self.text[at..self.at]);
        open.is_some_and(|open| !open.contains('}') && !open.contains('\n'))
    }

    /// A word that no name can be, or a sign that has no meaning.
    fn kept(&self, word: &str) -> Option<String> {
        let is_word = word.starts_with(|c: char| c.is_alphabetic());
        let is_behind_dot = [".", "?."].contains(&self.before());
        Some(match word {
            _ if !is_word => foreign::sign(word)?.to_owned(),
            _ if self.before() == "." && self.is_assigned() => format!(
                "the language keeps this word for itself: write `[\"{word}\"] = …`, or \
                 `.set(\"{word}\", …)` where the map has no such key yet"
            ),
            _ if is_behind_dot && self.behind.starts_with('(') => {
                foreign::kept_method(word)?.to_owned()
            }
            _ if is_behind_dot => {
                format!("the language keeps this word for itself: write `[\"{word}\"]`")
            }
            _ if ["#{", ","].contains(&self.before()) && self.behind.starts_with(':') => {
                format!("the language keeps this word for itself: write `\"{word}\": …`")
            }
            _ if self.before() == "::" => {
                let namespace = self.before_that();
                format!(
                    "there is no function `{namespace}::{word}`: `imgctl api {namespace}` lists what there is"
                )
            }
            "print" | "debug" if self.behind.starts_with(['"', '`']) => in_parentheses(word),
            "new" if self.before() == "throw" => "text is thrown: `throw \"…\"`".to_owned(),
            _ => match foreign::kept(word) {
                Some(cure) => cure.to_owned(),
                None => format!(
                    "the language keeps this word for itself: use another name, such as `{word}_`"
                ),
            },
        })
    }

    /// A sign that is wanted here.
    fn missing(&self, wanted: &str) -> Option<String> {
        let hint = match (self.before(), self.here()) {
            ("f" | "r" | "b" | "u", here) if here.starts_with('"') => {
                "values are put in between backticks: `version ${x}`"
            }
            (before, here) if foreign::behind(before).or(foreign::at(here)).is_some() => {
                foreign::behind(before).or(foreign::at(here))?
            }
            _ if wanted == "in" => FOR,
            (_, ":") => return self.colon(wanted),
            (_, here) if here.starts_with('.') && self.is_in_parameters() => {
                "a function has a fixed number of parameters: pass a list"
            }
            (_, "=") if self.is_of_for() => FOR,
            (_, "=") => return self.equals(wanted),
            (_, "if") if wanted == ";" => "write `if condition { a } else { b }`: it has a value",
            (_, "for") if wanted != ";" => "write `list.map(|x| x + 1)`",
            (_, "-") if wanted == ";" && self.declares() => NAME,
            (_, here) if self.is_unit() => return Some(format!("write it in quotes: \"{here}\"")),
            (")", "{") if wanted == "," => CLOSURE,
            (before, "{") if wanted == ";" && (before == ")" || self.before_that() == ".") => {
                "what a function is to call stands between its parentheses: `step(\"name\", || { … })`"
            }
            (_, "{") if wanted == ";" && self.is_name() => foreign::BLOCK,
            (_, ",") if wanted == ";" && self.declares() => {
                "declare one after the other: `let a = 1; let b = 2;`"
            }
            (_, ",") if wanted == ";" => "several values are a list: `[1, 2]`",
            (_, ";") if wanted == "," && self.open_sign() == "{" => {
                "the cases of `switch` end with commas: `1 => …,`"
            }
            (_, ")" | "]" | "}") if wanted == ";" => return self.closes_nothing(self.here()),
            _ => return self.unclosed(wanted).or_else(|| self.without_signs(wanted)),
        };
        Some(hint.to_owned())
    }

    /// `for (i = 0; …`
    fn is_of_for(&self) -> bool {
        let at = self.before.len().checked_sub(3);
        at.and_then(|at| self.before.get(at)).is_some_and(|it| it.is_word(self.text, "for"))
    }

    /// `5m`: a number, and letters right behind it.
    fn is_unit(&self) -> bool {
        self.here.as_ref().is_some_and(|it| it.kind == LexKind::Number && it.range.start < self.at)
    }

    /// Whether a name stands before this place.
    fn is_name(&self) -> bool {
        let last = self.before.last();
        last.is_some_and(|it| it.kind == LexKind::Word && !KEYWORDS.contains(&it.text(self.text)))
    }

    /// Whether the last tokens are `let name`.
    fn declares(&self) -> bool {
        ["let", "const"].contains(&self.before_that())
    }

    /// Whether the parameters of a function are open.
    fn is_in_parameters(&self) -> bool {
        let begin = self.open().and_then(|at| self.before.get(at.checked_sub(2)?));
        self.open_sign() == "(" && begin.is_some_and(|it| it.is_word(self.text, "fn"))
    }

    /// `name: value` where no map is.
    fn colon(&self, wanted: &str) -> Option<String> {
        let hint = match (self.before_that(), wanted) {
            (_, "{") => foreign::BRACES,
            (_, "=>") => "write `=>` between a case and what it does: `1 => …,`",
            (_, "]") => "a part of a list is `list[0..2]`",
            ("let" | "const", _) => "a variable is declared without a type: `let x = …`",
            _ if wanted == "," && self.is_in_parameters() => {
                "parameters are written without types: `fn name(a, b) { … }`"
            }
            ("-", ";") if self.before.len() == 2 => foreign::YAML,
            ("{", _) => "a map is written `#{ name: value }`",
            (_, ",") => OPTIONS,
            _ => return None,
        };
        Some(hint.to_owned())
    }

    /// `name = value` where no variable is assigned to.
    fn equals(&self, wanted: &str) -> Option<String> {
        let hint = match wanted {
            ":" => "in a map write `name: value`",
            "," if self.is_in_parameters() => {
                "a parameter has no default: write a second `fn` of that name without it, which calls this one"
            }
            "," => OPTIONS,
            ";" if self.before_that() == "export" => {
                "variables are given to a command by its option `env`: `#{ env: #{ NAME: \"1\" } }`"
            }
            ";" if self.before_that() == "=" => {
                "assign one after the other: `let b = 1; let a = b;`"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }

    /// `print "x"`, `if (x) print(1)`: what stands on the same line without parentheses or braces.
    fn without_signs(&self, wanted: &str) -> Option<String> {
        let (last, here) = (self.before.last()?, self.here.as_ref()?);
        let name = last.text(self.text);
        let is_name = last.kind == LexKind::Word && !KEYWORDS.contains(&name);
        let is_value = [LexKind::Word, LexKind::Text, LexKind::Number].contains(&here.kind);
        match wanted {
            "{" => Some(foreign::BRACES.to_owned()),
            ";" if is_name && here.kind == LexKind::Word && self.is_assigned() => {
                Some(format!("a variable is declared by `let`: `let {} = …;`", self.here()))
            }
            ";" if is_name && is_value && self.behind.starts_with(['"', '{']) => {
                Some(foreign::BLOCK.to_owned())
            }
            ";" if is_name && is_value => Some(in_parentheses(name)),
            ";" if last.kind == LexKind::Text && here.kind == LexKind::Text => {
                Some("texts are joined by `+`".to_owned())
            }
            _ => None,
        }
    }

    /// The bracket that is open here, or the line that lacks its end.
    fn unclosed(&self, wanted: &str) -> Option<String> {
        let last = self.before.last()?;
        let is_on_next_line = self.here.as_ref().is_none_or(|here| {
            self.text.get(last.range.end..here.range.start).is_some_and(|it| it.contains('\n'))
        });
        let is_end = ["", ";", ")", "]", "}"].contains(&self.here());
        let is_item = ["[", "#{"].contains(&self.open_sign()) && !KEYWORDS.contains(&self.here());
        if wanted == ";" || wanted == "," && !is_end && is_item {
            let line = self.line(last.range.end);
            return is_on_next_line.then(|| format!("end line {line} with `{wanted}`"));
        }
        let open = self.before.get(self.open()?).filter(|_| is_end || is_on_next_line)?;
        let line = self.line(open.range.start);
        Some(format!("`{}` of line {line} has no end", open.text(self.text)))
    }

    /// A bracket that ends what does not begin with its like.
    fn closes_nothing(&self, sign: &str) -> Option<String> {
        let Some(open) = self.open().and_then(|at| self.before.get(at)) else {
            return Some(format!("remove this `{sign}`: nothing before it begins with its like"));
        };
        let begins = match sign {
            ")" => "(",
            "]" => "[",
            _ => "{",
        };
        let open_sign = open.text(self.text);
        let line = self.line(open.range.start);
        (!open_sign.ends_with(begins)).then(|| format!("`{open_sign}` of line {line} has no end"))
    }

    fn open_sign(&self) -> &str {
        self.open().and_then(|at| self.before.get(at)).map_or("", |it| it.text(self.text))
    }

    /// The innermost bracket that is open, as its place among the tokens.
    fn open(&self) -> Option<usize> {
        let mut open = Vec::new();
        for (at, token) in self.before.iter().enumerate().filter(|(_, it)| it.kind == LexKind::Sign)
        {
            match token.text(self.text) {
                "(" | "[" | "{" | "#{" | "${" => open.push(at),
                ")" | "]" | "}" => drop(open.pop()),
                _ => {}
            }
        }
        open.pop()
    }

    fn line(&self, at: usize) -> usize {
        self.text.get(..at).unwrap_or_default().matches('\n').count() + 1
    }
}
