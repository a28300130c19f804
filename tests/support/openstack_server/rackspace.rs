//! Rackspace: identity 2.0, nova without microversions and with its image proxy, servers that cannot be
//! stopped, and a glance older than the visibility `shared`.

use serde_json::{Value, json};

use super::reply::Reply;
use super::world::PROJECT;
use super::{Request, World, compute};

/// The regions of its catalogue. Everything is in the first; the others are empty.
pub const REGIONS: [&str; 3] = ["ORD", "DFW", "IAD"];

/// Images of the vendor that mimic does not have.
const NAMES: [&str; 5] = [
    "Debian 12 (Bookworm) (Cloud)",
    "Debian 12 (Bookworm) (PVHVM)",
    "OnMetal - Debian 12 (Bookworm)",
    "Ubuntu 24.04 LTS (Cloud)",
    "Rocky Linux 9 (Cloud)",
];

pub(super) fn furnish(world: &mut World) {
    world.rackspace = true;
    world.images.clear();
    for (number, name) in NAMES.iter().enumerate() {
        let (id, created) =
            (format!("vendor-{number}"), format!("2026-01-0{}T00:00:00Z", 9 - number));
        let image = json!({
            "id": id, "name": name, "status": "active", "created_at": created, "updated_at": created,
            "owner": "vendor", "visibility": "public", "size": 1 << 29, "min_disk": 20, "tags": [],
            "os_hidden": false, "protected": false, "image_type": "base",
        });
        world.images.insert(id, image);
    }
}

/// `POST /identity/v2.0/tokens`.
pub(super) fn identify(world: &mut World, request: &Request) -> Reply {
    let auth = &request.body["auth"];
    let (password, key) = (&auth["passwordCredentials"], &auth["RAX-KSKEY:apiKeyCredentials"]);
    let good = password["username"] == "me" && password["password"] == "secret"
        || key["username"] == "me" && key["apiKey"] == world.api_key.as_str();
    if !good {
        let message = "Unable to authenticate user with credentials provided.";
        return Reply::error(401, "unauthorized", message);
    }
    if auth["tenantName"].as_str().is_some_and(|tenant| tenant != PROJECT) {
        let message = "Tenant with Name/Id: 'other' is not valid for User 'me'";
        return Reply::error(401, "unauthorized", message);
    }
    let roles: Vec<Value> = world.roles.iter().map(|role| json!({ "name": role })).collect();
    let token = format!("token-{}", world.number());
    world.tokens.insert(token.clone(), world.token_life);
    let endpoints = |path: &str| -> Vec<Value> {
        let endpoint = |region: &&str| {
            let url = match *region {
                "ORD" => world.url(path),
                _ => "http://127.0.0.1:1/elsewhere".to_owned(),
            };
            json!({"region": region, "tenantId": PROJECT, "publicURL": url})
        };
        REGIONS.iter().map(endpoint).collect()
    };
    let compute = format!("compute/v2/{PROJECT}");
    Reply::ok(json!({"access": {
        "token": {
            "id": token, "expires": "2126-11-23T10:00:00.000Z",
            "tenant": {"id": PROJECT, "name": PROJECT},
            "RAX-AUTH:authenticatedBy": ["PASSWORD"],
        },
        "user": {"id": "1", "name": "me", "roles": roles, "RAX-AUTH:defaultRegion": world.home},
        "serviceCatalog": [
            {"type": "compute", "name": "cloudServers", "endpoints": [
                {"tenantId": PROJECT, "publicURL": "http://127.0.0.1:1/v1.0/first-generation"},
            ]},
            {"type": "compute", "name": "cloudServersOpenStack", "endpoints": endpoints(&compute)},
            {"type": "image", "name": "cloudImages", "endpoints": endpoints("image/v2")},
        ],
    }}))
}

/// Nova, at the address of its version 2.
pub(super) fn nova(world: &mut World, method: &str, rest: &[&str], request: &Request) -> Reply {
    if !request.microversion.is_empty() {
        return Reply::error(400, "badRequest", "There are no microversions here");
    }
    match (method, rest) {
        ("GET", ["flavors", "detail"]) => Reply::ok(json!({"flavors": [
            {"id": "general1-1", "name": "1 GB General Purpose v1", "ram": 1024, "vcpus": 1, "disk": 20},
            {"id": "general1-2", "name": "2 GB General Purpose v1", "ram": 2048, "vcpus": 2, "disk": 40},
        ]})),
        ("GET", ["images", "detail"]) => {
            let shown: Vec<Value> = world.images.values().map(passed_on).collect();
            Reply::ok(json!({"images": shown}))
        }
        ("GET", ["images", id]) => match world.look_at_image(id) {
            Some(image) => Reply::ok(json!({"image": passed_on(&image)})),
            None => Reply::not_found("Image not found."),
        },
        ("DELETE", ["images", id]) => match world.images.get_mut(*id) {
            Some(image) if image["owner"] == PROJECT => {
                // It is still shown for a while.
                image["status"] = "deleted".into();
                let gone = [json!({}), Value::Null];
                world.steps.insert((*id).to_owned(), gone.into());
                Reply::nothing(204)
            }
            Some(_) => Reply::error(403, "forbidden", "You are not allowed to delete this image."),
            None => Reply::not_found("Image not found."),
        },
        // Keys that are not named stay.
        ("POST", ["images", id, "metadata"]) => {
            let Some(image) = world.images.get_mut(*id) else {
                return Reply::not_found("Image not found.");
            };
            for (key, value) in request.body["metadata"].as_object().unwrap() {
                image[key] = value.clone();
            }
            Reply::ok(json!({"metadata": request.body["metadata"]}))
        }
        // One key, and no body in the reply, as in nova's API reference.
        ("DELETE", ["images", id, "metadata", key]) => {
            let image = world.images.get_mut(*id).and_then(Value::as_object_mut);
            match image.and_then(|image| image.remove(*key)) {
                Some(_) => Reply::nothing(204),
                None => Reply::not_found("Invalid metadata key"),
            }
        }
        _ => compute::answer(world, method, rest, request),
    }
}

/// An image of glance in the form of nova's image proxy.
fn passed_on(image: &Value) -> Value {
    let own = ["id", "name", "status", "created_at", "updated_at", "owner", "visibility", "size"];
    let more = ["min_disk", "tags", "os_hidden", "protected", "in_use"];
    let fields = image.as_object().unwrap();
    let properties = fields.iter().filter(|(key, value)| {
        !value.is_null() && !own.contains(&key.as_str()) && !more.contains(&key.as_str())
    });
    let metadata: Value = properties.map(|(key, value)| (key.clone(), value.clone())).collect();
    let status = match image["status"].as_str().unwrap() {
        "queued" | "saving" => "SAVING".to_owned(),
        other => other.to_uppercase(),
    };
    json!({
        "id": image["id"], "name": image["name"], "status": status, "progress": 50,
        "created": image["created_at"], "updated": image["updated_at"], "minDisk": image["min_disk"],
        "OS-EXT-IMG-SIZE:size": image["size"], "metadata": metadata,
    })
}
