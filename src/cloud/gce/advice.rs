//! A refusal as an error: its code, and what can be done.

use reqwest::StatusCode;

use super::failure::Refusal;
use crate::{Code, Error};

impl Refusal {
    pub fn into_error(self) -> Error {
        let code = match self.status {
            _ if self.is_full_zone() || self.is_quota() || self.in_use() => Code::Refused,
            _ if self.is_against("") => Code::Refused,
            _ if self.is_invalid() || self.is_no_project() => Code::Config,
            _ if self.is_from_elsewhere() => Code::Config,
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
        } else if self.is_unpaid() {
            "link a billing account to the project: `gcloud billing projects link`, or the web \
             console's Billing"
        } else if self.is_disabled_api() {
            "enable it: `gcloud services enable compute.googleapis.com`; it takes some minutes"
        } else if self.is_out_of_scope() {
            "the machine that imgctl runs on has too narrow access scopes: stop it, `gcloud compute \
             instances set-service-account NAME --scopes=cloud-platform`, start it; or use other \
             credentials"
        } else if self.is_against("compute.vmExternalIpAccess") {
            "a policy forbids addresses outside: set `external_address: false` and run imgctl inside \
             the network or through a tunnel, or ask for an exception"
        } else if self.is_against("compute.requireOsLogin") {
            "a policy demands OS Login, by which imgctl cannot log in: ask for an exception for this \
             project (docs/gce.md, Limits)"
        } else if self.is_against("") {
            "a policy of the organisation forbids it: the message names the policy; ask for an \
             exception, or change what it is about"
        } else if self.in_use() {
            "something else still uses it: see the message for what"
        } else if self.is_no_project() {
            "is GCE_PROJECT (or clouds.gce.project) right? It is the id of a project, not its name"
        } else if self.is_from_elsewhere() {
            "is clouds.gce.endpoint the address of the Compute API, or does a proxy answer in its \
             place? Google's is https://compute.googleapis.com/compute/v1/"
        } else if self.lacks_machine_type() {
            "`gcloud compute machine-types list --filter=name=TYPE` shows the zones that have it: set \
             clouds.gce.machine_type, zones or another region"
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
