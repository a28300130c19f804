//! The instances of this state: starting, finding, stopping and removing them.

use std::sync::Arc;

use super::api::host::Host;
use super::{
    Context, ended, host_key, images, login, pins, power, project, sealed, tunnel, user_data,
};
use crate::cloud::{Call, Image, Instance, InstanceState, Launch, RUN_TAG, ResourceKind};
use crate::config::HostKeySource;
use crate::report::Level;
use crate::ssh::Target;
use crate::state::{Document, InstanceRecord};
use crate::{Code, Error, Result};

/// What `cloud::up` may be told.
#[derive(Debug, Clone, Default)]
pub struct UpOptions {
    pub role: String,
    pub base: Option<String>,
    pub boot: Option<String>,
    pub name: Option<String>,
}

/// The record of an instance, or an error that says how to get one.
pub fn record(context: &Context, role: &str) -> Result<InstanceRecord> {
    let record = known(context, role)?;
    ended::check(context, role, &record)?;
    Ok(record)
}

/// As [`record`], also of an instance that was deleted for an image of its disk.
pub fn known(context: &Context, role: &str) -> Result<InstanceRecord> {
    let document = context.store.document();
    let known = document.and_then(|document| document.instances.get(role).cloned());
    known.filter(|record| record.id.is_some()).ok_or_else(|| {
        let path = context.store.path().display().to_string();
        let error = Error::not_found(format!("there is no instance `{role}` in {path}"));
        error.hint("`imgctl up` starts one")
    })
}

/// The machine behind a record.
pub fn host(context: &Context, role: &str) -> Result<Host> {
    let record = record(context, role)?;
    sealed::check(&record)?;
    let selection = context.selection()?;
    // Opened even where only SSH is needed: the fake cloud's hosts are reached through it.
    context.cloud()?;
    let address = record.address.clone().ok_or_else(|| {
        Error::failed(format!("instance {} has no address", record.name))
            .hint("is it stopped? `imgctl up` starts it again")
    })?;
    if selection.common.ssh.host_key == HostKeySource::Console && record.host_key.is_none() {
        // Else the first key shown would be trusted.
        let message = format!("the host key of {} is not known yet", record.name);
        return Err(Error::new(Code::State, message).hint("`imgctl up` reads it from its console"));
    }
    let identity = login::identity(context, &selection)?;
    let proxy_command = selection.common.ssh.proxy_command.as_ref();
    let proxy_command =
        proxy_command.map(|command| tunnel::command(context, &record, command)).transpose()?;
    let target = Target {
        host: address,
        port: Some(selection.common.ssh.port.unwrap_or(record.ssh_port)),
        user: Some(record.username.clone()),
        label: record.name.clone(),
        identities: vec![identity],
        host_keys: record.host_key.clone().into_iter().collect(),
        jump: selection.common.ssh.jump.clone(),
        proxy_command,
        personal: false,
        connect_timeout: Some(selection.common.ssh.connect_timeout),
        idle_timeout: selection.common.ssh.idle_timeout,
    };
    let scope = record.id.clone().unwrap_or_default();
    Ok(Host::new(context.remote(target)?, Some(role.to_string()), scope, record.username))
}

/// Starts an instance, or finds the one the state knows; true when it had to do something.
pub fn up(context: &Context, options: &UpOptions) -> Result<(Instance, bool)> {
    let selection = context.selection()?;
    let cloud = context.cloud()?;
    context.store.lock()?;
    // The vendor's own settings may name the region; from now on it is the state's.
    let region = context.block_on(cloud.region(&context.watch))?;
    context.store.begin(&selection.cloud, &region, &selection.distribution)?;
    context.block_on(project::check(context, &context.watch))?;
    project::note(context)?;
    let call = context.call()?;
    let document = context.store.document().unwrap_or_else(|| unreachable_document(context));
    let mut known = document.instances.get(&options.role);
    if let Some(record) = known {
        if ended::may_be_replaced(context, &options.role, record)? {
            let message = format!("{} was deleted for its image: starting another", record.name);
            context.watch.report.log(Level::Info, &message);
            unpin(context, record)?;
            known = None;
        } else {
            refuse_another_base(record, options)?;
        }
    }
    if let Some((record, id)) = known.and_then(|record| Some((record, record.id.clone()?))) {
        let found = context.block_on(cloud.describe(&id, &call))?;
        let found = found.ok_or_else(|| vanished(&record.name, &id))?;
        let (instance, changed) = power::on(context, &options.role, record, found, &call)?;
        remember(context, &options.role, &instance)?;
        host_key::read(context, &options.role, &call)?;
        if changed {
            // What was connected before was connected to an earlier boot.
            host(context, &options.role)?.remote().disconnect();
        }
        return Ok((instance, changed));
    }
    // Nothing was asked for under the plan yet: the settings may have been put right since.
    let asked = |record: &&InstanceRecord| {
        let mut things = document.resources.iter();
        !record.launch.is_null()
            && things.any(|thing| thing.kind == "instance" && thing.role == options.role)
    };
    let launch = match known.filter(asked) {
        Some(record) => unfinished(record)?,
        None => plan(context, options, &selection, &call)?,
    };
    let instance = context.finish(cloud.create(&launch, &call))?;
    remember(context, &options.role, &instance)?;
    host_key::read(context, &options.role, &call)?;
    Ok((instance, true))
}

/// Another machine may get its address.
fn unpin(context: &Context, record: &InstanceRecord) -> Result<()> {
    let pin = pins::address(record, context.selection()?.common.ssh.port);
    context.store.update(|document| {
        pin.iter().for_each(|pin| drop(document.host_keys.remove(pin)));
        Ok(())
    })
}

/// An instance cannot become one of another base; an interrupted `up` goes on with what it began.
fn refuse_another_base(record: &InstanceRecord, options: &UpOptions) -> Result<()> {
    let planned = |path: &str| record.launch.pointer(path).and_then(serde_json::Value::as_str);
    let name = planned("/image/name");
    let other = |given: &Option<String>, known: &[Option<&str>]| {
        given.clone().filter(|given| !known.contains(&Some(given.as_str())))
    };
    let base = other(&options.base, &[Some(&record.image), name]).map(|given| ("base", given));
    let boot = other(&options.boot, &[planned("/boot")]).map(|given| ("boot", given));
    let Some((what, given)) = base.or(boot) else { return Ok(()) };
    let known = if what == "base" { name } else { planned("/boot") }.unwrap_or("the default");
    let message =
        format!("instance {} has {what} `{known}`, but `{given}` was asked for", record.name);
    Err(Error::new(Code::State, message)
        .hint("`imgctl destroy` removes it, then `up` starts one as asked"))
}

/// `begin` has just made it.
fn unreachable_document(context: &Context) -> crate::state::Document {
    unreachable!("{} has no document after begin", context.store.path().display())
}

/// One that will never run again.
pub fn lost(context: &Context, role: &str, instance: &Instance) -> Error {
    let reason = instance.reason.clone().unwrap_or_else(|| "the cloud gives no reason".to_string());
    Error::failed(format!("instance {} ({}) is lost", instance.name, instance.id))
        .cause(reason)
        .hint(if ended::is_becoming_an_image(context, role) {
            "`imgctl create_image` goes on making the image of its disk; `imgctl destroy` removes \
             the disk, too"
        } else {
            "`imgctl destroy` removes what is left of it, then `imgctl up` starts a new one"
        })
}

/// One that the cloud does not know any more.
pub fn vanished(name: &str, id: &str) -> Error {
    Error::not_found(format!("instance {name} ({id}) of the state does not exist any more"))
        .hint("`imgctl destroy` forgets it, then `imgctl up` starts a new one")
}

/// What an interrupted `up` had asked for, to ask for the same again.
fn unfinished(record: &InstanceRecord) -> Result<Launch> {
    serde_json::from_value(record.launch.clone()).map_err(|error| {
        Error::new(Code::State, format!("the state does not say how {} was started", record.name))
            .cause(error)
            .hint("`imgctl destroy` removes what there is, then `imgctl up` starts anew")
    })
}

/// Chooses the base image and the keys, and writes the whole plan down before it is asked for.
fn plan(
    context: &Context,
    options: &UpOptions,
    selection: &crate::config::Selection,
    call: &Call,
) -> Result<Launch> {
    let user_data = user_data::of(&selection.common)?;
    // That no image can be called so must not come out when it is made.
    images::base_name(context)?;
    let cloud = context.cloud()?;
    let image: Image = context.finish(cloud.find_base(options.base.as_deref(), call))?;
    context.watch.report.log(Level::Info, &format!("base image: {} ({})", image.name, image.id));
    let login = login::public_key(context, selection)?;
    let host_key = host_key::to_hand_in(context, selection)?;
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
            .map_err(|error| Error::failed("the plan cannot be written down").cause(error))?,
        host_key: launch.host_key.as_ref().map(|key| key.public.clone()),
        ..InstanceRecord::default()
    };
    context.store.update(|document| {
        document.instances.insert(options.role.clone(), record);
        Ok(())
    })?;
    Ok(launch)
}

/// Writes down an instance that runs and lets in who has the keys.
fn remember(context: &Context, role: &str, instance: &Instance) -> Result<()> {
    let port = context.selection()?.common.ssh.port;
    context.store.update(|document| {
        if let Some(record) = document.instances.get_mut(role) {
            let before = pins::address(record, port);
            record.id = Some(instance.id.clone());
            record.address.clone_from(&instance.address);
            record.ssh_port = instance.ssh_port;
            record.zone.clone_from(&instance.zone);
            record.created = Some(instance.created.clone());
            // What was sealed has lost its host keys, and made others at this start.
            let same_keys = !std::mem::take(&mut record.sealed);
            record.stopped = false;
            let after = pins::address(record, port);
            pins::follow(&mut document.host_keys, before, after, same_keys);
        }
        Ok(())
    })
}

/// An instance of the state as the cloud sees it; none when either does not know it.
pub fn describe(context: &Context, role: &str) -> Result<Option<Instance>> {
    let Some(document) = context.store.document() else { return Ok(None) };
    // One that did not come so far as to be of use is known by what is held for it.
    let held = || {
        let mut things = document.resources.iter();
        things.find(|thing| thing.kind == "instance" && thing.role == role)?.id.clone()
    };
    let recorded = document.instances.get(role).and_then(|record| record.id.clone());
    let Some(id) = recorded.or_else(held) else { return Ok(None) };
    let (cloud, call) = (context.cloud()?, context.call()?);
    context.block_on(project::check(context, &context.watch))?;
    context.block_on(cloud.describe(&id, &call))
}

/// Removes everything of a role (of every role, for none); how many things were removed. When
/// nothing is left, the state file goes too.
pub fn destroy(context: &Context, role: Option<&str>) -> Result<usize> {
    destroy_by(context, role, &context.call()?)
}

/// As [`destroy`] of everything, also after Ctrl-C has ended all else.
pub fn clean_up(context: &Context) -> Result<usize> {
    let mut call = context.call()?;
    call.watch.cancel = tokio_util::sync::CancellationToken::new();
    destroy_by(context, None, &call)
}

fn destroy_by(context: &Context, role: Option<&str>, call: &Call) -> Result<usize> {
    if context.store.document().is_none() {
        return Ok(0);
    }
    context.store.lock()?;
    let cloud = context.cloud()?;
    context.finish(project::check(context, &call.watch))?;
    let port = context.selection()?.common.ssh.port;
    let ours = |r: &crate::cloud::Resource| role.is_none_or(|role| r.role == role);
    let written: Vec<_> = call.ledger.resources()?.into_iter().filter(ours).collect();
    context.finish(cloud.destroy(&written, call))?;
    let mut removed = written.len();
    if role.is_none() {
        // What carries the run's tag but was never written down, and is no finished image.
        let mut found = context.finish(cloud.find_run(Some(&call.run), call))?;
        found.retain(|resource| resource.kind != ResourceKind::Image);
        context.finish(cloud.destroy(&found, call))?;
        removed += found.len();
        context.store.update(|document| {
            forget(document, None, port);
            Ok(())
        })?;
        context.store.remove()?;
        return Ok(removed);
    }
    context.store.update(|document| {
        forget(document, role, port);
        Ok(())
    })?;
    Ok(removed)
}

/// Takes away instances that are gone, of a role or all, and the host keys pinned at their addresses:
/// the cloud gives an address to the next machine, which has another key. `port` is the one set.
fn forget(document: &mut Document, role: Option<&str>, port: Option<u16>) {
    let is_gone = |name: &str| role.is_none_or(|role| role == name);
    for record in document.instances.iter().filter(|(name, _)| is_gone(name)).map(|(_, it)| it) {
        if let Some(pin) = pins::address(record, port) {
            document.host_keys.remove(&pin);
        }
    }
    document.instances.retain(|name, _| !is_gone(name));
}

/// Fails with what became of an instance that does not run any more, or is not on its way to.
pub async fn still_alive(context: &Arc<Context>, role: Option<&str>) -> Result<()> {
    let Some(role) = role else { return Ok(()) };
    let record = record(context, role)?;
    let id = record.id.clone().unwrap_or_default();
    project::check(context, &context.watch).await?;
    match context.cloud()?.describe(&id, &context.call()?).await? {
        None => Err(vanished(&record.name, &id)),
        Some(instance) => match instance.state {
            InstanceState::Failed | InstanceState::Gone => Err(lost(context, role, &instance)),
            InstanceState::Stopped => Err(Error::failed(format!(
                "instance {} ({}) is stopped",
                instance.name, instance.id
            ))
            .hint("`imgctl up` starts it again")),
            InstanceState::Pending | InstanceState::Running | InstanceState::Stopping => Ok(()),
        },
    }
}
