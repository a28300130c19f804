//! The query for a base image: what it matches, and which images are similar.

use std::collections::BTreeMap;

use serde_json::Value;

use super::image::{Offer, created, offer, path_of};
use crate::config::gce::{Base, Query};
use crate::{Error, Result};

/// How many images an error names.
const CANDIDATES: usize = 5;

/// A base image to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseQuery {
    pub query: Query,
    /// None: the project that is worked in.
    pub project: Option<String>,
    /// Whether deprecated images are accepted.
    pub deprecated: bool,
}

impl BaseQuery {
    pub fn of(base: &Base) -> Result<BaseQuery> {
        let query = base.query().ok_or_else(|| {
            let message =
                "clouds.gce: `base` must have exactly one of `family`, `prefix` and `name`";
            Error::config(message).hint("set `base: {family: debian-12, project: debian-cloud}`")
        })?;
        Ok(BaseQuery { query, project: base.project.clone(), deprecated: base.deprecated })
    }
}

pub fn matches(query: &Query, image: &Value) -> bool {
    let text = |key: &str| image[key].as_str().unwrap_or_default();
    match query {
        Query::Name(name) => text("name") == name,
        Query::Family(family) => text("family") == family,
        Query::Prefix(prefix) => text("name").starts_with(prefix.as_str()),
    }
}

pub fn newest_deprecated(query: &Query, found: &[Value]) -> Option<String> {
    let deprecated =
        found.iter().filter(|found| matches(query, found) && offer(found) == Offer::Deprecated);
    let newest = deprecated.max_by_key(|found| created(found))?;
    newest["name"].as_str().map(str::to_owned)
}

/// In messages, after "no": `image of family F that is not deprecated`.
pub fn described(wanted: &BaseQuery) -> String {
    let state = if wanted.deprecated { "can still be used" } else { "is not deprecated" };
    match &wanted.query {
        Query::Family(family) => format!("image of family {family} that {state}"),
        Query::Prefix(prefix) => format!("image {prefix}* that {state}"),
        Query::Name(name) => format!("image {name}"),
    }
}

/// The meanings of `up:base=…`: an address, `projects/P/global/images/family/F`, `P/NAME`, or a name
/// in the project that is worked in or in that of the configured base.
pub fn named(wanted: &str, configured: Option<&Base>) -> Vec<BaseQuery> {
    let base = |query: Query, project: Option<&str>| BaseQuery {
        query,
        project: project.map(str::to_owned),
        deprecated: false,
    };
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

/// The most similar names or families, the deprecated ones marked.
pub fn nearest(query: &Query, found: &[Value]) -> Vec<String> {
    let (key, wanted) = match query {
        Query::Family(family) => ("family", family),
        Query::Prefix(name) | Query::Name(name) => ("name", name),
    };
    // A family is offered if one of its images is.
    let mut offers: BTreeMap<&str, Offer> = BTreeMap::new();
    for image in found {
        let text = image[key].as_str().unwrap_or_default();
        let best = offers.entry(text).or_insert(Offer::Withdrawn);
        *best = (*best).min(offer(image));
    }
    offers.remove("");
    let near = offers.into_iter().map(|(text, offer)| {
        // A prefix is compared with the first part of a name, of the same length.
        let part: String = match query {
            Query::Prefix(_) => text.chars().take(wanted.chars().count()).collect(),
            _ => text.to_owned(),
        };
        let deprecated = match offer {
            Offer::Offered => "",
            Offer::Deprecated => " (deprecated)",
            Offer::Withdrawn => " (withdrawn)",
        };
        (strsim::damerau_levenshtein(&part, wanted), format!("{text}{deprecated}"))
    });
    let mut near: Vec<(usize, String)> = near.collect();
    // Names end with their date: of equally similar ones the newest comes first.
    near.sort_by(|one, other| one.0.cmp(&other.0).then_with(|| other.1.cmp(&one.1)));
    near.into_iter().take(CANDIDATES).map(|(_, shown)| shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_can_be_named_by_address_path_or_name() {
        let address = "https://www.googleapis.com/compute/v1/projects/p/global/images/family/f";
        assert_eq!(named(address, None)[0].query, Query::Family("f".into()));
        for (wanted, project) in [
            ("p/n", "p"),
            ("projects/p/global/images/n", "p"),
            // A project whose id ends like the first part of a path.
            ("my-projects/n", "my-projects"),
            ("projects/my-projects/global/images/n", "my-projects"),
        ] {
            let base = BaseQuery {
                query: Query::Name("n".into()),
                project: Some(project.into()),
                deprecated: false,
            };
            assert_eq!(named(wanted, None), [base]);
        }
        let configured =
            Base { family: Some("f".into()), project: Some("p".into()), ..Base::default() };
        let bases = named("n", Some(&configured));
        let projects: Vec<_> = bases.iter().map(|base| base.project.as_deref()).collect();
        assert_eq!(projects, [None, Some("p")]);
    }
}
