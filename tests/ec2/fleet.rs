//! Images that others use: pruned and shared.

use super::crashes::own_images;
use super::ec2_server::rules::Rule;
use super::ec2_server::templates::templates_of;
use super::ec2_server::world::ACCOUNT;
use super::ec2_server::{Delays, Ec2Server};
use super::world::{REGION, created_image, project, words};

#[test]
fn old_images_are_pruned_but_not_those_in_use_or_kept() {
    let server = Ec2Server::start(Delays::default());
    let project = project(&server.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    let make = |name: &str| {
        let task = format!("create_image:name={name}");
        created_image(&project.imgctl(&["up", &task]).succeeds())
    };
    let images = [
        "agent-20260101-000000",
        "agent-20260102-000000",
        "agent-20260103-000000",
        "agent-20260104-000000",
        "agent-20260105-000000",
        "other-1",
    ]
    .map(make);
    server.world(|world| {
        let region = world.region(REGION);
        let own = region.images.iter_mut().filter(|image| image.owner == ACCOUNT);
        for (day, image) in (1..).zip(own) {
            image.created = format!("2026-01-{day:02}T00:00:00.000Z");
            if image.name == "agent-20260102-000000" {
                image.tags.insert("imgctl-keep".to_owned(), String::new());
            }
        }
        region.templates = templates_of(&[&[images[2].clone()]]);
        // As if the instance had been started from the fourth one.
        region.instances[0].image = images[3].clone();
    });
    let left = || own_images(&server, REGION).into_iter().map(|(name, _)| name).collect::<Vec<_>>();

    let task = "prune_images:keep=1,name=agent";
    project.imgctl(&["--dry-run", task]).succeeds().says(&images[0]);
    assert_eq!(left().len(), 6, "a dry run deletes nothing");

    project.imgctl(&["prune_images:days=3650,name=agent"]).succeeds();
    assert_eq!(left().len(), 6, "all are younger");
    project.imgctl(&[task]).succeeds();
    assert_eq!(
        left(),
        [
            "agent-20260102-000000",
            "agent-20260103-000000",
            "agent-20260104-000000",
            "agent-20260105-000000",
            "other-1"
        ]
    );
    let snapshots = server.world(|world| world.region(REGION).snapshots.len());
    assert_eq!(snapshots, 5, "a snapshot goes with its image");
    project.imgctl(&["destroy"]).succeeds();
    project.imgctl(&words(&[task])).succeeds();
    assert_eq!(
        left(),
        ["agent-20260102-000000", "agent-20260103-000000", "agent-20260105-000000", "other-1"],
        "the instance that used the fourth is gone"
    );
}

#[test]
fn an_image_is_shared_with_its_snapshots_and_deprecated_for_others() {
    let server = Ec2Server::start(Delays::default());
    let project = project(&server.endpoint(), "{}");
    let image = created_image(&project.imgctl(&words(&["up", "create_image"])).succeeds());
    let organization = "arn:aws:organizations::111122223333:organization/o-abc123";
    let accounts = "444455556666 777788889999";
    let task = format!("share_image:{image},accounts={accounts},organizations={organization}");
    project.imgctl(&[&task]).succeeds().says("is shared");
    project.imgctl(&[&task]).succeeds().says("was shared already");
    server.world(|world| {
        let region = world.region(REGION);
        let shared = &region.images.iter().find(|one| one.id == image).unwrap().shared_with;
        let wanted = [
            ("userId", "444455556666"),
            ("userId", "777788889999"),
            ("organizationArn", organization),
        ];
        assert_eq!(*shared, wanted.map(|(kind, value)| (kind, value.to_owned())));
        assert_eq!(region.snapshots[0].shared_with, ["444455556666", "777788889999"]);
    });

    let task = format!("deprecate_image:{image},at=2027-01-31");
    project.imgctl(&[&task]).succeeds();
    let since = server.world(|world| {
        let images = &world.region(REGION).images;
        images.iter().find(|one| one.id == image).unwrap().deprecated.clone().unwrap()
    });
    assert!(since.starts_with("2027-01-31T00:00:00"), "{since}");
    project.imgctl(&[&task, "destroy"]).succeeds();
    assert_eq!(
        server.requests_of("EnableImageDeprecation").len(),
        1,
        "the second time changes nothing"
    );
}

#[test]
fn an_image_encrypted_with_the_default_key_is_not_shared() {
    let server = Ec2Server::start(Delays::default());
    let project = project(&server.endpoint(), "{}");
    let image = created_image(&project.imgctl(&words(&["up", "create_image"])).succeeds());
    let message = "Encrypted snapshots with EBS default key cannot be shared";
    server.rule(Rule::refuse("ModifySnapshotAttribute", 400, "OperationNotPermitted", message));
    let share = format!("share_image:{image},accounts=444455556666");
    project
        .imgctl(&[&share])
        .fails(3)
        .says(message)
        .hints("build or copy the image with an `encryption_key`");
    let message = "Snapshots encrypted with the AWS Managed CMK can't be shared.";
    server.rule(Rule::refuse("ModifyImageAttribute", 400, "InvalidParameter", message));
    let organization = "arn:aws:organizations::111122223333:organization/o-abc123";
    project
        .imgctl(&[&format!("share_image:{image},organizations={organization}")])
        .fails(2)
        .says(message)
        .hints("build or copy the image with an `encryption_key`");
    project.imgctl(&["destroy"]).succeeds();
}
