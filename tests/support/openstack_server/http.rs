//! HTTP/1.1, as far as the client uses it.

use std::io::{BufRead, BufReader, Read, Write};
use std::sync::Arc;

use serde_json::Value;

use super::reply::Reply;
use super::{Request, Shared, Then, carry_out};

/// Answers the requests of one connection.
pub(super) fn serve(shared: &Arc<Shared>, stream: impl Read + Write) {
    let mut reader = BufReader::new(stream);
    while let Some((head, body)) = read(&mut reader) {
        let request = understand(&head, &body);
        shared.requests.lock().unwrap().push(request.clone());
        arrive(shared);
        let verdict = rule(shared, &request);
        if let Some(Then::Later(others)) = verdict {
            shared.late.lock().unwrap().push((others, request));
            return;
        }
        if let Some(Then::Limit(status, seconds)) = verdict {
            let mut reply = Reply::error(status, "overLimit", "This request was rate-limited.");
            reply.headers.push(("Retry-After", seconds.to_string()));
            send(reader.get_mut(), &reply);
            continue;
        }
        if let Some(Then::Refuse(status, body)) = verdict {
            send(reader.get_mut(), &Reply { status, body, headers: Vec::new() });
            continue;
        }
        let reply = carry_out(&mut shared.world.lock().unwrap(), &request);
        match verdict {
            Some(Then::HangUp) => return,
            Some(Then::Garble(status)) => {
                let page = Value::from("<html>Bad Gateway</html>");
                send(reader.get_mut(), &Reply { status, body: page, headers: Vec::new() });
            }
            Some(Then::Hold(told)) => {
                // The test may have stopped listening.
                let _ = told.send(());
                // Waits until the caller is gone.
                let _ = reader.read(&mut [0]);
                return;
            }
            _ => send(reader.get_mut(), &reply),
        }
    }
}

/// Carries out the requests whose time has come.
fn arrive(shared: &Arc<Shared>) {
    let mut late = shared.late.lock().unwrap();
    for (others, _) in late.iter_mut() {
        *others = others.saturating_sub(1);
    }
    let (now, later): (Vec<_>, Vec<_>) = late.drain(..).partition(|(others, _)| *others == 0);
    *late = later;
    for (_, request) in now {
        carry_out(&mut shared.world.lock().unwrap(), &request);
    }
}

/// The verdict of the first rule that matches and is not used up.
fn rule(shared: &Shared, request: &Request) -> Option<Then> {
    let mut rules = shared.rules.lock().unwrap();
    let line = request.line();
    let rule = rules.iter_mut().find(|rule| rule.times > 0 && line.starts_with(&rule.begins))?;
    rule.times -= 1;
    Some(match &rule.then {
        Then::Refuse(status, body) => Then::Refuse(*status, body.clone()),
        Then::Limit(status, seconds) => Then::Limit(*status, *seconds),
        Then::HangUp => Then::HangUp,
        Then::Later(others) => Then::Later(*others),
        Then::Garble(status) => Then::Garble(*status),
        Then::Hold(told) => Then::Hold(told.clone()),
    })
}

/// The lines of the head, and the body. None: the connection ended.
fn read(reader: &mut impl BufRead) -> Option<(Vec<String>, Vec<u8>)> {
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
    let length = header(&head, "content-length").parse().unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn header(head: &[String], name: &str) -> String {
    let mut headers = head.iter().filter_map(|line| line.split_once(':'));
    let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

fn understand(head: &[String], body: &[u8]) -> Request {
    let mut words = head[0].split(' ').map(str::to_owned);
    let version = header(head, "openstack-api-version");
    Request {
        method: words.next().unwrap(),
        path: words.next().unwrap(),
        token: header(head, "x-auth-token"),
        microversion: version
            .split_once(' ')
            .map(|(_, number)| number)
            .unwrap_or_default()
            .to_owned(),
        body: serde_json::from_slice(body).unwrap_or_default(),
    }
}

fn send(stream: &mut impl Write, reply: &Reply) {
    let text = if reply.body.is_null() { String::new() } else { reply.body.to_string() };
    let mut head =
        format!("HTTP/1.1 {} Emulated\r\nContent-Type: application/json\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    // A 204 has no body and no length.
    let length = if reply.status == 204 {
        String::new()
    } else {
        format!("Content-Length: {}\r\n", text.len())
    };
    // The caller may be gone.
    let _ = write!(stream, "{head}{length}\r\n{text}");
    let _ = stream.flush();
}
