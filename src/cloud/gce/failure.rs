//! What the cloud says when it does not do it, and what can be done then.

use reqwest::StatusCode;
use serde_json::Value;

use crate::Error;

pub enum Failure {
    /// The cloud said no.
    Refused(Refusal),
    /// No answer came, or none that can be understood.
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
    /// Of the call; of an operation the one that it names.
    pub status: StatusCode,
    /// `quotaExceeded`, `ZONE_RESOURCE_POOL_EXHAUSTED`
    pub reason: String,
    pub message: String,
    /// Whose credentials were used.
    pub place: String,
    /// Nothing of what was asked for will happen any more.
    pub is_final: bool,
    /// Google says that something is not found. Any server says 404 to what it does not understand.
    is_not_found: bool,
}

impl Refusal {
    pub fn of_answer(purpose: &str, status: StatusCode, answer: &Value, place: &str) -> Refusal {
        let error = &answer["error"];
        let details = error["details"].as_array().into_iter().flatten();
        // The newer form of errors tells more than the older one beside it.
        let detail = details.filter_map(|detail| detail["reason"].as_str()).next();
        let reason = detail.or(error["errors"][0]["reason"].as_str()).unwrap_or_default();
        let older = error["errors"].as_array().into_iter().flatten();
        let is_not_found = older.into_iter().any(|error| error["reason"] == "notFound");
        let message = error["message"].as_str().unwrap_or_default();
        let told = if message.is_empty() { status.to_string() } else { message.to_owned() };
        let mut refusal = Refusal {
            purpose: purpose.to_owned(),
            status,
            reason: reason.to_owned(),
            message: told,
            place: place.to_owned(),
            is_final: false,
            is_not_found: is_not_found && status == StatusCode::NOT_FOUND,
        };
        refusal.is_final = status.is_client_error() || refusal.is_full_zone();
        refusal
    }

    /// The error of an operation that has ended, if it has one.
    pub fn of_operation(purpose: &str, operation: &Value, place: &str) -> Option<Refusal> {
        let errors = operation["error"]["errors"].as_array()?;
        let text = |error: &Value, key: &str| error[key].as_str().unwrap_or_default().to_owned();
        let told = |error: &Value| format!("{}: {}", text(error, "code"), text(error, "message"));
        let messages: Vec<String> = errors.iter().map(told).collect();
        let status = operation["httpErrorStatusCode"].as_u64();
        let status = status.and_then(|code| u16::try_from(code).ok());
        let status = status.and_then(|code| StatusCode::from_u16(code).ok());
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Some(Refusal {
            purpose: purpose.to_owned(),
            status,
            reason: errors.first().map(|error| text(error, "code")).unwrap_or_default(),
            message: messages.join("; "),
            place: place.to_owned(),
            is_final: true,
            is_not_found: status == StatusCode::NOT_FOUND,
        })
    }

    fn is_one_of(&self, reasons: &[&str]) -> bool {
        reasons.iter().any(|reason| self.reason.eq_ignore_ascii_case(reason))
    }

    /// Too many calls in too short a time.
    pub fn is_rate(&self) -> bool {
        let reasons = ["rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"];
        self.is_one_of(&reasons) || self.status == StatusCode::TOO_MANY_REQUESTS
    }

    /// What is asked for is busy with something else, which ends soon.
    pub fn is_busy(&self) -> bool {
        self.is_one_of(&["resourceNotReady", "RESOURCE_NOT_READY"])
    }

    /// A value is not one that the cloud takes: the settings are wrong.
    pub fn is_invalid(&self) -> bool {
        let reasons = ["invalid", "invalidParameter", "required", "badRequest", "parseError"];
        self.status == StatusCode::BAD_REQUEST && self.is_one_of(&reasons)
    }

    /// Nothing in the project was not found, but the project itself.
    pub fn is_no_project(&self) -> bool {
        let resource = self.message.split("'projects/").nth(1).and_then(|it| it.split('\'').next());
        self.status == StatusCode::NOT_FOUND
            && (self.message.starts_with("Failed to find project")
                || resource.is_some_and(|resource| !resource.contains('/')))
    }

    /// What was asked about is not there.
    pub fn is_gone(&self) -> bool {
        self.is_not_found && !self.is_no_project()
    }

    /// Whoever has answered is not the Compute API.
    pub fn is_from_elsewhere(&self) -> bool {
        self.status == StatusCode::NOT_FOUND && !self.is_not_found && !self.is_no_project()
    }

    /// The zone has no room for such a machine at present; another one may.
    pub fn is_full_zone(&self) -> bool {
        self.reason.starts_with("ZONE_RESOURCE_POOL_EXHAUSTED")
            || self.is_one_of(&["STOCKOUT", "RESOURCE_POOL_EXHAUSTED", "resourcesUnavailable"])
    }

    /// The zone has none of these machines at all; another one of the region may.
    pub fn lacks_machine_type(&self) -> bool {
        self.is_invalid()
            && self.message.contains("Machine type with name")
            && self.message.contains("does not exist in zone")
    }

    pub fn is_quota(&self) -> bool {
        self.is_one_of(&["quotaExceeded", "QUOTA_EXCEEDED", "limitExceeded", "dailyLimitExceeded"])
    }

    pub fn is_disabled_api(&self) -> bool {
        self.is_one_of(&["accessNotConfigured", "SERVICE_DISABLED"]) && !self.is_unpaid()
    }

    /// The token is of a machine whose access scopes leave the Compute API out, whatever IAM says.
    pub fn is_out_of_scope(&self) -> bool {
        self.is_one_of(&["ACCESS_TOKEN_SCOPE_INSUFFICIENT"])
            || self.message.contains("insufficient authentication scopes")
    }

    /// Nobody pays for the project.
    pub fn is_unpaid(&self) -> bool {
        self.is_one_of(&["BILLING_DISABLED"]) || self.message.contains("billing to be enabled")
    }

    /// A policy of the organisation with this name, or any: `compute.vmExternalIpAccess`.
    pub fn is_against(&self, constraint: &str) -> bool {
        self.message.contains(&format!("constraints/{constraint}"))
    }

    /// Guest attributes are, for the instance or by a policy: that is no matter of permissions.
    pub fn is_switched_off(&self) -> bool {
        let told = self.message.contains("disabled") || self.is_against("");
        let told = told && !self.is_disabled_api();
        self.status == StatusCode::PRECONDITION_FAILED
            || self.status == StatusCode::FORBIDDEN && told
    }

    pub fn in_use(&self) -> bool {
        let reasons = ["resourceInUseByAnotherResource", "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE"];
        self.is_one_of(&reasons) || self.is_one_of(&["resourceInUse"])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Code;

    #[test]
    fn an_operations_errors_are_told_with_their_codes() {
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
        let told = error.to_string();
        assert!(told.contains("STOCKOUT: none left"), "{told}");
        assert!(error.hint_text().unwrap().contains("zones"));
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
    }

    #[test]
    fn a_disabled_api_is_not_taken_for_a_missing_permission() {
        let answer = json!({"error": {
            "code": 403, "message": "Compute Engine API has not been used",
            "errors": [{"reason": "accessNotConfigured"}],
            "details": [{"reason": "SERVICE_DISABLED"}],
        }});
        let refusal = Refusal::of_answer("list images", StatusCode::FORBIDDEN, &answer, "key.json");
        assert!(refusal.into_error().hint_text().unwrap().contains("gcloud services enable"));
    }
}
