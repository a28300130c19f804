//! Asks the services as an administrator does, or as anybody else: what imgctl said is checked here.

use reqwest::Method;
use serde_json::{Value, json};

/// Keystone; the other services are at ports of their own.
pub const KEYSTONE: &str = "http://127.0.0.1:5000/v3";
pub const NOVA: &str = "http://127.0.0.1:8774/v2.1";
pub const GLANCE: &str = "http://127.0.0.1:9292/v2";
pub const NEUTRON: &str = "http://127.0.0.1:9696/v2.0";

/// Somebody who is logged in.
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

    pub fn post(&self, url: &str, body: Value) -> Value {
        self.done(Method::POST, url, &body)
    }

    pub fn put(&self, url: &str, body: Value) -> Value {
        self.done(Method::PUT, url, &body)
    }

    /// Glance wants patches in a form of their own.
    pub fn patch(&self, url: &str, body: Value) -> Value {
        self.done(Method::PATCH, url, &body)
    }

    pub fn delete(&self, url: &str) -> Value {
        self.done(Method::DELETE, url, &Value::Null)
    }

    /// What a service answers to a GET.
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

    /// The servers of a project, as administrators see them.
    pub fn servers(&self, project: &str) -> Vec<Value> {
        let id = self.project_id(project);
        let url = format!("{NOVA}/servers/detail?all_tenants=1&project_id={id}");
        self.get(&url)["servers"].as_array().unwrap().clone()
    }

    /// The images that a project owns.
    pub fn images(&self, project: &str) -> Vec<Value> {
        let id = self.project_id(project);
        let of = |more: &str| {
            let url = format!("{GLANCE}/images?owner={id}{more}");
            self.get(&url)["images"].as_array().unwrap().clone()
        };
        [of(""), of("&os_hidden=true")].concat()
    }

    pub fn floating(&self, project: &str) -> Vec<Value> {
        let id = self.project_id(project);
        self.get(&format!("{NEUTRON}/floatingips?project_id={id}"))["floatingips"]
            .as_array()
            .unwrap()
            .clone()
    }

    pub fn groups(&self, project: &str) -> Vec<Value> {
        let id = self.project_id(project);
        let all = self.get(&format!("{NEUTRON}/security-groups?project_id={id}"));
        let all = all["security_groups"].as_array().unwrap().clone();
        all.into_iter().filter(|group| group["name"] != "default").collect()
    }

    /// All that a run may have made and must not leave, in words.
    pub fn debris(&self, project: &str) -> Vec<String> {
        let id = self.project_id(project);
        let ports = self.get(&format!("{NEUTRON}/ports?project_id={id}"));
        let ports = ports["ports"].as_array().unwrap().clone();
        let of_servers = ports
            .into_iter()
            .filter(|port| port["device_owner"].as_str().unwrap().starts_with("compute:"))
            .collect();
        let builder = self.get(&format!("{KEYSTONE}/users?name=builder"));
        let builder = builder["users"][0]["id"].as_str().unwrap().to_owned();
        let pairs = self.key_pairs(&builder);
        let lists = [
            ("server", self.servers(project)),
            ("port", of_servers),
            ("group", self.groups(project)),
            ("address", self.floating(project)),
            ("key pair", pairs),
            ("image", self.images(project)),
        ];
        let told = |(kind, list): (&str, Vec<Value>)| {
            let told = |it: &Value| format!("{kind} {} {}", it["name"], it["id"]);
            list.iter().map(told).collect::<Vec<_>>()
        };
        lists.into_iter().flat_map(told).collect()
    }

    fn key_pairs(&self, user: &str) -> Vec<Value> {
        let (status, _, reply) = exchange(
            Method::GET,
            &format!("{NOVA}/os-keypairs?user_id={user}"),
            &[("x-auth-token", &self.token), ("openstack-api-version", "compute 2.10")],
            &Value::Null,
        );
        assert_eq!(status, 200, "{reply}");
        let pairs = reply["keypairs"].as_array().unwrap();
        pairs.iter().map(|pair| pair["keypair"].clone()).collect()
    }
}

fn send(method: Method, url: &str, token: &str, body: &Value) -> (u16, String, Value) {
    let kind = match method {
        Method::PATCH if url.starts_with(GLANCE) => "application/openstack-images-v2.1-json-patch",
        _ => "application/json",
    };
    exchange(method, url, &[("x-auth-token", token), ("content-type", kind)], body)
}

/// Status, keystone's token if it made one, and the body.
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
