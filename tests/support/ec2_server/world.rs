//! The resources of one account in every region, and how the emulator behaves.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::catalog;
use super::groups::Group;
use super::images::Image;
use super::instances::Instance;
use super::key_pairs::KeyPair;
use super::snapshots::Snapshot;
use super::templates::Template;
use super::volumes::Volume;

pub type Tags = BTreeMap<String, String>;

/// The account that imgctl works in.
pub const ACCOUNT: &str = "111122223333";

/// How long changes take.
#[derive(Clone, Copy, Debug, Default)]
pub struct Delays {
    /// pending → running
    pub run: Duration,
    /// stopping → stopped
    pub stop: Duration,
    /// shutting-down → terminated
    pub terminate: Duration,
    /// pending → available, with the snapshot's percent
    pub image: Duration,
    /// The same for a copy.
    pub copy: Duration,
}

impl Delays {
    /// Long enough that every wait sends more than one request.
    pub fn short() -> Delays {
        let moment = Duration::from_millis(400);
        Delays { run: moment, stop: moment, terminate: moment, image: moment, copy: moment }
    }
}

#[derive(Default)]
pub struct World {
    pub delays: Delays,
    /// The account of the caller's credentials, for GetCallerIdentity; resources belong to [`ACCOUNT`].
    pub account: String,
    pub regions: BTreeMap<String, Region>,
    /// How many requests do not find a new resource.
    pub misses: u32,
    /// Instance types without capacity.
    pub no_capacity: BTreeSet<String>,
    /// The only instance types that the account may start, as on the free plan; empty: all.
    pub eligible: BTreeSet<String>,
    /// How many looks at a running instance do not show its public address.
    pub late_address: u32,
    /// How many requests with an instance profile are refused: IAM has told EC2 nothing of it yet.
    pub unknown_profile: u32,
    /// Subnets in whose zones there is no capacity for any type.
    pub full_subnets: BTreeSet<String>,
    /// Subnets without IPv4.
    pub ipv6_subnets: BTreeSet<String>,
    /// EC2 shows no images but the account's own: "Allowed AMIs".
    pub allows_own_images_only: bool,
    /// Subnets in which instances get no public address.
    pub private_subnets: BTreeSet<String>,
    /// The next instances fail to start, for this reason: EC2's code and message.
    pub instances_die: Option<(String, String)>,
    /// The next images fail, for this reason.
    pub images_fail: Option<String>,
    /// How many of the next images fail, in the end.
    pub failing_images: u32,
    /// The action whose pages name each other as the next one, without an end.
    pub endless: Option<String>,
    /// The console output of all instances.
    pub console: String,
    last_id: u64,
}

#[derive(Default)]
pub struct Region {
    pub images: Vec<Image>,
    pub instances: Vec<Instance>,
    pub volumes: Vec<Volume>,
    pub snapshots: Vec<Snapshot>,
    pub key_pairs: Vec<KeyPair>,
    pub groups: Vec<Group>,
    pub templates: Vec<Template>,
    /// Parameters of Systems Manager that hold ids of images, by `resolve:ssm:NAME`.
    pub parameters: BTreeMap<String, String>,
    /// By token: the parameters of the request, and the id of the resource it made.
    pub tokens: BTreeMap<String, (super::Form, String)>,
}

impl World {
    pub fn new(delays: Delays) -> World {
        World { delays, account: ACCOUNT.to_owned(), ..World::default() }
    }

    pub fn region(&mut self, name: &str) -> &mut Region {
        let make = || Region {
            images: catalog::images(name),
            groups: vec![Group::default_one()],
            ..Region::default()
        };
        self.regions.entry(name.to_owned()).or_insert_with(make)
    }

    /// A new id: `i-00000000000000001`.
    pub fn id(&mut self, kind: &str) -> String {
        self.last_id += 1;
        format!("{kind}-{:017x}", self.last_id)
    }

    /// A public address that was not used before.
    pub fn address(&mut self) -> String {
        self.last_id += 1;
        format!("198.51.100.{}", self.last_id % 256)
    }

    /// Deletes the volumes of terminated instances.
    pub fn settle(&mut self) {
        for region in self.regions.values_mut() {
            for instance in &region.instances {
                if instance.life.state() == "terminated" {
                    region.volumes.retain(|volume| {
                        volume.instance != instance.id || !volume.delete_on_termination
                    });
                }
            }
        }
    }
}

impl Region {
    /// Resources that cost money or are open to the network: these must be gone after destroy.
    pub fn left_behind(&self) -> Vec<String> {
        let instances = self.instances.iter().filter(|one| one.life.state() != "terminated");
        let groups = self.groups.iter().filter(|group| group.name != "default");
        instances
            .map(|instance| instance.id.clone())
            .chain(self.volumes.iter().map(|volume| volume.id.clone()))
            .chain(self.key_pairs.iter().map(|pair| pair.name.clone()))
            .chain(groups.map(|group| group.name.clone()))
            .collect()
    }
}

/// The present time as EC2 writes it.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}
