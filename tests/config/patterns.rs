//! The shipped patterns for base images, against names that vendors have published.

use std::collections::BTreeMap;

use serde_json::Value;

/// A distribution, and names of its images.
type Names = (&'static str, &'static [&'static str]);

/// By cloud: names that each distribution's pattern must match. It must match none of the others.
const NAMES: &[(&str, &[Names])] = &[
    (
        "ec2",
        &[
            ("ubuntu1404", &["ubuntu/images/hvm-ssd/ubuntu-trusty-14.04-amd64-server-20191107"]),
            (
                "ubuntu2204",
                &[
                    "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20230208",
                    "ubuntu/images/hvm-ssd-gp3/ubuntu-jammy-22.04-amd64-server-20260904",
                ],
            ),
            ("ubuntu2404", &["ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20260911"]),
            ("debian12", &["debian-12-amd64-20260831-2220"]),
            ("debian13", &["debian-13-amd64-20260831-2220"]),
            ("centos7", &["CentOS Linux 7 x86_64 - 2211", "CentOS 7.9.2009 x86_64"]),
            ("rocky9", &["Rocky-9-EC2-Base-9.6-20250531.0.x86_64"]),
            ("almalinux9", &["AlmaLinux OS 9.6.20250522 x86_64"]),
            ("fedora", &["Fedora-Cloud-Base-AmazonEC2.x86_64-44-20260922.0"]),
            ("fedora43", &["Fedora-Cloud-Base-AmazonEC2.x86_64-43-20260305.0"]),
            ("fedora44", &["Fedora-Cloud-Base-AmazonEC2.x86_64-44-20260922.0"]),
            ("amazonlinux2023", &["al2023-ami-2023.12.20260914.0-kernel-6.18-x86_64"]),
        ],
    ),
    (
        "rackspace",
        &[
            ("ubuntu2404", &["Ubuntu 24.04 LTS (Noble Numbat) (Cloud)"]),
            ("ubuntu2204", &["Ubuntu 22.04 LTS (Jammy Jellyfish) (Cloud)"]),
            ("debian12", &["Debian 12 (Bookworm) (Cloud)"]),
            ("rocky9", &["Rocky Linux 9 (Cloud)"]),
            ("almalinux9", &["AlmaLinux 9 (Cloud)", "Alma Linux 9 (Cloud)"]),
        ],
    ),
];

/// What a pattern must not match, although it looks alike: other architectures, editions, releases.
const OTHERS: &[Names] = &[
    (
        "ec2",
        &[
            "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20260911",
            "ubuntu-minimal/images/hvm-ssd-gp3/ubuntu-noble-24.04-minimal-amd64-20260911",
            "ubuntu/images-testing/hvm-ssd-gp3/ubuntu-noble-daily-amd64-server-20260911",
            "ubuntu-pro-server/images/hvm-ssd-gp3/ubuntu-jammy-22.04-amd64-pro-server-20260904",
            "ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-amd64-server-20260901",
            "debian-12-arm64-20260831-2220",
            "debian-12-backports-amd64-20260831-2220",
            "debian-11-amd64-20241205-1950",
            "CentOS Linux 8 x86_64 - 2105",
            "Rocky-9-EC2-LVM-9.6-20250531.0.x86_64",
            "Rocky-8-EC2-Base-8.9-20231119.0.x86_64",
            "Rocky-9-EC2-Base-9.6-20250531.0.aarch64",
            "AlmaLinux OS 8.10.20240820 x86_64",
            "AlmaLinux OS 9.6.20250522 aarch64",
            "AlmaLinux OS 10.0.20250528 x86_64",
            "Fedora-Cloud-Base-AmazonEC2.x86_64-42-1.1",
            "Fedora-Cloud-Base-AmazonEC2.x86_64-Rawhide-20260922.n.0",
            "Fedora-Cloud-Base-AmazonEC2.x86_64-44-Beta-1.2",
            "Fedora-Cloud-Base-AmazonEC2.aarch64-44-20260922.0",
            "al2023-ami-2023.12.20260914.0-kernel-6.1-x86_64",
            "al2023-ami-2023.12.20260914.0-kernel-6.18-arm64",
            "al2023-ami-minimal-2023.12.20260914.0-kernel-6.18-x86_64",
            "al2023-ami-ecs-hvm-2023.0.20260914-kernel-6.18-x86_64",
            "amzn2-ami-hvm-2.0.20260901.0-x86_64-gp2",
        ],
    ),
    (
        "rackspace",
        &[
            "Ubuntu 20.04 LTS (Focal Fossa) (Cloud)",
            "Debian 11 (Bullseye) (Cloud)",
            "Rocky Linux 8 (Cloud)",
            "AlmaLinux 8 (Cloud)",
            "AlmaLinux 10 (Cloud)",
            "CentOS 7 (Cloud)",
        ],
    ),
];

/// `*` is any text, `?` any character.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.chars().next() {
        None => name.is_empty(),
        Some('*') => {
            let mut ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            ends.any(|at| matches(&pattern[1..], &name[at..]))
        }
        Some(wanted) => {
            let first = name.chars().next();
            first.is_some_and(|first| wanted == '?' || wanted == first)
                && matches(
                    &pattern[wanted.len_utf8()..],
                    &name[name.chars().next().map_or(0, char::len_utf8)..],
                )
        }
    }
}

/// The shipped patterns of a cloud, by distribution.
fn patterns(cloud: &str) -> BTreeMap<String, String> {
    let shipped = imgctl::config::yaml::value(include_str!("../../src/config/default.yaml"));
    let shipped = shipped.unwrap();
    let all = shipped["clouds"][cloud]["distributions"].as_object().unwrap().clone();
    let pattern = |settings: &Value| {
        let base = &settings["base"];
        let found = [&base["name"], &base["pattern"]].into_iter().find_map(Value::as_str);
        found.filter(|pattern| pattern.contains(['*', '?'])).map(str::to_owned)
    };
    all.iter().filter_map(|(name, settings)| Some((name.clone(), pattern(settings)?))).collect()
}

#[test]
fn every_shipped_pattern_matches_its_vendors_names_and_no_look_alike() {
    for (cloud, names) in NAMES {
        let patterns = patterns(cloud);
        let recorded: Vec<&str> = names.iter().map(|(distribution, _)| *distribution).collect();
        for distribution in patterns.keys() {
            assert!(recorded.contains(&distribution.as_str()), "{cloud}: names of {distribution}");
        }
        for (distribution, own) in *names {
            let pattern = &patterns[*distribution];
            for name in *own {
                assert!(matches(pattern, name), "{cloud} {distribution}: {pattern}: {name}");
            }
            let others = names.iter().flat_map(|(_, names)| *names);
            let alike = OTHERS.iter().filter(|(of, _)| of == cloud).flat_map(|(_, names)| *names);
            for name in others.chain(alike).filter(|name| !own.contains(*name)) {
                assert!(!matches(pattern, name), "{cloud} {distribution}: {pattern}: {name}");
            }
        }
    }
}
