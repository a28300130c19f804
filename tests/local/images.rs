//! Images: made, listed, deleted, exported. Their disks are empty.

use std::process::Command;

use imgctl::Code;
use imgctl::cloud::{Capability, Cloud, Image, ImageScope, ImageSpec, Instance};

use crate::bed::{Bed, power_off, qemu_img};

fn spec(name: &str) -> ImageSpec {
    ImageSpec { name: name.into(), description: "for tests".into(), ..ImageSpec::default() }
}

/// An instance that is off, and an image of it.
async fn image(bed: &Bed) -> (Instance, Image) {
    let cloud = bed.cloud();
    let base = cloud.find_base(None, &bed.call).await.unwrap();
    let build = cloud.create(&bed.launch("build", base), &bed.call).await.unwrap();
    power_off(bed, &build.id);
    let image = cloud.create_image(&build.id, &spec("one"), &bed.call).await.unwrap();
    (build, image)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_made_once_listed_found_and_deleted() {
    let bed = Bed::with_empty_base();
    let (cloud, call) = (bed.cloud(), &bed.call);
    let (build, image) = image(&bed).await;
    assert_eq!(cloud.create_image(&build.id, &spec("one"), call).await.unwrap(), image);
    let two = cloud.create_image(&build.id, &spec("two"), call).await.unwrap();
    assert_eq!(
        cloud.list_images(ImageScope::Ours, call).await.unwrap(),
        [image.clone(), two.clone()]
    );
    assert_eq!(image.tags["imgctl-run"], "run-1");
    assert_eq!(cloud.find_base(Some("one"), call).await.unwrap(), image);
    assert_eq!(cloud.find_base(Some(&two.id), call).await.unwrap(), two);

    let error = cloud.find_base(Some("tow"), call).await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
    assert!(error.hint_text().unwrap().contains("two"), "{error:?}");

    cloud.delete_image("one", false, call).await.unwrap();
    let error = cloud.delete_image("one", false, call).await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
    cloud.destroy(&call.ledger.resources().unwrap(), call).await.unwrap();
    bed.assert_nothing_left();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_is_refused_while_the_guest_still_runs() {
    let bed = Bed::with_empty_base();
    let (cloud, call) = (bed.cloud(), &bed.call);
    let (_, image) = image(&bed).await;
    let base = cloud.find_base(None, call).await.unwrap();
    let other = cloud.create(&bed.launch("verify", base), call).await.unwrap();
    let error = cloud.create_image(&other.id, &spec("one"), call).await.unwrap_err();
    assert_eq!(error.code(), Code::NameTaken);
    assert_eq!(error.message(), "another image is already named `one`");
    assert!(error.to_string().contains(&image.id), "{error}");
    assert_eq!(bed.machines(), 1);
    let mut hot = spec("hot");
    hot.no_stop = true;
    let error = cloud.create_image(&other.id, &hot, call).await.unwrap_err();
    assert_eq!(error.code(), Code::Capability);
    cloud.destroy(&call.ledger.resources().unwrap(), call).await.unwrap();
    bed.assert_nothing_left();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_in_use_is_kept() {
    let bed = Bed::with_empty_base();
    let (cloud, call) = (bed.cloud(), &bed.call);
    let (_, image) = image(&bed).await;
    let user = cloud.create(&bed.launch("verify", image.clone()), call).await.unwrap();
    for force in [false, true] {
        let error = cloud.delete_image(&image.id, force, call).await.unwrap_err();
        assert_eq!(error.code(), Code::Refused);
        assert_eq!(error.message(), format!("image {} is in use", image.id));
        assert!(error.to_string().contains(&user.id), "{error}");
    }
    power_off(&bed, &user.id);
    cloud.delete_image(&image.id, false, call).await.unwrap_err();
    cloud.delete_image(&image.id, true, call).await.unwrap();
    // The instance without its image cannot start.
    let error = cloud.start(&user.id, call).await.unwrap_err();
    assert_eq!(error.message(), format!("image {} no longer exists", image.id));
    cloud.destroy(&call.ledger.resources().unwrap(), call).await.unwrap();
    bed.assert_nothing_left();
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_are_in_the_formats_of_other_clouds() {
    let bed = Bed::with_empty_base();
    let (cloud, call) = (bed.cloud(), &bed.call);
    assert!(cloud.can(Capability::ExportImage));
    let (_, image) = image(&bed).await;
    let out = bed.folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let mut written = Vec::new();
    for format in ["raw", "qcow2", "vmdk", "vhd", "gce"] {
        let paths = cloud.export_image("one", format, out.to_str().unwrap(), call).await.unwrap();
        assert_eq!(paths.len(), 1);
        written.extend(paths);
    }
    let info = |path: &str| -> serde_json::Value {
        serde_json::from_str(&qemu_img(&["info", "--output=json", path])).unwrap()
    };
    assert_eq!(info(&written[0])["virtual-size"], 64 << 20);
    assert_eq!(std::fs::metadata(&written[0]).unwrap().len(), 64 << 20);
    qemu_img(&["check", &written[1]]);
    let vmdk = info(&written[2]);
    assert_eq!(vmdk["format"], "vmdk");
    assert_eq!(vmdk["format-specific"]["data"]["create-type"], "streamOptimized");
    let vhd = std::fs::read(&written[3]).unwrap();
    // A fixed disk: the data, whole MiB of it, then a footer of 512 bytes.
    assert_eq!(vhd.len(), (64 << 20) + 512);
    assert_eq!(&vhd[64 << 20..][..8], b"conectix");
    let tar = Command::new("tar").args(["-tvzf", &written[4]]).output().unwrap();
    let listing = String::from_utf8(tar.stdout).unwrap();
    assert!(listing.trim().ends_with(" disk.raw"), "{listing}");
    assert!(listing.contains(&format!(" {} ", 1 << 30)), "{listing}");

    let error = cloud.export_image(&image.id, "floppy", "x", call).await.unwrap_err();
    assert_eq!(error.code(), Code::Usage);
    let error = cloud.export_image(&image.id, "raw", &written[0], call).await.unwrap_err();
    assert!(error.message().contains("already exists"), "{error}");
    let left: Vec<_> = std::fs::read_dir(&out).unwrap().collect();
    assert_eq!(left.len(), 5, "{left:?}");
    cloud.destroy(&call.ledger.resources().unwrap(), call).await.unwrap();
    bed.assert_nothing_left();
}
