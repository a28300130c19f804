//! Variables of the environment that Google's and AWS's own tools read.

/// The project to work in, in this order, as Google's own libraries and gcloud read them.
const PROJECT: [&str; 2] = ["GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"];

pub fn project() -> Option<String> {
    PROJECT.iter().find_map(|name| variable(name))
}

/// A variable that is set and not empty.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
