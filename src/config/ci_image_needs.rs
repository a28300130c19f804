//! What items of the CI image need when they are switched on: without it their steps would fail, long after the
//! instance was started. Unlike [`super::ci_image_values`] this is about a whole selection: which distribution it is
//! for, and what another setting says.

use std::sync::LazyLock;

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::ci_image::{PROFILE, SHAPE};
use super::ci_image_sums;
use super::ci_image_values;
use super::mistake::Mistake;
use super::path::KeyPath;

/// The settings of an item, and the distribution by its name in config.yaml.
type Applies = fn(&Value, &str) -> bool;

/// A setting that must not be empty.
struct Need {
    path: [&'static str; 2],
    applies: Applies,
    hint: &'static str,
}

const SUM: &str =
    "set it to the 64 digits that `sha256sum` prints for the file, or the item to `enabled: false`";

static NEEDS: [Need; 5] = [
    Need {
        path: ["git", "version"],
        applies: always,
        hint: "set it to a version such as \"2.47.1\", with its `sha256`, or the item to `enabled: false`",
    },
    Need { path: ["git", "sha256"], applies: always, hint: SUM },
    Need {
        path: ["pypy", "version"],
        applies: is_tarball,
        hint: "set it to a version such as \"7.3.17\", with its `sha256`, or the item to `enabled: false`",
    },
    Need {
        path: ["pypy", "python"],
        applies: is_tarball,
        hint: "set it to the version of Python that it speaks, such as \"3.10\"",
    },
    Need { path: ["pypy", "sha256"], applies: is_tarball, hint: SUM },
];

/// What distributions do not have, as the library's own tables say.
struct Lack {
    path: [&'static str; 2],
    applies: Applies,
    problem: &'static str,
    hint: &'static str,
}

static LACKS: [Lack; 6] = [
    Lack {
        path: ["zfs", "enabled"],
        applies: |_, distribution| begins(distribution, &["amazonlinux", "fedora", "ubuntu1404"]),
        problem: "there are no packages of ZFS for this distribution",
        hint: "set it to false, or build ZFS from its source in a task of your own",
    },
    Lack {
        path: ["repositories", "epel"],
        applies: |item, distribution| {
            item["epel"] == true && begins(distribution, &["amazonlinux", "fedora"])
        },
        problem: "there is no EPEL for this distribution",
        hint: "set it to false",
    },
    Lack {
        path: ["docker", "source"],
        applies: |item, distribution| {
            item["source"] == "docker" && begins(distribution, &["amazonlinux"])
        },
        problem: "Docker has no repository for this distribution",
        hint: "set it to distribution",
    },
    Lack {
        path: ["clock", "program"],
        applies: |item, distribution| {
            item["program"] == "timesyncd" && begins(distribution, REDHAT)
        },
        problem: "this distribution has no timesyncd",
        hint: "set it to chrony",
    },
    Lack {
        path: ["java", "source"],
        applies: |item, distribution| {
            item["source"] == "distribution" && lacks_java(item, distribution)
        },
        problem: "this distribution has no package of that version of Java",
        hint: "set it to auto or temurin, or choose another `version`",
    },
    Lack {
        path: ["pypy", "source"],
        applies: |item, distribution| {
            item["source"] == "distribution" && begins(distribution, REDHAT)
        },
        problem: "this distribution has no package of PyPy",
        hint: "set it to tarball, or leave it out",
    },
];

/// The versions of Java by distribution, as stdlib/java.rhai has them. One that is not listed is asked for what it has.
const JAVA: &[(&[&str], &[i64])] = &[
    (&["debian11"], &[11, 17]),
    (&["debian12"], &[17]),
    (&["debian13"], &[21, 25]),
    (&["ubuntu1404"], &[6, 7]),
    (&["ubuntu2204"], &[8, 11, 17, 18, 19, 21]),
    (&["ubuntu2404"], &[8, 11, 17, 21]),
    (&["centos7", "rhel7"], &[7, 8, 11]),
    (&["almalinux8", "rhel8", "rocky8"], &[8, 11, 17, 21]),
    (&["almalinux9", "centos9", "rhel9", "rocky9"], &[8, 11, 17, 21]),
    (&["amazonlinux2023"], &[8, 11, 17, 21]),
];

fn lacks_java(item: &Value, distribution: &str) -> bool {
    let known = JAVA.iter().find(|(names, _)| names.contains(&distribution));
    let version = item["version"].as_i64();
    known.zip(version).is_some_and(|((_, versions), version)| !versions.contains(&version))
}

/// How names of distributions of the Red Hat family begin. One that is named otherwise is judged by the library.
const REDHAT: &[&str] =
    &["almalinux", "amazonlinux", "centos", "fedora", "oracle", "redhat", "rhel", "rocky"];

fn begins(distribution: &str, names: &[&str]) -> bool {
    names.iter().any(|name| distribution.starts_with(name))
}

fn always(_: &Value, _: &str) -> bool {
    true
}

/// Whether PyPy's makers' files are installed, as far as the name of the distribution tells.
fn is_tarball(item: &Value, distribution: &str) -> bool {
    item["source"] == "tarball" || item["source"] == "auto" && begins(distribution, REDHAT)
}

static GEM: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("^[A-Za-z0-9_][A-Za-z0-9_.-]*$").ok());

/// Finds what items that are switched on lack, in settings that are merged, filled in and complete.
pub fn check(settings: &Value, distribution: &str, mistakes: &mut Vec<Mistake>) {
    let root = KeyPath::default();
    let items = SHAPE.as_object().into_iter().flat_map(Map::iter);
    for (name, shape) in items.filter(|(name, shape)| *name != PROFILE && shape.is_object()) {
        let here = root.key(name);
        let Some(item) = settings.get(name).filter(|item| item.is_object()) else {
            mistakes.push(
                Mistake::new(here, "has no settings")
                    .hint("remove it for the shipped ones, or write `{enabled: false}`"),
            );
            continue;
        };
        if item["enabled"] == false {
            continue;
        }
        for setting in shape.as_object().into_iter().flat_map(Map::keys) {
            // A list of packages is that of one family.
            if item[setting].is_null()
                && !(name == "packages" && is_of_others(setting, distribution))
            {
                mistakes.push(
                    Mistake::new(here.key(setting), "has no value").hint(
                        "remove it for the shipped value, or write \"\", [] or {} for nothing",
                    ),
                );
            }
        }
        check_numbers(name, item, &here, mistakes);
    }
    // What came out of variables could not be judged before.
    let mut enabled = settings.clone();
    if let Value::Object(items) = &mut enabled {
        items.retain(|_, item| item["enabled"] != false);
    }
    ci_image_values::check(&enabled, &SHAPE, &root, mistakes);
    let is_on = |path: &[&str; 2]| enabled.get(path[0]).filter(|item| item.is_object());
    for Need { path, applies, hint } in &NEEDS {
        let [item, setting] = *path;
        let Some(found) = is_on(path).filter(|found| applies(found, distribution)) else {
            continue;
        };
        let is_empty = match &found[setting] {
            Value::String(text) => text.is_empty(),
            Value::Object(map) => map.is_empty(),
            _ => false,
        };
        if is_empty {
            let problem = format!("must be set, since {item} is enabled");
            mistakes.push(Mistake::new(root.key(item).key(setting), &problem).hint(*hint));
        }
    }
    let wants_images = is_on(&["docker_images", "names"])
        .is_some_and(|item| item["names"].as_array().is_some_and(|names| !names.is_empty()));
    if wants_images && settings["docker"]["enabled"] == false {
        let problem = "is false, and docker_images, which needs Docker, is enabled";
        mistakes.push(Mistake::new(root.key("docker").key("enabled"), problem).hint(
            "set `docker_images` to `enabled: false`, too, or remove this: where Docker is installed, nothing changes",
        ));
    }
    let is_downloaded = |name: &str, item: &Value| name != "pypy" || is_tarball(item, distribution);
    ci_image_sums::check(&enabled, is_downloaded, &root, mistakes);
    for Lack { path, applies, problem, hint } in &LACKS {
        if is_on(path).is_some_and(|found| applies(found, distribution)) {
            mistakes.push(Mistake::new(root.key(path[0]).key(path[1]), problem).hint(*hint));
        }
    }
}

/// Whether a list of packages is that of a family to which the distribution does not belong.
fn is_of_others(setting: &str, distribution: &str) -> bool {
    match setting {
        "debian" => begins(distribution, REDHAT),
        "redhat" => !begins(distribution, REDHAT),
        _ => false,
    }
}

/// Numbers and names that a pattern cannot tell.
fn check_numbers(name: &str, item: &Value, here: &KeyPath, mistakes: &mut Vec<Mistake>) {
    let mut wrong = |setting: &str, found: &str, words: &str| {
        let problem = format!("must be {words}, not {found}");
        mistakes.push(Mistake::new(here.key(setting), &problem));
    };
    match name {
        "java" => {
            if let Some(number) = item["version"].as_i64().filter(|number| *number < 1) {
                wrong("version", &number.to_string(), "a version of Java such as 21");
            }
        }
        "docker" => {
            let id = item["group_id"].as_i64();
            if let Some(id) = id.filter(|id| !(-1..=i64::from(u32::MAX - 1)).contains(id)) {
                let words = "a number of a group, or -1 for any";
                wrong("group_id", &id.to_string(), words);
            }
        }
        "firewall" => {
            for port in item["ports"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !is_port(port) {
                    wrong(
                        "ports",
                        port,
                        "a list of ports from 1 to 65535, a range from its lower one",
                    );
                }
            }
        }
        "gems" => {
            let names = item["versions"].as_object().into_iter().flat_map(Map::keys);
            for gem in names {
                if GEM.as_ref().is_some_and(|form| !form.is_match(gem)) {
                    wrong("versions", gem, "a map of names of gems to versions");
                }
            }
        }
        _ => {}
    }
}

/// Whether a port or a range of them can be meant. Names of services are the machine's to know.
fn is_port(text: &str) -> bool {
    let numbers = text.split('/').next().unwrap_or_default();
    if !numbers.starts_with(|first: char| first.is_ascii_digit()) {
        return true;
    }
    let parsed = numbers.split('-').map(str::parse::<u16>).collect::<Result<Vec<_>, _>>();
    parsed.is_ok_and(|numbers| !numbers.contains(&0) && numbers.is_sorted())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_need_is_of_a_setting() {
        let needs = NEEDS.iter().map(|need| need.path);
        for [item, setting] in needs.chain(LACKS.iter().map(|lack| lack.path)) {
            assert!(SHAPE[item].get(setting).is_some(), "{item}.{setting}");
        }
    }

    #[test]
    fn versions_of_java_are_those_of_the_library() {
        let library = include_str!("../../stdlib/java.rhai");
        let library = library.split("const VERSIONS = #{").nth(1).unwrap_or_default();
        let library = library.split("};").next().unwrap_or_default();
        for (names, versions) in JAVA {
            for name in *names {
                let (id, release) =
                    name.split_at(name.find(|c: char| c.is_ascii_digit()).unwrap_or(0));
                let row = match id {
                    "ubuntu" => format!("\"ubuntu {}.{}\": ", &release[..2], &release[2..]),
                    "debian" => format!("\"debian {release}\": "),
                    "amazonlinux" => format!("\"amzn {release}\": "),
                    _ => format!("\"redhat {release}\": "),
                };
                let wanted = format!("{row}{versions:?},");
                assert!(library.contains(&wanted), "std/java has no row `{wanted}`");
            }
        }
        assert_eq!(library.matches("\": [").count(), JAVA.len());
    }
}
