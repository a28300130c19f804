//! What a server says about the part of a file that it sends.

use reqwest::header::HeaderValue;

use super::starts_at;
use crate::fuzz::run;

#[test]
fn ranges_of_downloads() {
    run("content_range", 5000, &["bytes ", "bytes */", "-", "/*", "bytes"], |input, _| {
        let Ok(value) = HeaderValue::from_bytes(input) else { return "no header".into() };
        let start = starts_at(&value);
        if let Some(start) = start {
            let text = value.to_str().unwrap();
            assert!(text.starts_with("bytes ") && text.contains(&start.to_string()), "{text}");
        }
        format!("{}", start.is_some())
    });
}
