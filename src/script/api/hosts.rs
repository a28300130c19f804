//! The machines of `hosts:` in config.yaml.

#![expect(clippy::unwrap_used, reason = "export_module unwraps the receiver it just checked")]

use rhai::plugin::*;
use rhai::{Array, Map};

use super::host::Host;
use super::{convert, ssh};
use crate::config::hosts::KEY;
use crate::config::{Config, Named};
use crate::error::nearest;
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::running::Script;
use crate::ssh::{Identity, Target};
use crate::state::InputKind;
use crate::{Code, Error};

fn open(script: &Script, named: Named) -> Fallible<Host> {
    let Named { name, host, vars } = named;
    let target = Target {
        host: host.address.unwrap_or_else(|| name.clone()),
        port: host.port,
        user: host.user,
        label: name,
        identities: host.key.map(Identity::File).into_iter().collect(),
        host_keys: host.host_key.into_iter().collect(),
        jump: host.jump,
        proxy_command: None,
        personal: true,
        connect_timeout: host.connect_timeout,
        idle_timeout: host.idle_timeout,
    };
    let mut opened = ssh::open(script, target)?;
    opened.vars = convert::to_script(&vars)?.cast::<Map>().into();
    Ok(opened)
}

/// All machines, or those of a group. Of the others a variable may be unset.
fn several(script: &Script, group: Option<&str>) -> Fallible<Array> {
    // Where the whole cannot be read, it differs from whatever can be read later.
    if script.noted_setting(KEY).is_err() {
        script.notes_value(InputKind::Config, KEY, || None);
    }
    let config = &script.run.config;
    let mut found = Array::new();
    for name in config.host_names() {
        if let Some(group) = group
            && !config.groups_of(name).or_throw()?.iter().any(|it| it == group)
        {
            continue;
        }
        if let Some(named) = config.host(name).or_throw()? {
            found.push(Dynamic::from(open(script, named)?));
        }
    }
    Ok(found)
}

fn unknown<'n>(what: &str, name: &str, known: impl IntoIterator<Item = &'n str>) -> Error {
    let known: Vec<&str> = known.into_iter().collect();
    let error = Error::new(Code::NotFound, format!("there is no {what} `{name}` in `hosts:`"));
    match nearest(name, known.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None if known.is_empty() => error.hint("add it under `hosts:` in config.yaml"),
        None => error.hint(format!("use one of: {}", known.join(", "))),
    }
}

#[export_module]
pub mod functions {
    /// A machine of `hosts:` in config.yaml, by its name; as of `ssh::connect`, the first command connects.
    /// Throws `not_found` for a name that is not there.
    ///
    /// ```rhai
    /// print(hosts::get("web1").query("uptime"));
    /// ```
    #[rhai_fn(name = "get", return_raw)]
    pub fn get(call: NativeCallContext, name: &str) -> Fallible<Host> {
        let script = Script::of(&call)?;
        let config = &script.run.config;
        let Some(named) = config.host(name).or_throw()? else {
            return Err(throw(unknown("host", name, config.host_names())));
        };
        script.noted_setting(&Config::host_path(name)).or_throw()?;
        open(&script, named)
    }

    /// The machines of `hosts:` that have this group among their `groups`, in the order of config.yaml. Throws
    /// `not_found` for a group that no machine has.
    ///
    /// ```rhai
    /// parallel(hosts::group("web"), |host| service::restart(host, "nginx"));
    /// ```
    #[rhai_fn(name = "group", return_raw)]
    pub fn group(call: NativeCallContext, name: &str) -> Fallible<Array> {
        let script = Script::of(&call)?;
        let found = several(&script, Some(name))?;
        if found.is_empty() {
            let groups = script.run.config.host_groups().or_throw()?;
            return Err(throw(unknown("group", name, groups.iter().map(String::as_str))));
        }
        Ok(found)
    }

    /// All machines of `hosts:`, in the order of config.yaml; none if there is no such section.
    ///
    /// ```rhai
    /// for host in hosts::all() { log::info(`${host}: ${host.vars}`); }
    /// ```
    #[rhai_fn(name = "all", return_raw)]
    pub fn all(call: NativeCallContext) -> Fallible<Array> {
        several(&Script::of(&call)?, None)
    }
}

#[export_module]
pub mod properties {
    /// The `vars` of a machine of `hosts:`; empty for any other.
    ///
    /// ```rhai
    /// let port = host.vars.get("port") ?? 8080;
    /// ```
    #[rhai_fn(get = "vars", pure)]
    pub fn vars(host: &mut Host) -> Map {
        host.vars.as_ref().clone()
    }
}
