//! Tags: those of imgctl and the user's own.

use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};

use super::filter::{filter, tagged};
use crate::cloud::{Call, RUN_TAG, Tags};
use crate::{Error, Result};

/// Which of a run's instances a resource belongs to.
pub const ROLE_TAG: &str = "imgctl-role";
/// The token of the intent that an image was made for: CreateImage takes no client token.
pub const TOKEN_TAG: &str = "imgctl-token";
/// On an image that is not known to be finished; its value is the image's name.
pub const UNFINISHED_TAG: &str = "imgctl-unfinished";
/// The region and id of the image that a copy was made of: `us-west-2/ami-0123`.
pub const COPY_TAG: &str = "imgctl-copy-of";
/// The key that a copy was requested to be encrypted with.
pub const COPY_KEY_TAG: &str = "imgctl-copy-key";

/// What EC2 accepts: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions>
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;
const MOST: usize = 50;
/// Those that imgctl sets besides the user's, at most: a copy of an image that was promoted has them.
const OWN: usize = 8;

/// Finds tags that EC2 would refuse, before anything is made with them.
///
/// # Errors
/// `Config` with the tag and what is wrong with it.
pub fn check(tags: &Tags) -> Result<()> {
    for (key, value) in tags {
        let wrong = |what: &str, hint: &str| {
            Err(Error::config(format!("the tag `{key}` {what}")).hint(hint))
        };
        if key.chars().count() > LONGEST_KEY || value.chars().count() > LONGEST_VALUE {
            let hint = "shorten it: EC2 takes keys of 128 and values of 256 characters";
            return wrong("is too long for EC2", hint);
        }
        if key.to_lowercase().starts_with("aws:") {
            return wrong("cannot be set: AWS keeps `aws:` for itself", "choose another name");
        }
    }
    let count = tags.keys().filter(|key| !key.starts_with("imgctl-")).count();
    if count > MOST - OWN {
        let most = MOST - OWN;
        let message = format!("there are {count} tags, and EC2 takes {most} besides imgctl's own");
        return Err(Error::config(message).hint("remove some of `tags`"));
    }
    Ok(())
}

pub fn read(tags: &[Tag]) -> Tags {
    let pair =
        |tag: &Tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()));
    tags.iter().filter_map(pair).collect()
}

/// The user's tags with the run, the role and the name.
pub fn all(own: &Tags, name: &str, role: &str, call: &Call) -> Tags {
    let mut tags = own.clone();
    tags.entry("Name".to_owned()).or_insert_with(|| name.to_owned());
    // Without a run, an image keeps the tag of the run that made it.
    if !call.run.is_empty() {
        tags.insert(RUN_TAG.to_owned(), call.run.clone());
    }
    tags.insert(ROLE_TAG.to_owned(), role.to_owned());
    tags
}

/// The tags for each kind of resource that one request makes.
pub fn specifications(tags: &Tags, kinds: &[ResourceType]) -> Vec<TagSpecification> {
    let tags: Vec<Tag> =
        tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    kinds
        .iter()
        .map(|kind| {
            TagSpecification::builder()
                .resource_type(kind.clone())
                .set_tags(Some(tags.clone()))
                .build()
        })
        .collect()
}

/// What this run has made; without a run, what any run has made.
pub fn run_filter(run: Option<&str>) -> Filter {
    match run {
        Some(run) => tagged(RUN_TAG, run),
        None => filter("tag-key", &[RUN_TAG]),
    }
}

/// The name of a run's temporary key pair or security group.
pub fn temporary_name(role: &str, call: &Call) -> String {
    format!("imgctl-{}-{role}", call.run)
}
