//! `help`: pages about tasks, commands and the project, which run nothing.

use crate::project::Project;

#[test]
fn every_way_to_ask_shows_the_same_page_and_runs_nothing() {
    let project = Project::new();
    let page = project.imgctl(&["help", "up"]).succeeds().calls_nothing().stdout;
    assert!(page.starts_with("Start the instance"), "{page}");
    for words in [
        &["help:up"][..],
        &["up", "--help"],
        &["up", "-h"],
        &["--help", "up"],
        &["-q", "help", "up"],
        &["help", "--", "up"],
        &["help", "cloud:fake", "up"],
        &["cloud:fake", "up", "-h"],
        &["cloud:fake", "help", "up"],
        &["--on-error", "keep", "up:base=x", "--help"],
        &["up", "port=80", "--help"],
        &["--jobs", "3", "up", "--help"],
        &["help", "up:base=x"],
    ] {
        let ran = project.imgctl(words).succeeds().calls_nothing();
        assert_eq!(ran.stdout, page, "{words:?}");
    }
    let both = project.imgctl(&["help", "up", "destroy"]).succeeds().calls_nothing();
    assert!(
        both.stdout.starts_with(page.trim_end()) && both.stdout.contains("scripts/destroy.rhai"),
        "{both}"
    );
    assert_eq!(project.imgctl(&["help:up,destroy"]).stdout, both.stdout);
    assert_eq!(project.imgctl(&["up", "destroy", "--help"]).calls_nothing().stdout, both.stdout);
    assert!(!project.path().join(".state.json").exists());
}

/// Every shipped task, in each way to write it.
#[test]
fn help_about_a_task_never_runs_it() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let before = project.everything();
    for task in std::fs::read_dir("scripts").unwrap() {
        let file = task.unwrap().file_name().into_string().unwrap();
        let Some(name) = file.strip_suffix(".rhai") else { continue };
        let joined = format!("help:{name}");
        for words in [&["help", name][..], &[&joined], &[name, "--help"], &["-h", name]] {
            let ran = project.imgctl(words).succeeds().calls_nothing();
            assert!(ran.stdout.contains("shipped with imgctl"), "{words:?}\n{}", ran.stdout);
        }
        project.imgctl(&[name, "help"]).fails(2).hints(&format!("imgctl help {name}"));
    }
    assert_eq!(project.everything(), before);
}

#[test]
fn a_page_has_the_arguments_an_example_and_the_place_of_the_script() {
    let project = Project::new();
    let page = project.imgctl(&["help", "promote"]).succeeds();
    page.says("`config::get(\"publish.channel\", \"stable\")`")
        .says("force    true or false  false, unless given")
        .says("From: scripts/promote.rhai, shipped with imgctl");
    let page = project.imgctl(&["help", "delete_image"]).succeeds();
    page.says("  id     text           required").says("  imgctl delete_image:ID,force=true\n");
    project.imgctl(&["help", "prune_images"]).says("  keep    whole number  0, unless given");

    project.write("scripts/web.rhai", "//! Web.\nlet a = args::parse([], #{ ports: [80, 81] });\n");
    let page = project.imgctl(&["help", "web"]).succeeds().says("80 81, unless given");
    page.says("imgctl web:ports='A B'").says("/scripts/web.rhai\n");
    project.write("scripts/up.rhai", "//! My own.\nthis is no script\n");
    let page = project.imgctl(&["help", "up"]).succeeds().says("The script cannot be read: ");
    page.says("in place of the one shipped").says("imgctl diff-scripts up");
}

#[test]
fn commands_have_pages_too() {
    let project = Project::new();
    let page = project.imgctl(&["help", "gc"]).succeeds().calls_nothing().says("--older-than");
    let same = project.imgctl(&["gc", "--help"]).succeeds().stdout;
    assert_eq!(page.stdout.trim(), same.trim());
    project.imgctl(&["help", "run"]).says("Usage: imgctl run");
    project.imgctl(&["help", "matrix", "collect"]).says("Usage: imgctl matrix collect");
    let both = project.imgctl(&["help", "run", "bake"]).succeeds().calls_nothing();
    both.says("Usage: imgctl run").says("Do everything: up, bootstrap");
    project.imgctl(&["help", "upp"]).fails(2).hints("`up`");
    project.imgctl(&["help", "chck"]).fails(2).hints("did you mean `check`?");
    project.imgctl(&["help", "zzzzzz"]).fails(2).hints("use one of these tasks: bake,");
}

#[test]
fn without_words_there_are_tasks_settings_and_credentials() {
    let project = Project::new();
    project.write("scripts/mine.rhai", "//! Mine.\nprint(1);\n");
    let with = |words: &[&str]| {
        project.imgctl_with_setup(words, |command| {
            command.env("OS_USERNAME", "me").env("RACKSPACE_API_KEY", "k3y-of-mine-0123456789");
            command.env("AWS_PROFILE", "nosuch").env("AWS_CONFIG_FILE", "/nonexistent");
            command.env("IMGCTL_REGION", "north");
        })
    };
    let page = with(&[]).succeeds().calls_nothing();
    let page = page
        .says("imgctl up bootstrap tests create_image destroy")
        .says("\nBuild\n  bake ")
        .says("\nImages\n  list_images ")
        .says("\nPublish\n  publish ")
        .says("\nLook\n  status ")
        .says("\nYours\n  mine             Mine. (scripts/mine.rhai)\n")
        .says("  cloud         fake            config.yaml:1, defaults.cloud\n")
        .says("  region        north           IMGCTL_REGION\n")
        .says("  distribution  debian12        config.yaml:1, defaults.distribution\n")
        .says("  local      needs none\n")
        .says("  ec2        none found: AWS's configuration has no profile nosuch\n")
        .says("AWS_PROFILE (set)")
        .says("  openstack  none found: ")
        .says("  rackspace  found: OS_USERNAME and RACKSPACE_API_KEY\n")
        .says("  gce        none found: the metadata server would be asked\n")
        .never_says("k3y-of-mine");
    assert_eq!(page.stderr, "");
    for words in [&["help"][..], &["help:"], &["help", "cloud:fake"]] {
        with(words).succeeds().calls_nothing().says("\nYours\n");
    }
    with(&["cloud:fake"]).succeeds().says("  cloud         fake            the command line\n");
    with(&["cloud:ec3"]).fails(2).says("unknown cloud `ec3`");
    with(&["help", "--cloud", "ec3"]).fails(2).says("unknown cloud `ec3`");

    with(&["up"]).succeeds();
    with(&[]).succeeds().says("  cloud         fake            PROJECT/.state.json\n");
}

#[test]
fn help_works_in_an_empty_folder_and_with_a_broken_configuration() {
    let project = Project::new();
    std::fs::remove_file(project.path().join("config.yaml")).unwrap();
    let page = project.imgctl(&[]).succeeds();
    page.says("  cloud         local           shipped defaults, defaults.cloud\n");
    for broken in ["clouds: [", "defaults: {clod: 1, regoin: 2}\n"] {
        project.write("config.yaml", broken);
        for words in [&[][..], &["help"]] {
            let page =
                project.imgctl(words).succeeds().says("\nBuild\n").says("Settings\n  none: ");
            page.says("config.yaml:1").says("  ec2        ");
        }
        project.imgctl(&["help", "up"]).succeeds().says("Start the instance");
    }
    // Who holds the state does not matter.
    project.write(".state.json", "broken");
    project.imgctl(&["help", "up"]).succeeds();
}

#[test]
fn pages_are_no_wider_than_80_columns() {
    let project = Project::new();
    for words in
        [&[][..], &["help", "up"], &["help", "verify_image"], &["help", "run"], &["help", "init"]]
    {
        let page = project.imgctl(words).succeeds().stdout;
        // A path alone may be longer.
        let is_wide = |line: &&str| line.chars().count() > 80 && !line.contains("/.tmp");
        assert_eq!(page.lines().find(is_wide), None, "{words:?}");
    }
}
