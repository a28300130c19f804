//! The fake refuses what Google would refuse: without that the other tests would prove nothing.

use serde_json::{Value, json};

use crate::gce_server::GceServer;

const ZONE: &str = "projects/test-project/zones/us-central1-a";

/// A token of the fake's own machine.
fn token(server: &GceServer) -> String {
    let url = format!("{}/computeMetadata/v1/instance/service-accounts/default/token", server.url);
    let answer = send(server, reqwest::Client::new().get(url).header("Metadata-Flavor", "Google"));
    answer.1["access_token"].as_str().unwrap().to_owned()
}

fn send(server: &GceServer, request: reqwest::RequestBuilder) -> (u16, Value) {
    server.block_on(async {
        let reply = request.send().await.unwrap();
        (reply.status().as_u16(), reply.json().await.unwrap())
    })
}

fn post(server: &GceServer, token: &str, path: &str, body: &Value) -> (u16, Value) {
    let url = format!("{}/compute/v1/{path}", server.url);
    send(server, reqwest::Client::new().post(url).bearer_auth(token).json(body))
}

fn message(answer: &Value) -> &str {
    answer["error"]["message"].as_str().unwrap()
}

#[test]
fn a_call_without_a_valid_token_is_refused() {
    let server = GceServer::start();
    for token in ["", "ya29.guessed"] {
        let (status, _) = post(&server, token, &format!("{ZONE}/instances"), &json!({}));
        assert_eq!(status, 401);
    }
}

#[test]
fn an_unknown_field_is_refused() {
    let server = GceServer::start();
    let token = token(&server);
    for (body, wrong) in [
        (json!({"name": "a", "colour": "red"}), "colour"),
        (json!({"name": "a", "disks": [{"autodelete": false}]}), "autodelete"),
        (json!({"name": "A"}), "does not match"),
        (json!({"name": "a", "scheduling": {"maxRunDuration": {"seconds": 60}}}), "seconds"),
        (json!({"name": "a", "scheduling": {"provisioningModel": "CHEAP"}}), "CHEAP"),
    ] {
        let (status, answer) = post(&server, &token, &format!("{ZONE}/instances"), &body);
        assert_eq!(status, 400, "{body}");
        assert!(message(&answer).contains(wrong), "{answer}");
    }
    let (status, answer) =
        post(&server, &token, &format!("{ZONE}/instances?idempotency=1"), &json!({"name": "a"}));
    assert_eq!(status, 400);
    assert!(message(&answer).contains("no parameter idempotency"), "{answer}");
}

#[test]
fn an_image_of_the_disk_of_a_running_instance_is_refused() {
    let server = GceServer::start();
    server.project("").imgctl(&["up"]).succeeds();
    let disk = server.only("disks")["selfLink"].clone();
    let body = json!({"name": "a", "sourceDisk": disk});
    let images = "projects/test-project/global/images";
    let (status, answer) = post(&server, &token(&server), images, &body);
    assert_eq!(status, 400, "{answer}");
    assert!(message(&answer).contains("is already being used by"), "{answer}");
}
