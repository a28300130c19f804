//! Instances and the key pairs they are started with.

use super::records::{machine, marked, written_down};
use crate::cloud::{Call, Instance, InstanceState, Launch, Resource, ResourceKind, refusals};
use crate::rehearsal::cloud::catalog;
use crate::rehearsal::journal::Journal;
use crate::rehearsal::world::{Account, Entry, Key, Machine, SCHEME, World};
use crate::{Error, Result};

const ANOTHER_NAME: &str = "end the run that has it, or set another `name` in config.yaml";

fn instance(id: &str, machine: &Machine) -> Instance {
    Instance {
        id: id.to_owned(),
        name: machine.name.clone(),
        state: if machine.running { InstanceState::Running } else { InstanceState::Stopped },
        reason: None,
        address: Some(format!("{SCHEME}{id}")),
        ssh_port: 22,
        zone: None,
        image: machine.image.clone(),
        created: machine.created.clone(),
        tags: machine.tags.clone(),
    }
}

pub(in crate::rehearsal::cloud) fn create_key_pair(
    journal: &Journal,
    region: &str,
    launch: &Launch,
    intent: &Resource,
    call: &Call,
) -> Result<String> {
    written_down(intent, call)?;
    journal.call(&format!("cloud create key_pair role={}", intent.role), |world| {
        if let Some((id, _)) = world.key_pairs.iter().find(|(_, key)| key.token == intent.token) {
            return Ok(id.clone());
        }
        let is_taken = |key: &Key| key.name == launch.name && key.region == region;
        if world.key_pairs.values().any(is_taken) {
            return Err(
                refusals::name_taken(ResourceKind::KeyPair, &launch.name).hint(ANOTHER_NAME)
            );
        }
        let id = format!("key-{}", world.number());
        let key = Key {
            name: launch.name.clone(),
            region: region.to_owned(),
            role: intent.role.clone(),
            token: intent.token.clone(),
            tags: marked(&launch.tags, call),
        };
        world.key_pairs.insert(id.clone(), key);
        Ok(id)
    })
}

pub(in crate::rehearsal::cloud) fn create_instance(
    journal: &Journal,
    region: &str,
    launch: &Launch,
    key_pair: &str,
    intent: &Resource,
    call: &Call,
) -> Result<String> {
    written_down(intent, call)?;
    let from = &launch.image.id;
    let line = format!("cloud create instance role={} image={from}", intent.role);
    journal.call(&line, |world| {
        let mut instances = world.instances.iter();
        if let Some((id, _)) = instances.find(|(_, machine)| machine.token == intent.token) {
            return Ok(id.clone());
        }
        let is_taken = |machine: &Machine| machine.name == launch.name && machine.region == region;
        if world.instances.values().any(is_taken) {
            return Err(
                refusals::name_taken(ResourceKind::Instance, &launch.name).hint(ANOTHER_NAME)
            );
        }
        if !world.key_pairs.contains_key(key_pair) {
            return Err(Error::not_found(format!("no key pair {key_pair}")));
        }
        let own = world.images.get(from).cloned();
        let base = own.or_else(|| catalog::base(from).map(|(_, base)| base));
        let base = base.ok_or_else(|| Error::not_found(format!("no image {from}")))?;
        let number = world.number();
        let mut machine = Machine {
            name: launch.name.clone(),
            region: region.to_owned(),
            role: launch.role.clone(),
            token: intent.token.clone(),
            created: World::time(number),
            image: from.clone(),
            key_pair: key_pair.to_owned(),
            architecture: base.architecture,
            username: launch.username.clone(),
            authorized_keys: launch.authorized_keys.clone(),
            host_key: launch
                .host_key
                .as_ref()
                .map(|key| key.public.trim().to_owned())
                .unwrap_or_default(),
            tags: marked(&launch.tags, call),
            disk: base.disk,
            ..Machine::default()
        };
        first_boot(&mut machine);
        let id = format!("i-{number}");
        world.instances.insert(id.clone(), machine);
        Ok(id)
    })
}

/// What cloud-init does on a machine that does not know itself yet: keys are handed in.
fn first_boot(machine: &mut Machine) {
    let known = machine.disk.users.get(&machine.username).map(|account| account.home.clone());
    let home = known.unwrap_or_else(|| format!("/home/{}", machine.username));
    let keys = machine.authorized_keys.join("\n") + "\n";
    let owner = format!("{0}:{0}", machine.username);
    let keys = Entry::file(keys, "600", &owner);
    machine.disk.files.insert(format!("{home}/.ssh/authorized_keys"), keys);
    let root = "root:root";
    let host_key = Entry::file("private\n", "600", root);
    machine.disk.files.insert("/etc/ssh/ssh_host_ed25519_key".to_owned(), host_key);
    let public = Entry::file(format!("{}\n", machine.host_key), "644", root);
    machine.disk.files.insert("/etc/ssh/ssh_host_ed25519_key.pub".to_owned(), public);
    let number: String = machine.created.chars().filter(char::is_ascii_digit).collect();
    for path in ["instance/boot-finished", &format!("instances/{number}/boot-finished")] {
        let path = format!("/var/lib/cloud/{path}");
        machine.disk.files.insert(path, Entry::file("finished\n", "644", root));
    }
    machine
        .disk
        .files
        .insert(format!("/var/lib/cloud/instances/{number}"), Entry::folder("755", root));
    let account =
        Account { uid: 1000, home, shell: "/bin/bash".into(), groups: ["sudo".into()].into() };
    machine.disk.users.entry(machine.username.clone()).or_insert(account);
    let id = format!("{number:0>24}{:08x}\n", machine.boots + 1);
    let id = Entry::file(id, "444", root);
    machine.disk.files.insert("/etc/machine-id".to_owned(), id);
    machine.boot();
}

pub(in crate::rehearsal::cloud) fn describe(
    journal: &Journal,
    id: &str,
) -> Result<Option<Instance>> {
    journal.ask(&format!("cloud describe {id}"), |world| {
        Ok(world.instances.get(id).map(|machine| instance(id, machine)))
    })
}

pub(in crate::rehearsal::cloud) fn start(journal: &Journal, id: &str) -> Result<Instance> {
    journal.call(&format!("cloud start {id}"), |world| {
        let machine = machine(world, id)?;
        if !machine.running {
            boot(machine);
        }
        Ok(instance(id, machine))
    })
}

pub(in crate::rehearsal::cloud) fn reboot(journal: &Journal, id: &str) -> Result<Instance> {
    journal.call(&format!("cloud reboot {id}"), |world| {
        let machine = machine(world, id)?;
        boot(machine);
        Ok(instance(id, machine))
    })
}

fn boot(machine: &mut Machine) {
    let machine_id = machine.disk.files.get("/etc/machine-id");
    if machine_id.is_none_or(|file| file.contents.is_empty()) {
        first_boot(machine);
    } else {
        machine.boot();
    }
}

pub(in crate::rehearsal::cloud) fn stop(journal: &Journal, id: &str) -> Result<()> {
    journal.call(&format!("cloud stop {id}"), |world| {
        machine(world, id)?.running = false;
        Ok(())
    })
}

pub(in crate::rehearsal::cloud) fn console(journal: &Journal, id: &str) -> Result<String> {
    journal.call(&format!("cloud console {id}"), |world| {
        let machine = machine(world, id)?;
        Ok(format!("boot {}\n{} login: \n", machine.boots, machine.name))
    })
}
