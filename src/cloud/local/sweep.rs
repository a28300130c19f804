//! Finding what carries a run's tag, whatever the state file says.

use super::image::{self, Manifest};
use super::instance::Record;
use super::provider::Local;
use crate::Result;
use crate::cloud::{RUN_TAG, Resource, ResourceKind, Tags};

impl Local {
    /// The instances and images of a run; of all runs for none.
    pub(super) fn sweep(&self, run: Option<&str>) -> Result<Vec<Resource>> {
        let mut found = Vec::new();
        for record in Record::all(&self.store)? {
            let Record { role, token, id, name, created, tags, .. } = record;
            let kind = ResourceKind::Instance;
            found.extend(Tagged { kind, role, token, id, name, created, tags }.of(run));
        }
        for manifest in image::all(&self.store)? {
            let Manifest { role, token, id, name, created, tags, .. } = manifest;
            let kind = ResourceKind::Image;
            found.extend(Tagged { kind, role, token, id, name, created, tags }.of(run));
        }
        Ok(found)
    }
}

/// What instances and images have in common.
struct Tagged {
    kind: ResourceKind,
    role: String,
    token: String,
    id: String,
    name: String,
    created: String,
    tags: Tags,
}

impl Tagged {
    /// It as a resource, if it carries the tag of that run (of any run, for none).
    fn of(mut self, wanted: Option<&str>) -> Option<Resource> {
        let run = self.tags.remove(RUN_TAG)?;
        if wanted.is_some_and(|wanted| wanted != run) {
            return None;
        }
        let attributes = [("name", self.name), ("created", self.created), ("run", run)];
        Some(Resource {
            kind: self.kind,
            role: self.role,
            token: self.token,
            id: Some(self.id),
            region: String::new(),
            attributes: attributes.map(|(key, value)| (key.to_owned(), value)).into(),
        })
    }
}
