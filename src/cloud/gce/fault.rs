//! Failed calls: what Google refused, and on what grounds. Its reason decides where it gives one, else its
//! [wording].

use reqwest::StatusCode;
use serde_json::Value;

use super::wording::{self, INCOMPATIBLE, KEY, NO_PROJECT, UNPAID};
use crate::Error;

pub enum Failure {
    /// Google refused the call, or its operation failed.
    Refused(Refusal),
    /// There was no answer, or none that can be read.
    Other(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Other(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::Refused(refusal)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        match failure {
            Failure::Refused(refusal) => refusal.into_error(),
            Failure::Other(error) => error,
        }
    }
}

/// A refusal, of a call at once or of its operation later.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub purpose: String,
    /// HTTP status of the call, or the one that the operation reports.
    pub status: StatusCode,
    /// All that Google gives: `quotaExceeded`, `ZONE_RESOURCE_POOL_EXHAUSTED`.
    pub reasons: Vec<String>,
    pub message: String,
    /// What the message does not say: the policies that are violated, zones that have capacity.
    pub details: Vec<String>,
    /// Where the credentials come from.
    pub place: Box<str>,
    /// Nothing that was requested is still going to happen.
    pub is_final: bool,
    /// An earlier try of the same call had no answer, and may still be carried out.
    pub retried: bool,
    /// Google was asked, and the zone does not offer the machine type.
    pub lacks_machine_type: bool,
    /// A 404 with Google's reason `notFound`. A server that is not the Compute API answers 404, too.
    is_not_found: bool,
}

impl Refusal {
    pub fn of_answer(purpose: &str, status: StatusCode, answer: &Value, place: &str) -> Refusal {
        let error = &answer["error"];
        let items = |key: &str| error[key].as_array().cloned().unwrap_or_default();
        // `details` is the newer form of errors, and more precise than `errors` beside it.
        let (details, older) = (items("details"), items("errors"));
        let reasons = details.iter().chain(&older).filter_map(|it| it["reason"].as_str());
        let is_not_found = older.iter().any(|error| error["reason"] == "notFound");
        let message = error["message"].as_str().unwrap_or_default();
        let message = if message.is_empty() { status.to_string() } else { message.to_owned() };
        let mut refusal = Refusal {
            purpose: purpose.to_owned(),
            status,
            reasons: reasons.map(str::to_owned).collect(),
            message,
            details: details.iter().flat_map(violations).collect(),
            place: place.into(),
            is_final: false,
            retried: false,
            lacks_machine_type: false,
            is_not_found: is_not_found && status == StatusCode::NOT_FOUND,
        };
        refusal.is_final = status.is_client_error() || refusal.is_full_zone();
        refusal
    }

    /// The error of an operation that has ended, if it failed.
    pub fn of_operation(purpose: &str, operation: &Value, place: &str) -> Option<Refusal> {
        let errors = operation["error"]["errors"].as_array()?;
        let text = |error: &Value, key: &str| error[key].as_str().unwrap_or_default().to_owned();
        let line = |error: &Value| format!("{}: {}", text(error, "code"), text(error, "message"));
        let messages: Vec<String> = errors.iter().map(line).collect();
        let status = operation["httpErrorStatusCode"].as_u64();
        let status = status.and_then(|code| u16::try_from(code).ok());
        let status = status.and_then(|code| StatusCode::from_u16(code).ok());
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Some(Refusal {
            purpose: purpose.to_owned(),
            status,
            reasons: errors.iter().flat_map(reasons).collect(),
            message: messages.join("; "),
            details: errors.iter().flat_map(further).collect(),
            place: place.into(),
            is_final: true,
            retried: false,
            lacks_machine_type: false,
            is_not_found: status == StatusCode::NOT_FOUND,
        })
    }

    fn is_one_of(&self, reasons: &[&str]) -> bool {
        let known = |given: &String| reasons.iter().any(|it| given.eq_ignore_ascii_case(it));
        self.reasons.iter().any(known)
    }

    /// Too many calls in a short time.
    pub fn is_rate(&self) -> bool {
        let reasons = [
            "rateLimitExceeded",
            "userRateLimitExceeded",
            "RATE_LIMIT_EXCEEDED",
            "RESOURCE_OPERATION_RATE_EXCEEDED",
        ];
        self.is_one_of(&reasons) || self.status == StatusCode::TOO_MANY_REQUESTS
    }

    /// Another operation on the resource has not ended; the same call may succeed later.
    pub fn is_busy(&self) -> bool {
        self.is_not_ready() || self.status == StatusCode::CONFLICT && !self.is_taken()
    }

    /// The resource is busy for a moment only: worth waiting for.
    pub fn is_not_ready(&self) -> bool {
        self.is_one_of(&["resourceNotReady", "RESOURCE_NOT_READY"])
    }

    /// The name belongs to another resource.
    pub fn is_taken(&self) -> bool {
        self.is_one_of(&["alreadyExists", "RESOURCE_ALREADY_EXISTS"])
    }

    /// Google does not accept a value: the settings are wrong.
    pub fn is_invalid(&self) -> bool {
        let reasons = [
            "invalid",
            "invalidParameter",
            "required",
            "badRequest",
            "parseError",
            // Of operations.
            "INVALID_FIELD_VALUE",
            "INVALID_PARAMETER",
            "INVALID_USAGE",
        ];
        self.status == StatusCode::BAD_REQUEST && self.is_one_of(&reasons)
    }

    /// The project does not exist, as opposed to something in it.
    pub fn is_no_project(&self) -> bool {
        let is_told = || wording::is_one_of(&self.message, &NO_PROJECT);
        match self.status {
            StatusCode::FORBIDDEN => self.is_one_of(&["CONSUMER_INVALID"]) || is_told(),
            StatusCode::NOT_FOUND => is_told() || wording::names_project_alone(&self.message),
            _ => false,
        }
    }

    /// The resource does not exist.
    pub fn is_gone(&self) -> bool {
        self.is_not_found && !self.is_no_project()
    }

    /// The answer is not from the Compute API.
    pub fn is_from_elsewhere(&self) -> bool {
        self.status == StatusCode::NOT_FOUND && !self.is_not_found && !self.is_no_project()
    }

    /// The zone has no capacity for the machine type at present; another zone may.
    pub fn is_full_zone(&self) -> bool {
        let is_exhausted = |reason: &String| reason.starts_with("ZONE_RESOURCE_POOL_EXHAUSTED");
        let is_full = self.reasons.iter().any(is_exhausted)
            || self.is_one_of(&["STOCKOUT", "RESOURCE_POOL_EXHAUSTED", "resourcesUnavailable"]);
        is_full && !self.is_incompatible()
    }

    pub fn is_quota(&self) -> bool {
        self.is_one_of(&["quotaExceeded", "QUOTA_EXCEEDED", "limitExceeded", "dailyLimitExceeded"])
    }

    pub fn is_disabled_api(&self) -> bool {
        self.is_one_of(&["accessNotConfigured", "SERVICE_DISABLED"])
            && !self.is_unpaid()
            && !self.is_no_project()
    }

    /// The token belongs to a machine whose access scopes exclude the Compute API, whatever IAM allows. A
    /// permission that IAM does not give has another reason, `forbidden`.
    /// Source: <https://cloud.google.com/compute/docs/troubleshooting/troubleshooting-access-scopes>
    pub fn is_out_of_scope(&self) -> bool {
        self.is_one_of(&["ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions"])
    }

    /// Google has suspended the project.
    pub fn is_suspended(&self) -> bool {
        self.is_one_of(&["CONSUMER_SUSPENDED"])
    }

    /// The project has no billing account.
    pub fn is_unpaid(&self) -> bool {
        self.is_one_of(&["BILLING_DISABLED"]) || wording::is_one_of(&self.message, &UNPAID)
    }

    /// A policy of the organisation forbids it: the one with this name (`compute.vmExternalIpAccess`),
    /// or any for an empty name. The violations name the policy, or only the message does.
    pub fn is_against(&self, constraint: &str) -> bool {
        let name = format!("constraints/{constraint}");
        self.details.iter().chain([&self.message]).any(|text| text.contains(&name))
    }

    /// A perimeter of VPC Service Controls forbids it.
    pub fn is_outside_perimeter(&self) -> bool {
        self.is_one_of(&["SECURITY_POLICY_VIOLATED", "vpcServiceControls"])
    }

    /// The key of Cloud KMS cannot be used.
    pub fn is_about_key(&self) -> bool {
        wording::is_one_of(&self.message, &KEY)
    }

    /// The machine type does not support the type of the disk.
    pub fn is_incompatible(&self) -> bool {
        self.status == StatusCode::BAD_REQUEST && wording::is_one_of(&self.message, &INCOMPATIBLE)
    }

    /// Guest attributes are disabled for the instance or by a policy; or the caller may not read them, which has the
    /// same status and reason.
    pub fn may_be_switched_off(&self) -> bool {
        let is_of_caller =
            self.is_disabled_api() || self.is_out_of_scope() || self.is_outside_perimeter();
        [StatusCode::PRECONDITION_FAILED, StatusCode::FORBIDDEN].contains(&self.status)
            && !is_of_caller
    }

    /// Another resource needs it.
    pub fn in_use(&self) -> bool {
        let reasons = ["resourceInUseByAnotherResource", "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE"];
        self.is_one_of(&reasons) || self.is_one_of(&["resourceInUse"])
    }
}

/// The policies in one of the details of an answer, each with what Google says of it.
fn violations(detail: &Value) -> Vec<String> {
    let violations = detail["violations"].as_array().into_iter().flatten();
    let text =
        |violation: &Value, key: &str| violation[key].as_str().unwrap_or_default().to_owned();
    let line = |violation| {
        let parts = [text(violation, "type"), text(violation, "description")];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
    };
    violations.map(line).filter(|line| !line.is_empty()).collect()
}

/// The code of an operation's error, and the reasons in its details.
fn reasons(error: &Value) -> Vec<String> {
    let details = error["errorDetails"].as_array().into_iter().flatten();
    let more = details.filter_map(|detail| detail["errorInfo"]["reason"].as_str());
    error["code"].as_str().into_iter().chain(more).map(str::to_owned).collect()
}

/// What the details of an operation's error add to its message.
fn further(error: &Value) -> Vec<String> {
    let details = error["errorDetails"].as_array().into_iter().flatten();
    let of = |detail: &Value| {
        let zones = detail["errorInfo"]["metadatas"]["zonesAvailable"].as_str();
        let zones = zones.filter(|zones| !zones.is_empty());
        let told = detail["localizedMessage"]["message"].as_str();
        let quota = &detail["quotaInfo"];
        let quota = quota["metricName"].as_str().map(|name| match quota["limit"].as_f64() {
            Some(limit) => format!("the quota {name} is {limit}"),
            None => format!("the quota is {name}"),
        });
        let zones = zones.map(|zones| format!("zones with capacity: {zones}"));
        [zones, quota, told.map(str::to_owned)]
    };
    details.flat_map(of).flatten().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Code;

    #[test]
    fn the_errors_of_an_operation_are_shown_with_their_codes() {
        let operation = json!({
            "status": "DONE",
            "httpErrorStatusCode": 503,
            "error": {"errors": [
                {"code": "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", "message": "no room"},
                {"code": "STOCKOUT", "message": "none left"},
            ]},
        });
        let refusal = Refusal::of_operation("start it", &operation, "").unwrap();
        assert!(refusal.is_full_zone());
        let error = refusal.into_error();
        assert_eq!(error.code(), Code::Refused);
        let shown = error.to_string();
        assert!(shown.contains("STOCKOUT: none left"), "{shown}");
        assert!(error.hint_text().unwrap().contains("zones"));
    }

    #[test]
    fn the_details_of_an_operation_tell_reasons_and_quotas() {
        let operation = json!({
            "httpErrorStatusCode": 403,
            "error": {"errors": [{"code": "QUOTA_EXCEEDED", "message": "no", "errorDetails": [
                {"quotaInfo": {"metricName": "compute.googleapis.com/cpus", "limit": 24.0}},
                {"errorInfo": {"reason": "CONSUMER_SUSPENDED"}},
            ]}]},
        });
        let refusal = Refusal::of_operation("start it", &operation, "").unwrap();
        assert!(refusal.is_suspended() && refusal.is_quota());
        let shown = refusal.into_error().to_string();
        assert!(shown.contains("the quota compute.googleapis.com/cpus is 24"), "{shown}");
    }

    #[test]
    fn a_missing_project_is_not_a_missing_thing_in_it() {
        let is_project = |message: &str| {
            let answer = json!({"error": {"code": 404, "message": message}});
            Refusal::of_answer("list", StatusCode::NOT_FOUND, &answer, "").is_no_project()
        };
        assert!(is_project("The resource 'projects/other' was not found"));
        assert!(is_project("Failed to find project other"));
        assert!(!is_project("The resource 'projects/p/global/images/i' was not found"));
        let answer = json!({"error": {"errors": [{"reason": "accessNotConfigured"}], "message":
            "Project 17 is not found and cannot be used for API calls. If it is recently created, enable"}});
        let refusal = Refusal::of_answer("list", StatusCode::FORBIDDEN, &answer, "");
        assert!(refusal.is_no_project() && !refusal.is_disabled_api());
    }

    /// Google gives the code of a zone without capacity for what no zone will ever do.
    #[test]
    fn a_disk_that_does_not_go_with_the_machine_type_is_no_lack_of_capacity() {
        let message = "[pd-ssd, n4-standard-16] features are not compatible for creating instance.";
        for code in ["badRequest", "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"] {
            let operation = json!({"httpErrorStatusCode": 400,
                "error": {"errors": [{"code": code, "message": message}]}});
            let refusal = Refusal::of_operation("start it", &operation, "").unwrap();
            assert!(!refusal.is_full_zone(), "{code}");
            let error = refusal.into_error();
            assert_eq!(error.code(), Code::Config, "{code}");
            assert!(error.hint_text().unwrap().contains("hyperdisk-balanced"), "{code}");
        }
    }
}
