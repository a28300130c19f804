//! The status of an instance as the API reports it, and the reason for it.

use serde_json::Value;

use crate::cloud::InstanceState;

/// What decides what can be done with an instance:
/// <https://cloud.google.com/compute/docs/instances/instance-lifecycle>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Provisioning, staging, being repaired, or a status that is not known here.
    Starting,
    Running,
    /// On its way to `Stopped` or `Suspended`.
    Stopping,
    Stopped,
    /// Its memory is kept: it is resumed, and starting it is refused.
    Suspended,
    /// On its way out.
    Deleted,
}

impl Status {
    pub fn of(found: &Value) -> Status {
        match found["status"].as_str().unwrap_or_default() {
            "RUNNING" => Status::Running,
            "STOPPING" | "PENDING_STOP" | "SUSPENDING" => Status::Stopping,
            "TERMINATED" | "STOPPED" => Status::Stopped,
            "SUSPENDED" => Status::Suspended,
            "DEPROVISIONING" => Status::Deleted,
            _ => Status::Starting,
        }
    }

    pub fn state(self) -> InstanceState {
        match self {
            Status::Starting => InstanceState::Pending,
            Status::Running => InstanceState::Running,
            Status::Stopping => InstanceState::Stopping,
            Status::Stopped | Status::Suspended => InstanceState::Stopped,
            Status::Deleted => InstanceState::Gone,
        }
    }
}

/// What being suspended means.
pub const KEPT: &str = "which keeps its memory, and costs, until `imgctl up` resumes it";

/// Whether the instance is suspended, or about to be: what is in its memory is not on its disk.
pub fn is_suspended(found: &Value) -> bool {
    ["SUSPENDED", "SUSPENDING"].iter().any(|status| found["status"] == *status)
}

/// The API's word for a status, in lower case: `staging`.
pub fn word(found: &Value) -> String {
    found["status"].as_str().unwrap_or("unknown").to_lowercase()
}

/// The reason for the status of an instance: Google's own words, else the likely one.
pub fn reason(found: &Value) -> Option<String> {
    let message = found["statusMessage"].as_str().filter(|text| !text.is_empty());
    let suspended = match found["status"].as_str() {
        Some("SUSPENDED") => "it is suspended",
        Some("SUSPENDING") => "it is being suspended",
        _ => "",
    };
    match message {
        Some(message) if suspended.is_empty() => return Some(message.to_owned()),
        Some(message) => return Some(format!("{suspended}: {message}")),
        None if !suspended.is_empty() => return Some(format!("{suspended}, {KEPT}")),
        None => {}
    }
    let scheduling = &found["scheduling"];
    let spot = scheduling["provisioningModel"] == "SPOT" || scheduling["preemptible"] == true;
    match found["status"].as_str().unwrap_or_default() {
        "TERMINATED" | "STOPPED" | "STOPPING" if spot => {
            Some("it is a spot instance: stopped by imgctl or preempted by the cloud".to_owned())
        }
        "REPAIRING" => Some("the cloud is repairing it".to_owned()),
        _ => None,
    }
}
