//! An image of this run that came after it was given up.
//!
//! A request whose answer was lost may be carried out late: after the image of its repetition failed and was
//! removed, it takes the name that the next attempt asks for.

use super::filter::filter;
use super::image::snapshots;
use super::provider::Ec2;
use super::tags;
use crate::Result;
use crate::cloud::{Call, ImageSpec, RUN_TAG};

impl Ec2 {
    /// Removes the image that has the name that this run asks for, if this run made it for this role and never
    /// finished it. False: another one has the name.
    pub(super) async fn remove_stray_image(
        &self,
        spec: &ImageSpec,
        role: &str,
        call: &Call,
    ) -> Result<bool> {
        let filters = [filter("name", &[&spec.name])];
        // EC2 knows that the name is taken before it shows by what.
        let look = || async { Ok(self.own_images(None, &filters, call).await?.pop()) };
        let what = "the image that has the name";
        let Some(found) = self.settling().find(what, &call.watch, look).await? else {
            return Ok(false);
        };
        let known = tags::read(found.tags());
        let is = |tag: &str, value: &str| known.get(tag).is_some_and(|known| known == value);
        let marks = [
            (RUN_TAG, call.run.as_str()),
            (tags::ROLE_TAG, role),
            (tags::UNFINISHED_TAG, &spec.name),
        ];
        if !marks.into_iter().all(|(tag, value)| is(tag, value)) {
            return Ok(false);
        }
        self.deregister(None, found.image_id().unwrap_or_default(), call).await?;
        self.delete_snapshots(&snapshots(&found), None, call).await?;
        Ok(true)
    }
}
