//! The refusals of OpenStack's services, and of whoever stands before them.

use reqwest::StatusCode;

use super::fault;
use crate::cloud::http::Response;
use crate::fuzz::run;

#[test]
fn refusals_of_openstack() {
    const WORDS: [&str; 8] = [
        "{\"forbidden\": {\"message\": \"",
        "\"message\": ",
        "NeutronError",
        "\"type\": \"OverQuota\"",
        "<html>",
        "</",
        "null",
        "[",
    ];
    run("refusals", 3000, &WORDS, |input, random| {
        let codes = [400, 401, 403, 404, 409, 413, 429, 500, 503];
        let status = StatusCode::from_u16(codes[random.usize(..codes.len())]).unwrap();
        let headers = reqwest::header::HeaderMap::new();
        let response = Response { status, headers, body: input.to_vec(), retried: false };
        let message = fault::message(&response);
        assert!(!message.is_empty() && message.chars().count() < 2000, "{message}");
        assert!(!message.contains('\n'), "{message:?}");
        let error = fault::fault(&response, "list images");
        assert!(error.message().contains("list images") && !error.causes().is_empty());
        format!("{:?} {}", error.code(), error.hint_text().is_some())
    });
}
