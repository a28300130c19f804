//! Tags: ours and the user's.

use aws_sdk_ec2::types::{ResourceType, Tag, TagSpecification};

use crate::cloud::{Call, RUN_TAG, Tags};

/// Which of a run's instances a thing belongs to.
pub const ROLE_TAG: &str = "imgctl-role";
/// The intent that a thing was made for: EC2 takes no idempotency token for images.
pub const TOKEN_TAG: &str = "imgctl-token";
/// What a copy was made of: `us-west-2/ami-0123`.
pub const COPY_TAG: &str = "imgctl-copy-of";

pub fn read(tags: &[Tag]) -> Tags {
    let pair =
        |tag: &Tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()));
    tags.iter().filter_map(pair).collect()
}

/// The user's tags with the run, the role and the name.
pub fn all(own: &Tags, name: &str, role: &str, call: &Call) -> Tags {
    let mut tags = own.clone();
    tags.entry("Name".to_owned()).or_insert_with(|| name.to_owned());
    // Of no run: an image made before, which keeps the run it came from.
    if !call.run.is_empty() {
        tags.insert(RUN_TAG.to_owned(), call.run.clone());
    }
    tags.insert(ROLE_TAG.to_owned(), role.to_owned());
    tags
}

/// For several kinds of things made by one request.
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

/// The beginning of the names of a run's temporary things.
pub fn run_name(call: &Call) -> String {
    format!("imgctl-{}", call.run)
}
