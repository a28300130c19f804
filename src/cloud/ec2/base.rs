//! The image to start from: by id, by query, by public parameter.

use aws_sdk_ec2::types;

use super::filter::filter;
use super::image::image;
use super::provider::Ec2;
use crate::cloud::{Call, Image, ImageState};
use crate::config::ec2::{Base, Query};
use crate::{Error, Result};

impl Ec2 {
    pub(super) async fn base(&self, wanted: Option<&str>, call: &Call) -> Result<Image> {
        if let Some(wanted) = wanted {
            return if wanted.starts_with("ami-") {
                self.base_by_id(wanted, call).await
            } else {
                self.own_by_name(wanted, call).await
            };
        }
        match &self.settings.base {
            Some(Base::Id(id)) => self.base_by_id(id, call).await,
            Some(Base::Query(query)) => self.base_by_query(query, call).await,
            Some(Base::Parameter(name)) => self.base_by_parameter(name, call).await,
            None => Err(Error::config(format!(
                "cloud ec2 has no base image for distribution {}",
                self.distribution
            ))
            .hint("set one in config.yaml: `base: {owner: ACCOUNT, name: PATTERN}`")),
        }
    }

    async fn base_by_id(&self, id: &str, call: &Call) -> Result<Image> {
        let region = self.clients.region(&call.watch).await?;
        let Some(found) = self.image_by_id(None, id, call).await? else {
            let error = Error::config(format!("base image {id} does not exist in {region}"));
            let error = error.cause(
                "it was deregistered, belongs to another region, or is not shared with this account",
            );
            return Err(self.with_own_images(error, call).await);
        };
        let base = image(&found);
        if base.state != ImageState::Available {
            let message = format!("base image {id} ({}) is not available in {region}", base.name);
            let state = found.state().map_or("unknown", |state| state.as_str());
            return Err(Error::config(message).cause(format!("its state is {state}")));
        }
        Ok(base)
    }

    async fn own_by_name(&self, name: &str, call: &Call) -> Result<Image> {
        let filters = [filter("name", &[name]), filter("state", &["available"])];
        let mut found = self.own_images(None, &filters, call).await?;
        if let Some(newest) = found.pop() {
            return Ok(image(&newest));
        }
        let region = self.clients.region(&call.watch).await?;
        let error = Error::config(format!("this account has no image named `{name}` in {region}"));
        Err(self.with_own_images(error, call).await)
    }

    async fn base_by_parameter(&self, name: &str, call: &Call) -> Result<Image> {
        let send = |ssm: aws_sdk_ssm::Client| ssm.get_parameter().name(name).send();
        let region = self.clients.region(&call.watch).await?;
        let reply = match self.clients.call_ssm("GetParameter", &call.watch, send).await {
            Err(fault) if fault.is_not_found() => {
                let message = format!("there is no public parameter {name} in {region}");
                return Err(Error::config(message).cause(fault.into_error()).hint(
                    "list them with `aws ssm get-parameters-by-path --path /aws/service/… --recursive`",
                ));
            }
            other => other?,
        };
        let id = reply.parameter().and_then(|parameter| parameter.value()).unwrap_or_default();
        if !id.starts_with("ami-") {
            let message = format!("public parameter {name} is not an image id in {region}");
            return Err(Error::config(message).cause(format!("its value is `{id}`")));
        }
        self.base_by_id(id, call).await
    }

    async fn base_by_query(&self, query: &Query, call: &Call) -> Result<Image> {
        let filters = [
            filter("name", &[&query.name]),
            filter("architecture", &[&query.architecture]),
            filter("virtualization-type", &["hvm"]),
            filter("root-device-type", &["ebs"]),
            filter("state", &["available"]),
        ];
        let found = self.images(None, &query.owners, &filters, query.deprecated, call).await?;
        // EC2 has filtered by owner. The owner is checked again because anyone can publish an image
        // of any name, and a mistake would start a stranger's image.
        let mut found: Vec<_> = found.iter().filter(|image| is_of(image, &query.owners)).collect();
        if let Some(newest) = found.pop() {
            return Ok(image(newest));
        }
        let region = self.clients.region(&call.watch).await?;
        let owners = query.owners.join(", ");
        let error = Error::config(format!(
            "no base image in {region}: name `{}`, owner {owners}, {}, hvm, available",
            query.name, query.architecture
        ));
        Err(self.with_nearest(error, query, call).await?)
    }
}

fn is_of(image: &types::Image, owners: &[String]) -> bool {
    let own = [image.owner_id(), image.image_owner_alias()];
    owners.iter().any(|owner| owner == "self" || own.contains(&Some(owner.as_str())))
}
