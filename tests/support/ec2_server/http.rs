//! HTTP/1.1, as far as the SDK and the guests use it.
//!
//! A GET of any path answers with the caller's public address, as checkip.amazonaws.com does.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use super::rules::Verdict;
use super::xml::Refusal;
use super::{Form, Request, Shared, actions, rules};

/// The caller's public address, for `ssh_from: auto`.
pub const PUBLIC_ADDRESS: &str = "203.0.113.7";

/// Answers the requests of one connection.
pub fn serve(shared: &Arc<Shared>, stream: TcpStream) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    while let Some((head, body)) = read(&mut reader) {
        if head[0].starts_with("GET ") {
            reply(&mut stream, 200, "text/plain", &format!("{PUBLIC_ADDRESS}\n"));
            continue;
        }
        let request = understand(&head, &body);
        shared.requests.lock().unwrap().push(request.clone());
        let (status, text) = match rules::apply(shared, &request) {
            Verdict::Reply => rendered(&request, actions::carry_out(shared, &request)),
            Verdict::Refuse(refusal) => rendered(&request, Err(refusal)),
            Verdict::Acknowledge => rendered(&request, super::xml::done()),
            Verdict::CarryOutAndHangUp => {
                let _ = actions::carry_out(shared, &request);
                return;
            }
            Verdict::CarryOutAndTruncate => {
                let (status, text) = rendered(&request, actions::carry_out(shared, &request));
                let head = format!("HTTP/1.1 {status} Emulated\r\nContent-Length: {}", text.len());
                let half = &text[..text.len() / 2];
                // The caller may be gone.
                let _ = write!(stream, "{head}\r\n\r\n{half}");
                return;
            }
            Verdict::CarryOutAndHold(told) => {
                let carried_out = rendered(&request, actions::carry_out(shared, &request));
                // The test may have stopped listening.
                let _ = told.send(request);
                // This blocks until the caller is gone.
                let _ = reader.read(&mut [0]);
                drop(carried_out);
                return;
            }
            Verdict::CarryOutLate(told, delay) => {
                let _ = told.send(request.clone());
                let _ = reader.read(&mut [0]);
                std::thread::sleep(delay);
                let _ = actions::carry_out(shared, &request);
                return;
            }
        };
        reply(&mut stream, status, "text/xml;charset=UTF-8", &text);
    }
}

fn rendered(request: &Request, outcome: super::xml::Reply) -> (u16, String) {
    match outcome {
        Ok(fields) => (200, super::xml::response(&request.action, fields)),
        Err(refusal) => (refusal.status, super::xml::errors(&refusal)),
    }
}

/// The lines of the head, and the body; None at the end of the connection.
fn read(reader: &mut impl BufRead) -> Option<(Vec<String>, String)> {
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let length = header(&head, "content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8(body).unwrap()))
}

fn header<'a>(head: &'a [String], name: &str) -> Option<&'a str> {
    let mut headers = head.iter().filter_map(|line| line.split_once(':'));
    let (_, value) = headers.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(value.trim())
}

/// Signatures are not checked. They contain the id of the access key and the region:
/// `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/ec2/aws4_request, …`.
fn understand(head: &[String], body: &str) -> Request {
    let form = Form::parse(body);
    let signed = header(head, "authorization").and_then(|text| text.split("Credential=").nth(1));
    let mut scope = signed.unwrap_or_default().split('/');
    let access_key = scope.next().unwrap_or_default().to_owned();
    let region = scope.nth(1).unwrap_or_default().to_owned();
    Request { action: form.get("Action").to_owned(), region, access_key, form }
}

fn reply(stream: &mut TcpStream, status: u16, kind: &str, text: &str) {
    let length = text.len();
    // The caller may be gone.
    let _ = write!(
        stream,
        "HTTP/1.1 {status} Emulated\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{text}"
    );
    let _ = stream.flush();
}

/// The error for an unknown action.
pub fn unknown(request: &Request) -> Refusal {
    let message = format!("The action {} is not valid for this web service.", request.action);
    Refusal::new(400, "InvalidAction", message)
}
