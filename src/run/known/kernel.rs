//! Whether an instance has a kernel of its own. A container shares that of the computer it runs on.

use super::instances::{REMEDY, ailment};
use crate::cloud::{CONTAINER, MACHINE};
use crate::run::Run;
use crate::state::Kind;
use crate::{Code, Error};

/// Programs that change the kernel of the machine they run on.
const PROGRAMS: [&str; 6] = ["modprobe", "insmod", "rmmod", "kexec", "sysctl", "mknod"];

/// Whether the instance of that role can load modules, boot another kernel and set its parameters.
/// Machines of the user's own, without a role, are taken as they are.
pub fn is_own(run: &Run, role: Option<&str>) -> bool {
    let Some(document) = run.store.document() else { return true };
    !document.resources.iter().any(|thing| {
        thing.kind == Kind::Instance
            && Some(thing.role.as_str()) == role
            && thing.attributes.get(MACHINE).is_some_and(|machine| machine == CONTAINER)
    })
}

/// The refusal for a container.
pub fn missing(name: &str) -> Error {
    Error::new(Code::Capability, format!("{name} is a container: it has no kernel of its own"))
        .hint("set `machine: vm`, then run `imgctl destroy up`")
}

/// The error of a command, with the cure if it failed because a container cannot change its kernel, or
/// because this computer cannot keep what the machine writes.
pub fn explain(run: &Run, role: Option<&str>, line: &str, error: Error) -> Error {
    if let Some(ailment) = ailment(run, role) {
        return error.cause(ailment).hint(REMEDY);
    }
    let mut words = line.split(|c: char| !c.is_alphanumeric());
    if is_own(run, role) || !words.any(|word| PROGRAMS.contains(&word)) {
        return error;
    }
    error
        .cause("the machine is a container, which has no kernel of its own")
        .hint("set `machine: vm`, then run `imgctl destroy up`")
}
