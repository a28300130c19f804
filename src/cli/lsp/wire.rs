//! Messages on standard input and output. A message that cannot be read is told, and the next one is read.

use std::io::{self, BufRead, Read, Write};
use std::sync::mpsc::{Receiver, channel};

use lsp_server::{ErrorCode, Message};
use serde_json::{Value, json};

use crate::{Code, Error, Result};

/// More than any editor has to say at once.
const LARGEST: usize = 64 << 20;

/// What came in.
pub enum Incoming {
    Message(Message),
    /// Why it is not one.
    Malformed(String),
}

/// Reads on a thread of its own, so that the server can wait for a message and for a time at once. The
/// receiver ends when the editor has closed its side.
pub fn incoming() -> Receiver<Incoming> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut input = io::BufReader::new(io::stdin());
        while let Ok(Some(next)) = read(&mut input) {
            if sender.send(next).is_err() {
                break;
            }
        }
    });
    receiver
}

/// None: there is nothing more.
fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let malformed = |why: &str| Ok(Some(Incoming::Malformed(why.to_owned())));
    let (mut length, mut wrong) = (None, None);
    loop {
        let mut line = Vec::new();
        // A line without end is no header.
        if input.by_ref().take(8192).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else {
            wrong = wrong.or(Some("a header has no colon"));
            continue;
        };
        if name.trim().eq_ignore_ascii_case("content-length") {
            length = value.trim().parse::<usize>().ok();
            if length.is_none() {
                wrong = wrong.or(Some("Content-Length is not a number"));
            }
        }
    }
    let Some(length) = length else {
        return malformed(wrong.unwrap_or("a message has no Content-Length"));
    };
    if length > LARGEST {
        // What follows is passed over without being kept.
        io::copy(&mut input.by_ref().take(length as u64), &mut io::sink())?;
        return malformed("a message is too large");
    }
    let mut body = vec![0; length];
    input.read_exact(&mut body)?;
    match serde_json::from_slice(&body) {
        Ok(message) => Ok(Some(Incoming::Message(message))),
        Err(error) => malformed(&format!("a message is not of the protocol: {error}")),
    }
}

/// The editor's side of the output.
pub struct Outgoing;

impl Outgoing {
    /// # Errors
    /// `Code::Io`: the editor does not read any more.
    pub fn send(&self, message: impl Into<Message>) -> Result<()> {
        message.into().write(&mut io::stdout().lock()).map_err(gone)
    }

    /// Answers a message whose id could not be read.
    ///
    /// # Errors
    /// As [`Outgoing::send`].
    pub fn refuse(&self, why: &str) -> Result<()> {
        let error = json!({"code": ErrorCode::ParseError as i32, "message": why});
        let answer = json!({"jsonrpc": "2.0", "id": Value::Null, "error": error}).to_string();
        let mut output = io::stdout().lock();
        write!(output, "Content-Length: {}\r\n\r\n{answer}", answer.len()).map_err(gone)?;
        output.flush().map_err(gone)
    }
}

fn gone(error: io::Error) -> Error {
    Error::new(Code::Io, "cannot write to the editor").cause(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        while let Ok(Some(next)) = read(&mut bytes) {
            found.push(match next {
                Incoming::Message(Message::Request(request)) => request.method,
                Incoming::Message(_) => "other".to_owned(),
                Incoming::Malformed(why) => format!("! {why}"),
            });
        }
        found
    }

    #[test]
    fn what_is_no_message_is_passed_over() {
        let good = r#"{"jsonrpc":"2.0","id":1,"method":"a"}"#;
        let good = format!("Content-Length: {}\r\n\r\n{good}", good.len());
        let text = format!("Content-Length: 3\r\n\r\n{{x}}Content-Length: no\r\n\r\n{good}");
        let found = all(text.as_bytes());
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found[1..], ["! Content-Length is not a number", "a"]);
    }
}
