//! The one error type of the crate: what failed, why, and what to do about it.

use std::fmt;

use crate::place::Place;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure this is. Scripts see it as the string in `error.code`; the command line
/// turns it into an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// A task, step or check failed, and no other code fits.
    Failed,
    /// The command line or a script's arguments are wrong.
    Usage,
    /// `config.yaml` or a setting is wrong.
    Config,
    /// A script does not compile or names something that does not exist.
    Script,
    /// The state file is broken, too new, locked, or belongs to another cloud.
    State,
    /// A remote or local command ended with a status that was not allowed.
    CommandFailed,
    /// The requested thing does not exist.
    NotFound,
    /// A deadline passed.
    Timeout,
    /// The connection was lost or could not be made.
    Connection,
    /// The server's host key is not the expected one.
    HostKeyChanged,
    /// No key or password was accepted.
    Authentication,
    /// This cloud does not support the operation.
    Capability,
    /// Another thing of the cloud has the name that was to be given.
    NameTaken,
    /// The cloud refused, and a retry would not help: permissions, quota, capacity.
    Refused,
    /// Another operation on the resource is running; the same call may succeed later.
    Busy,
    /// Ctrl-C, or its cancel token.
    Interrupted,
    /// Reading or writing a file on this machine failed.
    Io,
}

impl Code {
    /// The name scripts compare with: `if error.code == "not_found"`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Code::Failed => "failed",
            Code::Usage => "usage",
            Code::Config => "config",
            Code::Script => "script",
            Code::State => "state",
            Code::CommandFailed => "command_failed",
            Code::NotFound => "not_found",
            Code::Timeout => "timeout",
            Code::Connection => "connection",
            Code::HostKeyChanged => "host_key_changed",
            Code::Authentication => "authentication",
            Code::Capability => "capability",
            Code::Refused => "refused",
            Code::NameTaken => "name_taken",
            Code::Busy => "busy",
            Code::Interrupted => "interrupted",
            Code::Io => "io",
        }
    }

    /// The code of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Code> {
        use Code::*;
        [
            Failed,
            Usage,
            Config,
            Script,
            State,
            CommandFailed,
            NotFound,
            Timeout,
            Connection,
            HostKeyChanged,
            Authentication,
            Capability,
            Refused,
            NameTaken,
            Busy,
            Interrupted,
            Io,
        ]
        .into_iter()
        .find(|code| code.name() == name)
    }

    /// The exit code of a process that ends with this error.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Code::Usage | Code::Config | Code::Script | Code::State | Code::Capability => 2,
            Code::Refused
            | Code::NameTaken
            | Code::Authentication
            | Code::HostKeyChanged
            | Code::Connection => 3,
            Code::Interrupted => 130,
            _ => 1,
        }
    }
}

/// A failure with its causes (outermost first), a hint and, for files that people write, its place.
#[derive(Debug, Clone)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    code: Code,
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
    subject: Option<String>,
    place: Option<Place>,
    /// The causes that have a place each.
    findings: Vec<Finding>,
}

/// One of several mistakes in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub message: String,
    pub place: Place,
}

/// One line: `config.yaml:3:7: message`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// In place of the message of a panic that has none.
const UNTOLD: &str = "it says nothing about itself";

impl Error {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            code,
            message: plain(message.into()),
            causes: Vec::new(),
            hint: None,
            place: None,
            subject: None,
            findings: Vec::new(),
        }))
    }

    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Code::Failed, message)
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    pub fn config(message: impl Into<String>) -> Self {
        Self::new(Code::Config, message)
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message)
    }

    #[must_use]
    pub fn interrupted() -> Self {
        Self::new(Code::Interrupted, "interrupted")
    }

    /// A defect of imgctl: what a panic has carried along.
    #[must_use]
    pub fn panicked(payload: &(dyn std::any::Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        Self::failed("internal error: this is a defect of imgctl")
            .cause(text.unwrap_or(UNTOLD))
            .hint("report it, with the output of the same command with `-v`")
    }

    /// A failed file operation: `Error::io("read", path, error)`.
    pub fn io(verb: &str, path: &std::path::Path, error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::Interrupted {
            return Self::interrupted();
        }
        let hint = room_hint(&error);
        let failed = Self::new(Code::Io, format!("cannot {verb} {}", path.display())).cause(error);
        match hint {
            Some(hint) => failed.hint(hint),
            None => failed,
        }
    }

    /// Adds a hint about what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds the next cause inwards, with the causes of that error behind it.
    #[must_use]
    pub fn cause(mut self, cause: impl fmt::Display) -> Self {
        self.0.causes.push(plain(cause.to_string()));
        self
    }

    /// Adds a cause that has a place of its own.
    #[must_use]
    pub fn finding(mut self, message: impl Into<String>, place: Place) -> Self {
        let finding = Finding { message: plain(message.into()), place };
        self.0.causes.push(finding.to_string());
        self.0.findings.push(finding);
        self
    }

    /// Replaces the message by a more general one; the old message becomes the first cause.
    #[must_use]
    pub fn context(mut self, message: impl Into<String>) -> Self {
        let old = std::mem::replace(&mut self.0.message, plain(message.into()));
        self.0.causes.insert(0, old);
        self
    }

    /// The place in a file. The innermost place wins.
    #[must_use]
    pub fn at(mut self, place: impl Into<Place>) -> Self {
        if self.0.place.is_none() {
            self.0.place = Some(place.into());
        }
        self
    }

    /// Names what it failed on, for callers that decide by it: a host's address, say. Not shown.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.0.subject = Some(subject.into());
        self
    }

    /// Takes the lines to show from the texts of files that are known by their name.
    #[must_use]
    pub fn quoting<T: AsRef<str>>(mut self, text: impl Fn(&str) -> Option<T>) -> Self {
        if let Some(place) = self.0.place.take() {
            self.0.place = Some(match text(&place.file) {
                Some(text) => place.quoting(text.as_ref()),
                None => place,
            });
        }
        self
    }

    /// The same error as one of another kind; who was interrupted made no mistake.
    #[must_use]
    pub fn with_code(mut self, code: Code) -> Self {
        if self.0.code != Code::Interrupted {
            self.0.code = code;
        }
        self
    }

    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    #[must_use]
    pub fn causes(&self) -> &[String] {
        &self.0.causes
    }

    #[must_use]
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// What [`Error::about`] named.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The causes that have a place of their own; [`Error::causes`] has them, too, as text.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.0.findings
    }
}

/// What the system says, without the number that the standard library adds to its words, as in
/// `No such file or directory (os error 2)`.
#[must_use]
pub fn plain(mut text: String) -> String {
    const BEGIN: &str = " (os error ";
    let mut from = 0;
    while let Some(begin) = text.get(from..).and_then(|rest| rest.find(BEGIN)).map(|at| from + at) {
        let number = begin + BEGIN.len();
        let rest = &text[number..];
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        from = number;
        if digits > 0 && rest[digits..].starts_with(')') {
            text.replace_range(begin..=number + digits, "");
            from = begin;
        }
    }
    text
}

/// What to do about a file system that takes nothing more.
#[must_use]
pub fn room_hint(error: &std::io::Error) -> Option<&'static str> {
    match error.kind() {
        std::io::ErrorKind::StorageFull => Some("make room on that file system: it is full"),
        std::io::ErrorKind::QuotaExceeded => Some("make room there: your quota is used up"),
        _ => None,
    }
}

/// One line: the message and its causes, joined by colons.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        for cause in &self.0.causes {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// The name of `known` that is most similar to `word`, if one is similar enough.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // No name is that long, and the distance takes the product of both lengths.
    let word = word.get(..100).unwrap_or(word).to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&word, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= (name.len().max(word.len()) / 3).max(1))
        // A name of one letter is like every other letter.
        .filter(|(distance, name)| *distance < name.len().max(word.len()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_system_are_left_out_and_nothing_else() {
        for (given, wanted) in [
            ("No such file or directory (os error 2)", "No such file or directory"),
            ("a (os error 2): b (os error 111); c", "a: b; c"),
            ("é (os error 5) é", "é é"),
            (" (os error ) (os error x) (os error 2", " (os error ) (os error x) (os error 2"),
            ("", ""),
        ] {
            assert_eq!(plain(given.to_owned()), wanted);
        }
        let error = std::io::Error::from_raw_os_error(2);
        let error = Error::failed(format!("a: {error}")).cause(&error).context("b");
        assert_eq!(error.to_string(), "b: a: No such file or directory: No such file or directory");
    }
}
