//! HTTP/1.1, as far as imgctl's clients and the emulators use it: bodies have a length.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

/// A request or a reply.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// `POST /compute/v2.1/servers HTTP/1.1`, or `HTTP/1.1 200 OK`.
    pub first: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// The headers that [`Message::send`] writes itself.
const FRAMING: [&str; 3] = ["content-length", "transfer-encoding", "connection"];

impl Message {
    pub fn reply(status: u16, kind: &str, body: &str) -> Message {
        Message {
            first: format!("HTTP/1.1 {status} Faulty"),
            headers: vec![("Content-Type".to_owned(), kind.to_owned())],
            body: body.as_bytes().to_vec(),
        }
    }

    /// `POST`.
    pub fn method(&self) -> &str {
        self.first.split(' ').next().unwrap_or_default()
    }

    /// The path, without the query.
    pub fn path(&self) -> &str {
        let target = self.first.split(' ').nth(1).unwrap_or_default();
        target.split('?').next().unwrap_or_default()
    }

    pub fn status(&self) -> u16 {
        self.first.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Puts another text for this one everywhere.
    pub fn replace(&mut self, from: &str, to: &str) {
        self.first = self.first.replace(from, to);
        for (_, value) in &mut self.headers {
            *value = value.replace(from, to);
        }
        if let Ok(text) = std::str::from_utf8(&self.body) {
            self.body = text.replace(from, to).into_bytes();
        }
    }

    /// None: the connection ended.
    pub fn read(reader: &mut impl BufRead) -> Option<Message> {
        let mut message = Message::default();
        reader.read_line(&mut message.first).ok().filter(|read| *read > 0)?;
        message.first.truncate(message.first.trim_end().len());
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            message.headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let length = message.header("content-length").and_then(|length| length.parse().ok());
        message.body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut message.body).ok()?;
        Some(message)
    }

    pub fn bytes(&self) -> Vec<u8> {
        let own = |name: &&str| FRAMING.contains(&name.to_lowercase().as_str());
        let mut text = format!("{}\r\n", self.first);
        for (name, value) in self.headers.iter().filter(|(name, _)| !own(&name.as_str())) {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        // A 204 has no body and no length.
        if self.status() != 204 {
            text.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        let mut bytes = format!("{text}\r\n").into_bytes();
        bytes.extend(&self.body);
        bytes
    }
}

/// Has the emulator carry out a request.
pub fn forward(upstream: &str, request: &Message) -> Message {
    let nothing = || Message::reply(502, "text/plain", "the emulator does not answer");
    let Ok(mut stream) = TcpStream::connect(upstream) else { return nothing() };
    if stream.write_all(&request.bytes()).is_err() {
        return nothing();
    }
    Message::read(&mut BufReader::new(stream)).unwrap_or_else(nothing)
}
