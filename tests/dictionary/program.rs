//! Scripts that change a dictionary, by the real binary.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use crate::project::{Project, Ran};

const IMAGES: &str = "\
# vim: ft=yaml
jenkins:
  secretKey: hunter2
  images:
    aws:
      us-west-2: &usw {centos7: ami-1}  # old
    here: *usw
";

/// A project with `images.yaml` in which this script is run.
fn project(script: &str) -> Project {
    let project = Project::new();
    project.write("images.yaml", IMAGES);
    project.write("script.rhai", &format!("//! Changes the dictionary.\n{script}\n"));
    project
}

fn text(project: &Project, name: &str) -> String {
    std::fs::read_to_string(project.path().join(name)).unwrap()
}

/// Every file of the project but those that the program keeps.
fn files(project: &Project) -> Vec<String> {
    let names = std::fs::read_dir(project.path()).unwrap();
    let mut names: Vec<_> =
        names.map(|name| name.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn run(project: &Project) -> Ran {
    project.imgctl(&["run", "script.rhai"])
}

#[test]
fn a_script_sets_one_value_once() {
    let project = project(
        r#"let path = "jenkins.images.aws.us-west-2.centos7";
        print(dictionary::get("images.yaml", path));
        print(dictionary::set("images.yaml", path, "ami-2"));
        print(dictionary::set("images.yaml", path, "ami-2"));
        print(type_of(dictionary::get("images.yaml", "jenkins.images.gce.x")));"#,
    );
    let before = files(&project);
    let ran = run(&project).succeeds();
    assert_eq!(ran.stdout, "ami-1\ntrue\nfalse\n()\n");
    assert_eq!(text(&project, "images.yaml"), IMAGES.replace("ami-1", "ami-2"));
    assert_eq!(files(&project), before, "nothing else is left behind");
    // The change is shown, and no secret beside it.
    ran.says("changed images.yaml").says("+      us-west-2: &usw {centos7: ami-2}  # old");
}

#[test]
fn a_rehearsal_shows_the_difference_and_changes_nothing() {
    let project = project(
        r##"let path = "jenkins.images.aws.us-west-2.debian12";
        let values = #{ "jenkins.images.aws.us-west-2.debian12": "ami-3" };
        print(dictionary::diff("images.yaml", values).len() > 0);
        print(dictionary::set("images.yaml", path, "ami-3"));"##,
    );
    let inode = |project: &Project| project.path().join("images.yaml").metadata().unwrap().ino();
    let before = inode(&project);
    let ran = project.imgctl(&["--dry-run", "run", "script.rhai"]).succeeds();
    assert_eq!(ran.stdout, "true\ntrue\n");
    ran.says("would change images.yaml")
        .says("-      us-west-2: &usw {centos7: ami-1}  # old")
        .says("+      us-west-2: &usw {centos7: ami-1, debian12: ami-3}  # old")
        .never_says("hunter2");
    assert_eq!((text(&project, "images.yaml").as_str(), inode(&project)), (IMAGES, before));
}

#[test]
fn several_values_are_set_all_or_none() {
    let script = |last: &str| {
        format!(
            r##"print(dictionary::set_all("images.yaml", #{{
                "jenkins.images.aws.us-west-2.centos7": "ami-2",
                "jenkins.images.gce": "x",
                "{last}": "ami-3",
            }}));"##
        )
    };
    let wrong = project(&script("jenkins.images.here.centos7"));
    run(&wrong)
        .fails(1)
        .says("cannot set `jenkins.images.here.centos7` in images.yaml")
        .says("alias `*usw`")
        .says("images.yaml:7")
        .hints("anchor: true");
    assert_eq!(text(&wrong, "images.yaml"), IMAGES);
    let right = project(&script("jenkins.images.aws.eu"));
    assert_eq!(run(&right).succeeds().stdout, "true\n");
    let expected =
        IMAGES.replace("ami-1}  # old\n", "ami-2}  # old\n      eu: ami-3\n    gce: x\n");
    assert_eq!(text(&right, "images.yaml"), expected);
}

#[test]
fn an_anchor_is_changed_with_the_option() {
    let project = project(
        r#"print(dictionary::set("images.yaml", "jenkins.images.here.centos7", "ami-2", #{ anchor: true }));"#,
    );
    assert_eq!(run(&project).succeeds().stdout, "true\n");
    assert_eq!(text(&project, "images.yaml"), IMAGES.replace("ami-1", "ami-2"));
}

#[test]
fn a_refusal_names_the_line_and_leaves_the_file() {
    let cases = [
        (
            "jenkins.images",
            1,
            "`jenkins.images` is a map, not a value",
            "write the path of a value",
        ),
        ("jenkins..images", 2, "is not a path in a dictionary", "keys with dots between them"),
        ("jenkins.secretKey.x", 1, "is a value, not a map", "images.yaml:3"),
    ];
    for (path, status, says, hint) in cases {
        let project = project(&format!("dictionary::set(\"images.yaml\", \"{path}\", \"ami-2\");"));
        run(&project).fails(status).says(says).hints(hint).never_says("hunter2");
        assert_eq!(text(&project, "images.yaml"), IMAGES, "{path}");
    }
}

#[test]
fn a_file_that_is_broken_missing_or_unknown_is_refused() {
    for (name, contents, status, says, hint) in [
        ("a.yaml", Some("a: [\n"), 1, "a.yaml is not valid YAML", "a.yaml:1"),
        ("a.json", Some("{\"a\": 1,}"), 1, "a.json is not valid JSON", "a.json:1"),
        ("none.yaml", None, 1, "cannot open PROJECT/none.yaml", "create the file first"),
        ("a.conf", Some("A=1\n"), 2, "tells no format", "format"),
        (".", None, 2, "tells no format", "format"),
    ] {
        let project = project(&format!("dictionary::set(\"{name}\", \"a\", \"ami-2\");"));
        if let Some(contents) = contents {
            project.write(name, contents);
        }
        run(&project).fails(status).says(says).hints(hint);
        if let Some(contents) = contents {
            assert_eq!(text(&project, name), contents);
        }
    }
    let project = project(r#"dictionary::set("a.conf", "A", "x", #{ format: "dotnev" });"#);
    project.write("a.conf", "A=1\n");
    run(&project).fails(2).hints("`dotenv`");
}

#[test]
fn mode_and_links_are_kept() {
    let project = project(
        r#"dictionary::set("link.yaml", "jenkins.images.aws.us-west-2.centos7", "ami-2");"#,
    );
    let file = project.path().join("images.yaml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink("images.yaml", project.path().join("link.yaml")).unwrap();
    run(&project).succeeds();
    assert!(project.path().join("link.yaml").is_symlink());
    assert_eq!(file.metadata().unwrap().mode() & 0o7777, 0o640);
    assert_eq!(text(&project, "images.yaml"), IMAGES.replace("ami-1", "ami-2"));
}

#[test]
fn a_file_that_may_not_be_written_stays() {
    let project =
        project(r##"dictionary::set("/proc/self/environ", "A", "x", #{ format: "dotenv" });"##);
    run(&project).fails(1).says("/environ");
}

#[test]
fn writers_side_by_side_lose_nothing() {
    let project = project(
        r#"let regions = [];
        for number in range(0, 8) { regions.push(`region-${number}`); }
        parallel(regions, |region| dictionary::set("images.yaml", `jenkins.images.aws.${region}`, region));"#,
    );
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| run(&project).succeeds());
        }
    });
    let text = text(&project, "images.yaml");
    for number in 0..8 {
        let line = format!("      region-{number}: region-{number}\n");
        assert_eq!(text.matches(&line).count(), 1, "{text}");
    }
}

#[test]
fn other_formats_are_edited_too() {
    let project = project(
        r##"dictionary::set("p.json", "images.us", "ami-2");
        dictionary::set("p.auto.tfvars", "images.us", "ami-2");
        dictionary::set("p.toml", "images.us", "ami-2");
        dictionary::set("agents.conf", "US", "ami-2", #{ format: "dotenv" });"##,
    );
    let files = [
        ("p.json", "{ \"images\":{\n  \"us\" : \"ami-1\"} }"),
        ("p.auto.tfvars", "images={us=\"ami-1\"} # c\n"),
        ("p.toml", "[images] # c\nus='ami-1'\n"),
        ("agents.conf", "export US='ami-1' # c\n"),
    ];
    for (name, text) in files {
        project.write(name, text);
    }
    run(&project).succeeds();
    for (name, before) in files {
        assert_eq!(text(&project, name), before.replace("ami-1", "ami-2"), "{name}");
    }
}
