//! The proxy command of an instance, with its placeholders filled in.

use crate::run::Run;
use crate::ssh::plain;
use crate::state::InstanceRecord;
use crate::{Error, Result};

/// Fills in `{instance}`, `{region}`, `{zone}` and `{project}` of `ssh.proxy_command`. An error if one
/// of them is not known on this cloud.
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
            // The tokens of ssh are replaced afterwards.
            filled = filled.replace(place, &plain(place, fact)?.replace('%', "%%"));
        }
    }
    Ok(filled)
}

fn unknown(place: &str) -> Error {
    let message = format!("ssh.proxy_command uses {place}, which is not known on this cloud");
    Error::config(message).hint("replace it with the value")
}
