//! RunInstances.
//!
//! EC2 honours the client token: the same request again returns the same instance, in whatever state;
//! a different request with the same token is IdempotentParameterMismatch. Unknown images, key pairs
//! and groups are refused. A type without capacity is InsufficientInstanceCapacity, with status 500.

use super::instances::{Instance, state_of};
use super::timeline::Timeline;
use super::volumes::Volume;
use super::world::{ACCOUNT, now};
use super::xml::{Fields, Refusal, Reply, Xml};
use super::{Form, Request, World};

/// EC2's limit for user data in bytes, before base64.
const LONGEST_USER_DATA: usize = 16 * 1024;

pub fn run(world: &mut World, request: &Request) -> Reply {
    let form = &request.form;
    let token = form.get("ClientToken").to_owned();
    if token.len() > 64 {
        return Refusal::client("InvalidParameterValue", "ClientToken is longer than 64");
    }
    if let Some((earlier, id)) = world.region(&request.region).tokens.get(&token).cloned() {
        if earlier != *form {
            let message = "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).";
            return Refusal::client("IdempotentParameterMismatch", message);
        }
        let region = world.region(&request.region);
        let known = region.instances.iter().find(|instance| instance.id == id);
        return Ok(reservation(known.unwrap()));
    }
    check(world, request)?;
    let instance = make(world, request);
    let region = world.region(&request.region);
    if !token.is_empty() {
        region.tokens.insert(token, (form.clone(), instance.id.clone()));
    }
    let reply = reservation(&instance);
    region.instances.push(instance);
    Ok(reply)
}

fn reservation(instance: &Instance) -> Fields {
    let id = instance.id.replace("i-", "r-");
    let instances = vec![state_of(instance)];
    vec![
        ("reservationId", id.into()),
        ("ownerId", ACCOUNT.into()),
        ("instancesSet", Xml::Items(instances)),
    ]
}

/// What EC2 refuses, also where it only tells whether it would start an instance.
pub fn check(world: &mut World, request: &Request) -> Result<(), Refusal> {
    let form = &request.form;
    if !form.get("IamInstanceProfile.Name").is_empty() && world.unknown_profile > 0 {
        world.unknown_profile -= 1;
        let message = "Value (ci) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name";
        return Refusal::client("InvalidParameterValue", message);
    }
    if form.get("InstanceType") == "no.such" {
        let message =
            "Invalid value 'no.such' for InstanceType, with or without an iamInstanceProfile";
        return Refusal::client("InvalidParameterValue", message);
    }
    let eligible = &world.eligible;
    let not_eligible = !eligible.is_empty() && !eligible.contains(form.get("InstanceType"));
    let no_capacity = world.no_capacity.contains(form.get("InstanceType"))
        || world.full_subnets.contains(form.get("SubnetId"));
    let region = world.region(&request.region);
    let image = form.get("ImageId");
    let known = region.images.iter().find(|known| known.id == image);
    match known.map(|image| image.life.state()) {
        None => {
            let message = format!("The image id '[{image}]' does not exist");
            return Refusal::client("InvalidAMIID.NotFound", message);
        }
        Some("available") => {}
        Some(state) => {
            let message = format!("The image '[{image}]' is not available: {state}");
            return Refusal::client("InvalidAMIID.Unavailable", message);
        }
    }
    let key = form.get("KeyName");
    if !key.is_empty() && region.key_pairs.iter().all(|pair| pair.name != key) {
        let message = format!("The key pair '{key}' does not exist");
        return Refusal::client("InvalidKeyPair.NotFound", message);
    }
    for id in groups(form) {
        if region.groups.iter().all(|group| group.id != id) {
            let message = format!("The security group '{id}' does not exist");
            return Refusal::client("InvalidGroup.NotFound", message);
        }
    }
    let outer = ["SubnetId", "SecurityGroupId.1"].iter().any(|name| !form.get(name).is_empty());
    if outer && !form.parts("NetworkInterface").is_empty() {
        let message = "Network interfaces and an instance-level subnet ID may not be specified on the same request";
        return Refusal::client("InvalidParameterCombination", message);
    }
    if form.get("UserData").len() * 3 / 4 > LONGEST_USER_DATA {
        return Refusal::client("InvalidParameterValue", "User data is limited to 16384 bytes");
    }
    if not_eligible {
        let message = "The specified instance type is not eligible for Free Tier. For a list of Free Tier instance types, run 'describe-instance-types' with the filter 'free-tier-eligible=true'.";
        return Refusal::client("InvalidParameterCombination", message);
    }
    if no_capacity {
        let message =
            "We currently do not have sufficient capacity in the Availability Zone you requested.";
        return Err(Refusal::new(500, "InsufficientInstanceCapacity", message));
    }
    Ok(())
}

fn groups(form: &Form) -> Vec<String> {
    let interfaces = form.parts("NetworkInterface");
    let of_interfaces = interfaces.iter().flat_map(|one| one.list("SecurityGroupId"));
    form.list("SecurityGroupId").into_iter().chain(of_interfaces).collect()
}

fn make(world: &mut World, request: &Request) -> Instance {
    let form = request.form.clone();
    let (id, volume, address) = (world.id("i"), world.id("vol"), world.address());
    let life = match &world.instances_die {
        Some(_) => Timeline::new("pending", world.delays.run, "terminated"),
        None => Timeline::new("pending", world.delays.run, "running"),
    };
    let (reason, misses) = (world.instances_die.clone(), world.misses);
    let late_address = world.late_address;
    let is_private = world.private_subnets.contains(form.get("SubnetId"));
    let region = world.region(&request.region);
    let image = region.images.iter().find(|image| image.id == form.get("ImageId")).unwrap();
    let disk = form.parts("BlockDeviceMapping").into_iter().next().unwrap_or_default();
    let device = disk.opt("DeviceName").unwrap_or_else(|| image.device.clone());
    let size = disk.get("Ebs.VolumeSize").parse().unwrap_or(image.size);
    region.volumes.push(Volume {
        id: volume.clone(),
        instance: id.clone(),
        device: device.clone(),
        size,
        kind: disk.opt("Ebs.VolumeType").unwrap_or_else(|| "gp2".into()),
        encrypted: disk.is_true("Ebs.Encrypted"),
        delete_on_termination: disk.get("Ebs.DeleteOnTermination") != "false",
        tags: form.tags_for("volume"),
        misses,
    });
    let mut groups = groups(&form);
    if groups.is_empty() {
        groups = region.groups.iter().take(1).map(|group| group.id.clone()).collect();
    }
    Instance {
        id,
        image: form.get("ImageId").to_owned(),
        device,
        volume,
        architecture: region
            .images
            .iter()
            .find(|i| i.id == form.get("ImageId"))
            .unwrap()
            .architecture
            .clone(),
        groups,
        life,
        reason,
        address,
        created: now(),
        tags: form.tags_for("instance"),
        interface_tags: form.tags_for("network-interface"),
        misses,
        late_address,
        is_private,
        form,
    }
}
