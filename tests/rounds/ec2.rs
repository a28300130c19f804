//! Rounds on the emulated EC2.

use std::time::Duration;

use super::cloud::{Cloud, lag};
use super::ec2_server::world::ACCOUNT;
use super::ec2_server::{Delays, Ec2Server, Form};
use super::ec2_world::{REGION, project, words};
use super::faulty_proxy::{FaultyProxy, Message, Protocol};
use super::guest::{CloudProject, proxy_command};

/// The first of the default instance types.
const FIRST_TYPE: &str = "t3.medium";

struct Ec2 {
    project: CloudProject,
    proxy: FaultyProxy,
    server: Ec2Server,
}

pub fn open(rng: &mut fastrand::Rng) -> Box<dyn Cloud> {
    let mut moment = || Duration::from_millis(rng.u64(50..600));
    let delays = Delays {
        run: moment(),
        stop: moment(),
        terminate: moment(),
        image: moment(),
        copy: moment(),
    };
    let server = Ec2Server::start(delays);
    let misses = rng.u32(..4);
    let (is_full, fails) = (rng.u32(..4) == 0, rng.u32(..4) == 0);
    server.world(|world| {
        world.misses = misses;
        // The next type has capacity, and the next image does not fail.
        world.no_capacity = is_full.then(|| FIRST_TYPE.to_owned()).into_iter().collect();
        world.failing_images = u32::from(fails);
    });
    let proxy = FaultyProxy::start(&server.endpoint(), Query);
    proxy.lags_by(lag(rng));
    // The guests are no part of the network.
    let guests = proxy_command(&format!("ec2 --endpoint {} --region {REGION}", server.endpoint()));
    let ssh = serde_json::json!({"proxy_command": guests, "ready_timeout": "60s"});
    // Longer than any of the servers lags behind.
    let settings =
        serde_json::json!({"poll_every": "200ms", "settle_timeout": "10s", "ssh": ssh}).to_string();
    Box::new(Ec2 { project: project(&proxy.url(), &settings), proxy, server })
}

impl Cloud for Ec2 {
    fn project(&self) -> &CloudProject {
        &self.project
    }

    fn words(&self) -> Vec<&'static str> {
        words(&[])
    }

    fn proxy(&self) -> Option<&FaultyProxy> {
        Some(&self.proxy)
    }

    fn calm(&self) {
        self.proxy.lags_by(0);
        self.server.world(|world| world.misses = 0);
    }

    fn left(&self) -> Vec<String> {
        self.server.world(|world| {
            world.settle();
            let left = world.regions.values().flat_map(|region| {
                let of_image = |id: &String| {
                    region.images.iter().any(|image| image.snapshot.as_ref() == Some(id))
                };
                let snapshots = region.snapshots.iter().map(|snapshot| snapshot.id.clone());
                let lone = snapshots.filter(|id| !of_image(id)).collect::<Vec<_>>();
                [region.left_behind(), lone].concat()
            });
            left.collect()
        })
    }

    fn instances(&self) -> Vec<String> {
        self.server.world(|world| {
            let all = world.regions.values().flat_map(|region| &region.instances);
            let live = all.filter(|it| !["shutting-down", "terminated"].contains(&it.life.state()));
            live.map(|instance| instance.id.clone()).collect()
        })
    }

    fn images(&self) -> Vec<String> {
        self.server.world(|world| {
            let all = world.regions.values().flat_map(|region| &region.images);
            all.filter(|image| image.owner == ACCOUNT).map(|image| image.id.clone()).collect()
        })
    }
}

/// EC2's query protocol.
struct Query;

/// What is described by its id: the parameter, and the code while EC2 does not know it.
const IDS: [(&str, &str); 6] = [
    ("InstanceId.1", "InvalidInstanceID.NotFound"),
    ("ImageId.1", "InvalidAMIID.NotFound"),
    ("GroupId.1", "InvalidGroup.NotFound"),
    ("KeyPairId.1", "InvalidKeyPair.NotFound"),
    ("KeyName.1", "InvalidKeyPair.NotFound"),
    ("SnapshotId.1", "InvalidSnapshot.NotFound"),
];

/// The element of a creation's reply that has the new id.
const BORN: [(&str, &str); 5] = [
    ("RunInstances", "instanceId"),
    ("CreateImage", "imageId"),
    ("CopyImage", "imageId"),
    ("CreateSecurityGroup", "groupId"),
    ("ImportKeyPair", "keyPairId"),
];

fn error(status: u16, code: &str, message: &str) -> Message {
    let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    let text = format!("<Response><Errors>{error}</Errors><RequestID>r-1</RequestID></Response>");
    Message::reply(status, "text/xml;charset=UTF-8", &text)
}

impl Protocol for Query {
    fn changes(&self, request: &Message) -> bool {
        let name = self.name(request);
        !name.starts_with("Describe") && !name.starts_with("Get")
    }

    fn born(&self, request: &Message, reply: &Message) -> Option<String> {
        let name = self.name(request);
        let (_, element) = BORN.iter().find(|(action, _)| *action == name)?;
        let text = reply.text();
        let (_, rest) = text.split_once(&format!("<{element}>"))?;
        rest.split_once('<').map(|(id, _)| id.to_owned())
    }

    fn unknown(&self, request: &Message) -> Option<(String, Message)> {
        let form = Form::parse(&request.text());
        let known = IDS.iter().find(|(parameter, _)| !form.get(parameter).is_empty());
        let (parameter, code) = known.filter(|_| form.get("Action").starts_with("Describe"))?;
        let id = form.get(parameter).to_owned();
        let reply = error(400, code, &format!("The ID '{id}' does not exist"));
        Some((id, reply))
    }

    fn refusal(&self, status: u16) -> Message {
        match status {
            429 => error(400, "Throttling", "Rate exceeded"),
            503 => error(503, "RequestLimitExceeded", "Request limit exceeded."),
            401 => error(400, "RequestExpired", "Request has expired."),
            _ => error(status, "InternalError", "An internal error has occurred"),
        }
    }

    fn acknowledged(&self, request: &Message) -> Option<Message> {
        let name = self.name(request);
        let ends = ["Delete", "Deregister", "Terminate"].iter().any(|verb| name.starts_with(verb));
        let is_deletion = ends && name != "DeleteTags";
        let text = format!(
            "<{name}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r-1</requestId>\
             <return>true</return></{name}Response>"
        );
        is_deletion.then(|| Message::reply(200, "text/xml;charset=UTF-8", &text))
    }

    fn name(&self, request: &Message) -> String {
        Form::parse(&request.text()).get("Action").to_owned()
    }
}
