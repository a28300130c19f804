//! The image to start from, and the nearest ones when there is no such.

use serde_json::Value;

use super::Gce;
use super::api::Ask;
use super::failure::Failure;
use super::image::{image, is_retired, path_of};
use crate::cloud::{Call, Image};
use crate::config::gce::{Base, Query};
use crate::{Error, Result};

/// How many images an error names.
const CANDIDATES: usize = 5;

/// Families of machine types with ARM processors.
const ARM: [&str; 4] = ["t2a-", "c4a-", "n4a-", "a4x-"];

/// An image that is looked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Sought {
    query: Query,
    /// None: our own.
    project: Option<String>,
}

impl Sought {
    pub fn of(base: &Base) -> Result<Sought> {
        let query = base.query().ok_or_else(|| {
            let message = "clouds.gce: `base` is exactly one of `family`, `prefix` and `name`";
            Error::config(message).hint("base: {family: debian-12, project: debian-cloud}")
        })?;
        Ok(Sought { query, project: base.project.clone() })
    }
}

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
            if let Some(found) = self.newest(&base.query, project, call).await? {
                let mut base = image(&found);
                if project != own {
                    // Its name alone means nothing here.
                    base.id = path_of(found["selfLink"].as_str().unwrap_or_default()).to_owned();
                }
                return Ok(base);
            }
        }
        let mut error = Error::config(format!("there is no base image in {}", self.region_name()?));
        let mut near = Vec::new();
        for Sought { query, project } in &bases {
            let project = project.as_deref().unwrap_or(&own);
            error = error.cause(format!("project {project} has no {}", described(query)));
            near.extend(self.candidates(query, project, call).await?);
        }
        Err(if near.is_empty() {
            error.hint("`gcloud compute images list` shows the public ones; set clouds.gce base")
        } else {
            error.hint(format!("the nearest ones: {}", near.join(", ")))
        })
    }

    async fn newest(&self, query: &Query, project: &str, call: &Call) -> Result<Option<Value>> {
        let below = format!("projects/{project}/global/images");
        match query {
            Query::Name(name) => {
                let purpose = format!("look at image {name}");
                self.visible(&format!("{below}/{name}"), &purpose, call).await
            }
            Query::Family(family) => {
                let purpose = format!("find the newest image of {family}");
                self.visible(&format!("{below}/family/{family}"), &purpose, call).await
            }
            Query::Prefix(prefix) => {
                // As a regular expression, in which only the dot of a prefix would mean more.
                let filter = format!("name eq \"{}.*\"", prefix.replace('.', "\\."));
                let purpose = format!("find images {prefix}*");
                let found = self.api.list(&below, &filter, &purpose, &call.watch).await;
                let mut found = found?;
                found.retain(|image| {
                    let name = image["name"].as_str().unwrap_or_default();
                    name.starts_with(prefix) && !is_retired(image) && self.fits(image)
                });
                Ok(found.into_iter().max_by_key(|found| image(found).created))
            }
        }
    }

    /// None, too, for a project that does not exist.
    async fn visible(&self, path: &str, purpose: &str, call: &Call) -> Result<Option<Value>> {
        self.api.find(path, purpose, &call.watch).await
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

    /// Names (and families) that are most like the one that was not found.
    async fn candidates(&self, query: &Query, project: &str, call: &Call) -> Result<Vec<String>> {
        let path = format!("projects/{project}/global/images");
        let purpose = "list images";
        let (mut found, mut page) = (Vec::new(), String::new());
        // Somebody else's project may be closed to us: then there is nothing to offer.
        loop {
            let query = [("pageToken", page.as_str())];
            let query = if page.is_empty() { &[][..] } else { &query[..] };
            let answer = match self.api.ask(&Ask::get(&path, query, purpose), &call.watch).await {
                Ok(answer) => answer,
                Err(Failure::Refused(_)) => return Ok(Vec::new()),
                Err(Failure::Other(error)) => return Err(error),
            };
            found.extend(answer["items"].as_array().into_iter().flatten().cloned());
            page = answer["nextPageToken"].as_str().unwrap_or_default().to_owned();
            if page.is_empty() {
                break;
            }
        }
        Ok(nearest(query, &found))
    }
}

fn described(query: &Query) -> String {
    match query {
        Query::Family(family) => format!("image of the family {family} that is not deprecated"),
        Query::Prefix(prefix) => format!("image {prefix}* that is not deprecated"),
        Query::Name(name) => format!("image {name}"),
    }
}

/// What `up:base=…` may mean: an address, `projects/P/global/images/family/F`, `P/NAME`, or a name
/// in our project or in that of the distribution's own base.
fn named(wanted: &str, configured: Option<&Base>) -> Vec<Sought> {
    let base =
        |query: Query, project: Option<&str>| Sought { query, project: project.map(str::to_owned) };
    let parts: Vec<&str> = path_of(wanted).split('/').collect();
    match parts[..] {
        ["projects", project, "global", "images", "family", family] => {
            vec![base(Query::Family(family.to_owned()), Some(project))]
        }
        ["projects", project, "global", "images", name] | [project, name] => {
            vec![base(Query::Name(name.to_owned()), Some(project))]
        }
        _ => {
            let name = Query::Name(wanted.to_owned());
            let also = configured.and_then(|base| base.project.as_deref());
            let also = also.map(|project| base(name.clone(), Some(project)));
            std::iter::once(base(name, None)).chain(also).collect()
        }
    }
}

fn nearest(query: &Query, found: &[Value]) -> Vec<String> {
    let (key, wanted) = match query {
        Query::Family(family) => ("family", family),
        Query::Prefix(name) | Query::Name(name) => ("name", name),
    };
    let mut near: Vec<(usize, String)> = Vec::new();
    for image in found {
        let text = image[key].as_str().unwrap_or_default();
        // A prefix is compared with as much of a name as it is long.
        let part: String = match query {
            Query::Prefix(_) => text.chars().take(wanted.chars().count()).collect(),
            _ => text.to_owned(),
        };
        let deprecated = if is_retired(image) { " (deprecated)" } else { "" };
        let shown = format!("{text}{deprecated}");
        if !text.is_empty() && near.iter().all(|(_, known)| *known != shown) {
            near.push((strsim::damerau_levenshtein(&part, wanted), shown));
        }
    }
    // Of equally near ones the newest: names end with their date.
    near.sort_by(|one, other| one.0.cmp(&other.0).then_with(|| other.1.cmp(&one.1)));
    near.into_iter().take(CANDIDATES).map(|(_, shown)| shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_can_be_named_in_every_usual_way() {
        let address = "https://www.googleapis.com/compute/v1/projects/p/global/images/family/f";
        assert_eq!(named(address, None)[0].query, Query::Family("f".into()));
        for wanted in ["p/n", "projects/p/global/images/n"] {
            let base = Sought { query: Query::Name("n".into()), project: Some("p".into()) };
            assert_eq!(named(wanted, None), [base]);
        }
        let configured =
            Base { family: Some("f".into()), project: Some("p".into()), ..Base::default() };
        let bases = named("n", Some(&configured));
        let projects: Vec<_> = bases.iter().map(|base| base.project.as_deref()).collect();
        assert_eq!(projects, [None, Some("p")]);
    }
}
