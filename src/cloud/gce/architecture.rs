//! The architecture of a base image against that of the machine type.

use serde_json::Value;

use super::base_query::{BaseQuery, nearest};
use super::machine_type;
use super::provider::Gce;
use crate::cloud::Call;
use crate::config::gce::Query;
use crate::report::Level;
use crate::{Error, Result};

/// The family of the same images for ARM, as the vendors name it: `debian-12-arm64`,
/// `ubuntu-2404-lts-arm64`, `fedora-cloud-43-aarch64`.
fn arm_family(family: &str) -> String {
    for (intel, arm) in [("-amd64", "-arm64"), ("-x86-64", "-aarch64")] {
        if let Some(start) = family.strip_suffix(intel) {
            return format!("{start}{arm}");
        }
    }
    format!("{family}-arm64")
}

impl Gce {
    /// Whether the machine type can run it. Images without an architecture are of 2015.
    pub(super) fn fits(&self, image: &Value) -> bool {
        match image["architecture"].as_str() {
            None | Some("" | "ARCHITECTURE_UNSPECIFIED") => true,
            Some(known) => known == machine_type::architecture(&self.settings.machine_type),
        }
    }

    /// The image itself if the machine type can run it, else the newest one of its family for ARM.
    ///
    /// # Errors
    /// `Code::Config` if there is none: Google would refuse the instance.
    pub(super) async fn fitting(
        &self,
        found: Value,
        base: &BaseQuery,
        project: &str,
        call: &Call,
    ) -> Result<Value> {
        if self.fits(&found) {
            return Ok(found);
        }
        let machine_type = &self.settings.machine_type;
        let wanted = machine_type::architecture(machine_type);
        if let Query::Family(family) = &base.query
            && wanted == "ARM64"
        {
            let other = arm_family(family);
            let query = BaseQuery { query: Query::Family(other.clone()), ..base.clone() };
            let newest = self.newest(&query, project, call).await?;
            if let Some(image) = newest.filter(|image| self.fits(image)) {
                let message = format!("{machine_type} has ARM processors: base family {other}");
                call.watch.report.log(Level::Info, &message);
                return Ok(image);
            }
        }
        let text = |key: &str| found[key].as_str().unwrap_or_default();
        let mut others = self.all(project, call).await?;
        others.retain(|image| self.fits(image));
        let message = format!(
            "the base image {project}/{} is for {}, and the machine type {machine_type} is {wanted}",
            text("name"),
            text("architecture")
        );
        let near = nearest(&base.query, &others);
        Err(Error::config(message).hint(if near.is_empty() {
            "set another machine_type, or another `base`".to_owned()
        } else {
            format!("set another machine_type, or one of these as `base`: {}", near.join(", "))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_family_for_arm_is_named_as_the_vendors_do() {
        for (family, arm) in [
            ("debian-12", "debian-12-arm64"),
            ("ubuntu-2204-lts", "ubuntu-2204-lts-arm64"),
            ("ubuntu-2404-lts-amd64", "ubuntu-2404-lts-arm64"),
            ("fedora-cloud-43-x86-64", "fedora-cloud-43-aarch64"),
            ("rocky-linux-9", "rocky-linux-9-arm64"),
        ] {
            assert_eq!(arm_family(family), arm);
        }
    }
}
