//! What uses an image: instances, launch templates and parameters.

use std::collections::BTreeMap;
use std::time::Instant;

use aws_sdk_ec2::types;

use super::filter::filter;
use super::named::{FRESH, Named, by_what};
use super::provider::Ec2;
use super::{instance, tags};
use crate::cloud::Call;
use crate::cloud::pages::Pages;
use crate::report::Level;
use crate::{Code, Result};

/// How a version names a parameter of Systems Manager that holds the image's id.
const PARAMETER: &str = "resolve:ssm:";

impl Ec2 {
    /// Instances that exist, versions of launch templates, and parameters, each as `instance i-0123 (name)`. All
    /// versions count, not only the default: a group of instances may use an old one.
    pub(super) async fn users(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        let (instances, templates, parameters) = tokio::try_join!(
            self.instances_from(id, call),
            self.templates_with(id, call),
            self.parameters_with(id, call),
        )?;
        Ok([instances, templates, parameters].concat())
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
        Ok(by_what(versions, id))
    }

    /// Every version of every template. An account may have hundreds of them, each a request.
    async fn template_versions(&self, call: &Call) -> Result<Vec<Named>> {
        let templates = self.launch_templates(call).await?;
        let mut all = Vec::new();
        for template in templates {
            let id = template.launch_template_id().unwrap_or_default();
            let name = template.launch_template_name().unwrap_or_default();
            for (number, mut image) in self.versions(id, None, call).await? {
                if image.starts_with(PARAMETER) {
                    image = match self.versions(id, Some(number), call).await {
                        // Nobody can start anything by a parameter that is gone.
                        Err(error) if [Code::Config, Code::NotFound].contains(&error.code()) => {
                            let message = format!(
                                "version {number} of launch template {id} ({name}) names an image by \
                                 {image}, which cannot be read: passed over ({error})"
                            );
                            call.watch.report.log(Level::Warning, &message);
                            continue;
                        }
                        resolved => resolved?.into_values().next().unwrap_or_default(),
                    };
                }
                let by = format!("launch template {id} ({name}), version {number}");
                all.push(Named { by, image });
            }
        }
        Ok(all)
    }

    async fn launch_templates(&self, call: &Call) -> Result<Vec<types::LaunchTemplate>> {
        let (mut found, mut page) = (Vec::new(), None);
        let mut pages = Pages::of("list launch templates");
        loop {
            let send = |ec2: aws_sdk_ec2::Client| {
                ec2.describe_launch_templates().set_next_token(page.clone()).send()
            };
            let action = "DescribeLaunchTemplates";
            let reply = self.clients.call(None, action, &call.watch, send).await?;
            found.extend(reply.launch_templates.unwrap_or_default());
            page = pages.next(reply.next_token)?;
            if page.is_none() {
                return Ok(found);
            }
        }
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
        let (mut versions, mut page) = (Vec::new(), None);
        let mut pages = Pages::of("list versions of launch templates");
        loop {
            let send = |ec2: aws_sdk_ec2::Client| {
                let asked = ec2.describe_launch_template_versions().launch_template_id(template);
                let asked = match resolve {
                    Some(version) => asked.versions(version.to_string()).resolve_alias(true),
                    None => asked,
                };
                asked.set_next_token(page.clone()).send()
            };
            let action = "DescribeLaunchTemplateVersions";
            let reply = match self.clients.call(None, action, &call.watch, send).await {
                // The template was deleted after it was listed.
                Err(fault) if fault.is("InvalidLaunchTemplateId.NotFound") => break,
                other => other?,
            };
            versions.extend(reply.launch_template_versions.unwrap_or_default());
            page = pages.next(reply.next_token)?;
            if page.is_none() {
                break;
            }
        }
        let image = |version: &types::LaunchTemplateVersion| {
            let image = version.launch_template_data()?.image_id()?.to_owned();
            Some((version.version_number()?, image))
        };
        Ok(versions.iter().filter_map(image).collect())
    }
}
