//! Which combinations there are, and what is told of those that are not.

use crate::{ALL, MATRIX, project};

/// A task that says where it is.
const WHERE: &str =
    "//! Say it.\nprint(`at ${cloud::name()} ${cloud::region()} ${cloud::distribution()}`);";

#[test]
fn bake_makes_an_image_of_every_combination_of_the_configuration() {
    let project = project(MATRIX);
    let ran = project.imgctl(&["bake"]).succeeds();
    assert_eq!(project.images().len(), 3, "{ran}");
    assert!(project.debris().is_empty(), "{ran}");
    for combination in ALL {
        let made = ran.stdout.lines().any(|line| {
            line.starts_with(combination) && line.contains("│ created server image: img-")
        });
        assert!(made || ran.stdout.contains("| created server image"), "{ran}");
        let row = ran.stdout.lines().rfind(|line| line.starts_with(combination)).unwrap();
        assert!(row.contains("done") && row.contains("img-"), "{ran}");
        assert_eq!(crate::outcome(&project, combination), "done");
        let log = crate::read(&project, combination, "log");
        assert!(log.contains("bake") && log.contains("created server image"), "{log}");
        // The state went with the instances.
        assert_eq!(crate::read(&project, combination, "state.json"), "");
    }
    assert!(!project.path().join(".state.json").exists());
    assert!(project.path().join(".imgctl/.gitignore").exists());
}

#[test]
fn lists_of_the_command_line_are_multiplied() {
    let project = project("");
    project.write("scripts/where.rhai", WHERE);
    for words in [
        &["where", "--region", "a,b", "--distribution", "debian12,debian13"][..],
        &["region:a,b", "distribution:debian12,debian13", "where"],
    ] {
        let ran = project.imgctl(words).succeeds();
        for place in ["a debian12", "a debian13", "b debian12", "b debian13"] {
            let wanted = format!("at fake {place}");
            assert_eq!(ran.stdout.matches(&wanted).count(), 1, "{ran}");
        }
    }
}

#[test]
fn what_the_command_line_gives_takes_the_place_of_a_list() {
    let project = project(MATRIX);
    project.write("scripts/where.rhai", WHERE);
    let ran = project.imgctl(&["where", "--matrix", "--region", "south-1"]).succeeds();
    assert_eq!(ran.stdout.matches("at fake south-1 debian12").count(), 1, "{ran}");
    assert_eq!(ran.stdout.matches("at fake").count(), 1, "{ran}");
    // Without it, one combination is meant, with the usual state.
    let ran = project.imgctl(&["where"]).succeeds();
    assert_eq!(ran.stdout, "at fake  debian12\n");
}

#[test]
fn include_adds_combinations() {
    let project = project("matrix: {include: [{region: one}, {region: two, distribution: x}]}\n");
    project.write("scripts/where.rhai", WHERE);
    let ran = project.imgctl(&["where", "--matrix"]).succeeds();
    assert!(ran.stdout.contains("at fake one debian12"), "{ran}");
    assert!(ran.stdout.contains("at fake two x"), "{ran}");
    assert_eq!(ran.stdout.matches("at fake").count(), 2, "{ran}");
}

#[test]
fn combinations_that_do_not_exist_are_told_together_before_anything_is_done() {
    let project = project("");
    let list = ["bake", "--cloud", "fake,local,ec2", "--region", "north-1,us-west-2"];
    let ran = project.imgctl(&[&list[..], &["--distribution", "debian12,nonesuch"]].concat());
    ran.fails(2)
        .says("2 of 8 combinations do not exist")
        .says("local/nonesuch: unknown distribution `nonesuch` of cloud local")
        .says("ec2/us-west-2/nonesuch: unknown distribution")
        .hints("exclude")
        .calls_nothing();
    assert!(!project.path().join(".imgctl").exists());
    project
        .imgctl(&["bake", "--cloud", "ec2,gce", "--region", "us-west-2,eu-central-1"])
        .fails(2)
        .says("cloud gce has none of the regions us-west-2, eu-central-1")
        .hints("add a region of gce");
    project
        .imgctl(&["bake", "--cloud", "ec2,gce", "--region", "us-west-2,europe-west3,IAD"])
        .fails(2)
        .says("none of the clouds ec2, gce has a region IAD")
        .hints("correct its name");
    // A cloud that is chosen from the lists has its own regions only, be it the only one or not.
    let lists = "{cloud: [ec2, gce, rackspace], region: [us-west-2, europe-west3, IAD]}";
    let several = crate::project(&format!("matrix: {lists}\n"));
    for clouds in ["ec2", "ec2,gce"] {
        let ran = several.imgctl(&["status", "--matrix", "--cloud", clouds]).succeeds();
        ran.never_says("ec2/europe-west3").never_says("IAD").says("ec2/us-west-2/");
    }
    project.imgctl(&["bake", "--cloud", "fake,nowhere"]).fails(2).says("unknown cloud `nowhere`");
}

#[test]
fn words_at_the_wrong_place_are_told() {
    let project = project(MATRIX);
    project
        .imgctl(&["up", "distribution:debian12,debian13"])
        .fails(2)
        .says("`distribution:debian12,debian13` stands after a task")
        .calls_nothing();
    project
        .imgctl(&["bake", "region:north-1"])
        .fails(2)
        .says("`region:north-1` stands after a task")
        .calls_nothing();
    project.imgctl(&["status", "--jobs", "2"]).fails(2).says("`--jobs` needs several");
    project.imgctl(&["bake", "--jobs", "0"]).fails(2).says("--jobs");
    project.imgctl(&["bake", "--region", "a,,b"]).fails(2).says("has an empty region");
    for words in [&["bake", "--region", ""][..], &["status", "--matrix", "--cloud", ""]] {
        project.imgctl(words).fails(2).says("is empty").calls_nothing();
    }
    project.imgctl(&["--region", "a,b"]).fails(2).says("no task is given");
    project.imgctl(&["bake", "--on-error", "ask"]).fails(2).says("cannot ask").calls_nothing();
    project
        .imgctl(&["bake", "--state", "of--state"])
        .fails(2)
        .says("is for a single combination")
        .calls_nothing();
    project.imgctl(&["bake", "tests:nonsense=1"]).fails(2).calls_nothing();
    let plain = crate::project("");
    plain.imgctl(&["bake", "--matrix"]).fails(2).says("config.yaml has no `matrix:`");
}

#[test]
fn mistakes_in_the_section_name_their_key() {
    for (section, says) in [
        ("matrix: {clouds: [fake]}", "unknown key matrix.clouds"),
        ("matrix: {exclude: [{regin: x}]}", "regin"),
        ("matrix: {jobs: none}", "matrix.jobs"),
        ("matrix: {jobs: 0}", "matrix.jobs"),
        ("matrix: {jobs_per_cloud: {ec2: many}}", "jobs_per_cloud"),
    ] {
        let project = project(&format!("{section}\n"));
        project.imgctl(&["bake"]).fails(2).says(says).says("config.yaml").calls_nothing();
    }
    let project = project("matrix: {jobs_per_cloud: {ec: 4}}\n");
    project.imgctl(&["bake"]).fails(2).says("`ec` is not one of local,").calls_nothing();
}

#[test]
fn a_dry_run_shows_each_and_leaves_nothing() {
    let project = project(MATRIX);
    let ran = project.imgctl(&["bake", "--dry-run"]).succeeds();
    for combination in ALL {
        assert!(ran.stderr.contains(combination), "{ran}");
    }
    // Each tells its own number, and the last line that of all.
    assert_eq!(ran.stderr.matches("~ in all ").count(), 1, "{ran}");
    assert!(!project.path().join(".imgctl").exists(), "{ran}");
    assert!(project.images().is_empty() && project.debris().is_empty());
}

#[test]
fn slips_in_the_lists_are_told_before_anything_is_done() {
    let exclude = "exclude: [{region: north-1, distribution: debian13}, {region: south}]";
    let project = project(&format!("matrix: {{region: [north-1, south-1], {exclude}}}\n"));
    project
        .imgctl(&["bake"])
        .fails(2)
        .says("matrix.exclude[0] (north-1/debian13) leaves out no combination")
        .calls_nothing();
    // The command line may leave nothing of what it is about.
    project.imgctl(&["up", "--matrix", "--region", "north-1"]).succeeds();
    project.imgctl(&["destroy", "--matrix", "--region", "north-1"]).succeeds();
    project
        .imgctl(&["bake", "--distribution", "debian12,debian13,debian12", "--region", "a"])
        .fails(2)
        .says("fake/a/debian12 is listed twice")
        .calls_nothing();
    let twice = crate::project("matrix: {region: [a], include: [{region: a}]}\n");
    twice.imgctl(&["bake"]).fails(2).says("fake/a/debian12 is listed twice").hints("include");
    let nowhere = ["bake", "--cloud", "fake,ec2", "--distribution", "debian12", "--fresh"];
    let ran = crate::project("").imgctl_with_setup(&nowhere, |command| {
        command.env("AWS_EC2_METADATA_DISABLED", "true");
    });
    ran.fails(2).says("ec2/debian12 is nowhere").says("no region is set").calls_nothing();
}

#[test]
fn no_two_combinations_share_a_folder() {
    let project = project("");
    project.write("scripts/where.rhai", WHERE);
    project.imgctl(&["where", "--region", "a b,a-b,a_b,a.b", "--jobs", "1"]).succeeds();
    let folders = std::fs::read_dir(project.path().join(".imgctl")).unwrap();
    let folders = folders.filter(|entry| entry.as_ref().unwrap().path().is_dir());
    assert_eq!(folders.count(), 4);
    assert!(project.path().join(".imgctl/fake_a-b_debian12").is_dir());
    project.imgctl(&["where", "--region", "a,.."]).fails(2).says("`..` cannot be the name");
}

#[test]
fn one_of_many_can_be_chosen() {
    let project = project(MATRIX);
    project.write("scripts/where.rhai", WHERE);
    let ran = project.imgctl(&["where", "--combination", ALL[2]]).succeeds();
    assert_eq!(ran.stdout.matches("at fake").count(), 1, "{ran}");
    assert!(ran.stdout.contains("at fake south-1 debian12"), "{ran}");
    assert_eq!(crate::outcome(&project, ALL[2]), "done");
    project.imgctl(&["where", "--combination", "fake"]).fails(2).hints("CLOUD/REGION/DISTRIBUTION");
    let both = ["where", "--combination", ALL[2], "--region", "a"];
    project.imgctl(&both).fails(2).says("names cloud, region and distribution itself");
}

#[test]
fn more_jobs_do_not_lift_the_limit_of_this_computer() {
    let project = project("");
    let config = std::fs::read_to_string(project.path().join("config.yaml")).unwrap();
    let of = "{username: x, base: {image: x}}";
    let local = format!("clouds: {{local: {{distributions: {{a: {of}, b: {of}, c: {of}}}}}, fake:");
    project.write("config.yaml", &config.replacen("clouds: {fake:", &local, 1));
    project.write("scripts/where.rhai", WHERE);
    let words = ["where", "--cloud", "local", "--distribution", "a,b,c"];
    project.imgctl(&words).succeeds().never_says("at once on this computer");
    let ran = project.imgctl(&[&words[..], &["--jobs", "3", "--fresh"]].concat()).succeeds();
    ran.says("2 of cloud local run at once on this computer").says("jobs_per_cloud: {local: N}");
}
