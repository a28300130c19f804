//! Hides secrets. This is the one place: everything that the user interface shows passes through it.

use std::collections::{BTreeSet, HashSet};
use std::sync::{PoisonError, RwLock};

use aho_corasick::{AhoCorasick, MatchKind};

use super::clean;
use super::forms;

/// Shown in place of a secret.
const MASK: &str = "***";

/// A secret shorter than this is hidden only as a word of its own: `ab` must not turn `table` into
/// `t***le`.
const SHORT: usize = 4;

/// Where a line breaks in the middle of a secret, pieces of at least this length are hidden.
const PIECE: usize = 8;

/// Secrets shorter than this are not searched in pieces.
const SPLIT: usize = 2 * PIECE;

/// The values that are replaced with `***` in all output.
#[derive(Debug, Default)]
pub struct Secrets(RwLock<Inner>);

#[derive(Default)]
struct Inner {
    /// Every form of every secret.
    forms: BTreeSet<String>,
    finder: Option<AhoCorasick>,
    /// All runs of `PIECE` bytes of the long forms: a quick test whether a line begins or ends
    /// inside one.
    pieces: HashSet<[u8; PIECE]>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} forms", self.forms.len())
    }
}

impl Secrets {
    /// Hides this value from now on, in every common form: unchanged, line by line, in base64,
    /// hexadecimal and percent-encoding, and quoted for JSON, HTML and the shell.
    ///
    /// A value of one to three characters is hidden unchanged only, where it is next to no letter or
    /// digit. An empty or blank value is ignored.
    pub fn add(&self, value: &str) {
        let forms = forms::of(value).into_iter().chain(forms::of(&clean::text(value)));
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = inner.forms.len();
        inner.forms.extend(forms);
        if inner.forms.len() > before {
            inner.rebuild();
        }
    }

    /// The text with every secret replaced.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.0.read().unwrap_or_else(PoisonError::into_inner).redact(text)
    }
}

impl Inner {
    fn rebuild(&mut self) {
        let built =
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&self.forms);
        #[expect(clippy::expect_used, reason = "fails only beyond 2 GiB of secrets")]
        let finder = built.expect("an automaton of a few kilobytes");
        self.finder = Some(finder);
        self.pieces = self
            .long_forms()
            .flat_map(|form| form.as_bytes().windows(PIECE))
            .filter_map(|piece| piece.try_into().ok())
            .collect();
    }

    fn long_forms(&self) -> impl Iterator<Item = &String> {
        self.forms.iter().filter(|form| form.len() >= SPLIT)
    }

    fn redact(&self, text: &str) -> String {
        let Some(finder) = &self.finder else { return text.to_owned() };
        let mut redacted = String::with_capacity(text.len());
        let mut shown = 0;
        for found in finder.find_iter(text) {
            let (start, end) = (found.start(), found.end());
            if end - start < SHORT && !stands_alone(text, start, end) {
                continue;
            }
            redacted.push_str(&text[shown..start]);
            redacted.push_str(MASK);
            shown = end;
        }
        redacted.push_str(&text[shown..]);
        if self.pieces.is_empty() || !redacted.split('\n').any(|line| self.is_piece(line)) {
            return redacted;
        }
        let lines = redacted.split('\n').map(|line| self.redact_ends(line));
        lines.collect::<Vec<_>>().join("\n")
    }

    fn is_piece(&self, line: &str) -> bool {
        let (begins, ends) = self.pieces_at_ends(line.trim_end());
        begins || ends
    }

    /// Whether a line begins, and whether it ends, as if inside a secret.
    fn pieces_at_ends(&self, line: &str) -> (bool, bool) {
        let known =
            |piece: Option<&[u8; PIECE]>| piece.is_some_and(|piece| self.pieces.contains(piece));
        (known(line.as_bytes().first_chunk()), known(line.as_bytes().last_chunk()))
    }

    /// Hides a piece of a secret at the beginning or end of a line, where a program wrapped it.
    fn redact_ends(&self, line: &str) -> String {
        let text = line.trim_end();
        let bytes = text.as_bytes();
        let (begins, ends) = self.pieces_at_ends(text);
        if begins && self.long_forms().any(|form| form.contains(text)) {
            return MASK.to_owned();
        }
        let longest = |lengths: &dyn Fn(&str) -> Option<usize>| {
            self.long_forms().filter_map(|form| lengths(form)).max().unwrap_or(0)
        };
        let tail = |form: &str| {
            let most = form.len().min(text.len());
            (PIECE..=most).rev().find(|length| bytes.ends_with(&form.as_bytes()[..*length]))
        };
        let head = |form: &str| {
            let most = form.len().min(text.len());
            (PIECE..=most)
                .rev()
                .find(|length| bytes.starts_with(&form.as_bytes()[form.len() - length..]))
        };
        let from = if begins { longest(&head) } else { 0 };
        let to = text.len() - if ends { longest(&tail) } else { 0 };
        // Pieces are compared as bytes: move the cuts to character boundaries, hiding more.
        let from = (from..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        let to = (from..=to.max(from)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(from);
        let mask = |hidden: bool| if hidden { MASK } else { "" };
        [mask(from > 0), &text[from..to], mask(to < text.len()), &line[text.len()..]].concat()
    }
}

fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let touches = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !touches(text[..start].chars().next_back()) && !touches(text[end..].chars().next())
}
