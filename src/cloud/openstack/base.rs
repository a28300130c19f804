//! The base image.

use super::image::{self, OWNER, Query, VISIBILITY};
use super::provider::OpenStack;
use super::{candidates, channel, looks};
use crate::cloud::{Call, Image, ImageState};
use crate::config::openstack::{Base, Wanted};
use crate::{Error, Result};

/// How many image names an error lists.
const SHOWN: usize = 5;

/// The given id or name, else the base of the settings; the newest of several.
///
/// # Errors
/// `Config` if there is no active image of that kind.
pub async fn find(cloud: &OpenStack, wanted: Option<&str>, call: &Call) -> Result<Image> {
    let base = match (wanted, &cloud.settings.base) {
        (Some(wanted), _) => return given(cloud, wanted, call).await,
        (None, Some(base)) => base,
        (None, None) => {
            return Err(Error::config("no base image is set").hint(
                "set `base: {pattern: 'Debian 12*'}` for the distribution, or pass `up:base=IMAGE`",
            ));
        }
    };
    let (client, watch) = (&cloud.client, &call.watch);
    let images = cloud.differences.images;
    if let Wanted::Id(id) = &base.what {
        let found = images.get(client, id, watch).await?;
        return usable(cloud, found, &format!("with the id {id}"), &Query::default(), call).await;
    }
    if let Wanted::Channel(text) = &base.what {
        let found = channel::newest(cloud, text, call).await?;
        return usable(cloud, found, &described(base), &Query::default(), call).await;
    }
    let name = match &base.what {
        Wanted::Name(name) => Some(name.clone()),
        _ => None,
    };
    let query = Query { name, owner: None, visibility: base.visibility.clone() };
    let found = looks::surely("find the base image", watch, || async {
        let mut found = images.list(client, &query, watch).await?;
        found.retain(|image| is_searched(base, image) && image.state == ImageState::Available);
        Ok(candidates::newest(base, found, watch))
    });
    usable(cloud, found.await?, &described(base), &Query { name: None, ..query }, call).await
}

/// By id, else by name.
async fn given(cloud: &OpenStack, wanted: &str, call: &Call) -> Result<Image> {
    let images = cloud.differences.images;
    let mut found = images.get(&cloud.client, wanted, &call.watch).await?;
    if found.is_none() {
        let query = Query { name: Some(wanted.to_owned()), ..Query::default() };
        let mut named = images.list(&cloud.client, &query, &call.watch).await?;
        // Without an active one, the error names the newest and its status.
        let active = named.iter().rposition(|image| image.state == ImageState::Available);
        found = match active {
            Some(at) => Some(named.swap_remove(at)),
            None => named.pop(),
        };
    }
    usable(cloud, found, &format!("`{wanted}`"), &Query::default(), call).await
}

/// Whether an image is among those that the settings narrow the search to.
fn is_searched(base: &Base, image: &Image) -> bool {
    let is = |key: &str, wanted: &Option<String>| {
        wanted.as_ref().is_none_or(|wanted| image.attributes.get(key) == Some(wanted))
    };
    is(OWNER, &base.owner) && is(VISIBILITY, &base.visibility)
}

/// The query in words: `with the id 1`, ``called `a` ``.
fn described(base: &Base) -> String {
    let mut text = match &base.what {
        Wanted::Id(id) => format!("with the id {id}"),
        Wanted::Name(name) => format!("named `{name}`"),
        Wanted::Pattern(pattern) => format!("matching `{pattern}`"),
        Wanted::Channel(channel) => format!("in the channel {channel}"),
    };
    let narrowed = [
        ("owner", &base.owner),
        ("visibility", &base.visibility),
        ("architecture", &base.system.architecture),
    ];
    for (what, value) in narrowed {
        if let Some(value) = value {
            text.push_str(&format!(", {what} {value}"));
        }
    }
    text
}

/// An active image, else an error that lists those of `others` with the most similar names.
async fn usable(
    cloud: &OpenStack,
    found: Option<Image>,
    query: &str,
    others: &Query,
    call: &Call,
) -> Result<Image> {
    let region = cloud.client.region(&call.watch).await?;
    match found {
        Some(image) if image.state == ImageState::Available => Ok(image),
        Some(image) => {
            let status = image::status(&image);
            Err(Error::config(format!("base image {} ({}) is {status}", image.name, image.id))
                .hint("choose an active image"))
        }
        None => {
            let every = cloud.differences.images.list(&cloud.client, others, &call.watch).await?;
            let error =
                Error::config(format!("there is no active image {query} in region {region}"));
            let active = every.into_iter().filter(|image| image.state == ImageState::Available);
            Err(error.hint(nearest_of(query, active.map(|image| image.name))))
        }
    }
}

/// A hint with the names that share most words with the query; of equals the most similar.
fn nearest_of(query: &str, names: impl Iterator<Item = String>) -> String {
    let wanted = words(query);
    let rank = |name: &str| {
        let shared = words(name).iter().filter(|word| wanted.contains(word)).count();
        (shared, strsim::jaro_winkler(&wanted.join(" "), &words(name).join(" ")))
    };
    let mut ranked: Vec<((usize, f64), String)> = names.map(|name| (rank(&name), name)).collect();
    ranked.sort_by(|((one, like), _), ((other, alike), _)| {
        other.cmp(one).then(alike.total_cmp(like))
    });
    let mut names: Vec<String> = ranked.into_iter().map(|(_, name)| name).collect();
    // Equal names rank equal, so they are adjacent.
    names.dedup();
    names.truncate(SHOWN);
    match names.is_empty() {
        true => "upload an image, or ask for one to be shared: the project sees no active image"
            .to_owned(),
        false => {
            format!("set `base` of the distribution to one of the nearest: {}", names.join("; "))
        }
    }
}

/// `*debian*12*` and `Debian-12.8` have two words in common.
fn words(text: &str) -> Vec<String> {
    let all = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    all.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_share_words_with_the_query() {
        let names = ["Ubuntu 12.04", "Fedora 12", "debian-11-generic", "debian-12-generic"];
        let said = nearest_of("matching `*Debian*12*`", names.map(str::to_owned).into_iter());
        assert!(said.contains("nearest: debian-12-generic; "), "{said}");
        assert!(nearest_of("named `a`", std::iter::empty()).contains("no active image"));
    }
}
