//! Images: glance, or nova's image proxy on clouds whose images are reached only through nova.

pub mod glance;
mod proxy;

use super::client::Client;
use super::image::Query;
use crate::cloud::Image;
use crate::report::Watch;
use crate::{Error, Result};

/// The service that images are reached through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Images {
    Glance,
    /// `/images` of the compute service.
    ComputeProxy,
}

impl Images {
    /// Sorted by creation time, oldest first.
    pub async fn list(self, client: &Client, query: &Query, watch: &Watch) -> Result<Vec<Image>> {
        let mut images = match self {
            Images::Glance => glance::list(client, query, watch).await?,
            Images::ComputeProxy => proxy::list(client, query, watch).await?,
        };
        images.sort_by(|one, other| (&one.created, &one.name).cmp(&(&other.created, &other.name)));
        Ok(images)
    }

    pub async fn get(self, client: &Client, id: &str, watch: &Watch) -> Result<Option<Image>> {
        match self {
            Images::Glance => glance::get(client, id, watch).await,
            Images::ComputeProxy => proxy::get(client, id, watch).await,
        }
    }

    /// Deletes an image; false if it no longer existed.
    pub async fn delete(self, client: &Client, id: &str, watch: &Watch) -> Result<bool> {
        match self {
            Images::Glance => glance::delete(client, id, watch).await,
            Images::ComputeProxy => proxy::delete(client, id, watch).await,
        }
    }

    /// Removes properties of an image.
    pub async fn remove_properties(
        self,
        client: &Client,
        id: &str,
        keys: &[&str],
        watch: &Watch,
    ) -> Result<()> {
        match self {
            Images::Glance => glance::remove_properties(client, id, keys, watch).await,
            Images::ComputeProxy => proxy::remove_properties(client, id, keys, watch).await,
        }
    }

    /// Sets properties of an image, and leaves its others.
    pub async fn set_properties(
        self,
        client: &Client,
        id: &str,
        properties: &[(String, String)],
        watch: &Watch,
    ) -> Result<()> {
        match self {
            Images::Glance => glance::set_properties(client, id, properties, watch).await,
            Images::ComputeProxy => proxy::set_properties(client, id, properties, watch).await,
        }
    }

    /// As [`Images::get`], for an image that has to exist.
    ///
    /// # Errors
    /// `NotFound` if it does not.
    pub async fn need(self, client: &Client, id: &str, watch: &Watch) -> Result<Image> {
        let found = self.get(client, id, watch).await?;
        found.ok_or_else(|| {
            Error::not_found(format!("there is no image {id}"))
                .hint("run `imgctl list_images:all=true` to list the project's images")
        })
    }
}
