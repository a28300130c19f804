//! What an OpenStack service answers when it refuses, as our errors.

use reqwest::StatusCode;
use serde_json::Value;

use super::wording;
use crate::cloud::http::Response;
use crate::cloud::refusals::NO_REASON;
use crate::cloud::{ResourceKind, refusals};
use crate::{Code, Error};

/// The error for a reply that was not expected; `purpose` is what was tried: `list images`.
pub fn fault(response: &Response, purpose: &str) -> Error {
    let message = message(response);
    let error = Error::new(code(response), format!("cannot {purpose}"));
    let error = error.cause(format!("{} ({})", message, response.status.as_u16()));
    match hint(response, &message) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// As [`fault`], for a change of something that exists: 409 then means that the service is busy with
/// it or that others use it, and the same call may succeed later (`Code::Busy`).
pub fn fault_of(kind: ResourceKind, id: &str, response: &Response, purpose: &str) -> Error {
    let error = fault(response, purpose);
    if response.status != StatusCode::CONFLICT || is_over_quota(response) {
        return error;
    }
    let busy = refusals::busy(kind, id).cause(error.message());
    error.causes().iter().fold(busy, Error::cause)
}

/// Neutron's name for what is wrong, such as `SecurityGroupInUse`. The other services give none.
/// <https://docs.openstack.org/neutron-lib/latest/reference/modules/neutron_lib.exceptions.html>
pub fn neutron_type(response: &Response) -> Option<String> {
    response.json()["NeutronError"]["type"].as_str().map(str::to_owned)
}

/// Neutron answers with 409 when a quota is used up.
pub fn is_over_quota(response: &Response) -> bool {
    neutron_type(response).as_deref() == Some("OverQuota")
}

fn code(response: &Response) -> Code {
    match response.status {
        StatusCode::CONFLICT if is_over_quota(response) => Code::Refused,
        StatusCode::UNAUTHORIZED => Code::Authentication,
        // 413 is how older services and Rackspace's report limits.
        StatusCode::FORBIDDEN
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::TOO_MANY_REQUESTS
        | StatusCode::SERVICE_UNAVAILABLE => Code::Refused,
        StatusCode::NOT_FOUND => Code::NotFound,
        _ => Code::Failed,
    }
}

fn hint(response: &Response, message: &str) -> Option<&'static str> {
    let is = |wordings: &[_]| wording::is_one_of(message, wordings);
    match response.status {
        StatusCode::FORBIDDEN | StatusCode::PAYLOAD_TOO_LARGE if is(&wording::USED_UP) => {
            Some(USED_UP)
        }
        StatusCode::CONFLICT if is_over_quota(response) => Some(USED_UP),
        // Whether a volume is needed depends on the cloud's policy, so it is known only now.
        StatusCode::FORBIDDEN if is(&wording::NO_DISK) => {
            Some("set `boot_volume: {size: 20GiB}`, or a `flavor` that has a disk")
        }
        StatusCode::FORBIDDEN if is(&wording::PROTECTED) => Some(UNPROTECT),
        StatusCode::FORBIDDEN => Some("ask for a role in this project that allows it"),
        StatusCode::UNAUTHORIZED => Some("check the credentials and the project"),
        _ => None,
    }
}

/// The hint for an image that may not be deleted.
pub const UNPROTECT: &str =
    "run `openstack image set --unprotect ID` first, if the image should be deleted";

const USED_UP: &str = "remove what is not needed (`imgctl gc` finds what killed runs left), or ask \
                       for more: the project's quota is used up";

/// The longest message shown, in characters. Nova quotes what it refuses, however long it is.
const LONGEST: usize = 500;

/// The service's own message.
pub fn message(response: &Response) -> String {
    let json = response.json();
    // `{"forbidden": {"message": …, "code": 403}}`, whatever the first key is.
    let inner = json.as_object().into_iter().flat_map(|map| map.values());
    let said = inner.filter_map(|value| value.get("message").and_then(Value::as_str)).next();
    let plain = json.get("message").and_then(Value::as_str);
    if let Some(text) = said.or(plain).filter(|text| !text.trim().is_empty()) {
        return shortened(&one_line(text));
    }
    let text = one_line(&without_tags(&String::from_utf8_lossy(&response.body)));
    if text.is_empty() {
        response.status.canonical_reason().unwrap_or(NO_REASON).to_owned()
    } else {
        shortened(&text)
    }
}

/// The beginning and the end, since the reason may be at either.
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

/// Older versions of glance answer in HTML.
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
            retried: false,
            status: StatusCode::from_u16(status).unwrap(),
            headers: Default::default(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn the_message_of_every_service_is_found() {
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

    /// Replies of neutron and nova of OpenStack Zed.
    #[test]
    fn a_quota_of_neutron_is_a_refusal_too() {
        let over = r#"{"NeutronError": {"type": "OverQuota", "message":
            "Quota exceeded for resources: ['security_group'].", "detail": ""}}"#;
        let ports =
            r#"{"forbidden": {"code": 403, "message": "Maximum number of ports exceeded"}}"#;
        for (status, body) in [(409, over), (403, ports)] {
            let error = fault(&response(status, body), "start");
            assert_eq!(error.code(), Code::Refused);
            assert!(error.hint_text().unwrap().contains("quota"), "{error}");
        }
    }

    #[test]
    fn a_conflict_about_something_that_exists_means_busy() {
        let used = r#"{"NeutronError": {"type": "SecurityGroupInUse", "message": "in use"}}"#;
        let error = fault_of(ResourceKind::SecurityGroup, "sg", &response(409, used), "delete it");
        assert_eq!(error.code(), Code::Busy);
        assert_eq!(error.to_string(), "security group sg is busy: cannot delete it: in use (409)");
        assert_eq!(fault(&response(409, used), "create it").code(), Code::Failed);
        let over = r#"{"NeutronError": {"type": "OverQuota", "message": "no"}}"#;
        let error = fault_of(ResourceKind::SecurityGroup, "sg", &response(409, over), "change it");
        assert_eq!(error.code(), Code::Refused);
    }

    #[test]
    fn the_reason_at_the_end_of_a_long_message_is_kept() {
        let long = format!("Invalid input. Value: {}. {}", "x".repeat(2000), "'x' is too long");
        let said = message(&response(400, &json!({"badRequest": {"message": long}}).to_string()));
        assert!(said.len() < 600 && said.ends_with("'x' is too long"), "{said}");
    }
}
