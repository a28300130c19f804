//! Lines of pages that are no longer than those of clap's pages.

/// As clap's pages.
const WIDTH: usize = 80;
/// What stands behind a column begins no further right than this.
const LAST_COLUMN: usize = 40;

/// A page whose long lines go on below where their last column begins. Prose is filled anew where a line of its
/// paragraph is too long.
#[must_use]
pub fn wrap(page: &str) -> String {
    let mut done: Vec<String> = Vec::new();
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        if !is_prose(line) {
            done.extend(folded(line));
            continue;
        }
        let mut paragraph = vec![line];
        while let Some(next) = lines.next_if(|next| is_prose(next)) {
            paragraph.push(next);
        }
        match paragraph.iter().any(|line| is_long(line)) {
            true => done.extend(folded(&paragraph.join(" "))),
            false => done.extend(paragraph.into_iter().map(str::to_owned)),
        }
    }
    done.join("\n")
}

fn is_prose(line: &str) -> bool {
    !line.is_empty() && !line.starts_with(char::is_whitespace)
}

fn is_long(line: &str) -> bool {
    line.chars().count() > WIDTH
}

/// The lines that one becomes.
fn folded(line: &str) -> Vec<String> {
    if !is_long(line) {
        return vec![line.to_owned()];
    }
    let column = column(line);
    let (head, rest) = line.split_at(column);
    let width = head.chars().count();
    let mut lines = vec![head.to_owned()];
    let mut is_begun = false;
    for word in words(rest) {
        let last = lines.last().map_or(0, |last| last.chars().count());
        let fits = last + usize::from(is_begun) + word.chars().count() <= WIDTH;
        match lines.last_mut() {
            Some(last) if fits || !is_begun => {
                if is_begun {
                    last.push(' ');
                }
                last.push_str(&word);
            }
            _ => lines.push(format!("{:width$}{word}", "")),
        }
        is_begun = true;
    }
    lines
}

/// Where the text of the last column begins: behind two blanks or more.
fn column(line: &str) -> usize {
    let indent = line.len() - line.trim_start().len();
    let gaps = line.match_indices("  ").map(|(at, _)| at).filter(|at| *at >= indent);
    let begins = gaps.map(|at| at + line[at..].len() - line[at..].trim_start().len());
    begins.filter(|at| *at <= LAST_COLUMN).last().unwrap_or(indent)
}

/// What blanks separate; code in backticks stays whole, so that it can be copied.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_code = false;
    for part in text.split(' ').filter(|part| !part.is_empty()) {
        match words.last_mut() {
            Some(last) if is_code => {
                last.push(' ');
                last.push_str(part);
            }
            _ => words.push(part.to_owned()),
        }
        is_code ^= part.matches('`').count() % 2 == 1;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_go_on_below_their_last_column() {
        let word = "word ".repeat(20);
        let line = format!("  name    text  {word}`a b c`");
        let wrapped = wrap(&line);
        let lines: Vec<&str> = wrapped.lines().collect();
        assert_eq!(lines.len(), 2, "{wrapped}");
        assert!(lines[1].starts_with("                word ") && lines[1].ends_with("`a b c`"));
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH), "{wrapped}");
    }

    #[test]
    fn prose_is_filled_anew_only_where_it_is_too_long() {
        assert_eq!(wrap("One.\nTwo.\n\n  code"), "One.\nTwo.\n\n  code");
        let long = format!("{}end\nof it", "many words ".repeat(8));
        let wrapped = wrap(&long);
        assert!(wrapped.ends_with("words end of it") && wrapped.lines().count() == 2, "{wrapped}");
    }
}
