//! Whose certificate is trusted.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::tls;
use super::world::{project, words};

/// Refuses every request, which it was able to read only if the client trusts it.
const REFUSAL: &str = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>not you</Message>\
                       </Error></Errors></Response>";

/// The address of a server with this certificate, and how many have connected.
fn serve(tls: tls::Tls) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    let connected = Arc::<AtomicUsize>::default();
    let count = connected.clone();
    // It ends with the test's process.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            count.fetch_add(1, Ordering::Relaxed);
            let Ok(stream) = tls.acceptor.accept(stream.unwrap()) else { continue };
            let mut reader = BufReader::new(stream);
            let (mut line, mut length) = (String::new(), 0);
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                let lower = line.to_ascii_lowercase();
                if let Some(value) = lower.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let _ = reader.read_exact(&mut vec![0; length]);
            let head = format!(
                "HTTP/1.1 403 Forbidden\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                REFUSAL.len()
            );
            let _ = reader.get_mut().write_all((head + REFUSAL).as_bytes());
            let _ = reader.get_mut().shutdown();
        }
    });
    (address, connected)
}

#[test]
fn a_certificate_that_nobody_trusts_is_told_at_once_and_one_that_is_added_is_trusted() {
    let tls = tls::make();
    let certificate = tls.certificate.clone();
    let (address, connected) = serve(tls);
    let trustless = project(&address, "{}");
    trustless
        .imgctl(&words(&["list_images"]))
        .fails(3)
        .says("is not trusted")
        .says("certificate verify failed")
        .hints("SSL_CERT_FILE");
    // One attempt of each request, and not nine.
    assert!(connected.load(Ordering::Relaxed) <= 3, "{connected:?}");

    trustless.write("authority.pem", &certificate);
    let file = trustless.path().join("authority.pem");
    let trusting = project(&address, "{}").env("SSL_CERT_FILE", file.to_str().unwrap());
    trusting.imgctl(&words(&["list_images"])).fails(3).says("not you").never_says("certificate");
}
