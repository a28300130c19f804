//! The formats of dictionaries, and how each is read as it is written.

use std::path::Path;

use super::refusal::Refusal;
use super::{dotenv, hcl, toml};
use crate::config::yaml::outline::{Node, outline};
use crate::error::nearest;
use crate::{Error, Result};

pub use crate::config::Format;

const NAMES: [(&str, Format); 5] = [
    ("yaml", Format::Yaml),
    ("json", Format::Json),
    ("hcl", Format::Hcl),
    ("toml", Format::Toml),
    ("dotenv", Format::Dotenv),
];

impl Format {
    /// By a name that was given, else by the name of the file.
    ///
    /// # Errors
    /// `usage`: no such format, or a file name that tells none.
    pub fn of(file: &Path, named: Option<&str>) -> Result<Format> {
        let known = || NAMES.map(|(name, _)| name).join(", ");
        if let Some(named) = named {
            let found = NAMES.iter().find(|(name, _)| *name == named);
            return found.map(|(_, format)| *format).ok_or_else(|| {
                let like = nearest(named, NAMES.map(|(name, _)| name));
                let error = Error::usage(format!("no format of dictionaries is called `{named}`"));
                error.hint(match like {
                    Some(like) => format!("did you mean `{like}`?"),
                    None => format!("there are {}", known()),
                })
            });
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        match name.rsplit('.').next() {
            _ if name == ".env" || name.starts_with(".env.") => Ok(Format::Dotenv),
            Some("yaml" | "yml") => Ok(Format::Yaml),
            Some("json") => Ok(Format::Json),
            Some("tfvars" | "hcl") => Ok(Format::Hcl),
            Some("toml") => Ok(Format::Toml),
            Some("env") => Ok(Format::Dotenv),
            _ => Err(Error::usage(format!("the name of {} tells no format", file.display()))
                .hint(format!("name it by the option `format`: {}", known()))),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Format::Yaml => "YAML",
            Format::Json => "JSON",
            Format::Hcl => "HCL",
            Format::Toml => "TOML",
            Format::Dotenv => "dotenv",
        }
    }

    /// What stands between key and value where nothing else is found.
    pub fn assign(self) -> &'static str {
        match self {
            Format::Yaml | Format::Json => ": ",
            Format::Hcl | Format::Toml => " = ",
            Format::Dotenv => "=",
        }
    }

    /// Whether values follow a colon, so that lines can be searched for those that may be secrets.
    pub fn has_colons(self) -> bool {
        matches!(self, Format::Yaml | Format::Json)
    }

    /// The documents of a text.
    ///
    /// # Errors
    /// What is not of this format, with its place.
    pub fn documents(self, text: &str) -> Result<Vec<Node>, Refusal> {
        match self {
            Format::Yaml => Ok(outline(text)?),
            Format::Json => json(text),
            Format::Dotenv => dotenv::read(text).map(|root| vec![root]),
            Format::Hcl => hcl::read(text).map(|root| vec![root]),
            Format::Toml => toml::read(text).map(|root| vec![root]),
        }
    }
}

/// JSON is YAML between braces: once it is known to be JSON, the same reader finds the places.
fn json(text: &str) -> Result<Vec<Node>, Refusal> {
    // A byte order mark is kept, but is no JSON.
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str::<serde::de::IgnoredAny>(body).map_err(|error| {
        let lines = body.split_inclusive('\n').take(error.line().saturating_sub(1));
        let at = text.len() - body.len()
            + lines.map(str::len).sum::<usize>()
            + error.column().saturating_sub(1);
        // Its end says the place once more.
        let why = error.to_string();
        let why = why.split(" at line ").next().unwrap_or_default().to_owned();
        Refusal::new(why, at..at)
    })?;
    Ok(outline(text)?)
}
