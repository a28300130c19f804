//! What the cloud says when it does not do it, and what can be done then.

use reqwest::StatusCode;
use serde_json::Value;

use crate::{Code, Error};

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
}

impl Refusal {
    pub fn of_answer(purpose: &str, status: StatusCode, answer: &Value, place: &str) -> Refusal {
        let error = &answer["error"];
        let details = error["details"].as_array().into_iter().flatten();
        // The newer form of errors tells more than the older one beside it.
        let detail = details.filter_map(|detail| detail["reason"].as_str()).next();
        let reason = detail.or(error["errors"][0]["reason"].as_str()).unwrap_or_default();
        let message = error["message"].as_str().unwrap_or_default();
        let told = if message.is_empty() { status.to_string() } else { message.to_owned() };
        let mut refusal = Refusal {
            purpose: purpose.to_owned(),
            status,
            reason: reason.to_owned(),
            message: told,
            place: place.to_owned(),
            is_final: false,
        };
        refusal.is_final = status.is_client_error() || refusal.is_full_zone();
        refusal
    }

    /// The error of an operation that has ended, if it has one.
    pub fn of_operation(purpose: &str, operation: &Value) -> Option<Refusal> {
        let errors = operation["error"]["errors"].as_array()?;
        let text = |error: &Value, key: &str| error[key].as_str().unwrap_or_default().to_owned();
        let told = |error: &Value| format!("{}: {}", text(error, "code"), text(error, "message"));
        let messages: Vec<String> = errors.iter().map(told).collect();
        let status = operation["httpErrorStatusCode"].as_u64();
        let status = status.and_then(|code| u16::try_from(code).ok());
        let status = status.and_then(|code| StatusCode::from_u16(code).ok());
        Some(Refusal {
            purpose: purpose.to_owned(),
            status: status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            reason: errors.first().map(|error| text(error, "code")).unwrap_or_default(),
            message: messages.join("; "),
            place: String::new(),
            is_final: true,
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
    fn is_invalid(&self) -> bool {
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

    /// The zone has no room for such a machine at present; another one may.
    pub fn is_full_zone(&self) -> bool {
        self.reason.starts_with("ZONE_RESOURCE_POOL_EXHAUSTED")
            || self.is_one_of(&["STOCKOUT", "RESOURCE_POOL_EXHAUSTED", "resourcesUnavailable"])
    }

    fn is_quota(&self) -> bool {
        self.is_one_of(&["quotaExceeded", "QUOTA_EXCEEDED", "limitExceeded", "dailyLimitExceeded"])
    }

    fn is_disabled_api(&self) -> bool {
        self.is_one_of(&["accessNotConfigured", "SERVICE_DISABLED"])
    }

    fn in_use(&self) -> bool {
        let reasons = ["resourceInUseByAnotherResource", "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE"];
        self.is_one_of(&reasons) || self.is_one_of(&["resourceInUse"])
    }

    pub fn into_error(self) -> Error {
        let code = match self.status {
            _ if self.is_full_zone() || self.is_quota() || self.in_use() => Code::Refused,
            _ if self.is_invalid() || self.is_no_project() => Code::Config,
            StatusCode::UNAUTHORIZED => Code::Authentication,
            StatusCode::FORBIDDEN => Code::Refused,
            StatusCode::NOT_FOUND => Code::NotFound,
            StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => Code::Refused,
            _ => Code::Failed,
        };
        let error = Error::new(code, format!("cannot {}", self.purpose)).cause(&self.message);
        match self.hint() {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    pub fn hint(&self) -> Option<String> {
        let hint = if self.is_full_zone() {
            "the zone has no such machine left: list other zones in clouds.gce.zones, or choose \
             another machine_type or region"
        } else if self.is_quota() {
            "ask for a higher quota (web console: IAM & Admin, Quotas), free what is not used \
             (`imgctl gc` finds leftovers), or choose another region or machine_type"
        } else if self.is_disabled_api() {
            "enable it: `gcloud services enable compute.googleapis.com`; it takes some minutes"
        } else if self.in_use() {
            "something else still uses it: see the message for what"
        } else if self.is_no_project() {
            "is GCE_PROJECT (or clouds.gce.project) right? It is the id of a project, not its name"
        } else if self.is_invalid() {
            "a setting of clouds.gce is not what Google takes: the message says which"
        } else if self.status == StatusCode::UNAUTHORIZED {
            return Some(format!("the token of {} is not accepted there", self.place));
        } else if self.status == StatusCode::FORBIDDEN {
            return Some(format!(
                "give the identity of {} the permission named above; docs/gce.md lists all that \
                 imgctl needs",
                self.place
            ));
        } else {
            return None;
        };
        Some(hint.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
        let refusal = Refusal::of_operation("start it", &operation).unwrap();
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
