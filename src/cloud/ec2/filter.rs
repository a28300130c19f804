//! Filters of EC2's Describe requests.

use aws_sdk_ec2::types::Filter;

/// A filter that any of these values passes.
pub fn filter(name: &str, values: &[&str]) -> Filter {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Filter::builder().name(name).set_values(Some(values)).build()
}

/// What has this tag with this value.
pub fn tagged(key: &str, value: &str) -> Filter {
    filter(&format!("tag:{key}"), &[value])
}
