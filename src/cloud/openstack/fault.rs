//! What an OpenStack service says when it refuses, as our errors.

use reqwest::StatusCode;
use serde_json::Value;

use crate::cloud::http::Response;
use crate::{Code, Error};

/// The error for a reply that is none of the expected ones; `purpose` is what was tried.
pub fn fault(response: &Response, purpose: &str) -> Error {
    let message = message(response);
    let error = Error::new(code(response.status), format!("cannot {purpose}"));
    let error = error.cause(format!("{} ({})", message, response.status.as_u16()));
    match hint(response.status, &message) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

fn code(status: StatusCode) -> Code {
    match status {
        StatusCode::UNAUTHORIZED => Code::Authentication,
        // 413 is how older and Rackspace's services speak of limits.
        StatusCode::FORBIDDEN
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::TOO_MANY_REQUESTS
        | StatusCode::SERVICE_UNAVAILABLE => Code::Refused,
        StatusCode::NOT_FOUND => Code::NotFound,
        _ => Code::Failed,
    }
}

fn hint(status: StatusCode, message: &str) -> Option<&'static str> {
    let lower = message.to_lowercase();
    let limit = lower.contains("quota") || lower.contains("limit");
    match status {
        StatusCode::FORBIDDEN | StatusCode::PAYLOAD_TOO_LARGE if limit => Some(
            "the project's quota is used up: remove what is not needed (`imgctl gc` finds what \
             killed runs left), or ask for more",
        ),
        StatusCode::FORBIDDEN if lower.contains("protected") => {
            Some("take the protection away first, if that is meant")
        }
        StatusCode::FORBIDDEN => Some("the user's role in this project does not allow it"),
        StatusCode::UNAUTHORIZED => Some("check the credentials and the project"),
        _ => None,
    }
}

/// The service's own sentence.
pub fn message(response: &Response) -> String {
    let json = response.json();
    // `{"forbidden": {"message": …, "code": 403}}`, whatever the first key.
    let inner = json.as_object().into_iter().flat_map(|map| map.values());
    let said = inner.filter_map(|value| value.get("message").and_then(Value::as_str)).next();
    let plain = json.get("message").and_then(Value::as_str);
    if let Some(text) = said.or(plain).filter(|text| !text.trim().is_empty()) {
        return one_line(text);
    }
    let text = one_line(&without_tags(&String::from_utf8_lossy(&response.body)));
    if text.is_empty() {
        response.status.canonical_reason().unwrap_or("no reason given").to_owned()
    } else {
        text.chars().take(300).collect()
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Older glance answers in HTML.
fn without_tags(text: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for char in text.chars() {
        match char {
            '<' => inside = true,
            '>' => {
                inside = false;
                plain.push(' ');
            }
            _ if !inside => plain.push(char),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, body: &str) -> Response {
        Response {
            status: StatusCode::from_u16(status).unwrap(),
            headers: Default::default(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn every_service_is_understood() {
        let said = |body: &str| message(&response(403, body));
        assert_eq!(
            said(r#"{"forbidden": {"message": "Quota exceeded", "code": 403}}"#),
            "Quota exceeded"
        );
        assert_eq!(said(r#"{"NeutronError": {"type": "A", "message": "no", "detail": ""}}"#), "no");
        assert_eq!(
            said("<html><h1>403</h1>\n Image is protected</html>"),
            "403 Image is protected"
        );
        assert_eq!(said(""), "Forbidden");
    }

    #[test]
    fn a_quota_is_a_refusal() {
        let error = fault(
            &response(403, r#"{"forbidden": {"message": "Quota exceeded for cores"}}"#),
            "start",
        );
        assert_eq!(error.code(), Code::Refused);
        assert!(error.hint_text().unwrap().contains("quota"));
    }
}
