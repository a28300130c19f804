//! The providers' ledger, kept in the state file.

use std::sync::Arc;

use crate::cloud::{Ledger, Resource, ResourceKind};
use crate::state::{Kind, ResourceRecord, Store};
use crate::{Code, Error, Result};

pub(super) struct StateLedger {
    pub store: Arc<Store>,
    pub region: String,
}

impl Ledger for StateLedger {
    fn intend(
        &self,
        kind: ResourceKind,
        role: &str,
        attributes: &[(&str, &str)],
    ) -> Result<Resource> {
        self.store.update(|document| {
            let now = jiff::Timestamp::now().to_string();
            let mut known = document.resources.iter_mut();
            if let Some(known) = known.find(|r| r.kind == recorded(kind) && r.role == role) {
                if known.id.is_none() {
                    known.at = now;
                }
                return Ok(resource(known));
            }
            let record = ResourceRecord {
                kind: recorded(kind),
                role: role.to_string(),
                token: uuid::Uuid::new_v4().simple().to_string(),
                id: None,
                region: if self.region.is_empty() {
                    document.region.clone()
                } else {
                    self.region.clone()
                },
                at: now,
                attributes: owned(attributes),
            };
            document.resources.push(record.clone());
            Ok(resource(&record))
        })
    }

    fn created(&self, token: &str, id: &str, attributes: &[(&str, &str)]) -> Result<()> {
        self.store.update(|document| {
            let known = document.resources.iter_mut().find(|r| r.token == token);
            let record = known.ok_or_else(|| {
                Error::new(Code::State, format!("{id} was created without a recorded intent"))
            })?;
            record.id = Some(id.to_string());
            record.attributes.extend(owned(attributes));
            Ok(())
        })
    }

    fn gone(&self, token: &str) -> Result<()> {
        // Without a state file, or for another run, there is no record: `gc` removes such resources.
        if self.resources()?.iter().all(|known| known.token != token) {
            return Ok(());
        }
        self.store.update(|document| {
            document.resources.retain(|record| record.token != token);
            Ok(())
        })
    }

    fn requested(&self, token: &str) -> Result<Option<jiff::Timestamp>> {
        let document = self.store.document();
        let known = document.iter().flat_map(|document| &document.resources);
        let record = known.into_iter().find(|record| record.token == token);
        Ok(record.and_then(|record| record.at.parse().ok()))
    }

    fn resources(&self) -> Result<Vec<Resource>> {
        let document = self.store.document();
        Ok(document.iter().flat_map(|document| &document.resources).map(resource).collect())
    }
}

fn owned(attributes: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
    attributes.iter().map(|(key, value)| ((*key).to_string(), (*value).to_string())).collect()
}

/// The kind as the state file records it.
fn recorded(kind: ResourceKind) -> Kind {
    match kind {
        ResourceKind::KeyPair => Kind::KeyPair,
        ResourceKind::SecurityGroup => Kind::SecurityGroup,
        ResourceKind::Instance => Kind::Instance,
        ResourceKind::Disk => Kind::Disk,
        ResourceKind::Address => Kind::Address,
        ResourceKind::Image => Kind::Image,
        ResourceKind::Snapshot => Kind::Snapshot,
    }
}

/// The kind as the providers know it.
fn provided(kind: Kind) -> ResourceKind {
    match kind {
        Kind::KeyPair => ResourceKind::KeyPair,
        Kind::SecurityGroup => ResourceKind::SecurityGroup,
        Kind::Instance => ResourceKind::Instance,
        Kind::Disk => ResourceKind::Disk,
        Kind::Address => ResourceKind::Address,
        Kind::Image => ResourceKind::Image,
        Kind::Snapshot => ResourceKind::Snapshot,
    }
}

/// A record as the resource that providers work with.
fn resource(record: &ResourceRecord) -> Resource {
    Resource {
        kind: provided(record.kind),
        role: record.role.clone(),
        token: record.token.clone(),
        id: record.id.clone(),
        region: record.region.clone(),
        attributes: record.attributes.clone(),
    }
}
