//! Plain requests of EC2's protocol, by which a test asks an emulated cloud without imgctl.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;

/// Sends a request and returns the XML of the reply, which must be a success.
pub fn ask(endpoint: &str, region: &str, action: &str, parameters: &[(&str, &str)]) -> String {
    let (head, body) = try_ask(endpoint, region, action, parameters);
    assert!(head.contains(" 200 "), "{action} {parameters:?}: {head}\n{body}");
    body
}

/// As [`ask`], for any reply: the head with the status line, and the body.
pub fn try_ask(
    endpoint: &str,
    region: &str,
    action: &str,
    parameters: &[(&str, &str)],
) -> (String, String) {
    let mut form = format!("Action={action}&Version=2016-11-15");
    for (name, value) in parameters {
        write!(form, "&{name}={}", encoded(value)).unwrap();
    }
    let host = endpoint.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    // Emulators do not check the signature, but read the region from it.
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential=test/20260101/{region}/ec2/aws4_request, SignedHeaders=host, Signature=0\r\n\
         \r\n{form}",
        form.len()
    )
    .unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// The texts of all elements of that name, in order.
pub fn texts(xml: &str, element: &str) -> Vec<String> {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let parts = xml.split(&open).skip(1);
    parts.map(|part| part.split(&close).next().unwrap().to_owned()).collect()
}

fn encoded(value: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one =
        |byte: u8| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    value.bytes().map(one).collect()
}
