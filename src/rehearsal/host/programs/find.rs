//! `find`: names, paths, kinds and depths of files, and what to do with them. A test it does not
//! know finds nothing.

use super::pattern::{glob, regex};
use super::process::{Process, Reply};
use super::{files, run as program};

/// A file, seen from the folder that is searched.
struct Found {
    path: String,
    folder: bool,
    depth: usize,
}

pub(super) fn run(process: &mut Process, args: &[&str]) -> Reply {
    let begins = |arg: &&str| arg.starts_with('-') || matches!(*arg, "(" | "!");
    let split = args.iter().position(begins).unwrap_or(args.len());
    let (starts, expression) = args.split_at(split);
    let mut reply = Reply::default();
    let mut found = Vec::new();
    for start in starts {
        let start = process.path(start);
        let mut entries = files::below(&process.machine.disk, &start).peekable();
        if entries.peek().is_none() {
            reply.stderr += &format!("find: ‘{start}’: No such file or directory\n");
            reply.status = 1;
        }
        found.extend(entries.map(|(path, entry)| Found {
            path: path.clone(),
            folder: entry.folder,
            depth: path[start.len()..].matches('/').count(),
        }));
    }
    let value = |option: &str| {
        let at = expression.iter().position(|word| *word == option)?;
        expression.get(at + 1)?.parse::<usize>().ok()
    };
    let (least, most) = (value("-mindepth").unwrap_or(0), value("-maxdepth").unwrap_or(usize::MAX));
    found.retain(|file| (least..=most).contains(&file.depth));
    found.retain(|file| Expression { words: expression, at: 0 }.any(file));
    let executed = expression.iter().position(|word| *word == "-exec");
    let to_run: Option<Vec<&str>> = executed.map(|at| {
        let words = expression[at + 1..].iter();
        words.take_while(|word| !matches!(**word, "+" | ";")).copied().collect()
    });
    for Found { path, .. } in found {
        if expression.contains(&"-delete") {
            process.machine.disk.files.remove(&path);
        } else if let Some(words) = &to_run {
            let words: Vec<String> = words.iter().map(|word| word.replace("{}", &path)).collect();
            reply.add(program(process, &words, Vec::new()));
        } else {
            reply.stdout.extend(format!("{path}\n").into_bytes());
        }
    }
    reply
}

struct Expression<'a> {
    words: &'a [&'a str],
    at: usize,
}

impl Expression<'_> {
    fn next(&mut self) -> Option<&str> {
        self.at += 1;
        self.words.get(self.at - 1).copied()
    }

    /// Tests joined by `-o`.
    fn any(&mut self, file: &Found) -> bool {
        let mut holds = self.every(file);
        while self.words.get(self.at) == Some(&"-o") {
            self.at += 1;
            holds |= self.every(file);
        }
        holds
    }

    /// Tests one after another.
    fn every(&mut self, file: &Found) -> bool {
        let mut holds = true;
        while self.words.get(self.at).is_some_and(|word| !matches!(*word, "-o" | ")")) {
            holds &= self.test(file);
        }
        holds
    }

    fn test(&mut self, file: &Found) -> bool {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let word = self.next().unwrap_or_default().to_owned();
        match word.as_str() {
            "!" | "-not" => !self.test(file),
            "(" => {
                let holds = self.any(file);
                self.at += 1;
                holds
            }
            "-a" | "-xdev" | "-delete" | "-print" => true,
            "-exec" => {
                while !matches!(self.next(), None | Some("+" | ";")) {}
                true
            }
            // Nothing is old on a machine whose clock stands still.
            "-mmin" | "-mtime" => self.next().is_some_and(|age| age.starts_with('-')),
            "-mindepth" | "-maxdepth" | "-regextype" => self.next().is_some(),
            "-name" => self.next().is_some_and(|pattern| glob(pattern, name)),
            "-path" => self.next().is_some_and(|pattern| glob(pattern, &file.path)),
            "-type" => self.next() == Some(if file.folder { "d" } else { "f" }),
            "-regex" => self.next().is_some_and(|pattern| {
                regex(&format!("^(?:{pattern})$")).is_some_and(|regex| regex.is_match(&file.path))
            }),
            _ => {
                self.at += 1;
                false
            }
        }
    }
}
