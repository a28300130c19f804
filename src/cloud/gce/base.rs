//! The image to start from, and the nearest ones when there is no such.

use serde_json::Value;

use super::Gce;
use super::api::Ask;
use super::failure::Failure;
use super::image::{Offer, image, offer, path_of};
use super::names::last;
use super::sought::{Sought, described, is_of, named, nearest, newest_deprecated};
use crate::cloud::{Call, Image};
use crate::config::gce::Query;
use crate::{Error, Result};

/// Families of machine types with ARM processors.
const ARM: [&str; 4] = ["t2a-", "c4a-", "n4a-", "a4x-"];

impl Gce {
    pub(super) async fn base(&self, wanted: Option<&str>, call: &Call) -> Result<Image> {
        let own = self.project(&call.watch).await?;
        // A region that is none shall be told before anything is written down.
        self.zones(&call.watch).await?;
        let configured = self.settings.base.as_ref();
        let bases = match wanted {
            Some(wanted) => named(wanted, configured),
            None => vec![Sought::of(configured.ok_or_else(|| {
                Error::config("no base image is set for this distribution").hint(
                    "set `base: {family: debian-12, project: debian-cloud}` for it under \
                     clouds.gce.distributions",
                )
            })?)?],
        };
        for base in &bases {
            let project = base.project.as_deref().unwrap_or(&own);
            if let Some(found) = self.newest(base, project, call).await? {
                usable(&found, project)?;
                let mut base = image(&found);
                if project != own {
                    // Its name alone means nothing here.
                    base.id = path_of(found["selfLink"].as_str().unwrap_or_default()).to_owned();
                }
                return Ok(base);
            }
        }
        Err(self.nothing(&bases, &own, call).await?)
    }

    /// What there is instead, and how to get it.
    async fn nothing(&self, bases: &[Sought], own: &str, call: &Call) -> Result<Error> {
        let mut error = Error::config(format!("there is no base image in {}", self.region_name()?));
        let (mut near, mut deprecated) = (Vec::new(), None);
        for sought in bases {
            let project = sought.project.as_deref().unwrap_or(own);
            error = error.cause(format!("project {project} has no {}", described(sought)));
            let found = self.all(project, call).await?;
            if let Some(name) =
                newest_deprecated(&sought.query, &found).filter(|_| !sought.deprecated)
            {
                let message = "all of them are deprecated, the newest that can be used is";
                error = error.cause(format!("{message} {name}"));
                deprecated = Some(format!("{project}/{name}"));
            }
            near.extend(nearest(&sought.query, &found));
        }
        Ok(error.hint(match deprecated {
            Some(name) => format!(
                "`imgctl up:base={name}` takes it all the same, `deprecated: true` in `base` does \
                 so for every up"
            ),
            None if near.is_empty() => {
                "`gcloud compute images list` shows the public ones; set clouds.gce base".to_owned()
            }
            None => format!("the nearest ones: {}", near.join(", ")),
        }))
    }

    async fn newest(&self, sought: &Sought, project: &str, call: &Call) -> Result<Option<Value>> {
        let below = format!("projects/{project}/global/images");
        let filter = match &sought.query {
            Query::Name(name) => {
                let purpose = format!("look at image {name}");
                return self.visible(&format!("{below}/{name}"), &purpose, call).await;
            }
            Query::Family(family) if !sought.deprecated => {
                let purpose = format!("find the newest image of {family}");
                return self.visible(&format!("{below}/family/{family}"), &purpose, call).await;
            }
            Query::Family(family) => format!("family = \"{family}\""),
            // As a regular expression, in which only the dot of a prefix would mean more.
            Query::Prefix(prefix) => format!("name eq \"{}.*\"", prefix.replace('.', "\\.")),
        };
        let found = self.api.list(&below, &filter, "find the base image", &call.watch).await?;
        let found = found.into_iter().filter(|image| {
            let will_do = match offer(image) {
                Offer::Offered => true,
                Offer::Deprecated => sought.deprecated,
                Offer::Withdrawn => false,
            };
            will_do && is_of(&sought.query, image) && self.fits(image)
        });
        Ok(found.max_by_key(|found| image(found).created))
    }

    /// None, too, for a project that does not exist.
    async fn visible(&self, path: &str, purpose: &str, call: &Call) -> Result<Option<Value>> {
        match self.api.ask(&Ask::get(path, &[], purpose), &call.watch).await {
            Ok(found) => Ok(Some(found)),
            Err(Failure::Refused(refusal)) if refusal.is_gone() || refusal.is_no_project() => {
                Ok(None)
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Whether the machine type could run it; a prefix may match images for both kinds.
    fn fits(&self, image: &Value) -> bool {
        let arm = ARM.iter().any(|family| self.settings.machine_type.starts_with(family));
        let wanted = if arm { "ARM64" } else { "X86_64" };
        match image["architecture"].as_str() {
            None | Some("" | "ARCHITECTURE_UNSPECIFIED") => true,
            Some(architecture) => architecture == wanted,
        }
    }

    /// All images of a project; none of one that is closed to us, which has nothing to offer.
    async fn all(&self, project: &str, call: &Call) -> Result<Vec<Value>> {
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

/// One named by hand may be withdrawn: then the cloud would refuse it later.
fn usable(found: &Value, project: &str) -> Result<()> {
    if offer(found) != Offer::Withdrawn {
        return Ok(());
    }
    let text = |key: &str| found["deprecated"][key].as_str().unwrap_or_default();
    let name = found["name"].as_str().unwrap_or_default();
    let message = format!("the base image {project}/{name} cannot be used any more");
    let error = Error::config(message).cause(format!("it is {}", text("state").to_lowercase()));
    Err(match last(text("replacement")) {
        "" => error.hint("`imgctl up:base=…` or clouds.gce base names another one"),
        other => error.hint(format!("{other} takes its place: `imgctl up:base={project}/{other}`")),
    })
}
