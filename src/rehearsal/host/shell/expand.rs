//! What words stand for: values of variables and the output of commands.

use super::super::programs::process::{Process, Reply};
use super::script;
use super::words::{Piece, What, Word};

/// The words, split where the shell splits; what substitutions report goes to `told`.
pub(super) fn all(process: &mut Process, words: &[Word], told: &mut Reply) -> Vec<String> {
    let mut found = Vec::new();
    for word in words {
        // None: nothing yet, so that an unset variable is no word.
        let mut current: Option<String> = None;
        for piece in word {
            let value = value(process, piece, told);
            if piece.quoted || matches!(piece.what, What::Text(_)) {
                current.get_or_insert_default().push_str(&value);
                continue;
            }
            for (number, part) in value.split_whitespace().enumerate() {
                if number > 0 {
                    found.extend(current.take());
                }
                current.get_or_insert_default().push_str(part);
            }
        }
        found.extend(current);
    }
    found
}

/// One word, not split.
pub(super) fn one(process: &mut Process, word: &Word) -> String {
    let mut told = Reply::default();
    word.iter().map(|piece| value(process, piece, &mut told)).collect()
}

/// How many words at the start are `NAME=…`.
pub(super) fn assignments(words: &[Word]) -> usize {
    words.iter().take_while(|word| name(word).is_some()).count()
}

/// Sets the variable of a word that [`assignments`] counted.
pub(super) fn assign(process: &mut Process, word: &Word, told: &mut Reply) {
    let Some(name) = name(word).map(str::to_owned) else { return };
    let text: String = word.iter().map(|piece| value(process, piece, told)).collect();
    let value = text.get(name.len() + 1..).unwrap_or_default().to_owned();
    process.env.insert(name, value);
}

fn name(word: &Word) -> Option<&str> {
    let Some(Piece { what: What::Text(text), quoted: false }) = word.first() else { return None };
    let (name, _) = text.split_once('=')?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (!name.is_empty() && name.bytes().all(fits)).then_some(name)
}

fn value(process: &mut Process, piece: &Piece, told: &mut Reply) -> String {
    match &piece.what {
        What::Text(text) => text.clone(),
        What::Variable(name) => process.env.get(name).cloned().unwrap_or_default(),
        What::Substitution(text) => {
            let reply = script(process, text, Vec::new());
            told.stderr += &reply.stderr;
            told.status = reply.status;
            String::from_utf8_lossy(&reply.stdout).trim_end_matches('\n').to_owned()
        }
    }
}
