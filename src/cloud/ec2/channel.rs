//! Channels: parameters of Systems Manager whose value is an image's id.

use std::time::Duration;

use aws_sdk_ssm::types::ParameterType;

use super::image::image;
use super::provider::Ec2;
use crate::cloud::wait::{self, Poll};
use crate::cloud::{Call, Channel, Held, Promoted};
use crate::report::Level;
use crate::{Code, Error, Result};

const USUAL: &str = "/imgctl/{distribution}/{channel}";
/// What the usual names begin with.
pub const FOLDER: &str = "/imgctl/";
/// Tells Systems Manager to check that the image exists, which it does some time after the request:
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-ec2-aliases.html>
pub const DATA_TYPE: &str = "aws:ec2:image";
const CHECKED_WITHIN: Duration = Duration::from_secs(120);

/// A parameter as it is now.
#[derive(Default)]
struct Known {
    value: String,
    data_type: Option<String>,
}

impl Ec2 {
    pub(super) async fn held(&self, channel: &Channel, call: &Call) -> Result<Held> {
        let name = name(channel)?;
        let known = self.parameter(&name, call).await?;
        Ok(held(&name, known.as_ref()))
    }

    /// Whether the image can be the value of the channel's parameter.
    pub(super) async fn promotable(&self, id: &str, channel: &Channel, call: &Call) -> Result<()> {
        let name = name(channel)?;
        self.own_available_image(id, call).await?;
        self.parameter(&name, call).await.map(drop)
    }

    pub(super) async fn promote(
        &self,
        id: &str,
        channel: &Channel,
        call: &Call,
    ) -> Result<Promoted> {
        let name = name(channel)?;
        let found = self.own_available_image(id, call).await?;
        if let Some(since) = image(&found).deprecated.filter(|since| is_past(since)) {
            let message = format!("image {id} is deprecated since {since}");
            call.watch.report.log(Level::Warning, &message);
        }
        let known = self.parameter(&name, call).await?;
        let before = held(&name, known.as_ref());
        if before.images == [id] {
            return Ok(Promoted { changed: false, before });
        }
        // The data type of a parameter cannot be changed.
        let data_type = known.and_then(|known| known.data_type).unwrap_or(DATA_TYPE.to_owned());
        let send = |ssm: aws_sdk_ssm::Client| {
            ssm.put_parameter()
                .name(&name)
                .value(id)
                .r#type(ParameterType::String)
                .data_type(&data_type)
                .overwrite(true)
                .send()
        };
        self.clients.call_ssm("PutParameter", &call.watch, send).await.map_err(Error::from)?;
        *self.parameters.lock().await = None;
        let what = format!("parameter {name} to be {id}");
        wait::until(&what, self.patience(CHECKED_WITHIN), &call.watch, || async {
            let now = self.parameter(&name, call).await?.unwrap_or_default().value;
            if now == id {
                return Ok(Poll::Ready(()));
            }
            Ok(Poll::Pending(if now.is_empty() { "there is none yet".to_owned() } else { now }))
        })
        .await?;
        Ok(Promoted { changed: true, before })
    }

    /// None: there is no such parameter.
    async fn parameter(&self, name: &str, call: &Call) -> Result<Option<Known>> {
        let send = |ssm: aws_sdk_ssm::Client| ssm.get_parameter().name(name).send();
        let found = match self.clients.call_ssm("GetParameter", &call.watch, send).await {
            Err(fault) if fault.is_not_found() => return Ok(None),
            other => other.map_err(Error::from)?.parameter,
        };
        let Some(found) = found else { return Ok(None) };
        if found.r#type().is_some_and(|kind| *kind != ParameterType::String) {
            let kind = found.r#type().map_or("", |kind| kind.as_str());
            let message = format!("parameter {name} is a {kind}: it holds something else");
            return Err(Error::new(Code::Refused, message)
                .hint("set publish.channel_names.ec2 to the name of another parameter"));
        }
        let value = found.value().unwrap_or_default().to_owned();
        Ok(Some(Known { value, data_type: found.data_type().map(str::to_owned) }))
    }
}

fn held(name: &str, known: Option<&Known>) -> Held {
    let value = known.map(|known| known.value.clone()).filter(|value| !value.is_empty());
    Held { place: format!("parameter {name}"), images: value.into_iter().collect() }
}

fn is_past(moment: &str) -> bool {
    moment.parse::<jiff::Timestamp>().is_ok_and(|moment| moment <= jiff::Timestamp::now())
}

/// A name that Systems Manager takes:
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html>
fn name(channel: &Channel) -> Result<String> {
    let name = channel.called(USUAL);
    let fits = |char: char| char.is_ascii_alphanumeric() || "_.-/".contains(char);
    let inner = name.strip_prefix('/').unwrap_or(&name);
    let is_path = name.starts_with('/') || !name.contains('/');
    let reserved = ["aws", "ssm"].iter().any(|word| inner.to_ascii_lowercase().starts_with(word));
    if is_path && !reserved && !inner.is_empty() && name.chars().all(fits) {
        return Ok(name);
    }
    Err(Error::config(format!("`{name}` cannot be the name of a parameter on ec2")).hint(
        "set publish.channel_names.ec2 to one of letters, digits and _.-/, such as \
         /images/{distribution}/{channel}, that does not begin with aws or ssm",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_has_a_name_that_systems_manager_takes() {
        let named = |called: &str| {
            let called = Some(called.to_owned());
            name(&Channel { called, ..Channel::parse("stable", "debian12").unwrap() })
        };
        let usual = Channel::parse("stable", "debian12").unwrap();
        assert_eq!(name(&usual).unwrap(), "/imgctl/debian12/stable");
        assert_eq!(named("agent-{channel}").unwrap(), "agent-stable");
        for wrong in ["a/b", "/aws/x", "ssm-x", "a b", "/", ""] {
            assert!(named(wrong).is_err(), "{wrong}");
        }
    }
}
