//! Keystone v3: three ways to log in.

use serde_json::{Value, json};

use super::reply::Reply;
use super::world::{PROJECT, REGION};
use super::{Request, World, rackspace};

pub(super) fn answer(world: &mut World, request: &Request) -> Reply {
    if world.rackspace && request.line() == "POST /identity/v2.0/tokens" {
        return rackspace::identify(world, request);
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
            is_me(user) && user["password"] == "secret"
        }
        "application_credential" => {
            let credential = &identity["application_credential"];
            // By id, or by name, which is unique only for its user.
            let known = credential["id"] == "app"
                || credential["name"] == "ci" && is_me(&credential["user"]);
            known && credential["secret"] == "secret" && auth["scope"].is_null()
        }
        "token" => identity["token"]["id"] == "a-token",
        _ => false,
    };
    // A user without a role in the project gets the same answer.
    let project = &auth["scope"]["project"];
    let may = auth["scope"].is_null()
        || project["id"] == PROJECT
        || project["name"] == "ci" && is_default(&project["domain"]);
    if !good || !may {
        return Reply::error(401, "error", "The request you have made requires authentication.");
    }
    let token = format!("token-{}", world.number());
    world.tokens.insert(token.clone(), world.token_life);
    let mut body = json!({"token": {
        "methods": [method], "expires_at": "2126-11-23T10:00:00.000000Z", "catalog": catalogue(world),
    }});
    if method == "application_credential" || !auth["scope"].is_null() {
        body["token"]["project"] = json!({"id": PROJECT, "name": "ci"});
    }
    let mut reply = Reply::new(201, body);
    reply.headers.push(("X-Subject-Token", token));
    reply
}

/// Whether it is the default domain, by its id or its name.
fn is_default(domain: &Value) -> bool {
    domain["id"] == "default" || domain["name"] == "Default"
}

fn is_me(user: &Value) -> bool {
    user["name"] == "me" && is_default(&user["domain"])
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
