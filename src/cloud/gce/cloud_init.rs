//! Images in which nobody reads user data.

use crate::cloud::{Call, Launch};
use crate::report::Level;

/// Projects whose images have Google's guest agent in place of cloud-init.
/// Source: <https://github.com/andsens/bootstrap-vz/issues/469>
const LACKING: [&str; 5] =
    ["almalinux-cloud", "centos-cloud", "debian-cloud", "rhel-cloud", "rocky-linux-cloud"];

/// Says that the user's data will not be read. `image` is the path of the image.
pub fn warn(launch: &Launch, image: &str, call: &Call) {
    if launch.user_data.is_none() || !lacks(image) {
        return;
    }
    let message = "`user_data` will not be read: the images of this vendor have no cloud-init on gce; set `metadata: \
                   {startup-script: …}` in its place, or do that in bootstrap";
    call.watch.report.log(Level::Warning, message);
}

fn lacks(image: &str) -> bool {
    let project = image.strip_prefix("projects/").and_then(|rest| rest.split('/').next());
    project.is_some_and(|project| LACKING.contains(&project))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_of_an_image_tells_whether_it_has_cloud_init() {
        assert!(lacks("projects/debian-cloud/global/images/debian-12-bookworm-v20261101"));
        assert!(!lacks("projects/ubuntu-os-cloud/global/images/ubuntu-2404"));
        assert!(!lacks("projects/mine/global/images/debian-cloud"));
    }
}
