//! Policies of the organisation, and keys of Cloud KMS.

use serde_json::{Value, json};

use crate::gce_server::GceServer;

const INSERT_IMAGE: &str = "POST .*/images$";

fn refuse(call: &str, status: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "refuse", "match": call, "status": status, "reason": reason, "message": message})
}

#[test]
fn an_image_is_stored_in_the_region_of_its_disk_where_a_policy_forbids_googles_choice() {
    let message = "Location us violates constraint constraints/gcp.resourceLocations on the \
                   resource projects/test-project/global/images/agent.";
    let at_once = refuse(INSERT_IMAGE, 412, "conditionNotMet", message);
    let later = json!({"kind": "operation", "match": INSERT_IMAGE, "status": 412,
        "code": "CONDITION_NOT_MET", "message": message});
    for fault in [at_once, later] {
        let server = GceServer::start();
        let project = server.project("");
        project.imgctl(&["up"]).succeeds();
        server.fault(fault.clone());
        project
            .imgctl(&["create_image:name=agent"])
            .succeeds()
            .says("storing this one in us-central1")
            .says("created server image: agent");
        assert_eq!(server.only("images")["storageLocations"], json!(["us-central1"]));
        project.imgctl(&["destroy"]).succeeds();

        // A chosen location is not replaced; the instance stays for the next try.
        project.imgctl(&["up"]).succeeds();
        server.fault(fault);
        let chosen = ["--set", "storage_location=us", "create_image:name=another"];
        project.imgctl(&chosen).fails(3).hints("storage_location");
        assert_eq!(server.only("instances")["status"], "TERMINATED", "it is not deleted");
        project
            .imgctl(&["--set", "storage_location=us-central1", "create_image:name=another"])
            .succeeds();
        project.imgctl(&["destroy"]).succeeds();
        assert_eq!(server.names("images").len(), 2);
        assert!(server.names("disks").is_empty());
    }
}

#[test]
fn an_image_is_stored_where_its_key_is() {
    let server = GceServer::start();
    let key = "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k";
    let project = server.project(&format!("    disk: {{encryption_key: {key}}}\n"));
    // Said before the instance is deleted, or even made.
    let refused = |task: &str| {
        project
            .imgctl(&["--set", "storage_location=eu", task])
            .fails(2)
            .says("cannot be encrypted with a key of us-central1")
            .hints("storage_location: us-central1");
    };
    refused("up");
    project.imgctl(&["up"]).succeeds();
    refused("create_image");
    assert_eq!(server.only("instances")["status"], "RUNNING");
    project.imgctl(&["create_image", "destroy"]).succeeds();
    assert_eq!(server.only("images")["storageLocations"], json!(["us-central1"]));
}

/// Whatever Google refuses about an image, at once or later, costs neither the instance nor its disk.
#[test]
fn what_is_refused_about_an_image_is_said_before_its_instance_is_deleted() {
    let key = "Permission 'cloudkms.cryptoKeyVersions.useToEncrypt' denied on resource 'k'.";
    let policy = "Constraint constraints/gcp.restrictNonCmekServices violated for this project.";
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up"]).succeeds();
    for (status, reason, code, message, hint) in [
        (400, "badRequest", "INVALID_USAGE", key, "roles/cloudkms.cryptoKeyEncrypterDecrypter"),
        (412, "conditionNotMet", "CONDITION_NOT_MET", policy, "disk.encryption_key"),
        (
            403,
            "forbidden",
            "FORBIDDEN",
            "Required 'compute.images.create' permission",
            "permission",
        ),
        (403, "quotaExceeded", "QUOTA_EXCEEDED", "Quota 'IMAGES' exceeded.", "quota"),
    ] {
        let later = json!({"kind": "operation", "match": INSERT_IMAGE, "status": status, "code": code,
            "message": message});
        for fault in [refuse(INSERT_IMAGE, status, reason, message), later] {
            server.fault(fault);
            project.imgctl(&["create_image"]).fails(3).says(message).hints(hint);
            assert_eq!(server.only("instances")["status"], "TERMINATED", "{message}");
        }
    }
    project.imgctl(&["create_image", "destroy"]).succeeds();
    assert_eq!(server.names("images").len(), 1);
    assert!(server.names("instances").is_empty() && server.names("disks").is_empty());
}

/// Google does not stop such an instance by itself.
#[test]
fn an_instance_with_a_local_disk_is_deleted_for_the_image() {
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up"]).succeeds();
    let instance = server.only("instances");
    let path = instance["selfLink"].as_str().unwrap().split_once("/compute/v1/").unwrap().1;
    let mut disks = instance["disks"].clone();
    disks.as_array_mut().unwrap().push(json!({"kind": "compute#attachedDisk", "index": 1,
        "type": "SCRATCH", "autoDelete": true, "boot": false, "mode": "READ_WRITE"}));
    server.ask("change", json!({"path": path, "fields": {"disks": disks}}));
    server.fault(refuse(INSERT_IMAGE, 403, "quotaExceeded", "Quota 'IMAGES' exceeded."));
    project.imgctl(&["create_image"]).fails(3).says("Quota 'IMAGES' exceeded");
    // The disk is the only copy of what was built: a new instance must not replace it.
    project.imgctl(&["up"]).fails(2).hints("`imgctl create_image`");
    project.imgctl(&["create_image", "destroy"]).succeeds();
    assert!(server.calls("instances.stop").is_empty());
    assert_eq!(server.names("images").len(), 1);
    assert!(server.names("instances").is_empty() && server.names("disks").is_empty());
}

#[test]
fn a_policy_is_found_in_the_details_of_a_refusal() {
    let server = GceServer::start();
    let project = server.project("");
    let insert = "POST .*/instances$";
    for (policy, hint) in [
        ("compute.requireShieldedVm", "secure_boot: true"),
        ("gcp.resourceLocations", "location that the policy allows"),
        ("gcp.restrictNonCmekServices", "disk.encryption_key"),
        ("compute.trustedImageProjects", "a project that the policy trusts"),
        ("compute.vmExternalIpAccess", "external_address: false"),
    ] {
        let mut fault = refuse(insert, 412, "conditionNotMet", "The request is not allowed.");
        let policy = format!("constraints/{policy}");
        fault["violations"] = json!([{"type": policy, "description": "not in this folder"}]);
        server.fault(fault);
        let told = format!("{policy}: not in this folder");
        project.imgctl(&["up"]).fails(3).says(&told).hints(hint);
    }
    let mut perimeter = refuse(insert, 403, "forbidden", "Request is prohibited by policy.");
    perimeter["detail"] = json!("SECURITY_POLICY_VIOLATED");
    server.fault(perimeter);
    project.imgctl(&["up"]).fails(3).hints("VPC Service Controls");
    let key = "Permission 'cloudkms.cryptoKeyVersions.useToEncrypt' denied on resource 'k'.";
    server.fault(refuse(insert, 400, "badRequest", key));
    project.imgctl(&["up"]).fails(3).hints("roles/cloudkms.cryptoKeyEncrypterDecrypter");
    assert!(server.names("instances").is_empty() && server.names("disks").is_empty());
}

#[test]
fn sharing_outside_the_permitted_domains_is_refused_at_once() {
    let violations = json!([{"type": "constraints/iam.allowedPolicyMemberDomains",
        "description": "User a@b.c is not in permitted organization."}]);
    for violations in [violations, json!(null)] {
        let server = GceServer::start();
        let project = server.project("");
        project.imgctl(&["up", "create_image:name=agent", "destroy"]).succeeds();
        let message =
            "One or more users named in the policy do not belong to a permitted customer.";
        let mut fault = refuse("setIamPolicy", 412, "conditionNotMet", message);
        fault["times"] = json!(10);
        if !violations.is_null() {
            fault["violations"] = violations.clone();
        }
        server.fault(fault);
        let ran = project.imgctl(&["share_image:agent,accounts=a@b.c"]).fails(3).says(message);
        if !violations.is_null() {
            ran.hints("permitted domains");
        }
        assert!(server.calls("images.setIamPolicy").len() <= 2);
    }
    // A change of another in between is no refusal.
    let server = GceServer::start();
    let project = server.project("");
    project.imgctl(&["up", "create_image:name=agent", "destroy"]).succeeds();
    let between = "There were concurrent policy changes.";
    server.fault(refuse("setIamPolicy", 409, "conflict", between));
    project.imgctl(&["share_image:agent,accounts=a@b.c"]).succeeds();
}
