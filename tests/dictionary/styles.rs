//! One value is changed or added, in every style that people write: each file is compared byte by byte.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use imgctl::dictionary::{Dictionary, Follow, Format};

/// The files before and after, the path and the value that make one the other.
pub const CASES: &[(&str, &str, &str)] = &[
    ("showcase.*.yaml", "jenkins.clouds.images.aws.us-west-2.centos7", "ami-0new"),
    ("showcase-single-quotes.*.yaml", "jenkins.clouds.images.aws.us-west-2.ubuntu1404", "ami-0new"),
    (
        "showcase-double-quotes.*.yaml",
        "jenkins.clouds.images.aws.eu-central-1.ubuntu1404",
        "ami-0new",
    ),
    (
        "showcase-flow.*.yaml",
        "jenkins.clouds.images.rackspace.DFW.centos7",
        "7b1c0d2e-0000-4000-8000-000000000001",
    ),
    (
        "showcase-new-distribution.*.yaml",
        "jenkins.clouds.images.aws.eu-central-1.debian12",
        "ami-0new",
    ),
    ("showcase-new-region.*.yaml", "jenkins.clouds.images.aws.sa-east-1.centos7", "ami-0new"),
    ("showcase-new-cloud.*.yaml", "jenkins.clouds.images.gce.europe-west1.centos7", "ami-0new"),
    ("showcase-new-flow-region.*.yaml", "jenkins.clouds.images.rackspace.IAD.centos7", "ami-0new"),
    (
        "showcase-new-key-in-flow-lines.*.yaml",
        "jenkins.clouds.ec2_plugin[name=us-west-2].templates[description=centos7].type",
        "T2Micro",
    ),
    ("plain-leaf.*.yaml", "jenkins.clouds.images.aws.us-west-2", "ami-0new"),
    ("flow-one-line.*.yaml", "jenkins.clouds.images.aws.us-west-2.ubuntu1404", "ami-0new"),
    ("flow-plain-leaf.*.yaml", "jenkins.clouds.images.aws.us-west-2", "ami-0new"),
    ("flow-lines.*.yaml", "images.us-west-2.ubuntu1404", "ami-0new"),
    ("flow-lines-new.*.yaml", "images.sa-east-1.centos7", "ami-0new"),
    ("flow-lines-new-aligned.*.yaml", "images.us-west-2.debian12", "ami-0new"),
    ("flow-lines-no-comma.*.yaml", "a.d", "ami-0new"),
    ("flow-lines-aligned-last.*.yaml", "images.us-west-2.x", "ami-0new"),
    ("flow-sorted.*.yaml", "a.c", "ami-0new"),
    ("flow-empty.*.yaml", "a.b.c", "ami-0new"),
    ("flow-key-alone.*.yaml", "a.b", "ami-0new"),
    ("flow-left-out.*.yaml", "a.b", "ami-0new"),
    (
        "casc.*.yaml",
        "jenkins.clouds[amazonEC2.name=aws].amazonEC2.templates[description=centos7].ami",
        "ami-0new",
    ),
    ("casc-index.*.yaml", "jenkins.clouds[0].amazonEC2.templates[1].ami", "ami-0new"),
    (
        "casc-flow.*.yaml",
        "jenkins.clouds[openstack.name=rackspace].openstack.templates[name=centos7].slaveOptions.bootSource.image.name",
        "new-image",
    ),
    (
        "casc-new-key.*.yaml",
        "jenkins.clouds[amazonEC2.name=aws].amazonEC2.templates[description=centos7].zone",
        "us-west-2a",
    ),
    ("list-of-maps.*.yaml", "jenkins.clouds[name=aws].templates[name=ubuntu1404].ami", "ami-0new"),
    ("list-two-conditions.*.yaml", "a[n=1,r=\"x, y\"].ami", "ami-0new"),
    ("list-of-scalars.*.yaml", "a[1]", "ami-0new"),
    ("list-merged-condition.*.yaml", "l[kind=x].ami", "ami-0new"),
    ("crlf.*.yaml", "jenkins.clouds.images.aws.us-west-2.centos7", "ami-0new"),
    ("crlf-new.*.yaml", "jenkins.clouds.images.aws.sa-east-1.centos7", "ami-0new"),
    ("mixed-line-ends.*.yaml", "a.b", "ami-0new"),
    ("no-final-newline.*.yaml", "a.b", "ami-0new"),
    ("no-final-newline-new.*.yaml", "a.c", "ami-0new"),
    ("no-final-newline-crlf-new.*.yaml", "a.c", "ami-0new"),
    ("byte-order-mark.*.yaml", "a.b", "ami-0new"),
    ("byte-order-mark-new.*.yaml", "z", "ami-0new"),
    ("byte-order-mark-first.*.yaml", "a", "ami-0new"),
    ("tabs.*.yaml", "a.b", "ami-0new"),
    ("tabs-new.*.yaml", "a.d", "ami-0new"),
    ("unicode.*.yaml", "Bilder.東京.\"größe 1\"", "ami-0new"),
    ("unicode-escapes.*.yaml", "größe", "ami-0new"),
    ("keys-with-dots.*.yaml", "images.\"us.west.2\".\"centos 7.9\"", "ami-0new"),
    ("keys-quoted.*.yaml", "images.us.centos7", "ami-0new"),
    ("keys-quoted-new.*.yaml", "images.eu", "ami-0new"),
    ("number-keys.*.yaml", "ubuntu.2404", "ami-0new"),
    ("number-keys-new.*.yaml", "ubuntu.2304", "ami-0new"),
    ("number-keys-among-text.*.yaml", "ubuntu.2304", "ami-0new"),
    ("key-needs-quotes.*.yaml", "a.on", "ami-0new"),
    ("number-value.*.yaml", "a", "0123"),
    ("needs-quotes.*.yaml", "a.b", "x, {y}: #z"),
    ("needs-double-quotes.*.yaml", "a", "b\u{7}l'"),
    ("quote-in-single-quotes.*.yaml", "a", "it's"),
    ("long-line.*.yaml", "b", "ami-0new"),
    ("documents.*.yaml", "images.centos7", "ami-0new"),
    ("documents-new.*.yaml", "images.debian12", "ami-0new"),
    ("tagged.*.yaml", "a.b", "ami-0new"),
    ("tagged-anchor.*.yaml", "a", "ami-0new"),
    ("merges.*.yaml", "eu.ami", "ami-0new"),
    ("merges-new.*.yaml", "eu.ami", "ami-0new"),
    ("explicit-key.*.yaml", "a.b", "ami-0new"),
    ("folded.*.yaml", "a.b", "ami-0new"),
    ("two-lines.*.yaml", "a", "ami-0new"),
    ("left-out.*.yaml", "a.b", "ami-0new"),
    ("left-out-anchor.*.yaml", "a.b", "ami-0new"),
    ("null.*.yaml", "a.b", "ami-0new"),
    ("left-out-map.*.yaml", "a.eu.centos7", "ami-0new"),
    ("null-map.*.yaml", "a.eu.centos7", "ami-0new"),
    ("left-out-map-flow.*.yaml", "a.eu.centos7", "ami-0new"),
    ("sorted.*.yaml", "a.m", "ami-0new"),
    ("sorted-first.*.yaml", "a.a", "ami-0new"),
    ("head-of-file-stays.*.yaml", "a", "ami-0new"),
    ("comments-of-the-next.*.yaml", "a.c", "ami-0new"),
    ("columns.*.yaml", "a.el", "ami-0new"),
    ("dash-lines.*.yaml", "a[n=1].ami", "ami-0new"),
    ("dash-lines-sorted-first.*.yaml", "a[n=1].ami", "ami-0new"),
    ("comments-only.*.yaml", "a.b", "ami-0new"),
    ("after-block-text.*.yaml", "a.c", "ami-0new"),
    ("after-flow-lines.*.yaml", "a.c", "ami-0new"),
    ("odd-indentation.*.yaml", "a.b.d", "ami-0new"),
    ("duplicates-elsewhere.*.yaml", "a.b", "ami-0new"),
    ("deep-new.*.yaml", "a.b.c.d", "ami-0new"),
    ("byte-order-mark.*.json", "a.b", "ami-0new"),
    ("tabs.*.json", "images.us-west-2.centos7", "ami-0new"),
    ("null.*.json", "images.\"eu.west\"[name=x].ami", "ami-0new"),
    ("new-lines.*.json", "images.ap.centos7", "ami-0new"),
    ("compact-new.*.json", "a.c", "ami-0new"),
    ("empty.*.json", "a.b", "ami-0new"),
    ("packer-manifest.*.json", "variables.ami", "ami-\"new\""),
    ("export.*.env", "CENTOS7", "ami-0new"),
    ("double.*.env", "UBUNTU", "ami-0new"),
    ("single.*.env", "DEBIAN", "a $b"),
    ("left-out.*.env", "EMPTY", "ami-0new"),
    ("new.*.env", "NEW", "ami-0new"),
    ("exported-new.*.env", "AMI_B", "ami-0new"),
    ("exported-first.*.env", "AMI_A", "ami-0new"),
    ("columns.*.env", "B", "ami-0new"),
    ("images.*.auto.tfvars", "images.aws.us-west-2.centos7", "ami-0new"),
    ("list.*.auto.tfvars", "list[name=b].ami", "a${b}"),
    ("new.*.auto.tfvars", "images.aws.eu-west-1.zzz", "ami-0new"),
    ("new-inline.*.auto.tfvars", "images.aws.us-west-2.debian12", "ami-0new"),
    ("new-top.*.auto.tfvars", "zone.a", "ami-0new"),
    ("top.*.auto.tfvars", "region", "eu"),
    ("byte-order-mark-first.*.auto.tfvars", "region", "eu"),
    ("byte-order-mark-new.*.auto.tfvars", "images.debian12", "ami-0new"),
    ("crlf.*.auto.tfvars", "images.aws.eu-west-1.centos7", "ami-0new"),
    ("literal.*.toml", "images.us-west-2.centos7", "ami-0new"),
    ("inline.*.toml", "images.us-west-2.\"ubuntu 14\"", "ami-0new"),
    ("table.*.toml", "images.\"eu.west\".ubuntu1404", "ami-0new"),
    ("array.*.toml", "templates[name=debian12].ami", "ami-0new"),
    ("crlf.*.toml", "images.\"eu.west\".ubuntu1404", "ami-0new"),
    ("new.*.toml", "images.\"eu.west\".zzz", "ami-0new"),
    ("new-inline.*.toml", "images.us-west-2.x", "ami-0new"),
    ("new-region.*.toml", "images.ap.x", "ami-0new"),
    ("new-in-empty.*.toml", "empty.x", "ami-0new"),
    ("new-table.*.toml", "more.aws.x", "ami-0new"),
    ("new-top.*.toml", "zone", "ami-0new"),
    ("new-in-array.*.toml", "templates[name=centos7].zone", "a"),
    ("dotted-new.*.toml", "images.us-west-2.debian12", "ami-0new"),
    ("dotted-new-region.*.toml", "images.eu.x.y", "ami-0new"),
    ("dotted-new-top.*.toml", "z", "ami-0new"),
    ("above-tables-new.*.toml", "z", "ami-0new"),
    ("header-new.*.toml", "a.x", "ami-0new"),
    ("header-new-inner.*.toml", "a.d.x", "ami-0new"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dictionary")
}

/// The text of one side of a case.
pub fn side(files: &str, side: &str) -> String {
    std::fs::read_to_string(folder().join(files.replace('*', side))).unwrap()
}

pub fn read(files: &str, text: String) -> Dictionary {
    Dictionary::read(files, Format::of(Path::new(files), None).unwrap(), text).unwrap()
}

#[test]
fn only_the_value_changes_in_every_style() {
    let mut wrong = Vec::new();
    for (files, path, value) in CASES {
        let mut dictionary = read(files, side(files, "before"));
        let after = side(files, "after");
        match dictionary.set(path, value, Follow::Own) {
            Ok(true) if dictionary.text() == after => {
                assert_eq!(dictionary.get(path).unwrap().as_deref(), Some(*value), "{files}");
                assert!(
                    !dictionary.set(path, value, Follow::Own).unwrap(),
                    "{files} changes twice"
                );
                assert_eq!(dictionary.text(), after, "{files}");
            }
            Ok(_) => wrong.push(format!("{files}:\n{}\nin place of:\n{after}", dictionary.text())),
            Err(error) => wrong.push(format!("{files}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
}

#[test]
fn every_file_belongs_to_a_case() {
    let cases = CASES.iter().map(|(files, ..)| *files);
    let named: BTreeSet<String> =
        cases.flat_map(|files| ["before", "after"].map(|side| files.replace('*', side))).collect();
    let found = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let found = found.map(|name| name.into_string().unwrap());
    let found: BTreeSet<String> =
        found.filter(|name| !name.ends_with(".rs") && !name.starts_with('.')).collect();
    assert_eq!(found, named);
}
