//! Looking up and listing the images of the project.

use serde_json::Value;

use super::image::{created, image, path_of};
use super::provider::Gce;
use crate::cloud::{Call, Image, ImageScope, RUN_TAG};
use crate::report::Watch;
use crate::{Error, Result};

impl Gce {
    /// An image of the project that is worked in.
    pub(super) async fn get_image(&self, name: &str, call: &Call) -> Result<Option<Value>> {
        let path = format!("{}/global/images/{name}", self.root(&call.watch).await?);
        self.api.find(&path, &format!("look up image {name}"), &call.watch).await
    }

    /// An image that must exist. One miss is not taken for the truth: what was made just now would count as deleted.
    pub(super) async fn known_image(&self, id: &str, call: &Call) -> Result<Value> {
        let project = self.project(&call.watch).await?;
        let own = format!("projects/{project}/global/images/");
        let name = path_of(id).strip_prefix(&own).unwrap_or(id);
        if name.contains('/') {
            let message = format!("image {id} does not belong to the project {project}");
            return Err(Error::usage(message).hint("choose one that `imgctl list_images` shows"));
        }
        let path = format!("{}/global/images/{name}", self.root(&call.watch).await?);
        let purpose = format!("look up image {name}");
        self.api.find_surely(&path, &purpose, &call.watch).await?.ok_or_else(|| {
            Error::not_found(format!("there is no image {name} in the project {project}"))
                .hint("choose one that `imgctl list_images` shows")
        })
    }

    /// The path of an image for its id, which is a name or a path.
    pub(super) async fn image_path(&self, id: &str, watch: &Watch) -> Result<String> {
        if id.contains('/') {
            return Ok(id.to_owned());
        }
        Ok(format!("{}/global/images/{id}", self.root(watch).await?))
    }

    pub(super) async fn images(&self, scope: ImageScope, call: &Call) -> Result<Vec<Image>> {
        let filter = match scope {
            ImageScope::Ours => format!("labels.{RUN_TAG}:*"),
            ImageScope::Own => String::new(),
        };
        let path = format!("{}/global/images", self.root(&call.watch).await?);
        let mut found = self.api.list(&path, &filter, "list images", &call.watch).await?;
        found.sort_by_key(created);
        let mut images: Vec<Image> = found.iter().map(image).collect();
        images.retain(|image| scope == ImageScope::Own || image.tags.contains_key(RUN_TAG));
        Ok(images)
    }
}
