//! Images that others use: pruned and shared.

use super::crashes::own_images;
use super::ec2_server::templates::templates_of;
use super::ec2_server::world::ACCOUNT;
use super::ec2_server::{Delays, Ec2Server};
use super::world::{REGION, created_image, project, words};

#[test]
fn old_images_are_pruned_but_not_those_in_use_or_kept() {
    let server = Ec2Server::start(Delays::default());
    let project = project(&server.endpoint(), "{}");
    project.succeeds(&words(&["up"]));
    let make = |name: &str| {
        let task = format!("create_image:name={name}");
        created_image(&project.succeeds(&["up", &task]))
    };
    let images = ["agent-1", "agent-2", "agent-3", "agent-4", "agent-5", "other-1"].map(make);
    server.world(|world| {
        let region = world.region(REGION);
        let own = region.images.iter_mut().filter(|image| image.owner == ACCOUNT);
        for (day, image) in (1..).zip(own) {
            image.created = format!("2026-01-{day:02}T00:00:00.000Z");
            if image.name == "agent-2" {
                image.tags.insert("imgctl-keep".to_owned(), String::new());
            }
        }
        region.templates = templates_of(&[&[images[2].clone()]]);
        // The instance was started from the fourth one, let us say.
        region.instances[0].image = images[3].clone();
    });
    let left = || own_images(&server, REGION).into_iter().map(|(name, _)| name).collect::<Vec<_>>();

    let task = "prune_images:keep=1,name=agent-";
    let listed = project.imgctl(&["--dry-run", task]);
    assert_eq!(listed.status, 0);
    let told = format!("{}{}", listed.stdout, listed.stderr);
    assert!(told.contains(&images[0]), "what it would delete: {told}");
    assert_eq!(left().len(), 6, "a dry run deletes nothing");

    project.succeeds(&["prune_images:days=3650,name=agent-"]);
    assert_eq!(left().len(), 6, "they are young");
    project.succeeds(&[task]);
    assert_eq!(left(), ["agent-2", "agent-3", "agent-4", "agent-5", "other-1"]);
    let snapshots = server.world(|world| world.region(REGION).snapshots.len());
    assert_eq!(snapshots, 5, "a snapshot goes with its image");
    project.succeeds(&["destroy"]);
    project.succeeds(&words(&[task]));
    assert_eq!(left(), ["agent-2", "agent-3", "agent-5", "other-1"], "no instance uses it now");
}

#[test]
fn an_image_is_shared_with_its_snapshots_and_deprecated_for_others() {
    let server = Ec2Server::start(Delays::default());
    let project = project(&server.endpoint(), "{}");
    let image = created_image(&project.succeeds(&words(&["up", "create_image"])));
    let organization = "arn:aws:organizations::111122223333:organization/o-abc123";
    let accounts = "444455556666 777788889999";
    let task = format!("share_image:{image},accounts={accounts},organizations={organization}");
    assert!(project.imgctl(&[&task]).stderr.contains("is shared"));
    assert!(project.imgctl(&[&task]).stderr.contains("was shared already"));
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
    project.succeeds(&[&task]);
    let since = server.world(|world| {
        let images = &world.region(REGION).images;
        images.iter().find(|one| one.id == image).unwrap().deprecated.clone().unwrap()
    });
    assert!(since.starts_with("2027-01-31T00:00:00"), "{since}");
    project.succeeds(&[&task, "destroy"]);
    assert_eq!(server.requests_of("EnableImageDeprecation").len(), 1, "it was so already");
}
