//! Projects at the emulated cloud, with guests behind its servers.

use serde_json::json;

use super::guest::{CloudProject, Ran, proxy_command, user};
use super::openstack_server::OpenStackServer;

/// The words that choose the cloud, then `more`.
pub fn words<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["cloud:rackspace", "distribution:debian12"], more].concat()
}

/// A project with a temporary key pair; host keys are installed by the user data.
pub fn project(cloud: &OpenStackServer) -> CloudProject {
    let distributions = ["debian12", "ubuntu2404", "rocky9"];
    let distributions: serde_json::Map<_, _> =
        distributions.map(|it| (it.to_owned(), json!({"username": user()}))).into_iter().collect();
    let config = json!({"clouds": {"rackspace": {
        "ssh": {"proxy_command": proxy_command(&cloud.facts()), "ready_timeout": "60s"},
        "distributions": distributions,
    }}});
    CloudProject::new(&config.to_string())
        .env("OS_AUTH_SYSTEM", "rackspace")
        .env("OS_AUTH_URL", &cloud.auth_url())
        .env("OS_USERNAME", "me")
        .env("OS_PASSWORD", "secret")
        .env("OS_REGION_NAME", "ORD")
}

/// The id in the last line that create_image prints.
pub fn created_image(ran: &Ran) -> String {
    let mut lines =
        ran.stdout.lines().filter_map(|line| line.strip_prefix("created server image: "));
    lines.next_back().expect("the image's id is printed on a line of its own").to_owned()
}

/// How often servers were asked for this action.
pub fn times(cloud: &OpenStackServer, action: &str) -> usize {
    let posted = cloud.requests("POST /compute/v2/");
    posted.iter().filter(|request| request.body.get(action).is_some()).count()
}
