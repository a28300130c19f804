//! The contents of this project's state file.

use rhai::plugin::*;
use rhai::{Array, Map};

use super::host::Host;
use super::{convert, options};
use crate::run::known::sealed;
use crate::run::proof;
use crate::script::errors::{Fallible, OrThrow};
use crate::script::running::Script;
use crate::script::steps::{outlook, summary};
use crate::state::StepRecord;

/// A step that is done.
fn row(record: &StepRecord) -> Dynamic {
    let mut map = Map::new();
    map.insert("script".into(), record.script.clone().into());
    map.insert("name".into(), record.name.clone().into());
    map.insert("finished_at".into(), record.finished_at.clone().into());
    map.insert("seconds".into(), record.seconds.into());
    map.into()
}

#[export_module]
pub mod functions {
    /// The id of the run, which is also the tag of everything that it made; empty before `up`.
    ///
    /// ```rhai
    /// log::info(`run ${state::run_id()}`);
    /// ```
    #[rhai_fn(name = "run_id", return_raw)]
    pub fn run_id(call: NativeCallContext) -> Fallible<String> {
        let document = Script::of(&call)?.run.store.document();
        Ok(document.map(|document| document.run).unwrap_or_default())
    }

    /// The state file's path.
    ///
    /// ```rhai
    /// print(state::path());
    /// ```
    #[rhai_fn(name = "path", return_raw)]
    pub fn path(call: NativeCallContext) -> Fallible<String> {
        Ok(Script::of(&call)?.run.store.path().display().to_string())
    }

    /// The roles of the recorded instances.
    ///
    /// ```rhai
    /// for role in state::roles() { print(role); }
    /// ```
    #[rhai_fn(name = "roles", return_raw)]
    pub fn roles(call: NativeCallContext) -> Fallible<Array> {
        let document = Script::of(&call)?.run.store.document();
        let roles = document.map(|document| document.instances.into_keys().collect::<Vec<_>>());
        Ok(roles.unwrap_or_default().into_iter().map(Dynamic::from).collect())
    }

    /// How many times an instance was started again. Use it as the `version` of a step that a start
    /// undoes.
    ///
    /// ```rhai
    /// step("seal", #{ version: state::starts("build") }, || clean::seal(cloud::host()));
    /// ```
    #[rhai_fn(name = "starts", return_raw)]
    pub fn starts(call: NativeCallContext, role: &str) -> Fallible<i64> {
        let document = Script::of(&call)?.run.store.document();
        let record = document.and_then(|document| document.instances.get(role).cloned());
        Ok(record.map_or(0, |record| i64::try_from(record.starts).unwrap_or(i64::MAX)))
    }

    /// Records that nobody can log in to this instance until it is started again: `up` then restarts
    /// it, and everything else that needs it fails at once and says so. Call it before removing the
    /// keys.
    ///
    /// ```rhai
    /// state::note_sealed(host);
    /// host.sudo("rm -rf /root/.ssh");
    /// ```
    #[rhai_fn(name = "note_sealed", return_raw)]
    pub fn note_sealed(call: NativeCallContext, host: Host) -> Fallible<()> {
        let script = Script::of(&call)?;
        match host.reached.role {
            Some(role) if !script.run.options.dry_run => {
                sealed::note(&script.run, &role).or_throw()
            }
            _ => Ok(()),
        }
    }

    /// Records what the machine is known by, which no instance of its image may have: a map of `name`,
    /// `machine_id` (its SHA-256), and the fingerprints `host_keys` and `user_keys`. The image that is made of
    /// it keeps it, for `cloud::image_identity`.
    ///
    /// ```rhai
    /// state::note_identity(host, #{ name: "agent", machine_id: "", host_keys: [], user_keys: [] });
    /// ```
    #[rhai_fn(name = "note_identity", return_raw)]
    pub fn note_identity(call: NativeCallContext, host: Host, identity: Map) -> Fallible<()> {
        crate::script::errors::call_begins(&call);
        let identity = options::read("state::note_identity", identity)?;
        let script = Script::of(&call)?;
        match host.reached.role {
            Some(role) if !script.run.options.dry_run => {
                proof::note_identity(&script.run, &role, identity).or_throw()
            }
            _ => Ok(()),
        }
    }

    /// The fingerprints of the keys that an instance was given, to be logged in with.
    ///
    /// ```rhai
    /// let given = state::given_keys(cloud::host("verify"));
    /// ```
    #[rhai_fn(name = "given_keys", return_raw)]
    pub fn given_keys(call: NativeCallContext, host: Host) -> Fallible<Array> {
        let run = &Script::of(&call)?.run;
        let role = host.reached.role;
        let keys = role.map(|role| proof::given_keys(run, &role)).transpose().or_throw()?;
        let keys = keys.unwrap_or_default();
        Ok(keys.into_iter().map(Dynamic::from).collect())
    }

    /// True when nobody can log in to a recorded instance until it is started again.
    ///
    /// ```rhai
    /// if state::is_sealed("build") { cloud::up(); }
    /// ```
    #[rhai_fn(name = "is_sealed", return_raw)]
    pub fn is_sealed(call: NativeCallContext, role: &str) -> Fallible<bool> {
        let document = Script::of(&call)?.run.store.document();
        let record = document.and_then(|document| document.instances.get(role).cloned());
        Ok(record.is_some_and(|record| record.sealed))
    }

    /// The images of this run: maps of `id`, `name`, `created`, `region`, `description`, and `verified` once
    /// that is so (`cloud::verified`).
    ///
    /// ```rhai
    /// for image in state::images() { print(image.id); }
    /// ```
    #[rhai_fn(name = "images", return_raw)]
    pub fn images(call: NativeCallContext) -> Fallible<Array> {
        let document = Script::of(&call)?.run.store.document();
        let images = document.map(|document| document.images).unwrap_or_default();
        images.iter().map(convert::to_script).collect()
    }

    /// The resources of this run that were not removed yet: maps of `kind`, `role`, `id`, `region`,
    /// `attributes` (what the cloud notes about it). The id of one that was only requested is
    /// `(requested)`.
    ///
    /// ```rhai
    /// for resource in state::resources() { print(`${resource.kind} ${resource.id}`); }
    /// ```
    #[rhai_fn(name = "resources", return_raw)]
    pub fn resources(call: NativeCallContext) -> Fallible<Array> {
        let document = Script::of(&call)?.run.store.document();
        let records = document.map(|document| document.resources).unwrap_or_default();
        let entry = |record: crate::state::ResourceRecord| {
            let mut map = Map::new();
            map.insert("kind".into(), record.kind.name().into());
            map.insert("role".into(), record.role.into());
            map.insert("id".into(), record.id.unwrap_or_else(|| "(requested)".to_string()).into());
            map.insert("region".into(), record.region.into());
            let attributes = record.attributes.into_iter();
            let attributes: Map =
                attributes.map(|(key, value)| (key.into(), value.into())).collect();
            map.insert("attributes".into(), attributes.into());
            map.into()
        };
        Ok(records.into_iter().map(entry).collect())
    }

    /// The steps that are done: maps of `script`, `name`, `finished_at`, `seconds`.
    ///
    /// ```rhai
    /// for step in state::steps() { print(`${step.script}: ${step.name}`); }
    /// ```
    #[rhai_fn(name = "steps", return_raw)]
    pub fn steps(call: NativeCallContext) -> Fallible<Array> {
        let document = Script::of(&call)?.run.store.document();
        Ok(document.map(|document| document.steps).unwrap_or_default().iter().map(row).collect())
    }

    /// The same with `again`: why each would run again now, empty if it would not, and `gone`: whether its script
    /// does not have it any more. With `perhaps`: what
    /// its script had read before it that has changed, so that it may have been given other values; only
    /// its script knows.
    ///
    /// ```rhai
    /// for step in state::steps_compared() { if step.again != "" { print(`${step.name}: ${step.again}`); } }
    /// ```
    #[rhai_fn(name = "steps_compared", return_raw)]
    pub fn steps_compared(call: NativeCallContext) -> Fallible<Array> {
        let script = Script::of(&call)?;
        let document = script.run.store.document();
        let Some(document) = document else { return Ok(Array::new()) };
        let mut rows = Array::new();
        for record in &document.steps {
            let outlook = outlook(call.engine(), &script, &document, record).or_throw()?;
            let mut map = row(record).cast::<Map>();
            map.insert("gone".into(), outlook.gone.into());
            map.insert("again".into(), summary(&outlook.again).into());
            map.insert("perhaps".into(), summary(&outlook.perhaps).into());
            rows.push(map.into());
        }
        Ok(rows)
    }

    /// Removes the pinned key of a host, `address:port`, whose key was changed on purpose. True when
    /// there was one.
    ///
    /// ```rhai
    /// state::forget_host_key("192.0.2.7:22");
    /// ```
    #[rhai_fn(name = "forget_host_key", return_raw)]
    pub fn forget_host_key(call: NativeCallContext, address: &str) -> Fallible<bool> {
        let script = Script::of(&call)?;
        let store = &script.run.store;
        let known = store.document().is_some_and(|d| d.host_keys.contains_key(address));
        if known && script.run.may_change(&format!("forget the host key of {address}")) {
            store.update(|document| Ok(document.host_keys.remove(address))).or_throw()?;
        }
        Ok(known)
    }
}
