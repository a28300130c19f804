//! Requests to the services as an administrator or another user, to check what imgctl did.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

/// Keystone; the other services have ports of their own.
pub const KEYSTONE: &str = "http://127.0.0.1:5000/v3";
pub const NOVA: &str = "http://127.0.0.1:8774/v2.1";
pub const GLANCE: &str = "http://127.0.0.1:9292/v2";
pub const NEUTRON: &str = "http://127.0.0.1:9696/v2.0";
/// Its URLs continue with the project that the token is for.
const CINDER: &str = "http://127.0.0.1:8776/v3";

pub const PASSWORD: &str = "builder's secret";

/// A user who is logged in.
pub struct Person {
    token: String,
    pub user: String,
    pub project: String,
}

/// The administrator.
pub fn admin() -> Person {
    Person::login("admin", "admin", "admin")
}

impl Person {
    pub fn login(name: &str, password: &str, project: &str) -> Person {
        let domain = json!({"id": "default"});
        let user = json!({"name": name, "password": password, "domain": domain});
        let auth = json!({
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": project, "domain": domain}},
        });
        let (status, token, body) =
            send(Method::POST, &format!("{KEYSTONE}/auth/tokens"), "", &json!({"auth": auth}));
        assert_eq!(status, 201, "{body}");
        let text = |pointer: &str| body.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        Person { token, user: text("/token/user/id"), project: text("/token/project/id") }
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    pub fn get(&self, url: &str) -> Value {
        self.done(Method::GET, url, &Value::Null)
    }

    /// All things of a list, over all its pages.
    pub fn list(&self, url: &str, key: &str) -> Vec<Value> {
        let mut found: Vec<Value> = Vec::new();
        let joint = if url.contains('?') { '&' } else { '?' };
        loop {
            let after = found.last().map(|last| last["id"].as_str().unwrap_or_default());
            let after = after.map(|id| format!("{joint}marker={id}")).unwrap_or_default();
            let page = self.get(&format!("{url}{after}"))[key].as_array().unwrap().clone();
            if page.is_empty() {
                return found;
            }
            found.extend(page);
        }
    }

    pub fn post(&self, url: &str, body: Value) -> Value {
        self.done(Method::POST, url, &body)
    }

    pub fn put(&self, url: &str, body: Value) -> Value {
        self.done(Method::PUT, url, &body)
    }

    /// Glance has its own form of patches.
    pub fn patch(&self, url: &str, body: Value) -> Value {
        self.done(Method::PATCH, url, &body)
    }

    pub fn delete(&self, url: &str) -> Value {
        self.done(Method::DELETE, url, &Value::Null)
    }

    /// The status of the answer to a GET.
    pub fn status(&self, url: &str) -> u16 {
        send(Method::GET, url, &self.token, &Value::Null).0
    }

    fn done(&self, method: Method, url: &str, body: &Value) -> Value {
        let (status, _, reply) = send(method.clone(), url, &self.token, body);
        assert!((200..300).contains(&status), "{method} {url}: {status} {reply}");
        reply
    }

    /// The id of a project.
    pub fn project_id(&self, name: &str) -> String {
        let found = self.get(&format!("{KEYSTONE}/projects?name={name}"));
        found["projects"][0]["id"].as_str().unwrap().to_owned()
    }

    /// The servers of a project.
    pub fn servers(&self, project: &str) -> Vec<Value> {
        let id = self.project_id(project);
        let url = format!("{NOVA}/servers/detail?all_tenants=1&project_id={id}");
        self.list(&url, "servers")
    }

    /// The images that a project owns.
    pub fn images(&self, project: &str) -> Vec<Value> {
        let id = self.project_id(project);
        let of = |more: &str| {
            let url = format!("{GLANCE}/images?owner={id}{more}");
            self.list(&url, "images")
        };
        [of(""), of("&os_hidden=true")].concat()
    }

    pub fn floating(&self, project: &str) -> Vec<Value> {
        let id = self.project_id(project);
        self.list(&format!("{NEUTRON}/floatingips?project_id={id}"), "floatingips")
    }

    pub fn groups(&self, project: &str) -> Vec<Value> {
        let id = self.project_id(project);
        let all =
            self.list(&format!("{NEUTRON}/security-groups?project_id={id}"), "security_groups");
        all.into_iter().filter(|group| group["name"] != "default").collect()
    }

    /// The address of cinder, for this user's project.
    pub fn cinder(&self) -> String {
        format!("{CINDER}/{}", self.project)
    }

    pub fn volumes(&self, project: &str) -> Vec<Value> {
        self.of_cinder("volumes", project)
    }

    pub fn snapshots(&self, project: &str) -> Vec<Value> {
        self.of_cinder("snapshots", project)
    }

    fn of_cinder(&self, kind: &str, project: &str) -> Vec<Value> {
        let (cinder, id) = (self.cinder(), self.project_id(project));
        self.list(&format!("{cinder}/{kind}/detail?all_tenants=1&project_id={id}"), kind)
    }

    fn ports(&self, project: &str) -> Vec<Value> {
        let id = self.project_id(project);
        let ports = self.list(&format!("{NEUTRON}/ports?project_id={id}"), "ports");
        let is_servers =
            |port: &Value| port["device_owner"].as_str().unwrap().starts_with("compute:");
        ports.into_iter().filter(is_servers).collect()
    }

    /// Everything that a run may create and must not leave, with its kind.
    fn things(&self, project: &str) -> Vec<(&'static str, Value)> {
        let lists = [
            ("server", self.servers(project)),
            ("port", self.ports(project)),
            ("address", self.floating(project)),
            ("group", self.groups(project)),
            ("key pair", key_pairs()),
            ("image", self.images(project)),
            ("snapshot", self.snapshots(project)),
            ("volume", self.volumes(project)),
        ];
        let each = |(kind, list): (&'static str, Vec<Value>)| {
            list.into_iter().map(move |thing| (kind, thing)).collect::<Vec<_>>()
        };
        lists.into_iter().flat_map(each).collect()
    }

    /// Everything that runs left, in words.
    pub fn debris(&self, project: &str) -> Vec<String> {
        let things = self.things(project);
        things.iter().map(|(kind, it)| format!("{kind} {} {}", it["name"], it["id"])).collect()
    }

    /// Removes everything that runs left.
    pub fn sweep(&self, project: &str) {
        let until = Instant::now() + Duration::from_secs(300);
        loop {
            let things = self.things(project);
            if things.is_empty() {
                return;
            }
            assert!(Instant::now() < until, "{things:#?} cannot be removed");
            for (kind, thing) in things {
                let id = thing["id"].as_str().unwrap_or_default();
                let url = match kind {
                    "server" => format!("{NOVA}/servers/{id}"),
                    "address" => format!("{NEUTRON}/floatingips/{id}"),
                    "group" => format!("{NEUTRON}/security-groups/{id}"),
                    "image" => format!("{GLANCE}/images/{id}"),
                    "snapshot" | "volume" => {
                        let url = format!("{}/{kind}s/{id}/action", self.cinder());
                        let force = json!({"os-force_delete": {}});
                        send(Method::POST, &url, &self.token, &force);
                        continue;
                    }
                    // Deleted with its server.
                    "port" => continue,
                    _ => {
                        let name = thing["name"].as_str().unwrap();
                        builder().delete(&format!("{NOVA}/os-keypairs/{name}"));
                        continue;
                    }
                };
                // Errors show in the next round, in which the thing still exists or is gone.
                send(Method::DELETE, &url, &self.token, &Value::Null);
            }
        }
    }
}

/// The user of the tests, in the project `ci`.
pub fn builder() -> Person {
    Person::login("builder", PASSWORD, "ci")
}

/// Key pairs belong to a user, not to a project.
fn key_pairs() -> Vec<Value> {
    let reply = builder().get(&format!("{NOVA}/os-keypairs"));
    let pairs = reply["keypairs"].as_array().unwrap();
    pairs.iter().map(|pair| pair["keypair"].clone()).collect()
}

fn send(method: Method, url: &str, token: &str, body: &Value) -> (u16, String, Value) {
    let kind = match method {
        Method::PATCH if url.starts_with(GLANCE) => "application/openstack-images-v2.1-json-patch",
        _ => "application/json",
    };
    exchange(method, url, &[("x-auth-token", token), ("content-type", kind)], body)
}

/// The status, keystone's token if it issued one, and the body.
fn exchange(
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> (u16, String, Value) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut request = reqwest::Client::new().request(method, url);
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        if !body.is_null() {
            request = request.body(body.to_string());
        }
        let reply = request.send().await.unwrap();
        let status = reply.status().as_u16();
        let token = reply.headers().get("x-subject-token");
        let token = token.map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default();
        let text = reply.text().await.unwrap();
        (status, token, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    })
}
