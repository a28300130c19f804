//! The difference of two texts, for people to read.

use similar::{ChangeTag, TextDiff};

use crate::config::yaml::{Lines, excerpt};

/// Lines around a change.
const CONTEXT: usize = 2;

/// The changed lines with their surroundings, as `diff -u` writes them: without values that may be
/// secrets, so it is for reading, no patch. Empty: the texts are the same.
///
/// `may_quote`: lines can be searched for secrets; else only changed lines are shown.
pub fn diff(name: &str, before: &str, after: &str, may_quote: bool) -> String {
    let changes = TextDiff::from_lines(before, after);
    let (old, new) = (Lines::new(before), Lines::new(after));
    let mut shown: Vec<String> = Vec::new();
    let context = if may_quote { CONTEXT } else { 0 };
    for hunk in changes.unified_diff().context_radius(context).iter_hunks() {
        if shown.is_empty() {
            shown.push(format!("--- {name}"));
            shown.push(format!("+++ {name}"));
        }
        shown.push(hunk.header().to_string());
        for change in hunk.iter_changes() {
            let (sign, lines, index) = match change.tag() {
                ChangeTag::Delete => ('-', &old, change.old_index()),
                ChangeTag::Insert => ('+', &new, change.new_index()),
                ChangeTag::Equal => (' ', &old, change.old_index()),
            };
            let line = index.map_or(0, |index| index + 1);
            let text = match may_quote {
                true => excerpt(lines, line, &|_| true).unwrap_or_else(|| "***".to_owned()),
                false => lines.line(line).to_owned(),
            };
            shown.push(format!("{sign}{text}"));
        }
    }
    shown.join("\n")
}

/// A unified diff of whole texts, which has their names and three lines around each change.
pub fn unified(names: [&str; 2], before: &str, after: &str) -> String {
    let changes = TextDiff::from_lines(before, after);
    let diff = changes.unified_diff().context_radius(3).header(names[0], names[1]).to_string();
    diff.trim_end().to_owned()
}

/// The lines in which two texts differ, with their surroundings, of whatever they are texts.
pub fn lines(before: &str, after: &str) -> String {
    let changes = TextDiff::from_lines(before, after);
    let changes = changes.unified_diff().context_radius(CONTEXT).to_string();
    changes.replace("\\ No newline at end of file\n", "").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::diff;

    #[test]
    fn neighbours_that_may_be_secret_are_not_shown() {
        let before = "a: 1\nsecretKey: hunter2\nami: old\nprivate:\n  - line\n";
        let after = before.replace("old", "new");
        let expected = "--- f.yaml\n+++ f.yaml\n@@ -1,5 +1,5 @@\n a: 1\n secretKey: ***\n-ami: old\n\
                        +ami: new\n private:\n ***";
        assert_eq!(diff("f.yaml", before, &after, true), expected);
        assert_eq!(diff("f.yaml", before, before, true), "");
        let bare = "--- f.env\n+++ f.env\n@@ -3 +3 @@\n-ami: old\n+ami: new";
        assert_eq!(diff("f.env", before, &after, false), bare);
    }
}
