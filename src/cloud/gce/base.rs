//! The base image, and the nearest ones when it is not found.

use serde_json::Value;

use super::api::Ask;
use super::base_query::{BaseQuery, described, matches, named, nearest, newest_deprecated};
use super::fault::Failure;
use super::image::{Offer, created, image, offer, path_of};
use super::name::last;
use super::provider::Gce;
use super::shielded;
use crate::cloud::{Call, Image};
use crate::config::gce::Query;
use crate::{Error, Result};

impl Gce {
    pub(super) async fn base(&self, wanted: Option<&str>, call: &Call) -> Result<Image> {
        let own = self.project(&call.watch).await?;
        // A wrong region is reported before anything is recorded.
        self.zones(&call.watch).await?;
        let configured = self.settings.base.as_ref();
        let bases = match wanted {
            Some(wanted) => named(wanted, configured),
            None => vec![BaseQuery::of(configured.ok_or_else(|| {
                Error::config("no base image is set for this distribution").hint(
                    "set its `base` in clouds.gce.distributions: `base: {family: debian-12, project: \
                     debian-cloud}`",
                )
            })?)?],
        };
        for base in &bases {
            let project = base.project.as_deref().unwrap_or(&own);
            if let Some(found) = self.newest(base, project, call).await? {
                let found = self.fitting(found, base, project, call).await?;
                usable(&found, project)?;
                shielded::check_base(&self.settings, &found, project)?;
                let mut base = image(&found);
                if project != own {
                    // In another project, the name alone does not identify it.
                    base.id = path_of(found["selfLink"].as_str().unwrap_or_default()).to_owned();
                }
                return Ok(base);
            }
        }
        Err(self.not_found(&bases, &own, call).await?)
    }

    /// The error, with the nearest images as its hint.
    async fn not_found(&self, bases: &[BaseQuery], own: &str, call: &Call) -> Result<Error> {
        let mut error = Error::config(format!("no base image found for {}", self.region_name()?));
        let (mut near, mut deprecated) = (Vec::new(), None);
        for base in bases {
            let project = base.project.as_deref().unwrap_or(own);
            error = error.cause(format!("project {project} has no {}", described(base)));
            let mut found = self.all(project, call).await?;
            found.retain(|image| self.fits(image));
            if let Some(name) = newest_deprecated(&base.query, &found).filter(|_| !base.deprecated)
            {
                let message = "all of them are deprecated, the newest usable one is";
                error = error.cause(format!("{message} {name}"));
                deprecated = Some(format!("{project}/{name}"));
            }
            for name in nearest(&base.query, &found) {
                if !near.contains(&name) {
                    near.push(name);
                }
            }
        }
        Ok(error.hint(match deprecated {
            Some(name) => format!(
                "run `imgctl up:base={name}` to use it once, or set `deprecated: true` in `base` \
                 to accept deprecated images"
            ),
            None if near.is_empty() => {
                "set clouds.gce base to one that `gcloud compute images list` shows".to_owned()
            }
            None => format!("choose one of the nearest: {}", near.join(", ")),
        }))
    }

    pub(super) async fn newest(
        &self,
        base: &BaseQuery,
        project: &str,
        call: &Call,
    ) -> Result<Option<Value>> {
        let below = format!("projects/{project}/global/images");
        let filter = match &base.query {
            Query::Name(name) => {
                let purpose = format!("look up image {name}");
                return self.visible(&format!("{below}/{name}"), &purpose, call).await;
            }
            Query::Family(family) if !base.deprecated => {
                let purpose = format!("find the newest image of family {family}");
                return self.visible(&format!("{below}/family/{family}"), &purpose, call).await;
            }
            Query::Family(family) => format!("family = \"{family}\""),
            // `eq` takes a regular expression: of the characters in names, only the dot is special.
            Query::Prefix(prefix) => format!("name eq \"{}.*\"", prefix.replace('.', "\\.")),
        };
        let found = self.api.list(&below, &filter, "find the base image", &call.watch).await?;
        let found = found.into_iter().filter(|image| {
            let is_accepted = match offer(image) {
                Offer::Offered => true,
                Offer::Deprecated => base.deprecated,
                Offer::Withdrawn => false,
            };
            is_accepted && matches(&base.query, image) && self.fits(image)
        });
        Ok(found.max_by_key(created))
    }

    /// None also for a project that does not exist.
    async fn visible(&self, path: &str, purpose: &str, call: &Call) -> Result<Option<Value>> {
        match self.api.ask(&Ask::get(path, &[], purpose), &call.watch).await {
            Ok(found) => Ok(Some(found)),
            Err(Failure::Refused(refusal)) if refusal.is_gone() || refusal.is_no_project() => {
                Ok(None)
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// All images of a project; none of one that these credentials cannot read, which would only add
    /// another error.
    pub(super) async fn all(&self, project: &str, call: &Call) -> Result<Vec<Value>> {
        let path = format!("projects/{project}/global/images");
        let (mut found, mut page) = (Vec::new(), String::new());
        loop {
            let query = [("pageToken", page.as_str())];
            let query = if page.is_empty() { &[][..] } else { &query[..] };
            let ask = Ask::get(&path, query, "list images");
            let answer = match self.api.ask(&ask, &call.watch).await {
                Ok(answer) => answer,
                Err(Failure::Refused(refusal)) if !refusal.is_from_elsewhere() => {
                    return Ok(Vec::new());
                }
                Err(failure) => return Err(failure.into()),
            };
            found.extend(answer["items"].as_array().into_iter().flatten().cloned());
            page = answer["nextPageToken"].as_str().unwrap_or_default().to_owned();
            if page.is_empty() {
                return Ok(found);
            }
        }
    }
}

/// Google would refuse a withdrawn image only when the instance is requested.
fn usable(found: &Value, project: &str) -> Result<()> {
    if offer(found) != Offer::Withdrawn {
        return Ok(());
    }
    let text = |key: &str| found["deprecated"][key].as_str().unwrap_or_default();
    let name = found["name"].as_str().unwrap_or_default();
    let message = format!("the base image {project}/{name} can no longer be used");
    let error = Error::config(message).cause(format!("it is {}", text("state").to_lowercase()));
    Err(match last(text("replacement")) {
        "" => error.hint("pass another one with `imgctl up:base=…`, or set clouds.gce base"),
        other => error.hint(format!("run `imgctl up:base={project}/{other}`: it is the successor")),
    })
}
