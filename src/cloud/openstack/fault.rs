//! What an OpenStack service says when it refuses, as our errors.

use reqwest::StatusCode;
use serde_json::Value;

use crate::cloud::http::Response;
use crate::{Code, Error};

/// The error for a reply that is none of the expected ones; `purpose` is what was tried.
pub fn fault(response: &Response, purpose: &str) -> Error {
    let message = message(response);
    let error = Error::new(code(response), format!("cannot {purpose}"));
    let error = error.cause(format!("{} ({})", message, response.status.as_u16()));
    match hint(response, &message) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// Neutron's way to say that a quota is used up: 409 elsewhere is a state that passes.
pub fn is_over_quota(response: &Response) -> bool {
    response.json()["NeutronError"]["type"] == "OverQuota"
}

fn code(response: &Response) -> Code {
    match response.status {
        StatusCode::CONFLICT if is_over_quota(response) => Code::Refused,
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

fn hint(response: &Response, message: &str) -> Option<&'static str> {
    let lower = message.to_lowercase();
    // Nova passes neutron's on as `Maximum number of ports exceeded`.
    let limit = ["quota", "limit", "exceeded"].iter().any(|word| lower.contains(word));
    match response.status {
        StatusCode::FORBIDDEN | StatusCode::PAYLOAD_TOO_LARGE if limit => Some(USED_UP),
        StatusCode::CONFLICT if is_over_quota(response) => Some(USED_UP),
        // Some clouds let everybody have these, so it is nova's to say.
        StatusCode::FORBIDDEN if lower.contains("flavors with zero disk") => {
            Some("set `boot_volume: {size: 20GiB}`, or a `flavor` that has a disk")
        }
        StatusCode::FORBIDDEN if lower.contains("protected") => {
            Some("take the protection away first, if that is meant")
        }
        StatusCode::FORBIDDEN => Some("the user's role in this project does not allow it"),
        StatusCode::UNAUTHORIZED => Some("check the credentials and the project"),
        _ => None,
    }
}

const USED_UP: &str = "the project's quota is used up: remove what is not needed (`imgctl gc` \
                       finds what killed runs left), or ask for more";

/// Nova repeats what it does not like, be it long.
const LONGEST: usize = 500;

/// The service's own sentence.
pub fn message(response: &Response) -> String {
    let json = response.json();
    // `{"forbidden": {"message": …, "code": 403}}`, whatever the first key.
    let inner = json.as_object().into_iter().flat_map(|map| map.values());
    let said = inner.filter_map(|value| value.get("message").and_then(Value::as_str)).next();
    let plain = json.get("message").and_then(Value::as_str);
    if let Some(text) = said.or(plain).filter(|text| !text.trim().is_empty()) {
        return shortened(&one_line(text));
    }
    let text = one_line(&without_tags(&String::from_utf8_lossy(&response.body)));
    if text.is_empty() {
        response.status.canonical_reason().unwrap_or("no reason given").to_owned()
    } else {
        shortened(&text)
    }
}

/// The beginning and the end: that is where the reason stands.
fn shortened(text: &str) -> String {
    let count = text.chars().count();
    if count <= LONGEST {
        return text.to_owned();
    }
    let head: String = text.chars().take(LONGEST / 2).collect();
    let tail: String = text.chars().skip(count - LONGEST / 2).collect();
    format!("{head} … {tail}")
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
    use serde_json::json;

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

    /// As neutron and nova of OpenStack Zed say it.
    #[test]
    fn a_quota_of_neutrons_is_a_refusal_too() {
        let over = r#"{"NeutronError": {"type": "OverQuota", "message":
            "Quota exceeded for resources: ['security_group'].", "detail": ""}}"#;
        let ports =
            r#"{"forbidden": {"code": 403, "message": "Maximum number of ports exceeded"}}"#;
        for (status, body) in [(409, over), (403, ports)] {
            let error = fault(&response(status, body), "start");
            assert_eq!(error.code(), Code::Refused);
            assert!(error.hint_text().unwrap().contains("quota"), "{error}");
        }
        let used = r#"{"NeutronError": {"type": "SecurityGroupInUse", "message": "in use"}}"#;
        assert_eq!(fault(&response(409, used), "delete").code(), Code::Failed);
    }

    #[test]
    fn the_reason_at_the_end_of_a_long_message_is_kept() {
        let long = format!("Invalid input. Value: {}. {}", "x".repeat(2000), "'x' is too long");
        let said = message(&response(400, &json!({"badRequest": {"message": long}}).to_string()));
        assert!(said.len() < 600 && said.ends_with("'x' is too long"), "{said}");
    }
}
