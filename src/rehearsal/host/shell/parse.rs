//! From words and operators to lists of commands.

use super::words::{Piece, Token, What, Word, tokens};

pub(super) type List = Vec<(Joint, Pipeline)>;

/// How a pipeline depends on the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    Then,
    And,
    Or,
}

#[derive(Debug)]
pub(super) struct Pipeline {
    pub(super) negated: bool,
    /// At least one.
    pub(super) stages: Vec<Stage>,
}

#[derive(Debug)]
pub(super) struct Stage {
    pub(super) body: Body,
    pub(super) redirects: Vec<Redirect>,
}

#[derive(Debug)]
pub(super) enum Body {
    Simple(Vec<Word>),
    /// `( … )`: its `exit` ends only itself.
    Subshell(List),
    /// `{ …; }`
    Group(List),
    /// Conditions with what they lead to, and what else.
    If(Vec<(List, List)>, List),
    For(String, Vec<Word>, List),
}

#[derive(Debug)]
pub(super) enum Redirect {
    Input(Word),
    Output { stdout: bool, stderr: bool, to: To },
}

#[derive(Debug)]
pub(super) enum To {
    Stdout,
    Stderr,
    File { path: Word, append: bool },
}

/// None for what is beyond this shell.
pub(super) fn list(text: &str) -> Option<List> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let list = parser.list()?;
    (parser.at == parser.tokens.len()).then_some(list)
}

const ENDS: &[&str] = &["then", "elif", "else", "fi", "do", "done", "}"];

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    /// Up to a word that ends a list, or a closing parenthesis, which stay.
    fn list(&mut self) -> Option<List> {
        let mut list = List::new();
        let mut joint = Joint::Then;
        loop {
            while self.operator(";") {}
            if self.at_end_of_list() {
                return Some(list);
            }
            list.push((joint, self.pipeline()?));
            joint = if self.operator("&&") {
                Joint::And
            } else if self.operator("||") {
                Joint::Or
            } else {
                Joint::Then
            };
        }
    }

    fn at_end_of_list(&self) -> bool {
        match self.tokens.get(self.at) {
            None => true,
            Some(Token::Operator(operator)) => operator == ")",
            Some(Token::Word(word)) => ENDS.iter().any(|end| is(word, end)),
        }
    }

    fn pipeline(&mut self) -> Option<Pipeline> {
        let negated = self.keyword("!");
        let mut stages = vec![self.stage()?];
        while self.operator("|") {
            stages.push(self.stage()?);
        }
        Some(Pipeline { negated, stages })
    }

    fn stage(&mut self) -> Option<Stage> {
        let mut redirects = Vec::new();
        let body = if self.operator("(") {
            let list = self.list()?;
            self.operator(")").then_some(Body::Subshell(list))?
        } else if self.keyword("{") {
            let list = self.list()?;
            self.keyword("}").then_some(Body::Group(list))?
        } else if self.keyword("if") {
            self.conditional()?
        } else if self.keyword("for") {
            self.repetition()?
        } else {
            self.simple(&mut redirects)?
        };
        while self.redirect(&mut redirects)? {}
        Some(Stage { body, redirects })
    }

    fn simple(&mut self, redirects: &mut Vec<Redirect>) -> Option<Body> {
        let mut words: Vec<Word> = Vec::new();
        loop {
            if self.redirect(redirects)? {
                continue;
            }
            match self.tokens.get(self.at) {
                Some(Token::Word(word)) => words.push(word.clone()),
                _ => break,
            }
            self.at += 1;
        }
        let beyond = ["while", "until", "case", "function", "[["];
        let first = words.first();
        let strange = first.is_some_and(|word| beyond.iter().any(|keyword| is(word, keyword)));
        let nothing = words.is_empty() && redirects.is_empty();
        (!strange && !nothing).then_some(Body::Simple(words))
    }

    fn conditional(&mut self) -> Option<Body> {
        let mut branches = Vec::new();
        let mut otherwise = List::new();
        loop {
            let condition = self.list()?;
            self.keyword("then").then_some(())?;
            branches.push((condition, self.list()?));
            if self.keyword("elif") {
                continue;
            }
            if self.keyword("else") {
                otherwise = self.list()?;
            }
            return self.keyword("fi").then_some(Body::If(branches, otherwise));
        }
    }

    fn repetition(&mut self) -> Option<Body> {
        let Some(Token::Word(word)) = self.tokens.get(self.at) else { return None };
        let [Piece { what: What::Text(name), .. }] = word.as_slice() else { return None };
        let name = name.clone();
        self.at += 1;
        self.keyword("in").then_some(())?;
        let mut words = Vec::new();
        while let Some(Token::Word(word)) = self.tokens.get(self.at) {
            words.push(word.clone());
            self.at += 1;
        }
        while self.operator(";") {}
        self.keyword("do").then_some(())?;
        let list = self.list()?;
        self.keyword("done").then_some(Body::For(name, words, list))
    }

    /// True if there was one; none if it is beyond this shell.
    fn redirect(&mut self, redirects: &mut Vec<Redirect>) -> Option<bool> {
        let Some(Token::Operator(operator)) = self.tokens.get(self.at) else { return Some(false) };
        if !operator.contains(['<', '>']) {
            return Some(false);
        }
        let Some(Token::Word(word)) = self.tokens.get(self.at + 1).cloned() else { return None };
        let (stdout, stderr) = match operator.as_bytes()[0] {
            b'2' => (false, true),
            b'&' => (true, true),
            _ => (true, false),
        };
        let redirect = match operator.trim_start_matches(['1', '2', '&']) {
            "<" => Redirect::Input(word),
            ">&" if is(&word, "1") => Redirect::Output { stdout, stderr, to: To::Stdout },
            ">&" if is(&word, "2") => Redirect::Output { stdout, stderr, to: To::Stderr },
            ">" => Redirect::Output { stdout, stderr, to: To::File { path: word, append: false } },
            ">>" => Redirect::Output { stdout, stderr, to: To::File { path: word, append: true } },
            _ => return None,
        };
        redirects.push(redirect);
        self.at += 2;
        Some(true)
    }

    fn operator(&mut self, wanted: &str) -> bool {
        let found =
            matches!(self.tokens.get(self.at), Some(Token::Operator(found)) if found == wanted);
        self.at += usize::from(found);
        found
    }

    fn keyword(&mut self, wanted: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(word)) if is(word, wanted));
        self.at += usize::from(found);
        found
    }
}

/// Whether a word is just this text, without quotes.
fn is(word: &Word, text: &str) -> bool {
    matches!(word.as_slice(), [Piece { what: What::Text(found), quoted: false }] if found == text)
}
