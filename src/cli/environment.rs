//! Variables of clouds: those that are set and empty count as not set, those that are no text are refused.
//!
//! The SDKs and tools of vendors do not agree on that: with `AWS_REGION=` beside `AWS_DEFAULT_REGION=x`, the
//! AWS SDK works in a region without a name. A process cannot change its environment safely once it has
//! begun, so it begins again without them: the same process, by exec.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::{Error, Result};

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

/// Refuses variables of a cloud that are no text: what reads them takes them for not set, and may log in as
/// somebody else.
///
/// # Errors
/// `Usage`, with the name of the variable.
pub fn readable(cloud: &str) -> Result<()> {
    let prefixes: &[&str] = match cloud {
        "ec2" => &["AWS_"],
        "openstack" => &["OS_"],
        "rackspace" => &["OS_", "RACKSPACE_"],
        "gce" => &["GCE_", "GOOGLE_", "CLOUDSDK_"],
        _ => &[],
    };
    for (name, value) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if value.to_str().is_none() && prefixes.iter().any(|prefix| name.starts_with(prefix)) {
            // Its value may be a secret.
            return Err(Error::usage(format!("the variable {name} is not UTF-8 text"))
                .hint(format!("set it to text in UTF-8, or unset {name}")));
        }
    }
    Ok(())
}

fn is_of_a_cloud(name: &str) -> bool {
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
