//! What a user of `ci_image` relies on: where it may stand, which level wins, and what is refused. The
//! shipped keys that these tests name are `user`, `umask`, `java` and `repositories.components`.

use imgctl::config::Config;
use serde_json::{Value, json};

use crate::project::Project;
use crate::{check, load, load_with, refused, shown};

/// The settings of the CI image there.
fn ci_image(config: &Config, region: &str, distribution: &str) -> Value {
    let found = config.get_for(Some("fake"), Some(region), Some(distribution), "ci_image");
    found.unwrap().unwrap()
}

#[test]
fn the_closer_level_wins() {
    let levels = [
        ("", ["ci"; 4]),
        ("ci_image_profiles: {small: {user: {name: a}}}", ["a", "a", "a", "a"]),
        (
            "ci_image_profiles: {small: {user: {name: a}, distributions: {linux: {user: {name: b}}}}}",
            ["a", "b", "a", "b"],
        ),
        ("ci_image: {user: {name: c}}", ["c", "c", "c", "c"]),
        (
            "ci_image: {user: {name: c}, distributions: {linux: {user: {name: d}}}}",
            ["c", "d", "c", "d"],
        ),
        ("defaults: {ci_image: {user: {name: e}}}", ["e", "e", "e", "e"]),
        ("clouds: {fake: {ci_image: {user: {name: f}}, regions: {here: , there: }}}", ["f"; 4]),
        (
            "clouds: {fake: {regions: {here: {ci_image: {user: {name: g}}}, there: }}}",
            ["f", "f", "g", "g"],
        ),
        (
            "clouds: {fake: {distributions: {linux: {ci_image: {user: {name: h}}}}}}",
            ["f", "h", "g", "h"],
        ),
        (
            "clouds: {fake: {regions: {here: {distributions: {linux: {ci_image: {user: {name: i}}}}}}}}",
            ["f", "h", "g", "i"],
        ),
    ];
    // Each over all before it. What `--set` says of `ci_image` is above every level, so that is in the
    // file.
    let (mut file, mut sets) = (String::new(), Vec::new());
    for (yaml, expected) in levels {
        match yaml.split_once(": ") {
            Some(("ci_image", _)) => file = yaml.to_owned(),
            Some(pair) => sets.push(pair),
            None => {}
        }
        let config = load_with(&file, &sets).unwrap();
        let places = [("there", "other"), ("there", "linux"), ("here", "other"), ("here", "linux")];
        let found = places.map(|(region, distribution)| {
            ci_image(&config, region, distribution)["user"]["name"].as_str().unwrap().to_owned()
        });
        assert_eq!(found, expected, "with {yaml}");
    }
    let sets = [("ci_image.user.name", "z"), ("clouds.fake.ci_image.user.name", "y")];
    let config =
        load_with("clouds: {fake: {distributions: {linux: {ci_image: {user: {name: x}}}}}}", &sets);
    assert_eq!(ci_image(&config.unwrap(), "", "linux")["user"]["name"], "z");
}

#[test]
fn maps_merge_lists_do_not_and_what_is_unset_is_empty() {
    let config = load(
        "
ci_image: {repositories: {components: {debian: [git], mint: [vim]}}, java: }
clouds: {fake: {ci_image: {repositories: {components: {ubuntu: , mint: [nano]}}}}}
",
    );
    let found = ci_image(&config, "", "linux");
    let components = &found["repositories"]["components"];
    assert_eq!((&components["debian"], &components["ubuntu"]), (&json!(["git"]), &Value::Null));
    assert_eq!(components["mint"], json!(["nano"]));
    assert_eq!((&found["java"], &found["umask"]["value"]), (&Value::Null, &json!("022")));
    let get = |path| config.get_for(Some("fake"), None, Some("linux"), path).unwrap();
    assert_eq!(get("ci_image.repositories.components.mint"), Some(json!(["nano"])));
    assert_eq!((get("ci_image.java"), get("ci_image.nothing")), (None, None));
    // The keys that only tell what is allowed, and those that choose, are not settings.
    let keys: Vec<&String> = found.as_object().unwrap().keys().collect();
    assert!(!keys.iter().any(|key| *key == "*" || *key == "distributions"), "{keys:?}");
    // A map that was unset and is set again has all its keys.
    let config = load(
        "ci_image: {repositories: }\n\
         clouds: {fake: {ci_image: {repositories: {components: {mint: []}}}}}",
    );
    let repositories = ci_image(&config, "", "linux")["repositories"].take();
    let components = &repositories["components"];
    assert_eq!((&components["mint"], repositories.get("epel")), (&json!([]), Some(&Value::Null)));
}

#[test]
fn the_profile_is_small_where_machines_are_our_own() {
    let profiles = "ci_image_profiles: {small: {user: {name: s}}, full: {user: {name: f}}, mine: {user: {name: m}}}";
    let user = |yaml: &str, cloud: &str| {
        let config = load(&format!("{profiles}\n{yaml}"));
        let found = config.get_for(Some(cloud), None, Some("debian12"), "ci_image").unwrap();
        let found = found.unwrap();
        format!(
            "{} {}",
            found["profile"].as_str().unwrap(),
            found["user"]["name"].as_str().unwrap()
        )
    };
    for (cloud, expected) in [
        ("local", "small s"),
        ("fake", "small s"),
        ("ec2", "full f"),
        ("gce", "full f"),
        ("openstack", "full f"),
        ("rackspace", "full f"),
    ] {
        assert_eq!(user("", cloud), expected, "{cloud}");
    }
    assert_eq!(user("ci_image: {profile: full}", "local"), "full f");
    assert_eq!(user("ci_image: {profile: }", "local"), "small s");
    assert_eq!(user("ci_image: {profile: '${UNSET:-mine}'}", "ec2"), "mine m");
    let yaml = "ci_image: {profile: full}\nclouds: {local: {ci_image: {profile: mine}}}";
    assert_eq!([user(yaml, "local"), user(yaml, "fake")], ["mine m", "full f"]);
    // What is said for the profile is above it.
    assert_eq!(user("ci_image: {profile: mine, user: {name: me}}", "ec2"), "mine me");
}

#[test]
fn an_unknown_profile_is_refused_wherever_it_is_chosen() {
    let near = "did you mean `small`?";
    let message = "ci_image.profile: there is no profile `smal`";
    refused(("ci_image: {profile: smal}", "config.yaml:1:12", message, near));
    let message = "clouds.ec2.distributions.debian12.ci_image.profile: there is no profile `smal`";
    let yaml = "clouds: {ec2: {distributions: {debian12: {ci_image: {profile: smal}}}}}";
    refused((yaml, "config.yaml:1:54", message, near));
    let message = "defaults.ci_image.profile: there is no profile `tiny`";
    refused(("defaults: {ci_image: {profile: tiny}}", "config.yaml:1:23", message, "full, small"));
    let message = "ci_image_profiles.mine.profile: a profile cannot choose another";
    refused(("ci_image_profiles: {mine: {profile: full}}", "config.yaml:1:28", message, "-"));
    let error = load("ci_image: {profile: '${SET}'}");
    let error =
        error.get_for(Some("fake"), None, Some("linux"), "ci_image.umask.value").unwrap_err();
    assert!(
        shown(&error)
            .starts_with("config.yaml:1:12: ci_image.profile: there is no profile `from-env`")
    );
}

#[test]
fn unknown_keys_are_refused_at_every_level() {
    let near = "did you mean `umask`?";
    for (yaml, place, path) in [
        ("ci_image: {umsk: x}", "1:12", "ci_image.umsk"),
        (
            "ci_image: {distributions: {linux: {umsk: x}}}",
            "1:36",
            "ci_image.distributions.linux.umsk",
        ),
        ("ci_image_profiles: {mine: {umsk: x}}", "1:28", "ci_image_profiles.mine.umsk"),
        ("defaults: {ci_image: {umsk: x}}", "1:23", "defaults.ci_image.umsk"),
        ("clouds: {ec2: {ci_image: {umsk: x}}}", "1:27", "clouds.ec2.ci_image.umsk"),
        (
            "clouds: {fake: {regions: {here: {distributions: {linux: {ci_image: {umsk: x}}}}}}}",
            "1:69",
            "clouds.fake.regions.here.distributions.linux.ci_image.umsk",
        ),
    ] {
        let message = format!("unknown key {path}");
        refused((yaml, &format!("config.yaml:{place}"), &message, near));
    }
    // Keys that users choose are free, but the one that says so is not a name.
    load("ci_image: {repositories: {components: {mint: [git]}}}");
    let message = "unknown key ci_image.repositories.components.*";
    refused((
        "ci_image: {repositories: {components: {\"*\": []}}}",
        "config.yaml:1:40",
        message,
        "debian",
    ));
    // Elsewhere the key is suggested.
    let yaml = "clouds: {ec2: {ci_imge: {}}}";
    refused((
        yaml,
        "config.yaml:1:16",
        "unknown key clouds.ec2.ci_imge",
        "did you mean `ci_image`?",
    ));
}

#[test]
fn values_of_another_type_are_refused() {
    let brackets = "put it in square brackets";
    for (yaml, place, message, hint) in [
        (
            "ci_image: {repositories: {components: {debian: git}}}",
            "1:40",
            "ci_image.repositories.components.debian: must be a list, not the text `git`",
            brackets,
        ),
        (
            "ci_image: {repositories: {components: {mint: git}}}",
            "1:40",
            "ci_image.repositories.components.mint: must be a list, not the text `git`",
            brackets,
        ),
        (
            "ci_image: {repositories: {components: {debian: [git, 7]}}}",
            "1:54",
            "ci_image.repositories.components.debian[1]: must be text, not the number 7",
            "put it in quotes",
        ),
        (
            "ci_image: {repositories: [git]}",
            "1:12",
            "ci_image.repositories: must be a map of settings, not a list",
            "write `{key: value}` with one of the keys ",
        ),
        (
            "ci_image: {packages: [git]}",
            "1:12",
            "ci_image.packages: must be a map of settings, not a list",
            "write `{more: […]}`",
        ),
        (
            "clouds: {fake: {ci_image: {umask: {value: 22}}}}",
            "1:36",
            "clouds.fake.ci_image.umask.value: must be text, not the number 22",
            "put it in quotes",
        ),
        (
            "ci_image: {distributions: {linux: [x]}}",
            "1:28",
            "ci_image.distributions.linux: must be a map",
            "write `key: value` below it",
        ),
        (
            "clouds: {fake: {ci_image: x}}",
            "1:17",
            "clouds.fake.ci_image: must be a map",
            "write `key: value` below it",
        ),
        (
            "ci_image: {distributions: x}",
            "1:12",
            "ci_image.distributions: must be a map",
            "write `key: value` below it",
        ),
        (
            "ci_image_profiles: [x]",
            "1:1",
            "ci_image_profiles: must be a map",
            "write `key: value` below it",
        ),
    ] {
        refused((yaml, &format!("config.yaml:{place}"), message, hint));
    }
    // The rest of such a line is not shown, the message is.
    let yaml = "ci_image: {repositories: {components: {secret: x, mint: [z], debian: y}}}";
    check(yaml)
        .fails(2)
        .says("1:62: ci_image.repositories.components.debian: must be a list, not the text `y`");
    // What comes from a variable is judged when it is there.
    let error = load("ci_image: {repositories: {components: {debian: '${SET}'}}}");
    let error = error.get_for(Some("fake"), None, Some("linux"), "ci_image").unwrap_err();
    assert_eq!(
        shown(&error),
        "config.yaml:1:40: ci_image.repositories.components.debian: must be a list, not the text `from-env` \
         | put it in square brackets"
    );
}

#[test]
fn an_unset_variable_matters_only_where_ci_image_is_read() {
    let config =
        load("clouds: {fake: {ci_image: {umask: {value: '${UNSET}'}}}}\ncustom: {user: me}");
    config.select(Some("fake"), None, Some("linux")).unwrap();
    let get = |path| config.get_for(Some("fake"), None, Some("linux"), path);
    assert_eq!(get("custom.user").unwrap(), Some(json!("me")));
    let error = get("ci_image").unwrap_err();
    let begins =
        "config.yaml:1:36: clouds.fake.ci_image.umask.value: needs the environment variable UNSET";
    assert!(shown(&error).starts_with(begins), "{}", shown(&error));
}

#[test]
fn scripts_get_what_is_set_for_their_machine() {
    let project = Project::new();
    let config = std::fs::read_to_string(project.path().join("config.yaml")).unwrap();
    let own =
        "ci_image: {distributions: {debian13: {umask: {value: \"027\"}}}}\ncustom: {list: [1]}\n";
    project.write("config.yaml", &(config + own));
    let code = "print(config::get(\"ci_image.umask.value\")); print(config::get(\"ci_image\").umask.value); \
                print(config::get(\"custom.list\")); print(config::get(\"custom.x\", \"none\"))";
    for (distribution, umask) in [("debian12", "022"), ("debian13", "027")] {
        let word = format!("distribution:{distribution}");
        let ran = project.imgctl(&[&word, "run", "-e", code]).succeeds();
        assert_eq!(ran.stdout, format!("{umask}\n{umask}\n[1]\nnone\n"));
    }
    let ran = project.imgctl(&["--set", "ci_image.umask.value=007", "run", "-e", code]).succeeds();
    assert!(ran.stdout.starts_with("007\n"), "{ran}");
    let ran = project.imgctl(&["run", "-e", "config::get(\"ci_image.umsk\")"]).fails(2);
    ran.says("there is no setting `ci_image.umsk`");
}

#[test]
fn distributions_whose_git_is_older_than_that_of_the_old_images_build_one() {
    let full = load("ci_image: {profile: full}");
    let small = load("ci_image: {profile: small}");
    for (distribution, builds) in
        [("centos7", true), ("ubuntu1404", true), ("debian12", false), ("rocky9", false)]
    {
        let git = &ci_image(&full, "", distribution)["git"];
        assert_eq!(git["enabled"], builds, "{distribution}");
        assert_eq!(git["sha256"].as_str().unwrap().len() == 64, builds, "{distribution}");
        assert_eq!(ci_image(&small, "", distribution)["git"]["enabled"], false, "{distribution}");
    }
}
