//! The providers' ledger, kept in the state file.

use std::sync::Arc;

use crate::cloud::{Ledger, Resource, ResourceKind};
use crate::state::{ResourceRecord, Store};
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
        let name = kind_name(kind)?;
        self.store.update(|document| {
            let known = document.resources.iter().find(|r| r.kind == name && r.role == role);
            if let Some(known) = known {
                return resource(known);
            }
            let record = ResourceRecord {
                kind: name,
                role: role.to_string(),
                token: uuid::Uuid::new_v4().simple().to_string(),
                id: None,
                region: if self.region.is_empty() {
                    document.region.clone()
                } else {
                    self.region.clone()
                },
                at: jiff::Timestamp::now().to_string(),
                attributes: owned(attributes),
            };
            document.resources.push(record.clone());
            resource(&record)
        })
    }

    fn created(&self, token: &str, id: &str, attributes: &[(&str, &str)]) -> Result<()> {
        self.store.update(|document| {
            let known = document.resources.iter_mut().find(|r| r.token == token);
            let record = known.ok_or_else(|| {
                Error::new(
                    Code::State,
                    format!("{id} was created without having been written down"),
                )
            })?;
            record.id = Some(id.to_string());
            record.attributes.extend(owned(attributes));
            Ok(())
        })
    }

    fn gone(&self, token: &str) -> Result<()> {
        // Without a state file, or of another run: `gc` removes what nobody has written down.
        if self.resources()?.iter().all(|known| known.token != token) {
            return Ok(());
        }
        self.store.update(|document| {
            document.resources.retain(|record| record.token != token);
            Ok(())
        })
    }

    fn resources(&self) -> Result<Vec<Resource>> {
        let document = self.store.document();
        document.iter().flat_map(|document| &document.resources).map(resource).collect()
    }
}

fn owned(attributes: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
    attributes.iter().map(|(key, value)| ((*key).to_string(), (*value).to_string())).collect()
}

fn kind_name(kind: ResourceKind) -> Result<String> {
    match serde_json::to_value(kind) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        other => Err(Error::failed(format!("{kind:?} has no name: {other:?}"))),
    }
}

/// The record as the providers see it.
pub(super) fn resource(record: &ResourceRecord) -> Result<Resource> {
    let kind = serde_json::from_value(record.kind.clone().into()).map_err(|_| {
        Error::new(
            Code::State,
            format!("the state holds an unknown kind of thing: {}", record.kind),
        )
    })?;
    Ok(Resource {
        kind,
        role: record.role.clone(),
        token: record.token.clone(),
        id: record.id.clone(),
        region: record.region.clone(),
        attributes: record.attributes.clone(),
    })
}
