//! Rounds on the emulated OpenStack, and on Rackspace's differences.

use serde_json::{Value, json};

use super::cloud::{Cloud, lag};
use super::faulty_proxy::{FaultyProxy, Message, Protocol};
use super::guest::CloudProject;
use super::openstack_server::OpenStackServer;
use super::{openstack_world, rackspace_world};

struct OpenStack {
    project: CloudProject,
    words: Vec<&'static str>,
    proxy: FaultyProxy,
    server: OpenStackServer,
}

pub fn open(rng: &mut fastrand::Rng) -> Box<dyn Cloud> {
    let server = OpenStackServer::start();
    let settings = if rng.u32(..3) == 0 { "{floating_ip: true}" } else { "{}" };
    let project = openstack_world::project(&server, settings);
    through_proxy(server, project, openstack_world::words(&[]), rng)
}

pub fn open_rackspace(rng: &mut fastrand::Rng) -> Box<dyn Cloud> {
    let server = OpenStackServer::rackspace();
    let project = rackspace_world::project(&server);
    through_proxy(server, project, rackspace_world::words(&[]), rng)
}

fn through_proxy(
    server: OpenStackServer,
    project: CloudProject,
    words: Vec<&'static str>,
    rng: &mut fastrand::Rng,
) -> Box<dyn Cloud> {
    // The next image does not fail.
    let fails = rng.u32(..4) == 0;
    server.world(|world| world.failing_images = u32::from(fails));
    let auth_url = server.auth_url();
    let origin = auth_url.split("/identity").next().unwrap();
    let proxy = FaultyProxy::start(origin, Rest);
    proxy.lags_by(lag(rng));
    let project = project.env("OS_AUTH_URL", &proxy.through(&auth_url));
    Box::new(OpenStack { project, words, proxy, server })
}

impl Cloud for OpenStack {
    fn project(&self) -> &CloudProject {
        &self.project
    }

    fn words(&self) -> Vec<&'static str> {
        self.words.clone()
    }

    fn can_stop(&self) -> bool {
        self.server.world(|world| !world.rackspace)
    }

    fn proxy(&self) -> Option<&FaultyProxy> {
        Some(&self.proxy)
    }

    fn left(&self) -> Vec<String> {
        self.server.world(|world| {
            let deleting = |id: &String| {
                let server = world.servers.get(id);
                server.is_some_and(|server| server["OS-EXT-STS:task_state"] == "deleting")
            };
            let debris = world.debris().into_iter().filter(|id| !deleting(id));
            debris.chain(world.snapshots.keys().cloned()).collect()
        })
    }

    fn instances(&self) -> Vec<String> {
        self.server.world(|world| {
            let live = world
                .servers
                .iter()
                .filter(|(_, server)| server["OS-EXT-STS:task_state"] != "deleting");
            live.map(|(id, _)| id.clone()).collect()
        })
    }

    fn images(&self) -> Vec<String> {
        self.server.world(|world| {
            let own = world.own_images();
            own.iter().map(|image| image["id"].as_str().unwrap().to_owned()).collect()
        })
    }
}

/// The APIs of keystone, nova, glance, neutron and cinder.
struct Rest;

fn error(status: u16, kind: &str, message: &str) -> Message {
    let body = json!({kind: {"message": message, "code": status}});
    Message::reply(status, "application/json", &body.to_string())
}

/// What a look by its id is at: the last but one part of the path.
const LOOKS: [&str; 5] = ["servers", "os-keypairs", "images", "volumes", "snapshots"];

/// Where a creation's reply has the new id.
const BORN: [&str; 6] = [
    "/server/id",
    "/keypair/name",
    "/security_group/id",
    "/floatingip/id",
    "/volume/id",
    "/image_id",
];

impl Protocol for Rest {
    fn changes(&self, request: &Message) -> bool {
        let looks = ["/identity/", "os-getConsoleOutput"];
        let name = self.name(request);
        request.method() != "GET" && !looks.iter().any(|look| name.contains(look))
    }

    fn born(&self, request: &Message, reply: &Message) -> Option<String> {
        if request.method() != "POST" {
            return None;
        }
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let id = BORN.iter().find_map(|place| body.pointer(place)?.as_str());
        // createImage, before its reply had a body.
        let place = reply.header("location").and_then(|url| url.rsplit('/').next());
        id.or(place).map(str::to_owned)
    }

    fn unknown(&self, request: &Message) -> Option<(String, Message)> {
        let mut parts = request.path().rsplit('/');
        let (id, kind) = (parts.next()?, parts.next()?);
        let is_look = request.method() == "GET" && LOOKS.contains(&kind) && id != "detail";
        is_look.then(|| (id.to_owned(), error(404, "itemNotFound", "It could not be found.")))
    }

    fn refusal(&self, status: u16) -> Message {
        let mut reply = match status {
            429 => error(429, "overLimit", "This request was rate-limited."),
            503 => error(503, "serviceUnavailable", "The service is overloaded."),
            401 => error(401, "unauthorized", "The request you have made requires authentication."),
            _ => error(status, "computeFault", "Unexpected API Error."),
        };
        if status == 429 {
            reply.headers.push(("Retry-After".to_owned(), "1".to_owned()));
        }
        reply
    }

    fn acknowledged(&self, request: &Message) -> Option<Message> {
        (request.method() == "DELETE").then(|| Message::reply(204, "application/json", ""))
    }

    fn name(&self, request: &Message) -> String {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let action = request.path().ends_with("/action");
        let action = body.as_object().filter(|_| action).and_then(|body| body.keys().next());
        let action = action.map(|name| format!(" {name}")).unwrap_or_default();
        format!("{} {}{action}", request.method(), request.path())
    }
}
