//! Starting the instance of a role, or finding the one that the state file knows.

use super::access::target;
use super::keys::{host_key, login, pins};
use super::known::instances::{self, vanished};
use super::known::{ended, project};
use super::{Run, destroy, images, manifest, power, progress, user_data};
use crate::cloud::{Call, Image, Instance, Launch, RUN_TAG};
use crate::report::Level;
use crate::state::{InstanceRecord, Kind};
use crate::{Code, Error, Result};

/// What `cloud::up` may be told.
#[derive(Debug, Clone, Default)]
pub struct UpOptions {
    pub role: String,
    pub base: Option<String>,
    pub boot: Option<String>,
    pub name: Option<String>,
}

/// Starts an instance, or finds the one the state knows; true when it had to do something.
pub fn up(run: &Run, options: &UpOptions) -> Result<(Instance, bool)> {
    let selection = run.selection()?;
    check_role(&options.role)?;
    let cloud = run.cloud()?;
    run.store.lock()?;
    manifest::check(run)?;
    if progress::is_ending(run) {
        let message = "finishing the removal that was interrupted, then starting anew";
        run.watch.report.log(Level::Info, message);
        destroy::finish(run)?;
    }
    progress::overtake(run)?;
    manifest::told(run)?;
    let document = run.store.document();
    if document.is_none_or(|document| !document.instances.contains_key(&options.role)) {
        // What is known to be wrong before the cloud is asked.
        user_data::of(&selection.common, run.ui.secrets())?;
        login::check(run, &selection)?;
    }
    // The vendor's own settings may name the region; from now on the state records it.
    let region = run.block_on(cloud.region(&run.watch))?;
    run.store.begin(&selection.cloud, &region, &selection.distribution)?;
    run.ui.subject(|| run.subject());
    run.block_on(project::check(run, &run.watch))?;
    project::note(run)?;
    let call = run.call()?;
    let document = run.store.document().unwrap_or_else(|| unreachable_document(run));
    let mut known = document.instances.get(&options.role);
    if let Some(record) = known {
        if ended::may_be_replaced(run, &options.role, record)? {
            let message = format!("{} was deleted for its image: starting a new one", record.name);
            run.watch.report.log(Level::Info, &message);
            unpin(run, record)?;
            known = None;
        } else {
            refuse_another_base(record, options)?;
        }
    }
    if let Some((record, id)) = known.and_then(|record| Some((record, record.id.clone()?))) {
        let found = run.block_on(instances::find(&*cloud, &id, &call))?;
        let found = found.ok_or_else(|| vanished(&options.role, &record.name, &id))?;
        let (instance, changed) = power::on(run, &options.role, record, found, &call)?;
        remember(run, &options.role, &instance)?;
        host_key::read(run, &options.role, &call)?;
        if changed {
            // An open connection belongs to the boot before.
            target::reach(run, &options.role)?.remote().disconnect();
        }
        return Ok((instance, changed));
    }
    // Nothing was requested under the plan yet: the settings may have been corrected since.
    let asked = |record: &&InstanceRecord| {
        !record.launch.is_null() && document.resource(Kind::Instance, &options.role).is_some()
    };
    let launch = match known.filter(asked) {
        Some(record) => unfinished(record)?,
        None => plan(run, options, &selection, &call)?,
    };
    let instance = run.finish(cloud.create(&launch, &call))?;
    remember(run, &options.role, &instance)?;
    host_key::read(run, &options.role, &call)?;
    Ok((instance, true))
}

/// A role becomes a part of names, tags and words of the command line.
pub(super) fn check_role(role: &str) -> Result<()> {
    let fits = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    if !role.is_empty() && !role.starts_with('-') && role.chars().all(fits) {
        return Ok(());
    }
    Err(Error::usage(format!("an instance cannot be called `{role}`"))
        .hint("use letters, digits, and -_. between them"))
}

/// Forgets the pinned host key of an instance: another machine may get its address.
fn unpin(run: &Run, record: &InstanceRecord) -> Result<()> {
    let pin = pins::address(record, run.selection()?.common.ssh.port);
    run.store.update(|document| {
        pin.iter().for_each(|pin| drop(document.host_keys.remove(pin)));
        Ok(())
    })
}

/// Refuses another base image or boot mode than those of the instance that exists.
pub(super) fn refuse_another_base(record: &InstanceRecord, options: &UpOptions) -> Result<()> {
    let planned = |path: &str| record.launch.pointer(path).and_then(serde_json::Value::as_str);
    let name = planned("/image/name");
    let other = |given: &Option<String>, known: &[Option<&str>]| {
        given.clone().filter(|given| !known.contains(&Some(given.as_str())))
    };
    let base = other(&options.base, &[Some(&record.image), name]).map(|given| ("base", given));
    let boot = other(&options.boot, &[planned("/boot")]).map(|given| ("boot", given));
    let Some((what, given)) = base.or(boot) else { return Ok(()) };
    let known = if what == "base" { name } else { planned("/boot") }.unwrap_or("the default");
    let message = format!("instance {} has {what} `{known}`, not `{given}`", record.name);
    Err(Error::new(Code::State, message).hint("run `imgctl destroy`, then `up` again"))
}

/// `begin` has just created the document.
fn unreachable_document(run: &Run) -> crate::state::Document {
    unreachable!("{} has no document after begin", run.store.path().display())
}

/// The request of an interrupted `up`, so that the same is requested again.
fn unfinished(record: &InstanceRecord) -> Result<Launch> {
    serde_json::from_value(record.launch.clone()).map_err(|error| {
        Error::new(
            Code::State,
            format!("the state file does not record how {} was started", record.name),
        )
        .cause(error)
        .hint("run `imgctl destroy`, then `imgctl up`")
    })
}

/// Chooses the base image and the keys, and records the whole plan before anything is requested.
fn plan(
    run: &Run,
    options: &UpOptions,
    selection: &crate::config::Selection,
    call: &Call,
) -> Result<Launch> {
    let user_data = user_data::of(&selection.common, run.ui.secrets())?;
    // A name that no image can have is refused now, not after the bootstrap.
    images::base_name(run)?;
    let cloud = run.cloud()?;
    let image: Image = run.finish(cloud.find_base(options.base.as_deref(), call))?;
    run.watch.report.log(Level::Info, &format!("base image: {} ({})", image.name, image.id));
    let login = login::public_key(run, selection, &options.role)?;
    let host_key = host_key::to_hand_in(run, selection)?;
    let username = selection.common.username.clone().unwrap_or_else(|| "root".to_string());
    let mut tags = selection.common.tags.clone();
    tags.insert(RUN_TAG.to_string(), call.run.clone());
    let name = options.name.clone().unwrap_or_else(|| match options.role.as_str() {
        "build" => selection.name().to_string(),
        role => format!("{}-{role}", selection.name()),
    });
    let launch = Launch {
        role: options.role.clone(),
        name: name.clone(),
        image,
        username: username.clone(),
        authorized_keys: vec![login],
        key_pair: selection.common.key_pair.clone(),
        host_key,
        user_data,
        boot: options.boot.clone(),
        tags,
    };
    let record = InstanceRecord {
        name,
        username,
        ssh_port: 22,
        image: launch.image.id.clone(),
        launch: serde_json::to_value(&launch)
            .map_err(|error| Error::failed("cannot record the plan").cause(error))?,
        host_key: launch.host_key.as_ref().map(|key| key.public.clone()),
        ..InstanceRecord::default()
    };
    run.store.update(|document| {
        document.instances.insert(options.role.clone(), record);
        Ok(())
    })?;
    Ok(launch)
}

/// Records a running instance that accepts the login key.
fn remember(run: &Run, role: &str, instance: &Instance) -> Result<()> {
    let port = run.selection()?.common.ssh.port;
    run.store.update(|document| {
        if let Some(record) = document.instances.get_mut(role) {
            let before = pins::address(record, port);
            record.id = Some(instance.id.clone());
            record.address.clone_from(&instance.address);
            record.ssh_port = instance.ssh_port;
            record.zone.clone_from(&instance.zone);
            record.created = Some(instance.created.clone());
            // A sealed instance lost its host keys, and generated new ones at this start.
            let same_keys = !std::mem::take(&mut record.sealed);
            record.stopped = false;
            let after = pins::address(record, port);
            pins::follow(&mut document.host_keys, before, after, same_keys);
        }
        Ok(())
    })?;
    run.ui.subject(|| run.subject());
    Ok(())
}
