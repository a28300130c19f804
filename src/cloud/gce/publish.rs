//! Publishing images: sharing them, and deprecating them.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::api::Ask;
use super::fault::Failure;
use super::image::{Offer, offer};
use super::operation::Change;
use super::provider::Gce;
use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{Call, Share};
use crate::report::Level;
use crate::{Code, Error, Result};

/// The role that allows starting instances from an image.
const ROLE: &str = "roles/compute.imageUser";
/// The first version with conditions: in an older one they would be lost when the policy is written.
const VERSION: &str = "3";

/// How long others may be changing the same policy.
const CONTENDED: Duration = Duration::from_secs(120);

impl Gce {
    /// Adds members to the image's policy; true when someone was added.
    pub(super) async fn share(&self, id: &str, with: &Share, call: &Call) -> Result<bool> {
        let members = members(with)?;
        let found = self.known_image(id, call).await?;
        let name = found["name"].as_str().unwrap_or_default();
        let path = format!("{}/global/images/{name}", self.root(&call.watch).await?);
        let purpose = format!("share image {name}");
        // Another change of the policy may come between reading and writing it.
        let what = format!("the policy of image {name} to be written");
        let refused: Mutex<Option<Value>> = Mutex::new(None);
        let state = || refused.lock().unwrap_or_else(PoisonError::into_inner);
        wait::until(&what, Patience::for_up_to(CONTENDED), &call.watch, || async {
            let get = format!("{path}/getIamPolicy");
            let query = [("optionsRequestedPolicyVersion", VERSION)];
            let mut policy = self.api.ask(&Ask::get(&get, &query, &purpose), &call.watch).await?;
            let etag = policy["etag"].clone();
            if !add(&mut policy, &members) {
                return Ok(Poll::Ready(false));
            }
            if call.only_looks {
                return Ok(Poll::Ready(true));
            }
            let set = Ask {
                method: Method::POST,
                path: &format!("{path}/setIamPolicy"),
                query: &[],
                body: Some(json!({ "policy": policy })),
                purpose: &purpose,
                // The policy has an etag: carried out once, the same request is refused.
                repeatable: true,
                is_look: false,
            };
            match self.api.ask(&set, &call.watch).await {
                Ok(_) => Ok(Poll::Ready(true)),
                Err(Failure::Refused(refusal))
                    if is_changed(refusal.status) && !refusal.is_against("") =>
                {
                    // Nobody has changed it since the last try: it is this change that is refused.
                    let before = state().replace(etag.clone());
                    if refusal.status == StatusCode::PRECONDITION_FAILED && before == Some(etag) {
                        return Err(refusal.into_error());
                    }
                    Ok(Poll::Pending("another change came between".to_owned()))
                }
                Err(failure) => Err(failure.into()),
            }
        })
        .await
    }

    /// Deprecates the image, or records a date that is to come: Google does nothing at that date.
    pub(super) async fn deprecate(&self, id: &str, at: &str, call: &Call) -> Result<bool> {
        let found = self.known_image(id, call).await?;
        let name = found["name"].as_str().unwrap_or_default();
        let moment: Timestamp = at
            .parse()
            .map_err(|_| Error::usage(format!("`{at}` is not a date in the form of RFC 3339")))?;
        let later = moment > Timestamp::now();
        let known = &found["deprecated"];
        let same = known["deprecated"].as_str().and_then(|date| date.parse::<Timestamp>().ok());
        match (offer(&found), later) {
            (Offer::Offered, true) if same == Some(moment) => return Ok(false),
            (Offer::Offered, _) => {}
            (_, false) => return Ok(false),
            // A date to come would offer it again until then.
            (_, true) => {
                let state = known["state"].as_str().unwrap_or_default().to_lowercase();
                let message = format!("image {name} is already {state}");
                return Err(Error::new(Code::Refused, message)
                    .hint("pass a date in the past to leave it as it is"));
            }
        }
        if call.only_looks {
            return Ok(true);
        }
        let state = if later { "ACTIVE" } else { "DEPRECATED" };
        let path = format!("global/images/{name}/deprecate");
        let purpose = format!("deprecate image {name}");
        let patience = self.settings.operation_timeout;
        let mut change = Change::new(Method::POST, path, purpose, patience);
        // The call replaces the whole status: a successor and other dates must be kept.
        let mut status = known.as_object().cloned().unwrap_or_default();
        status.extend([("state".into(), json!(state)), ("deprecated".into(), json!(at))]);
        change.body = Some(Value::Object(status));
        self.change(&change, &call.watch).await?;
        if later {
            let message = format!(
                "gce only records the date: run the same command again after {at} to deprecate {name}"
            );
            call.watch.report.log(Level::Warning, &message);
        }
        Ok(true)
    }
}

fn is_changed(status: StatusCode) -> bool {
    [StatusCode::CONFLICT, StatusCode::PRECONDITION_FAILED].contains(&status)
}

/// The members in IAM's form: <https://cloud.google.com/iam/docs/principal-identifiers>.
fn members(with: &Share) -> Result<Vec<String>> {
    let mut members = Vec::new();
    for account in &with.accounts {
        let digits = account.chars().all(|char| char.is_ascii_digit());
        members.push(match account.as_str() {
            known if known.contains(':') || known == "allAuthenticatedUsers" => known.to_owned(),
            // The service agent that starts instances in the project of this number.
            number if digits => {
                format!("serviceAccount:{number}@cloudservices.gserviceaccount.com")
            }
            email if email.ends_with(".gserviceaccount.com") => format!("serviceAccount:{email}"),
            email if email.contains('@') => format!("user:{email}"),
            other => {
                let message = format!("gce cannot share an image with `{other}`");
                return Err(Error::usage(message).hint(
                    "pass an e-mail address, the number of a project, or a member in IAM's form: \
                     group:agents@example.com",
                ));
            }
        });
    }
    members.extend(with.organizations.iter().map(|domain| {
        if domain.contains(':') { domain.clone() } else { format!("domain:{domain}") }
    }));
    Ok(members)
}

/// Adds members to the binding without a condition; false when it has all of them.
fn add(policy: &mut Value, members: &[String]) -> bool {
    if !policy["bindings"].is_array() {
        policy["bindings"] = json!([]);
    }
    let Some(bindings) = policy["bindings"].as_array_mut() else { return false };
    let place = bindings
        .iter()
        .position(|binding| binding["role"] == ROLE && binding.get("condition").is_none());
    let place = place.unwrap_or_else(|| {
        bindings.push(json!({ "role": ROLE, "members": [] }));
        bindings.len() - 1
    });
    let Some(known) = bindings[place]["members"].as_array_mut() else { return false };
    let before = known.len();
    for member in members {
        if !known.iter().any(|known| known == member) {
            known.push(json!(member));
        }
    }
    known.len() > before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_have_the_form_of_iam() {
        let with = Share {
            accounts: ["a@b.c", "123", "x@p.iam.gserviceaccount.com", "group:g@b.c"]
                .map(str::to_owned)
                .into(),
            organizations: vec!["b.c".to_owned()],
        };
        let expected = [
            "user:a@b.c",
            "serviceAccount:123@cloudservices.gserviceaccount.com",
            "serviceAccount:x@p.iam.gserviceaccount.com",
            "group:g@b.c",
            "domain:b.c",
        ];
        assert_eq!(members(&with).unwrap(), expected);
        let nobody = Share { accounts: vec!["my-project".into()], organizations: vec![] };
        assert!(members(&nobody).is_err());
    }

    #[test]
    fn a_binding_with_a_condition_is_not_changed() {
        let mut policy = json!({"bindings": [
            {"role": ROLE, "members": ["user:a@b.c"], "condition": {"expression": "false"}},
        ]});
        assert!(add(&mut policy, &["user:a@b.c".to_owned()]));
        assert!(!add(&mut policy, &["user:a@b.c".to_owned()]));
        assert_eq!(policy["bindings"].as_array().unwrap().len(), 2);
    }
}
