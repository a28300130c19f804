//! A refusal as an error: its code, and a hint.

use reqwest::StatusCode;

use super::fault::Refusal;
use crate::{Code, Error};

impl Refusal {
    pub fn into_error(self) -> Error {
        let error = Error::new(self.code(), format!("cannot {}", self.purpose));
        let error = error.cause(&self.message);
        let error = self.details.iter().fold(error, |error, detail| error.cause(detail));
        match self.hint() {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    fn code(&self) -> Code {
        match self.status {
            _ if self.is_full_zone() || self.is_quota() || self.in_use() => Code::Refused,
            _ if self.is_against("") || self.is_taken() => Code::Refused,
            _ if self.is_outside_perimeter() || self.is_about_key() => Code::Refused,
            _ if self.is_busy() || self.is_rate() => Code::Busy,
            _ if self.is_invalid() || self.is_incompatible() => Code::Config,
            _ if self.is_no_project() || self.lacks_machine_type => Code::Config,
            _ if self.is_from_elsewhere() => Code::Config,
            StatusCode::UNAUTHORIZED => Code::Authentication,
            StatusCode::FORBIDDEN | StatusCode::PRECONDITION_FAILED => Code::Refused,
            StatusCode::NOT_FOUND => Code::NotFound,
            _ => Code::Failed,
        }
    }

    pub fn hint(&self) -> Option<String> {
        let hint = if self.is_full_zone() {
            "list other zones in clouds.gce.zones, or choose another machine_type or region"
        } else if self.is_quota() {
            "request a higher quota (web console: IAM & Admin, Quotas), delete what is not needed \
             (`imgctl gc` finds leftovers), or choose another region or machine_type"
        } else if self.is_suspended() {
            "see in the web console (IAM & Admin, Settings) why Google has suspended the project"
        } else if self.is_unpaid() {
            "link a billing account to the project: `gcloud billing projects link`, or Billing in \
             the web console"
        } else if self.is_disabled_api() {
            "enable the API: `gcloud services enable compute.googleapis.com`; it takes some minutes"
        } else if self.is_out_of_scope() {
            "widen the access scopes of the machine that imgctl runs on: stop it, run `gcloud \
             compute instances set-service-account NAME --scopes=cloud-platform`, start it; or use \
             other credentials"
        } else if self.is_against("compute.vmExternalIpAccess") {
            "set `external_address: false` and run imgctl inside the network or through a tunnel, \
             or ask for an exception from the policy, which forbids external addresses"
        } else if self.is_against("compute.requireOsLogin") {
            "log in with a key of an OS Login profile: set `metadata: {enable-oslogin: 'TRUE'}`, `username` \
             and `key_file` (docs/gce.md, Limits), or ask for an exception from the policy"
        } else if self.is_against("compute.requireShieldedVm") {
            "set `secure_boot: true`, `vtpm: true` and `integrity_monitoring: true` for clouds.gce; \
             the base image must support Shielded VM"
        } else if self.is_against("gcp.resourceLocations") {
            "set clouds.gce.storage_location (for images) or the region (for instances) to a \
             location that the policy allows"
        } else if self.is_against("gcp.restrictNonCmekServices") {
            "set clouds.gce.disk.encryption_key: the policy requires a key of Cloud KMS"
        } else if self.is_against("compute.trustedImageProjects") {
            "choose a base image of a project that the policy trusts: `base: {family: …, project: \
             …}`"
        } else if self.is_against("iam.allowedPolicyMemberDomains")
            || self.is_against("iam.managed.allowedPolicyMembers")
        {
            "share the image with members of the permitted domains only, or ask for an exception \
             from the policy"
        } else if self.is_outside_perimeter() {
            "run imgctl inside the perimeter of VPC Service Controls, or ask its administrators for \
             an ingress rule"
        } else if self.is_about_key() {
            "grant roles/cloudkms.cryptoKeyEncrypterDecrypter on the key to the project's Compute \
             Engine Service Agent (service-NUMBER@compute-system.iam.gserviceaccount.com), and \
             check that the key is enabled and in the right location"
        } else if self.is_against("") {
            "ask for an exception from the organisation's policy that the message names, or change \
             the setting that it forbids"
        } else if self.in_use() {
            "remove what uses it: the message names it"
        } else if self.is_no_project() {
            "check GCE_PROJECT (or clouds.gce.project): it must be the id of a project, not its name"
        } else if self.is_from_elsewhere() {
            "check clouds.gce.endpoint (Google's is https://compute.googleapis.com/compute/v1/) and \
             any proxy: the answer is not from the Compute API"
        } else if self.lacks_machine_type {
            "set clouds.gce.machine_type, zones or another region: `gcloud compute machine-types \
             list --filter=name=TYPE` shows the zones that have it"
        } else if self.is_incompatible() {
            "set clouds.gce.disk.type to one that the machine type supports: `disk: {type: \
             hyperdisk-balanced}` for the newest families"
        } else if self.is_rate() {
            "run the same command again in some minutes: Google limits how often this may be done \
             (a disk: six images an hour)"
        } else if self.is_invalid() {
            "correct the setting of clouds.gce that the message names"
        } else if self.is_busy() {
            "run the same command again later"
        } else if self.status == StatusCode::UNAUTHORIZED {
            return Some(format!(
                "check the credentials: Google rejects the token of {}",
                self.place
            ));
        } else if self.status == StatusCode::FORBIDDEN {
            return Some(format!(
                "grant the permission named above to the identity of {}; docs/gce.md lists all that \
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

    fn answered(status: StatusCode, reason: &str) -> Error {
        let answer = json!({"error": {"message": "no", "errors": [{"reason": reason}]}});
        Refusal::of_answer("stop it", status, &answer, "key.json").into_error()
    }

    #[test]
    fn a_conflict_that_passes_is_not_a_refusal_for_good() {
        for (status, reason, code) in [
            (StatusCode::CONFLICT, "conflict", Code::Busy),
            (StatusCode::CONFLICT, "operationInProgress", Code::Busy),
            (StatusCode::CONFLICT, "alreadyExists", Code::Refused),
            (StatusCode::BAD_REQUEST, "resourceNotReady", Code::Busy),
            (StatusCode::BAD_REQUEST, "resourceInUseByAnotherResource", Code::Refused),
            (StatusCode::PRECONDITION_FAILED, "conditionNotMet", Code::Refused),
        ] {
            assert_eq!(answered(status, reason).code(), code, "{reason}");
        }
        let operation = json!({"httpErrorStatusCode": 400,
            "error": {"errors": [{"code": "RESOURCE_NOT_READY", "message": "not ready"}]}});
        let refusal = Refusal::of_operation("stop it", &operation, "").unwrap();
        assert_eq!(refusal.into_error().code(), Code::Busy);
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
