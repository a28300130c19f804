//! What the servers of clouds say about trying again.

use reqwest::header::{HeaderValue, RETRY_AFTER};

use super::*;
use crate::fuzz::run;

#[test]
fn delays_that_servers_ask_for() {
    const WORDS: [&str; 6] = ["Retry-After", "-", "3", ".5", "Mon, 23 Nov 2026 09:00:00 GMT", " "];
    run("retry_after", 5000, &WORDS, |input, _| {
        let Ok(value) = HeaderValue::from_bytes(input) else { return "no header".into() };
        let headers = [(RETRY_AFTER, value)].into_iter().collect();
        let status = StatusCode::TOO_MANY_REQUESTS;
        let response = Response { status, headers, body: Vec::new(), retried: false };
        let asked = retry_after(&response);
        for own in [Duration::ZERO, Duration::from_millis(300), Duration::from_secs(10)] {
            let delay = longer(asked, own);
            assert!(own <= delay && delay <= LONGEST_DELAY, "{delay:?}");
        }
        format!("{}", asked.is_some())
    });
}
