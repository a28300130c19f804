//! What uses an image: instances and launch templates.

use std::collections::BTreeMap;
use std::time::Instant;

use aws_sdk_ec2::types;

use super::filter::filter;
use super::provider::Ec2;
use super::templates::{FRESH, Version};
use super::{instance, tags};
use crate::cloud::Call;
use crate::{Error, Result};

/// How a version names a parameter of Systems Manager that holds the image's id.
const PARAMETER: &str = "resolve:ssm:";

impl Ec2 {
    /// Instances that exist, and versions of launch templates, each as `instance i-0123 (name)`. All
    /// versions count, not only the default: a group of instances may use an old one.
    pub(super) async fn users(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        let (instances, templates) =
            tokio::try_join!(self.instances_from(id, call), self.templates_with(id, call))?;
        Ok([instances, templates].concat())
    }

    async fn instances_from(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        let filters = [filter("image-id", &[id]), instance::alive()];
        let instances = self.instances(&filters, call).await?;
        let name = |instance: &types::Instance| {
            let tags = tags::read(instance.tags());
            let name = tags.get("Name").map(|name| format!(" ({name})")).unwrap_or_default();
            format!("instance {}{name}", instance.instance_id().unwrap_or_default())
        };
        Ok(instances.iter().map(name).collect())
    }

    async fn templates_with(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        let mut known = self.templates.lock().await;
        let versions = match known.take().filter(|(read, _)| read.elapsed() < FRESH) {
            Some(fresh) => fresh,
            None => (Instant::now(), Box::pin(self.template_versions(call)).await?),
        };
        let (_, versions) = known.insert(versions);
        let users = versions.iter().filter(|version| version.image == id);
        Ok(users.map(|version| version.name.clone()).collect())
    }

    /// Every version of every template. An account may have hundreds of them, each a request.
    async fn template_versions(&self, call: &Call) -> Result<Vec<Version>> {
        let send = |ec2: aws_sdk_ec2::Client| {
            ec2.describe_launch_templates().into_paginator().items().send().try_collect()
        };
        let sent = self.clients.call(None, "DescribeLaunchTemplates", &call.watch, send).await;
        let templates = sent.map_err(Error::from)?;
        let mut all = Vec::new();
        for template in templates {
            let id = template.launch_template_id().unwrap_or_default();
            let name = template.launch_template_name().unwrap_or_default();
            for (number, mut image) in self.versions(id, None, call).await? {
                if image.starts_with(PARAMETER) {
                    let resolved = self.versions(id, Some(number), call).await?;
                    image = resolved.into_values().next().unwrap_or_default();
                }
                let name = format!("launch template {id} ({name}), version {number}");
                all.push(Version { name, image });
            }
        }
        Ok(all)
    }

    /// The images of a template's versions. With `resolve`, that of one version: EC2 resolves parameters
    /// for one version at a time only.
    /// Source: EC2's API reference, DescribeLaunchTemplateVersions, `ResolveAlias`.
    async fn versions(
        &self,
        template: &str,
        resolve: Option<i64>,
        call: &Call,
    ) -> Result<BTreeMap<i64, String>> {
        let send = |ec2: aws_sdk_ec2::Client| {
            let mut versions = ec2.describe_launch_template_versions().launch_template_id(template);
            if let Some(version) = resolve {
                versions = versions.versions(version.to_string()).resolve_alias(true);
            }
            versions.into_paginator().items().send().try_collect()
        };
        let action = "DescribeLaunchTemplateVersions";
        let versions = match self.clients.call(None, action, &call.watch, send).await {
            // The template was deleted after it was listed.
            Err(fault) if fault.is("InvalidLaunchTemplateId.NotFound") => Vec::new(),
            other => other.map_err(Error::from)?,
        };
        let image = |version: &types::LaunchTemplateVersion| {
            let image = version.launch_template_data()?.image_id()?.to_owned();
            Some((version.version_number()?, image))
        };
        Ok(versions.iter().filter_map(image).collect())
    }
}
