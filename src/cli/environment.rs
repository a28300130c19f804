//! Variables of clouds that are set and empty, which count as not set.
//!
//! The SDKs and tools of vendors do not agree on that: with `AWS_REGION=` beside `AWS_DEFAULT_REGION=x`, the
//! AWS SDK works in a region without a name. A process cannot change its environment safely once it has
//! begun, so it begins again without them: the same process, by exec.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// How the names begin of the variables that clouds, their SDKs and their tools read.
const PREFIXES: [&str; 6] = ["AWS_", "OS_", "RACKSPACE_", "GCE_", "GOOGLE_", "CLOUDSDK_"];

/// Begins this program again if a variable of a cloud is empty.
pub fn without_empty_variables() {
    let empty: Vec<OsString> = std::env::vars_os()
        .filter(|(name, value)| value.is_empty() && is_of_a_cloud(&name.to_string_lossy()))
        .map(|(name, _)| name)
        .collect();
    if empty.is_empty() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut arguments = std::env::args_os();
    let mut again = Command::new(program);
    again.arg0(arguments.next().unwrap_or_else(|| "imgctl".into())).args(arguments);
    for name in &empty {
        again.env_remove(name);
    }
    // This returns only if it fails; then the clouds judge the empty variables themselves.
    let _ = again.exec();
}

fn is_of_a_cloud(name: &str) -> bool {
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
