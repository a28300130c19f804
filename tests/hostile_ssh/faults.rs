//! One table: what a server does, what the script wanted, and what it gets.

use crate::client::Client;
use crate::server::{Fault, Server};

const QUERY: &str = r#"print(`got ${h.query("echo whole").stdout}`);"#;
const GET: &str = r#"h.get("sent", "received"); print("got");"#;
const LIMITED: &str = r#"h.query("echo whole", #{ timeout: "1s" });"#;
const READ: &str = r#"print(`got ${h.read("sent")}`);"#;

/// What a server does, the script, the exit status, and what is said.
const FAULTS: [(Fault, &str, i32, &str); 29] = [
    (Fault::None, QUERY, 0, "got whole"),
    (Fault::SilentBeforeBanner, QUERY, 1, "no SSH banner yet"),
    (Fault::SpeaksHttp, QUERY, 3, "is no SSH server"),
    (Fault::SilentBeforeOffer, QUERY, 1, "the key exchange with 127.0.0.1"),
    (Fault::SilentInKeyExchange, QUERY, 1, "the key exchange with 127.0.0.1"),
    (Fault::SilentAtService, QUERY, 1, "no answer in time"),
    (Fault::SilentAtLogin, QUERY, 1, "no answer in time"),
    (Fault::SilentAtChannel, QUERY, 1, "cannot open a channel"),
    (Fault::SilentAtExec, QUERY, 1, "cannot start `echo whole`"),
    (Fault::SilentInCommand, LIMITED, 1, "`echo whole` may still run there"),
    (Fault::EndlessLines, QUERY, 1, "in time"),
    (Fault::EndlessLine, QUERY, 1, "in time"),
    (Fault::Garbage, QUERY, 3, "the key exchange with 127.0.0.1"),
    (Fault::FloodInKeyExchange, QUERY, 1, "in time"),
    (Fault::FloodAtLogin, QUERY, 1, "in time"),
    (Fault::FloodAtChannel, QUERY, 1, "in time"),
    (Fault::OldMethods, QUERY, 3, "offers diffie-hellman-group1-sha1; imgctl offers "),
    (Fault::OtherKey, QUERY, 3, "is not the expected one"),
    (Fault::HangsUp, QUERY, 3, "no SSH banner yet"),
    // The frame tells what the server does not.
    (Fault::NoStatus, QUERY, 0, "got whole"),
    (Fault::Cut(0), QUERY, 3, "the end of `echo whole` is not known"),
    (Fault::Cut(44), QUERY, 3, "the end of `echo whole` is not known"),
    (Fault::CutWithSuccess(44), QUERY, 3, "the end of `echo whole` is not known"),
    (Fault::CutConnection(44), QUERY, 3, "the connection was lost while `echo whole` ran"),
    (Fault::Cut(100), GET, 3, "the end of `download sent` is not known"),
    (Fault::CutWithSuccess(100), READ, 3, "the end of `read sent` is not known"),
    (Fault::EndlessOutput, GET, 1, "prints more than 64 KiB before a command"),
    (Fault::NeverCloses, QUERY, 0, "got whole"),
    (Fault::RunsNothing, QUERY, 3, "the end of `echo whole` is not known"),
];

#[test]
fn what_a_server_does_wrong_is_told_and_nothing_half_is_taken() {
    let rows: Vec<_> = FAULTS
        .into_iter()
        .map(|row| std::thread::spawn(move || (row, try_row(row.0, row.1))))
        .collect();
    for row in rows {
        let ((fault, _, status, text), ran) = row.join().unwrap();
        println!("{fault:?}");
        let ran = if status == 0 { ran.succeeds() } else { ran.fails(status) };
        let ran = ran.says(text);
        assert!(status == 0 || !ran.stdout.contains("got"), "{ran}");
    }
}

fn try_row(fault: Fault, script: &str) -> crate::ran::Ran {
    let server = Server::start(fault);
    let client = Client::of_server(&server);
    // The server runs its commands in the folder of the tests: the whole path is needed.
    let sent = client.path().join("sent");
    std::fs::write(&sent, "0123456789".repeat(50)).unwrap();
    let script = script.replace("\"sent\"", &format!("{sent:?}"));
    let ran = client.run(&script);
    assert!(!client.path().join("received").exists(), "{fault:?}: {ran}");
    let mut ran = ran;
    for text in [&mut ran.stdout, &mut ran.stderr] {
        *text = text.replace(&sent.display().to_string(), "sent");
    }
    ran
}

#[test]
fn what_comes_after_the_end_is_not_lost() {
    let server = Server::start(Fault::Appends);
    Client::of_server(&server).run(QUERY).succeeds().says("got whole\nappended");
}
