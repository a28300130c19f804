//! The program that leads to an instance, with what it must be told about it.

use crate::run::Run;
use crate::state::InstanceRecord;
use crate::{Error, Result};

/// Fills in `{instance}`, `{region}`, `{zone}` and `{project}` of `ssh.proxy_command`. An error if the
/// cloud has told none of that kind.
pub fn command(run: &Run, record: &InstanceRecord, command: &str) -> Result<String> {
    let document = run.store.document();
    let document = document.as_ref();
    let facts = [
        ("{instance}", record.id.as_deref()),
        ("{region}", document.map(|document| document.region.as_str())),
        ("{zone}", record.zone.as_deref()),
        ("{project}", document.and_then(|document| document.project.as_deref())),
    ];
    let mut filled = command.to_owned();
    for (place, fact) in facts {
        if filled.contains(place) {
            let fact = fact.filter(|fact| !fact.is_empty()).ok_or_else(|| unknown(place))?;
            filled = filled.replace(place, fact);
        }
    }
    Ok(filled)
}

fn unknown(place: &str) -> Error {
    let message = format!("ssh.proxy_command contains {place}, and this cloud has told none");
    Error::config(message).hint("write what is meant in its place")
}
