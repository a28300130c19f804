//! git's own server for HTTP, `git http-backend`, on 127.0.0.1: who may read, and who may push.

#![allow(dead_code, reason = "each test crate uses a part of it")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine;

/// Serves the repositories below a folder.
pub struct GitHttp {
    port: u16,
}

/// What a login may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum May {
    Read,
    Push,
}

impl GitHttp {
    /// `logins` are of the form `user:password`.
    pub fn start(folder: &Path, logins: &[(&str, May)]) -> GitHttp {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let folder = folder.to_owned();
        let logins: BTreeMap<String, May> = logins
            .iter()
            .map(|(login, may)| {
                let encoded = base64::engine::general_purpose::STANDARD.encode(login);
                (format!("Basic {encoded}"), *may)
            })
            .collect();
        // The thread ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (folder, logins) = (folder.clone(), logins.clone());
                // A client that goes away is no failure of the server.
                std::thread::spawn(move || drop(serve(stream, &folder, &logins)));
            }
        });
        GitHttp { port }
    }

    /// `http://LOGIN@127.0.0.1:PORT/NAME`
    pub fn url(&self, login: &str, name: &str) -> String {
        let login = if login.is_empty() { String::new() } else { format!("{login}@") };
        format!("http://{login}127.0.0.1:{}/{name}", self.port)
    }
}

fn serve(stream: TcpStream, folder: &Path, logins: &BTreeMap<String, May>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or_default();
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let header = |name: &str| headers.get(name).map(String::as_str).unwrap_or_default();
    let body = body(&mut reader, header("content-length"), header("transfer-encoding"))?;
    let mut words = first.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let answer = |text: &str| (&stream).write_all(text.as_bytes());
    let Some(may) = logins.get(header("authorization")) else {
        return answer(
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"git\"\r\nContent-Length: 0\r\n\
             Connection: close\r\n\r\n",
        );
    };
    if *may == May::Read && (path.ends_with("receive-pack") || query.ends_with("receive-pack")) {
        return answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", folder)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", "/nonexistent")
        .env("REMOTE_USER", "somebody")
        .env("REQUEST_METHOD", method)
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("HTTP_GIT_PROTOCOL", header("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().unwrap();
    // It may answer before it has read everything.
    let writing = std::thread::spawn(move || drop(input.write_all(&body)));
    let mut made = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut made)?;
    writing.join().unwrap();
    child.wait()?;
    let text = String::from_utf8_lossy(&made);
    let end = text.find("\r\n\r\n").unwrap_or(text.len());
    let status = text[..end].lines().find_map(|line| line.strip_prefix("Status: "));
    answer(&format!("HTTP/1.1 {}\r\nConnection: close\r\n", status.unwrap_or("200 OK")))?;
    (&stream).write_all(&made)
}

fn body(reader: &mut impl BufRead, length: &str, encoding: &str) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if !encoding.eq_ignore_ascii_case("chunked") {
        reader.by_ref().take(length.parse().unwrap_or_default()).read_to_end(&mut body)?;
        return Ok(body);
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let size = u64::from_str_radix(line.trim(), 16).unwrap_or_default();
        reader.by_ref().take(size).read_to_end(&mut body)?;
        reader.read_line(&mut String::new())?;
        if size == 0 {
            return Ok(body);
        }
    }
}
