//! Instances after they were requested.
//!
//! An instance has a public address only while it runs, and another one after a stop. It stays listed
//! for about an hour after it is terminated. An impossible change of state is IncorrectInstanceState.

use super::select::{Thing, page, select};
use super::timeline::Timeline;
use super::world::{ACCOUNT, Tags, now};
use super::xml::{Refusal, Reply, Xml};
use super::{Form, Region, Request, World};

const NOT_FOUND: &str = "InvalidInstanceID.NotFound";

pub struct Instance {
    pub id: String,
    pub image: String,
    pub device: String,
    pub volume: String,
    pub architecture: String,
    pub groups: Vec<String>,
    pub life: Timeline,
    /// The reason of its last state: code and message.
    pub reason: Option<(String, String)>,
    pub address: String,
    pub created: String,
    pub tags: Tags,
    pub interface_tags: Tags,
    pub misses: u32,
    /// How many more looks do not show its public address.
    pub late_address: u32,
    /// It gets no public address.
    pub is_private: bool,
    /// The request that started it.
    pub form: Form,
}

impl Thing for Instance {
    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn values(&self, filter: &str) -> Option<Vec<String>> {
        Some(match filter {
            "image-id" => vec![self.image.clone()],
            "instance-id" => vec![self.id.clone()],
            "instance-state-name" => vec![self.life.state().to_owned()],
            "client-token" => vec![self.form.get("ClientToken").to_owned()],
            "key-name" => vec![self.form.get("KeyName").to_owned()],
            "instance.group-id" | "network-interface.group-id" => self.groups.clone(),
            _ => return None,
        })
    }

    fn misses(&mut self) -> &mut u32 {
        &mut self.misses
    }
}

fn state(name: &str) -> Xml {
    const CODES: [(&str, u64); 6] = [
        ("pending", 0),
        ("running", 16),
        ("shutting-down", 32),
        ("terminated", 48),
        ("stopping", 64),
        ("stopped", 80),
    ];
    let (_, code) = CODES.iter().find(|(known, _)| *known == name).unwrap();
    Xml::Fields(vec![("code", (*code).into()), ("name", name.into())])
}

/// An instance as it is described.
pub fn state_of(instance: &Instance) -> Xml {
    let now = instance.life.state();
    let is_public = now == "running" && !instance.is_private && instance.late_address == 0;
    let address = is_public.then(|| instance.address.clone());
    let subnet = instance.form.opt("SubnetId").unwrap_or_else(|| "subnet-0default".to_owned());
    let group = |id: &String| Xml::Fields(vec![("groupId", id.clone().into())]);
    let ended = ["stopped", "terminated"].contains(&now);
    let reason =
        instance.reason.clone().filter(|_| ended).map_or(Xml::Nothing, |(code, message)| {
            Xml::Fields(vec![("code", code.into()), ("message", message.into())])
        });
    let spot = instance.form.get("InstanceMarketOptions.MarketType") == "spot";
    let disk = Xml::Fields(vec![
        ("volumeId", instance.volume.clone().into()),
        ("status", "attached".into()),
        ("deleteOnTermination", true.into()),
    ]);
    let disk = Xml::Fields(vec![("deviceName", instance.device.clone().into()), ("ebs", disk)]);
    let disks = if now == "terminated" { Vec::new() } else { vec![disk] };
    let private = instance.address.replace("198.51.100.", "10.0.0.");
    Xml::Fields(vec![
        ("instanceId", instance.id.clone().into()),
        ("imageId", instance.image.clone().into()),
        ("instanceState", state(now)),
        ("keyName", instance.form.opt("KeyName").into()),
        ("instanceType", instance.form.get("InstanceType").into()),
        ("launchTime", instance.created.clone().into()),
        ("placement", Xml::Fields(vec![("availabilityZone", "zone-a".into())])),
        ("privateIpAddress", Some(private).filter(|_| now != "terminated").into()),
        ("ipAddress", address.into()),
        ("subnetId", subnet.into()),
        ("groupSet", Xml::Items(instance.groups.iter().map(group).collect())),
        ("stateReason", reason),
        ("architecture", instance.architecture.clone().into()),
        ("rootDeviceType", "ebs".into()),
        ("rootDeviceName", instance.device.clone().into()),
        ("blockDeviceMapping", Xml::Items(disks)),
        ("instanceLifecycle", spot.then(|| "spot".to_owned()).into()),
        ("virtualizationType", "hvm".into()),
        ("clientToken", instance.form.get("ClientToken").into()),
        ("tagSet", (&instance.tags).into()),
    ])
}

pub fn describe(world: &mut World, request: &Request) -> Reply {
    let region = world.region(&request.region);
    let found = select(&mut region.instances, request, "InstanceId", NOT_FOUND)?;
    let (found, next) = page(found, request, 1000);
    let reservation = |instance: &mut Instance| {
        if request.counts() && instance.life.state() == "running" {
            instance.late_address = instance.late_address.saturating_sub(1);
        }
        Xml::Fields(vec![
            ("reservationId", instance.id.replace("i-", "r-").into()),
            ("ownerId", ACCOUNT.into()),
            ("instancesSet", Xml::Items(vec![state_of(instance)])),
        ])
    };
    let reservations = found.into_iter().map(reservation).collect();
    Ok(vec![("reservationSet", Xml::Items(reservations)), ("nextToken", next.into())])
}

fn find<'a>(region: &'a mut Region, id: &str) -> Result<&'a mut Instance, Refusal> {
    let found = region.instances.iter_mut().find(|instance| instance.id == id);
    let message = format!("The instance ID '{id}' does not exist");
    found.ok_or_else(|| Refusal::new(400, NOT_FOUND, message))
}

/// Changes the states of the named instances: `wanted` returns the next state for the present one, or
/// None when there is nothing to change.
fn change(
    world: &mut World,
    request: &Request,
    wanted: impl Fn(&str) -> Result<Option<Timeline>, ()>,
) -> Reply {
    let mut changes = Vec::new();
    for id in request.form.list("InstanceId") {
        let address = world.address();
        let instance = find(world.region(&request.region), &id)?;
        let before = instance.life.state();
        let Ok(next) = wanted(before) else {
            let message = format!(
                "The instance '{id}' is not in a state from which it can be changed: {before}"
            );
            return Refusal::client("IncorrectInstanceState", message);
        };
        if let Some(next) = next {
            instance.life = next;
            instance.reason =
                Some(("Client.UserInitiatedShutdown".into(), "User initiated".into()));
        }
        if before == "stopped" {
            instance.address = address;
        }
        changes.push(Xml::Fields(vec![
            ("instanceId", id.into()),
            ("currentState", state(instance.life.state())),
            ("previousState", state(before)),
        ]));
    }
    Ok(vec![("instancesSet", Xml::Items(changes))])
}

pub fn start(world: &mut World, request: &Request) -> Reply {
    let delay = world.delays.run;
    change(world, request, |state| match state {
        "stopped" => Ok(Some(Timeline::new("pending", delay, "running"))),
        "pending" | "running" => Ok(None),
        _ => Err(()),
    })
}

pub fn stop(world: &mut World, request: &Request) -> Reply {
    let delay = world.delays.stop;
    change(world, request, |state| match state {
        "running" => Ok(Some(Timeline::new("stopping", delay, "stopped"))),
        "stopping" | "stopped" => Ok(None),
        _ => Err(()),
    })
}

pub fn terminate(world: &mut World, request: &Request) -> Reply {
    let delay = world.delays.terminate;
    change(world, request, |state| match state {
        "shutting-down" | "terminated" => Ok(None),
        _ => Ok(Some(Timeline::new("shutting-down", delay, "terminated"))),
    })
}

pub fn attribute(world: &mut World, request: &Request) -> Reply {
    let instance = find(world.region(&request.region), request.form.get("InstanceId"))?;
    let data = Xml::Fields(vec![("value", instance.form.get("UserData").into())]);
    Ok(vec![("instanceId", instance.id.clone().into()), ("userData", data)])
}

pub fn console(world: &mut World, request: &Request) -> Reply {
    use base64::Engine;
    let output = base64::prelude::BASE64_STANDARD.encode(&world.console);
    let instance = find(world.region(&request.region), request.form.get("InstanceId"))?;
    let fields = [("instanceId", instance.id.clone()), ("timestamp", now()), ("output", output)];
    Ok(fields.map(|(name, value)| (name, value.into())).into())
}
