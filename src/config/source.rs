//! One of the documents that make up the configuration, and where in it each setting is.

use std::sync::Arc;

use serde_json::Value;

use super::mistake::Mistake;
use super::path::{KeyPath, Segment};
use super::schema;
use super::yaml::{Lines, Mark, Rules, compose, excerpt};
use crate::{Error, Place, Result};

/// The name of the defaults inside the binary.
pub const SHIPPED: &str = "shipped defaults";

/// Mistakes that one error lists.
const MOST_LISTED: usize = 20;

/// `config.yaml`, the shipped defaults, a file of `--vars`, or one `--set`.
#[derive(Clone)]
pub struct Source {
    /// `config.yaml`, `--set ssh.jump`.
    name: String,
    /// None: it has no lines to point to.
    file: Option<Arc<File>>,
    pub document: Value,
}

#[derive(Clone)]
struct File {
    lines: Lines,
    mark: Mark,
}

impl Source {
    pub fn file(name: &str, text: &str) -> Result<Source> {
        let lines = Lines::new(text);
        let document = compose(text, Rules::STRICT)
            .map_err(|problem| problem.of_file(name, &lines, &schema::is_setting))?;
        let file = File { lines, mark: document.mark };
        let file = Some(Arc::new(file));
        Ok(Source { name: name.to_owned(), file, document: document.value })
    }

    /// A file that has only what is under one key of the configuration.
    pub fn section(name: &str, text: &str, key: &str) -> Result<Source> {
        let source = Source::file(name, text)?;
        let file = source.file.map(|file| {
            let File { lines, mark } = Arc::unwrap_or_clone(file);
            Arc::new(File { lines, mark: mark.under(key) })
        });
        let document = KeyPath::of(&[key]).wrap(source.document);
        Ok(Source { file, document, ..source })
    }

    /// The file's name and text. None: it is not a file.
    pub fn text_of_file(&self) -> Option<(&str, &str)> {
        Some((&self.name, self.file.as_ref()?.lines.text()))
    }

    /// A value from the command line, at its path.
    pub fn given(name: String, path: &KeyPath, value: &str) -> Result<Source> {
        let given =
            compose(value, Rules::STRICT).map_err(|problem| problem.without_place(&name))?;
        Ok(Source { name, file: None, document: path.wrap(given.value) })
    }

    /// As [`Source::given`], where text is wanted: what looks like a number is text, too.
    pub fn text(name: String, path: &KeyPath, value: &str) -> Result<Source> {
        let mut source = Source::given(name, path, value)?;
        let given = path.find(&source.document);
        if given.is_some_and(|given| given.is_number() || given.is_boolean()) {
            source.document = path.wrap(Value::String(value.to_owned()));
        }
        Ok(source)
    }

    /// Its name, with the line of a value in it where that helps.
    pub fn whereabouts(&self, path: &KeyPath) -> String {
        let file = self.file.as_deref().filter(|_| self.name != SHIPPED);
        match file {
            Some(File { lines, mark }) => {
                let (line, _) = lines.at(mark.nearest(&path.0).pointed().start);
                format!("{}:{line}", self.name)
            }
            None => self.name.clone(),
        }
    }

    /// The place of a mistake, or of the nearest value around it.
    fn place(&self, mistake: &Mistake) -> Option<Place> {
        let File { lines, mark } = self.file.as_deref()?;
        let keys = &mistake.path.0;
        let bytes = mark.nearest(keys).pointed();
        let (line, column) = lines.at(bytes.start);
        let length = lines.length(&bytes);
        let above = &keys[..keys.len().saturating_sub(1)];
        let on_the_way = |key: &str| above.contains(&Segment::Key(key.to_owned()));
        let harmless = |key: &str| on_the_way(key) || schema::is_setting(key);
        let text = excerpt(lines, line, &harmless);
        let place = Place::file(&self.name).line(line).columns(column, length);
        Some(Place { text, ..place })
    }

    /// The error of one mistake.
    pub fn error(&self, mistake: Mistake) -> Error {
        let error = match self.place(&mistake) {
            Some(place) => Error::config(mistake.message).at(place),
            None => Error::config(format!("{}: {}", self.name, mistake.message)),
        };
        match mistake.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    /// One error for all mistakes of this source.
    pub fn errors(&self, mistakes: Vec<Mistake>) -> Error {
        let mistakes = match <[Mistake; 1]>::try_from(mistakes) {
            Ok([only]) => return self.error(only),
            Err(mistakes) => mistakes,
        };
        let count = mistakes.len();
        let error = Error::config(format!("{count} settings in {} are wrong", self.name));
        let mut mistakes = mistakes.into_iter();
        let error = mistakes.by_ref().take(MOST_LISTED).fold(error, |error, mistake| {
            let place = self.place(&mistake);
            let message = match mistake.hint {
                Some(hint) => format!("{} ({hint})", mistake.message),
                None => mistake.message,
            };
            match place {
                Some(place) => error.finding(message, place),
                None => error.cause(format!("{}: {message}", self.name)),
            }
        });
        match mistakes.len() {
            0 => error,
            more => error.cause(format!("{more} more")),
        }
    }
}

/// The strongest source that has one of these paths, the strongest first; the last source is the
/// strongest. The first is what imgctl ships: it counts only where no other has any of them.
pub fn find<'s, 'p>(
    sources: &'s [Source],
    paths: &'p [KeyPath],
) -> Option<(&'s Source, &'p KeyPath)> {
    let (shipped, own) = sources.split_at(sources.len().min(1));
    [own, shipped].into_iter().find_map(|sources| {
        paths.iter().find_map(|path| {
            let mut strongest = sources.iter().rev();
            let holder = strongest.find(|source| path.find(&source.document).is_some())?;
            Some((holder, path))
        })
    })
}
