//! The files of the project, as text.

use std::path::{Path, PathBuf};

pub struct Source {
    /// From the project's top: `src/ssh/mod.rs`.
    pub path: String,
    pub text: String,
}

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Source {
    pub fn read(path: &str) -> Source {
        // The inputs of the fuzz tests are bytes.
        let text =
            String::from_utf8_lossy(&std::fs::read(top().join(path)).expect(path)).into_owned();
        Source { path: path.to_owned(), text }
    }

    /// Its lines with their numbers, without comments and what stands in quotes.
    pub fn code(&self) -> Vec<(usize, String)> {
        let lines = self.text.lines().enumerate();
        lines.map(|(number, line)| (number + 1, without_quotes(line))).collect()
    }
}

/// Good enough for source that rustfmt has formatted: no block comments, and a text over several
/// lines is only ever read as code.
fn without_quotes(line: &str) -> String {
    let mut code = String::new();
    let mut chars = line.chars().peekable();
    let mut quoted = false;
    while let Some(char) = chars.next() {
        match char {
            '\\' if quoted => drop(chars.next()),
            // A quote as a character: '"'.
            '"' if !quoted && code.ends_with('\'') => code.push(char),
            '"' => quoted = !quoted,
            '/' if !quoted && chars.peek() == Some(&'/') => break,
            _ if quoted => {}
            _ => code.push(char),
        }
    }
    code
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// The files below a folder whose names end so, sorted.
pub fn below(folder: &str, ending: &str) -> Vec<Source> {
    let mut files = Vec::new();
    walk(&top().join(folder), &mut files);
    files.sort();
    let relative = files.iter().map(|file| file.strip_prefix(top()).unwrap().to_str().unwrap());
    relative.filter(|path| path.ends_with(ending)).map(Source::read).collect()
}

pub fn rust() -> Vec<Source> {
    below("src", ".rs")
}

/// The modules of the library, without their tests.
pub fn library() -> Vec<Source> {
    let all = below("stdlib", ".rhai").into_iter();
    all.filter(|file| !file.path.starts_with("stdlib/tests/")).collect()
}
