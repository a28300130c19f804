//! The cloud: instances and images of this project.

use rhai::Map;
use rhai::plugin::*;
use serde::Deserialize;

use super::host::Host;
use super::{convert, options};
use crate::cloud::{Capability, InstanceState};
use crate::run::access::target;
use crate::run::known::instances;
use crate::run::up::UpOptions;
use crate::run::{Outlook, destroy, destroy_outlook, images, power, up, up_outlook};
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::running::Script;
use crate::{Code, Error};

/// The option map of `cloud::up`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct UpMap {
    role: Option<String>,
    base: Option<String>,
    boot: Option<String>,
    name: Option<String>,
}

/// The role of the instance that images are made of.
const BUILD: &str = "build";

/// Task arguments that were omitted arrive as empty text.
fn given_text(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn down_role(call: &NativeCallContext, role: &str) -> Fallible<bool> {
    let script = Script::of(call)?;
    if script.run.options.dry_run && !would_stop(&script, role)? {
        return Ok(false);
    }
    if !script.run.may_change(&format!("stop the instance `{role}`")) {
        script.run.plans.stop(role);
        return Ok(true);
    }
    power::down(&script.run, role).or_throw()
}

/// Whether there would be something to stop by now.
fn would_stop(script: &Script, role: &str) -> Fallible<bool> {
    match script.run.plans.outlook(role) {
        Some(Outlook::Started) => Ok(true),
        Some(Outlook::Stopped) => Ok(false),
        Some(Outlook::Gone) => {
            let message = format!("there would be no instance `{role}` by then");
            Err(throw(Error::not_found(message)))
        }
        None => power::would_stop(&script.run, role).or_throw(),
    }
}

fn destroy_role(call: &NativeCallContext, role: Option<&str>) -> Fallible<i64> {
    let script = Script::of(call)?;
    if script.run.options.dry_run {
        return destroy_outlook::plan(&script.run, role).or_throw().map(|_| 0);
    }
    let removed = destroy::destroy(&script.run, role).or_throw()?;
    Ok(i64::try_from(removed).unwrap_or(i64::MAX))
}

fn capability(what: &str) -> Fallible<Capability> {
    named(what).map_err(throw)
}

/// The capability of that name.
pub(super) fn named(what: &str) -> Result<Capability, Error> {
    let known = Capability::ALL.into_iter().find(|capability| capability.name() == what);
    known.ok_or_else(|| {
        let message = format!("there is no capability `{what}`");
        let names: Vec<&str> = Capability::ALL.iter().map(|known| known.name()).collect();
        let error = Error::new(Code::Script, message);
        error.hint(format!("use one of: {}", names.join(", ")))
    })
}

#[export_module]
pub mod functions {
    /// The cloud's name: `local`, `ec2`…
    ///
    /// ```rhai
    /// if cloud::name() == "local" { log::info("this costs nothing"); }
    /// ```
    #[rhai_fn(name = "name", return_raw)]
    pub fn name(call: NativeCallContext) -> Fallible<String> {
        Ok(Script::of(&call)?.run.selection().or_throw()?.cloud)
    }

    /// The region in use; empty on a cloud without regions.
    ///
    /// ```rhai
    /// log::info(`baking in ${cloud::region()}`);
    /// ```
    #[rhai_fn(name = "region", return_raw)]
    pub fn region(call: NativeCallContext) -> Fallible<String> {
        Ok(Script::of(&call)?.run.selection().or_throw()?.region)
    }

    /// The distribution in use.
    ///
    /// ```rhai
    /// if cloud::distribution() == "debian12" { log::info("bookworm"); }
    /// ```
    #[rhai_fn(name = "distribution", return_raw)]
    pub fn distribution(call: NativeCallContext) -> Fallible<String> {
        Ok(Script::of(&call)?.run.selection().or_throw()?.distribution)
    }

    /// True when the cloud supports this: `stop`, `console`, `copy_image`, `share_image`, `deprecate_image`,
    /// `deprecate_image_later` (at a date to come), `promote_image`, `export_image`.
    ///
    /// ```rhai
    /// if cloud::can("stop") { cloud::down(); }
    /// ```
    #[rhai_fn(name = "can", return_raw)]
    pub fn can(call: NativeCallContext, what: &str) -> Fallible<bool> {
        let capability = capability(what)?;
        Ok(Script::of(&call)?.run.cloud().or_throw()?.can(capability))
    }

    /// Throws unless the cloud supports this; the error says what to do instead. The names are those of `can`.
    ///
    /// ```rhai
    /// cloud::require("copy_image");
    /// ```
    #[rhai_fn(name = "require", return_raw)]
    pub fn require(call: NativeCallContext, what: &str) -> Fallible<()> {
        let capability = capability(what)?;
        Script::of(&call)?.run.cloud().or_throw()?.require(capability).or_throw()
    }

    /// The base name of images from the settings, as the cloud writes it. Images are called
    /// `BASE-DATE-TIME` by default.
    ///
    /// ```rhai
    /// let ours = cloud::images().filter(|image| image.name.starts_with(cloud::base_name()));
    /// ```
    #[rhai_fn(name = "base_name", return_raw)]
    pub fn base_name(call: NativeCallContext) -> Fallible<String> {
        let script = Script::of(&call)?;
        for place in script.run.places_of("name").or_throw()? {
            script.noted_setting(&place).or_throw()?;
        }
        images::base_name(&script.run).or_throw()
    }

    /// Starts the instance to build on, or finds the one of this run: starts it if it is stopped, and
    /// restarts it if it was cleaned for an image. True when something changed.
    ///
    /// ```rhai
    /// cloud::up();
    /// ```
    #[rhai_fn(name = "up", return_raw)]
    pub fn up(call: NativeCallContext) -> Fallible<bool> {
        up_with(call, Map::new())
    }

    /// As `up()`, with `base` (an image's id or name in place of the configured query, or `"newest"`:
    /// the newest image of this run), `role` (for another instance than `build`), `name`, and `boot`
    /// (on clouds with a choice).
    ///
    /// ```rhai
    /// cloud::up(#{ role: "verify", base: image.id, boot: "disk" });
    /// ```
    #[rhai_fn(name = "up", return_raw)]
    pub fn up_with(call: NativeCallContext, options: Map) -> Fallible<bool> {
        crate::script::errors::call_begins(&call);
        let given: UpMap = super::options::read("cloud::up", options)?;
        let script = Script::of(&call)?;
        let role = given.role.unwrap_or_else(|| BUILD.to_string());
        if script.run.options.dry_run {
            let wanted = UpOptions {
                role,
                base: given_text(given.base),
                boot: given_text(given.boot),
                name: given_text(given.name),
            };
            return up_outlook::plan(&script.run, &wanted).or_throw();
        }
        let base = given_text(given.base);
        let base =
            base.map(|base| images::resolve_id(&script.run, &base)).transpose().or_throw()?;
        let wanted =
            UpOptions { role, base, boot: given_text(given.boot), name: given_text(given.name) };
        Ok(up::up(&script.run, &wanted).or_throw()?.1)
    }

    /// The instance that is being built, as a host.
    ///
    /// ```rhai
    /// let host = cloud::host();
    /// ```
    #[rhai_fn(name = "host", return_raw)]
    pub fn host(call: NativeCallContext) -> Fallible<Host> {
        host_of(call, BUILD)
    }

    /// The instance of another role, as a host.
    ///
    /// ```rhai
    /// let host = cloud::host("verify");
    /// ```
    #[rhai_fn(name = "host", return_raw)]
    pub fn host_of(call: NativeCallContext, role: &str) -> Fallible<Host> {
        target::reach(&Script::of(&call)?.run, role).or_throw().map(Host::new)
    }

    /// Stops the instance and keeps its disk; `up` starts it again. False when it was stopped already.
    ///
    /// ```rhai
    /// cloud::down();
    /// ```
    #[rhai_fn(name = "down", return_raw)]
    pub fn down(call: NativeCallContext) -> Fallible<bool> {
        down_role(&call, BUILD)
    }

    /// Stops the instance of another role.
    ///
    /// ```rhai
    /// cloud::down("verify");
    /// ```
    #[rhai_fn(name = "down", return_raw)]
    pub fn down_other(call: NativeCallContext, role: &str) -> Fallible<bool> {
        down_role(&call, role)
    }

    /// Removes everything that this run made except images, verifies that it is gone, and removes the
    /// state file. Returns how many resources were removed.
    ///
    /// ```rhai
    /// log::success(`${cloud::destroy()} resources removed`);
    /// ```
    #[rhai_fn(name = "destroy", return_raw)]
    pub fn destroy(call: NativeCallContext) -> Fallible<i64> {
        destroy_role(&call, None)
    }

    /// Removes everything that was made for one role.
    ///
    /// ```rhai
    /// cloud::destroy("verify");
    /// ```
    #[rhai_fn(name = "destroy", return_raw)]
    pub fn destroy_other(call: NativeCallContext, role: &str) -> Fallible<i64> {
        destroy_role(&call, Some(role))
    }

    /// The instance as the cloud sees it: `id`, `name`, `state`, `reason`, `address`, `ssh_port`,
    /// `image`, `created`, `tags`. It is `()` when the state file records none, or the cloud no longer
    /// has it.
    ///
    /// ```rhai
    /// let instance = cloud::instance("build");
    /// ```
    #[rhai_fn(name = "instance", return_raw)]
    pub fn instance(call: NativeCallContext, role: &str) -> Fallible<Dynamic> {
        let found = instances::describe(&Script::of(&call)?.run, role).or_throw()?;
        convert::to_script(&found)
    }

    /// True when the instance that is being built is running.
    ///
    /// ```rhai
    /// if !cloud::is_running() { task::run("up"); }
    /// ```
    #[rhai_fn(name = "is_running", return_raw)]
    pub fn is_running(call: NativeCallContext) -> Fallible<bool> {
        let script = Script::of(&call)?;
        let found = instances::describe(&script.run, BUILD).or_throw()?;
        Ok(found.is_some_and(|instance| instance.state == InstanceState::Running))
    }

    /// The end of what the instance wrote to its console.
    ///
    /// ```rhai
    /// print(cloud::console("build"));
    /// ```
    #[rhai_fn(name = "console", return_raw)]
    pub fn console(call: NativeCallContext, role: &str) -> Fallible<String> {
        let script = Script::of(&call)?;
        let id = instances::record(&script.run, role).or_throw()?.id.unwrap_or_default();
        let (cloud, call) = (script.run.cloud().or_throw()?, script.run.call().or_throw()?);
        script.run.block_on(cloud.console(&id, &call)).or_throw()
    }
}
