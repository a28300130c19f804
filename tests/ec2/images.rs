//! Images: listed, copied, shared, deprecated, deleted.

use super::ask::{ask, texts};
use super::guest::CloudProject;
use super::moto::Moto;
use super::world::{REGION, created_image, project, words};

/// A project with an instance, and images of it with these names, oldest first.
fn with_images(moto: &Moto, names: &[&str]) -> (CloudProject, Vec<String>) {
    let project = project(&moto.endpoint(), "{}");
    project.imgctl(&words(&["up"])).succeeds();
    let make = |name: &&str| {
        let task = format!("create_image:name={name}");
        created_image(&project.imgctl(&["up", &task]).succeeds())
    };
    let images = names.iter().map(make).collect();
    (project, images)
}

fn describe(moto: &Moto, region: &str, image: &str) -> String {
    ask(&moto.endpoint(), region, "DescribeImages", &[("ImageId.1", image)])
}

fn own_images(moto: &Moto, region: &str) -> Vec<String> {
    texts(&ask(&moto.endpoint(), region, "DescribeImages", &[("Owner.1", "self")]), "imageId")
}

#[test]
fn an_image_is_copied_shared_and_deprecated() {
    let moto = Moto::start();
    let (project, images) = with_images(&moto, &["agent-1"]);
    let image = &images[0];

    let regions = ["eu-west-1", "ap-southeast-2"];
    let task = format!("copy_image:newest,regions={}", regions.join(" "));
    project.imgctl(&[&task]).succeeds();
    for region in regions {
        let copies = own_images(&moto, region);
        assert_eq!(copies.len(), 1, "{region}");
        let copy = describe(&moto, region, &copies[0]);
        assert_eq!(texts(&copy, "name"), ["agent-1"]);
        let keys = texts(&copy, "key");
        assert!(keys.iter().any(|key| key == "imgctl-run"), "tags are carried: {keys:?}");
    }
    project.imgctl(&[&task]).succeeds();
    assert_eq!(own_images(&moto, regions[0]).len(), 1, "an existing copy is not made again");

    let organization = "arn:aws:organizations::111122223333:organization/o-abc123";
    let task = format!(
        "share_image:newest,accounts=444455556666 777788889999,organizations={organization}"
    );
    project.imgctl(&[&task]).succeeds().says("is shared");
    let asked = [("ImageId", image.as_str()), ("Attribute", "launchPermission")];
    let shared = ask(&moto.endpoint(), REGION, "DescribeImageAttribute", &asked);
    let (accounts, organizations) = (texts(&shared, "userId"), texts(&shared, "organizationArn"));
    assert_eq!(accounts, ["444455556666", "777788889999"]);
    assert_eq!(organizations, [organization]);
    project.imgctl(&["share_image:newest,accounts=12"]).fails(2).says("12 digits");

    let date = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 365);
    let date = date.strftime("%Y-%m-%d").to_string();
    let task = format!("deprecate_image:{image},at={date}");
    project.imgctl(&[&task]).succeeds();
    let deprecated = describe(&moto, REGION, image);
    assert!(texts(&deprecated, "deprecationTime")[0].starts_with(&date));
    project.imgctl(&["list_images"]).succeeds().says(&format!("available until {date}"));
    project.imgctl(&[&task]).succeeds().says("already");
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn an_image_that_is_in_use_is_not_deleted() {
    let moto = Moto::start();
    let (project, images) = with_images(&moto, &["agent-1", "agent-2", "agent-3"]);
    let template = [("LaunchTemplateName", "agents"), ("LaunchTemplateData.ImageId", &images[0])];
    ask(&moto.endpoint(), REGION, "CreateLaunchTemplate", &template);
    let task = format!("delete_image:{}", images[0]);
    project.imgctl(&[&task]).fails(3).says("launch template").says("agents");
    project.imgctl(&[&format!("{task},force=true")]).succeeds();
    assert!(!own_images(&moto, REGION).contains(&images[0]));

    let start = [("ImageId", images[1].as_str()), ("MinCount", "1"), ("MaxCount", "1")];
    ask(&moto.endpoint(), REGION, "RunInstances", &start);
    project.imgctl(&[&format!("delete_image:{}", images[1])]).fails(3).says("instance i-");
    assert!(own_images(&moto, REGION).contains(&images[1]));

    project.imgctl(&[&format!("delete_image:{}", images[2])]).succeeds();
    project.imgctl(&["delete_image:ami-0fffffffffffffff0"]).fails(1).says("ami-0fffffffffffffff0");
    project.imgctl(&["destroy"]).succeeds();
}
