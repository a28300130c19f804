//! `http::` against servers that misbehave.

use std::process::Command;

use crate::echo::Echo;
use crate::project::{Project, Ran};

const SECRET: &str = "hunter2-and-more";

fn request(code: &str) -> Ran {
    let code = format!("let token = secret::env(\"TOKEN\"); {code}");
    Project::new().imgctl_with_setup(&["run", "-e", &code], |command: &mut Command| {
        command.env("TOKEN", SECRET);
    })
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere";

#[test]
fn secrets_do_not_follow_a_redirect_to_another_server() {
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let elsewhere = Echo::saying(OK);
        let first = Echo::redirecting(status, &elsewhere);
        let url = first.url();
        request(&format!(
            "let answer = http::request(\"GET\", \"{url}/a\", #{{ headers: #{{ Authorization: \"Bearer \" + token,
                \"PRIVATE-TOKEN\": token, \"X-Auth-Token\": token, Cookie: \"a=b\", Accept: \"text/plain\" }} }});
             print(answer.body);"
        ))
        .succeeds()
        .says("here");
        let seen = elsewhere.requests().concat();
        assert!(seen.starts_with("GET /a ") && seen.contains("text/plain"), "{seen}");
        assert!(!seen.contains(SECRET) && !seen.contains("a=b"), "{status}: {seen}");
        assert!(first.requests().concat().contains(SECRET));
    }
}

#[test]
fn a_body_with_a_secret_is_not_sent_to_another_server() {
    for (status, is_sent) in
        [("307 Temporary", true), ("308 Permanent", true), ("302 Found", false)]
    {
        let elsewhere = Echo::saying(OK);
        let first = Echo::redirecting(status, &elsewhere);
        let post = |body: &str| {
            let url = first.url();
            request(&format!("http::request(\"POST\", \"{url}/a\", #{{ body: {body} }}).body"))
        };
        let ran = post("json::text(#{ password: token })");
        if is_sent {
            ran.fails(3)
                .says("redirects a request with a secret to http://127.0.0.1:")
                .hints("yourself");
            assert!(elsewhere.requests().is_empty());
        } else {
            ran.succeeds();
        }
        post("\"harmless\"").succeeds().says("here");
        let seen = elsewhere.requests().concat();
        assert_eq!(seen.contains("harmless"), is_sent, "{seen}");
        assert!(!seen.contains(SECRET), "{seen}");
    }
}

#[test]
fn a_redirect_within_a_server_keeps_everything() {
    let server = Echo::with(|request| match request.starts_with("POST /a ") {
        true => "HTTP/1.1 307 X\r\nLocation: b/../c?d=e\r\nContent-Length: 0\r\n\r\n".to_owned(),
        false => OK.to_owned(),
    });
    let url = server.url();
    request(&format!(
        "http::request(\"POST\", \"{url}/a\", #{{ body: token, headers: #{{ \"X-Auth-Token\": token }} }}).body"
    ))
    .succeeds()
    .says("here");
    let second = &server.requests()[1];
    assert!(second.starts_with("POST /c?d=e ") && second.matches(SECRET).count() == 2, "{second}");
}

#[test]
fn a_circle_an_endless_body_and_garbage_are_errors() {
    let circle = Echo::saying("HTTP/1.1 302 X\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
    let url = circle.url();
    request(&format!("http::get(\"{url}\")")).fails(3).says("was redirected 11 times");
    let endless = Echo::endless("text/plain");
    let url = endless.url();
    request(&format!("http::get(\"{url}\")"))
        .fails(1)
        .says("returned more than 64.0 MiB")
        .hints("limits.reply");
    for bytes in ["\0garbage\r\n\r\n", "HTTP/1.1 99999 X\r\n\r\n", "SSH-2.0-x\r\n"] {
        let url = Echo::saying(bytes).url();
        request(&format!("http::get(\"{url}\")")).fails(3).says(&format!("GET {url} failed"));
    }
}

#[test]
fn a_password_in_an_address_is_not_shown() {
    let refusing = Echo::refusing("403 Forbidden", "text/plain", "{}");
    let url = refusing.url().replace("http://", "http://me:swordfish99@");
    request(&format!("http::get(\"{url}/a\")")).fails(1).says("403").never_says("swordfish99");
}

#[test]
fn bytes_of_a_body_that_are_lost_are_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Ends with the test's process.
    std::thread::spawn(move || {
        use std::io::{BufRead, BufReader, Write};
        let (stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines();
        lines.map_while(Result::ok).find(|line| line.is_empty());
        (&stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ncaf\xe9").unwrap();
    });
    let ran = request(&format!("print(http::request(\"GET\", \"{url}\", #{{}}).body)")).succeeds();
    ran.says("bytes that are not UTF-8 (1 of 4)").says("let a program download it");
}

/// The library would go past it, or speak HTTP to it.
#[test]
fn a_variable_that_names_no_proxy_is_an_error() {
    for (name, value, why) in [
        ("http_proxy", "::::hunter2", "it is not the address of a proxy"),
        ("ALL_PROXY", "socks5h://me:hunter2@127.0.0.1:1", "a SOCKS proxy"),
    ] {
        let echo = Echo::saying(OK);
        let code = format!("http::request(\"GET\", \"{}\", #{{}})", echo.url());
        let set = |command: &mut Command| {
            command.env(name, value);
        };
        let ran = Project::new().imgctl_with_setup(&["run", "-e", &code], set).fails(2);
        ran.says(why).says(name).never_says("hunter2");
        assert!(echo.requests().is_empty());
    }
}
