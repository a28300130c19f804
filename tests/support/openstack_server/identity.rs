//! Keystone v3: three ways to log in.

use serde_json::{Value, json};

use super::reply::Reply;
use super::world::{PROJECT, REGION};
use super::{Request, World, rackspace};

pub(super) fn answer(world: &mut World, request: &Request) -> Reply {
    if world.rackspace && request.line() == "POST /identity/v2.0/tokens" {
        return rackspace::identify(world, request);
    }
    if request.line() == "GET /identity/v3" {
        return Reply::ok(json!({"version": {"id": "v3.14", "status": "stable"}}));
    }
    if request.line() != "POST /identity/v3/auth/tokens" {
        return Reply::not_found("only tokens are made here");
    }
    let auth = &request.body["auth"];
    let identity = &auth["identity"];
    let method = identity["methods"][0].as_str().unwrap_or_default();
    let good = match method {
        "password" => {
            let user = &identity["password"]["user"];
            is_me(world, user) && user["password"] == "secret"
        }
        "application_credential" => {
            let credential = &identity["application_credential"];
            // By id, or by name, which is unique only for its user.
            let known = credential["id"] == "app"
                || credential["name"] == "ci" && is_me(world, &credential["user"]);
            known && credential["secret"] == "secret" && auth["scope"].is_null()
        }
        "token" => identity["token"]["id"] == "a-token",
        _ => false,
    };
    // A user without a role in the project gets the same answer.
    let project = &auth["scope"]["project"];
    let may = auth["scope"].is_null()
        || project["id"] == PROJECT
        || project["name"] == "ci" && is_known(world, &project["domain"]);
    if !good || !may {
        return Reply::error(401, "error", "The request you have made requires authentication.");
    }
    let token = format!("token-{}", world.number());
    world.tokens.insert(token.clone(), world.token_life);
    let (issued, expires) = world.life();
    let mut body = json!({"token": {
        "methods": [method], "issued_at": issued, "expires_at": expires, "catalog": catalogue(world),
    }});
    if method == "application_credential" || !auth["scope"].is_null() {
        body["token"]["project"] = json!({"id": PROJECT, "name": "ci"});
    }
    let mut reply = Reply::new(201, body);
    reply.headers.push(("X-Subject-Token", token));
    let date = world.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    reply.headers.push(("Date", date));
    reply
}

/// Whether it is the domain of the user and the project, by its id or its name.
fn is_known(world: &World, domain: &Value) -> bool {
    let (name, id) = &world.domain;
    domain["id"] == id.as_str() || domain["name"] == name.as_str()
}

fn is_me(world: &World, user: &Value) -> bool {
    user["name"] == "me" && is_known(world, &user["domain"])
}

fn catalogue(world: &World) -> Vec<Value> {
    let service = |kind: &str, name: &str, path: &str| {
        let at = |interface: &str| {
            // The path shows which interface a request uses.
            let url = match interface {
                "public" => world.url(path),
                other => world.url(&format!("{other}/{path}")),
            };
            json!({"interface": interface, "region_id": REGION, "url": url})
        };
        let endpoints = ["admin", "internal", "public"].map(at);
        json!({"type": kind, "name": name, "endpoints": endpoints})
    };
    let volume = format!("volume/v3/{PROJECT}");
    let all = [
        ("compute", service("compute", "nova", "compute/v2.1")),
        // Many clouds have this endpoint without a version.
        ("image", service("image", "glance", "image")),
        ("network", service("network", "neutron", "network")),
        ("volume", service("volumev3", "cinderv3", &volume)),
    ];
    let there = all.into_iter().filter(|(kind, _)| !world.lacks.iter().any(|lack| lack == kind));
    there.map(|(_, service)| service).collect()
}
