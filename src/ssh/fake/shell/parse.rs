//! From text to a list of pipelines of simple commands.

use std::collections::BTreeMap;

use super::words::{Token, tokens};

/// How a pipeline depends on the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    Then,
    And,
    Or,
}

#[derive(Debug, Default)]
pub(super) struct Pipeline {
    pub(super) negated: bool,
    /// At least one.
    pub(super) stages: Vec<Simple>,
}

#[derive(Debug, Default)]
pub(super) struct Simple {
    pub(super) words: Vec<String>,
    pub(super) redirects: Vec<Redirect>,
}

#[derive(Debug)]
pub(super) enum Redirect {
    Input(String),
    Output { stream: Streams, to: To },
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Streams {
    pub(super) stdout: bool,
    pub(super) stderr: bool,
}

#[derive(Debug)]
pub(super) enum To {
    Stdout,
    Stderr,
    File { path: String, append: bool },
}

const KEYWORDS: &[&str] = &["if", "for", "while", "until", "case", "{", "[[", "function"];

/// None for what is beyond this shell.
pub(super) fn list(text: &str, env: &BTreeMap<String, String>) -> Option<Vec<(Joint, Pipeline)>> {
    let mut list = Vec::new();
    let mut joint = Joint::Then;
    let mut pipeline = Pipeline::default();
    let mut simple = Simple::default();
    let mut tokens = tokens(text, env)?.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            Token::Word { text, quoted } => {
                if simple.words.is_empty() && !quoted {
                    if KEYWORDS.contains(&text.as_str()) {
                        return None;
                    }
                    if text == "!" {
                        pipeline.negated = true;
                        continue;
                    }
                }
                simple.words.push(text);
            }
            Token::Operator(operator) => match operator.as_str() {
                "|" => pipeline.stages.push(std::mem::take(&mut simple)),
                "&&" | "||" | ";" => {
                    finish(&mut list, joint, &mut pipeline, &mut simple);
                    joint = match operator.as_str() {
                        "&&" => Joint::And,
                        "||" => Joint::Or,
                        _ => Joint::Then,
                    };
                }
                redirect => {
                    let Some(Token::Word { text, .. }) = tokens.next() else { return None };
                    simple.redirects.push(redirection(redirect, text)?);
                }
            },
        }
    }
    finish(&mut list, joint, &mut pipeline, &mut simple);
    Some(list)
}

fn finish(
    list: &mut Vec<(Joint, Pipeline)>,
    joint: Joint,
    pipeline: &mut Pipeline,
    simple: &mut Simple,
) {
    if !simple.words.is_empty() || !simple.redirects.is_empty() {
        pipeline.stages.push(std::mem::take(simple));
    }
    let pipeline = std::mem::take(pipeline);
    if !pipeline.stages.is_empty() {
        list.push((joint, pipeline));
    }
}

fn redirection(operator: &str, word: String) -> Option<Redirect> {
    let (stream, operator) = match operator.chars().next()? {
        '2' => (Streams { stdout: false, stderr: true }, &operator[1..]),
        '1' => (Streams { stdout: true, stderr: false }, &operator[1..]),
        '&' => (Streams { stdout: true, stderr: true }, &operator[1..]),
        _ => (Streams { stdout: true, stderr: false }, operator),
    };
    let to = match (operator, word.as_str()) {
        ("<", _) => return Some(Redirect::Input(word)),
        (">&", "1") => To::Stdout,
        (">&", "2") => To::Stderr,
        (">", _) => To::File { path: word, append: false },
        (">>", _) => To::File { path: word, append: true },
        _ => return None,
    };
    Some(Redirect::Output { stream, to })
}
