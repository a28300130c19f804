//! Images. They are pending for a while and may fail, with a reason; a name is unique in an account and
//! region; another account's image is visible only if it is public.

use super::select::{Thing, page, select, shows};
use super::snapshots::Snapshot;
use super::timeline::Timeline;
use super::world::{ACCOUNT, Tags, now};
use super::xml::{Refusal, Reply, Xml};
use super::{Region, Request, World};

pub const NOT_FOUND: &str = "InvalidAMIID.NotFound";
const AMAZON: &str = "137112412989";

pub struct Image {
    pub id: String,
    pub name: String,
    pub description: String,
    pub owner: String,
    pub architecture: String,
    pub virtualization: String,
    pub device: String,
    pub created: String,
    pub life: Timeline,
    pub reason: Option<String>,
    pub public: bool,
    pub snapshot: Option<String>,
    /// GiB.
    pub size: u64,
    pub encrypted: bool,
    pub deprecated: Option<String>,
    /// Who may start it: `userId`, `organizationArn` or `organizationalUnitArn`, and its value.
    pub shared_with: Vec<(&'static str, String)>,
    pub tags: Tags,
    pub misses: u32,
}

impl Default for Image {
    fn default() -> Image {
        Image {
            id: String::new(),
            name: String::new(),
            description: String::new(),
            owner: ACCOUNT.to_owned(),
            architecture: "x86_64".to_owned(),
            virtualization: "hvm".to_owned(),
            device: "/dev/sda1".to_owned(),
            created: now(),
            life: Timeline::always("available"),
            reason: None,
            public: false,
            snapshot: None,
            size: 8,
            encrypted: false,
            deprecated: None,
            shared_with: Vec::new(),
            tags: Tags::new(),
            misses: 0,
        }
    }
}

impl Thing for Image {
    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn values(&self, filter: &str) -> Option<Vec<String>> {
        Some(match filter {
            "name" => vec![self.name.clone()],
            "image-id" => vec![self.id.clone()],
            "owner-id" => vec![self.owner.clone()],
            "architecture" => vec![self.architecture.clone()],
            "virtualization-type" => vec![self.virtualization.clone()],
            "root-device-type" => vec!["ebs".to_owned()],
            "image-type" => vec!["machine".to_owned()],
            "is-public" => vec![self.public.to_string()],
            "state" => vec![self.life.state().to_owned()],
            "block-device-mapping.snapshot-id" => self.snapshot.iter().cloned().collect(),
            _ => return None,
        })
    }

    fn misses(&mut self) -> &mut u32 {
        &mut self.misses
    }
}

pub fn describe(world: &mut World, request: &Request) -> Reply {
    let form = &request.form;
    let (owners, by_id) = (form.list("Owner"), !form.list("ImageId").is_empty());
    let old = form.is_true("IncludeDeprecated") || by_id;
    let own_only = world.allows_own_images_only;
    let now = now();
    let region = world.region(&request.region);
    let mut found = select(&mut region.images, request, "ImageId", NOT_FOUND)?;
    found.retain(|image| {
        let is = |owner: &String| {
            *owner == image.owner
                || (owner == "self" && image.owner == ACCOUNT)
                || (owner == "amazon" && image.owner == AMAZON)
        };
        let mine = image.owner == ACCOUNT;
        (mine || image.public && !own_only)
            && (owners.is_empty() || owners.iter().any(is))
            && (old || mine || image.deprecated.as_ref().is_none_or(|since| *since > now))
    });
    let (found, next) = page(found, request, 1000);
    let images = found.into_iter().map(|image| described(image)).collect();
    Ok(vec![("imagesSet", Xml::Items(images)), ("nextToken", next.into())])
}

/// The setting "Allowed AMIs".
pub fn allowed(world: &mut World, _: &Request) -> Reply {
    let state = if world.allows_own_images_only { "enabled" } else { "disabled" };
    Ok(vec![("state", state.into()), ("managedBy", "account".into())])
}

fn described(image: &Image) -> Xml {
    let disk = Xml::Fields(vec![
        ("snapshotId", image.snapshot.clone().into()),
        ("volumeSize", image.size.into()),
        ("deleteOnTermination", true.into()),
        ("volumeType", "gp3".into()),
        ("encrypted", image.encrypted.into()),
    ]);
    let device = Xml::Fields(vec![("deviceName", image.device.clone().into()), ("ebs", disk)]);
    let failed = image.life.state() == "failed";
    let reason = image.reason.clone().filter(|_| failed).map_or(Xml::Nothing, |message| {
        Xml::Fields(vec![("code", "Client.InternalError".into()), ("message", message.into())])
    });
    Xml::Fields(vec![
        ("imageId", image.id.clone().into()),
        ("imageLocation", format!("{}/{}", image.owner, image.name).into()),
        ("imageState", image.life.state().into()),
        ("imageOwnerId", image.owner.clone().into()),
        ("isPublic", image.public.into()),
        ("architecture", image.architecture.clone().into()),
        ("imageType", "machine".into()),
        ("name", image.name.clone().into()),
        ("description", image.description.clone().into()),
        ("rootDeviceType", "ebs".into()),
        ("rootDeviceName", image.device.clone().into()),
        ("blockDeviceMapping", Xml::Items(vec![device])),
        ("virtualizationType", image.virtualization.clone().into()),
        ("creationDate", image.created.clone().into()),
        ("deprecationTime", image.deprecated.clone().into()),
        ("stateReason", reason),
        ("tagSet", (&image.tags).into()),
    ])
}

/// EC2 refuses a name that is taken, and has no client token for this request.
pub fn check_name(region: &Region, name: &str) -> Result<(), Refusal> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "()[] ./-'@_".contains(c);
    if !(3..=128).contains(&name.len()) || !name.chars().all(allowed) {
        let message = "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'";
        return Refusal::client("InvalidAMIName.Malformed", message);
    }
    let own = |image: &&Image| image.owner == ACCOUNT && image.name == name;
    match region.images.iter().find(own) {
        None => Ok(()),
        Some(image) => {
            let message = format!("AMI name {name} is already in use by AMI {}", image.id);
            Refusal::client("InvalidAMIName.Duplicate", message)
        }
    }
}

pub fn create(world: &mut World, request: &Request) -> Reply {
    let form = &request.form;
    let (id, snapshot_id, misses) = (world.id("ami"), world.id("snap"), world.misses);
    let (delay, mut reason) = (world.delays.image, world.images_fail.clone());
    let fails = world.failing_images > 0;
    let region = world.region(&request.region);
    let instance = form.get("InstanceId");
    let Some(instance) = region.instances.iter().find(|known| known.id == instance) else {
        let message = format!("The instance ID '{instance}' does not exist");
        return Refusal::client("InvalidInstanceID.NotFound", message);
    };
    if !["running", "stopped"].contains(&instance.life.state()) {
        let message = format!("Instance {} is {}", instance.id, instance.life.state());
        return Refusal::client("IncorrectInstanceState", message);
    }
    check_name(region, form.get("Name"))?;
    if fails {
        reason.get_or_insert_with(|| "Client.InternalError: Client error on launch".to_owned());
    }
    let end = if reason.is_some() { "failed" } else { "available" };
    let life = Timeline::new("pending", delay, end);
    let volume = region.volumes.iter().find(|volume| volume.instance == instance.id).unwrap();
    region.snapshots.push(Snapshot {
        id: snapshot_id.clone(),
        volume: volume.id.clone(),
        size: volume.size,
        description: format!("Created by CreateImage({}) for {id}", instance.id),
        life: life.clone(),
        shared_with: Vec::new(),
        tags: form.tags_for("snapshot"),
        misses,
        refusals: 0,
    });
    region.images.push(Image {
        id: id.clone(),
        name: form.get("Name").to_owned(),
        description: form.get("Description").to_owned(),
        device: instance.device.clone(),
        architecture: instance.architecture.clone(),
        snapshot: Some(snapshot_id),
        size: volume.size,
        encrypted: volume.encrypted,
        life,
        reason,
        tags: form.tags_for("image"),
        misses,
        ..Image::default()
    });
    world.failing_images -= u32::from(fails);
    Ok(vec![("imageId", id.into())])
}

/// The snapshots stay unless the request asks for their deletion.
pub fn deregister(world: &mut World, request: &Request) -> Reply {
    let id = request.form.get("ImageId");
    let region = world.region(&request.region);
    let own = |image: &Image| image.owner == ACCOUNT && image.id == id;
    let shown = |image: &mut Image| own(image) && shows(image, request);
    let Some(at) = region.images.iter_mut().position(shown) else {
        return Refusal::client(NOT_FOUND, format!("The image id '[{id}]' does not exist"));
    };
    let image = region.images.remove(at);
    // EC2 holds the snapshots for some seconds.
    for snapshot in region.snapshots.iter_mut() {
        if Some(&snapshot.id) == image.snapshot.as_ref() {
            snapshot.refusals = 2;
        }
    }
    if request.form.is_true("DeleteAssociatedSnapshots") {
        region.snapshots.retain(|snapshot| Some(&snapshot.id) != image.snapshot.as_ref());
    }
    super::xml::done()
}
