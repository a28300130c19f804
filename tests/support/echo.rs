//! An endpoint that misbehaves: it repeats what it was sent, sends the client elsewhere, never ends, or
//! speaks no HTTP.

#![allow(dead_code, reason = "each test crate uses a part of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Its answer to a request, which is given whole: status line, headers and body.
type Answer = Arc<dyn Fn(&str) -> String + Send + Sync>;

pub struct Echo {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Echo {
    /// Answers each request with that status, and with what it was sent inside `body`, at `{}`.
    pub fn refusing(status: &'static str, kind: &'static str, body: &'static str) -> Echo {
        Echo::answering(Arc::new(move |request| {
            let repeated = match kind {
                "application/json" => serde_json::to_string(request).unwrap(),
                _ => request.to_owned(),
            };
            let body = body.replace("{}", &repeated);
            let length = body.len();
            format!(
                "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
            )
        }))
    }

    /// Sends every client to the same path of another endpoint.
    pub fn redirecting(status: &'static str, to: &Echo) -> Echo {
        let target = to.url();
        Echo::answering(Arc::new(move |request| {
            let path = request.split(' ').nth(1).unwrap();
            format!("HTTP/1.1 {status}\r\nLocation: {target}{path}\r\nContent-Length: 0\r\n\r\n")
        }))
    }

    /// Answers each request, given whole, with these bytes.
    pub fn with(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Echo {
        Echo::answering(Arc::new(answer))
    }

    /// Answers with these bytes, whether they are HTTP or not.
    pub fn saying(bytes: &'static str) -> Echo {
        Echo::with(move |_| bytes.to_owned())
    }

    /// Begins a reply of this type and never ends it.
    pub fn endless(kind: &'static str) -> Echo {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n");
        Echo::listening(Arc::new(move |_| head.clone()), true)
    }

    fn answering(answer: Answer) -> Echo {
        Echo::listening(answer, false)
    }

    fn listening(answer: Answer, endless: bool) -> Echo {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = requests.clone();
        // The thread ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, seen) = (answer.clone(), seen.clone());
                std::thread::spawn(move || serve(stream, &answer, &seen, endless));
            }
        });
        Echo { port, requests }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, answer: &Answer, seen: &Mutex<Vec<String>>, endless: bool) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let (mut request, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            match reader.read_line(&mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            request.push_str(&line);
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        request.push_str(&String::from_utf8_lossy(&body));
        let reply = answer(&request);
        seen.lock().unwrap().push(request);
        if stream.write_all(reply.as_bytes()).is_err() {
            return;
        }
        // The client gives up.
        while endless && stream.write_all(&[b'x'; 1 << 16]).is_ok() {}
        if !reply.starts_with("HTTP/1.1") || endless {
            return;
        }
    }
}
