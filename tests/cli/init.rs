//! What `imgctl init` makes, and how copies of scripts stand to the shipped ones.

use crate::project::Project;
use crate::terminal::Terminal;

const CLOUDS: [&str; 6] = ["local", "ec2", "openstack", "rackspace", "gce", "fake"];

/// An empty folder.
fn empty() -> Project {
    let project = Project::new();
    for name in ["config.yaml", "answers.yaml"] {
        std::fs::remove_file(project.path().join(name)).unwrap();
    }
    project
}

fn read(project: &Project, name: &str) -> String {
    std::fs::read_to_string(project.path().join(name)).unwrap()
}

#[test]
fn each_cloud_has_a_short_configuration_that_passes_the_check() {
    for cloud in CLOUDS {
        let project = empty();
        project.imgctl(&["init", "--cloud", cloud]).succeeds();
        let config = read(&project, "config.yaml");
        assert!(config.lines().count() < 50, "{config}");
        for other in CLOUDS.iter().filter(|other| **other != cloud) {
            assert!(!config.contains(&format!("\n  {other}:")), "{cloud}: {config}");
        }
        for name in
            ["scripts/welcome.rhai", "stdlib/motd.rhai", "tests/motd_test.rhai", ".gitignore"]
        {
            assert!(project.path().join(name).is_file(), "{cloud}: {name}");
        }
        project.imgctl(&["check"]).succeeds();
        project.imgctl(&["test"]).succeeds().says("1 test passed");
        project.imgctl(&["list"]).succeeds().says("Tell whoever logs in what this machine is.");
        project.imgctl(&["--dry-run", "bake"]).succeeds().says("would record that the image");
    }
}

#[test]
fn the_new_project_bakes_its_own_task() {
    let project = empty();
    project.imgctl(&["init", "sub/images", "cloud:fake"]).succeeds();
    let bake = |words: &[&str]| {
        let config = project.path().join("sub/images/config.yaml").display().to_string();
        project.imgctl(&[&["--config", &config], words].concat())
    };
    bake(&["up", "welcome"]).succeeds();
    bake(&["run", "-e", "print(cloud::host().read(\"/etc/motd\"))"])
        .succeeds()
        .says("built by imgctl");
    bake(&["destroy"]).succeeds();
    let ran = bake(&["bake"]).succeeds();
    let at = |text: &str| ran.stderr.find(text).unwrap_or_else(|| panic!("no {text}: {ran}"));
    assert!(at("ok bootstrap") < at("ok welcome") && at("ok welcome") < at("ok tests"), "{ran}");
}

#[test]
fn tasks_of_bake_are_known_before_an_instance_is_started() {
    let project = Project::new();
    let config = read(&project, "config.yaml") + "bake: {tasks: [agnet]}\n";
    project.write("config.yaml", &config);
    project.write("scripts/agent.rhai", "//! The agent.\nstep(\"agent\", || ());\n");
    let ran = project.imgctl(&["check"]).fails(2).says("config.yaml:4");
    ran.says("bake.tasks[0]: there is no task `agnet`").hints("did you mean `agent`?");
    project.imgctl(&["bake"]).fails(2).says("there is no task agnet").calls_nothing();
    project.write("config.yaml", &config.replace("agnet", "bake"));
    project.imgctl(&["check"]).fails(2).says("bake cannot run itself");
    project.imgctl(&["bake"]).fails(2).says("bake cannot run itself").calls_nothing();
    project.write("config.yaml", &config.replace("tasks", "task"));
    project.imgctl(&["check"]).fails(2).hints("did you mean `tasks`?");
}

#[test]
fn the_cloud_is_asked_for_and_places_can_be_given() {
    let project = empty();
    let mut terminal = Terminal::open(&project, &["init"], &[]);
    terminal.shows("which cloud?").types("ec3\r").shows("did you mean `ec2`?");
    terminal.shows("which cloud?").types("ec2\r").shows("config.yaml");
    assert_eq!(terminal.ends().0, 0);
    assert!(read(&project, "config.yaml").contains("  region: us-east-1\n"));
    let project = empty();
    let place = ["init", "region:eu-central-1", "--distribution", "ubuntu2404", "--cloud", "ec2"];
    project.imgctl(&place).succeeds();
    let config = read(&project, "config.yaml");
    assert!(config.contains("  region: eu-central-1\n  distribution: ubuntu2404\n"), "{config}");
    empty().imgctl(&["init", "--cloud", "gec"]).fails(2).hints("did you mean `gce`?");
}

#[test]
fn nothing_that_is_there_is_changed() {
    let project = empty();
    project.write("stdlib/motd.rhai", "// mine\n");
    project.write(".gitignore", "mine\n");
    project.imgctl(&["init"]).succeeds().says("stdlib/motd.rhai already exists");
    assert_eq!(read(&project, "stdlib/motd.rhai"), "// mine\n");
    assert_eq!(read(&project, ".gitignore"), "mine\n");
    let config = read(&project, "config.yaml");
    std::fs::remove_file(project.path().join("scripts/welcome.rhai")).unwrap();
    project.imgctl(&["init", "--cloud", "ec2", "--full"]).succeeds().says("already exists");
    assert_eq!(read(&project, "config.yaml"), config);
    assert!(
        !project.path().join("scripts/welcome.rhai").exists(),
        "an old project gets no examples"
    );
}

#[test]
fn a_pipeline_is_the_plan_of_what_the_configuration_says() {
    for (ci, file) in [
        ("jenkins", "Jenkinsfile"),
        ("github", ".github/workflows/images.yml"),
        ("gitlab", ".gitlab-ci.yml"),
    ] {
        let project = empty();
        let ran =
            project.imgctl(&["init", "--cloud", "ec2", "--ci", ci]).succeeds().calls_nothing();
        ran.says("its machines must have imgctl");
        let plan = project.imgctl(&["bake", "--plan", ci]).succeeds().stdout;
        // The first line names the command that wrote it.
        let below = |text: &str| text.trim_end().split_once('\n').unwrap().1.to_owned();
        assert_eq!(below(&read(&project, file)), below(&plan), "{ci}");
        assert!(plan.contains("ec2/us-east-1/debian12"), "{plan}");
        project.imgctl(&["check"]).succeeds();
        // Later, in a project that is in use.
        project.write(file, "mine\n");
        let ran = project.imgctl(&["init", "--ci", ci]).succeeds().says("already exists");
        ran.says(&format!("remove {file} to have it written anew"));
        assert_eq!(read(&project, file), "mine\n");
    }
}

#[test]
fn a_pipeline_of_gitlab_runs_in_an_image_that_there_is() {
    let project = empty();
    let ran = project.imgctl(&["init", "--cloud", "fake", "--ci", "gitlab"]).succeeds();
    ran.says("matrix: {plan: {image: IMAGE}}").says("remove .gitlab-ci.yml");
    let pipeline = read(&project, ".gitlab-ci.yml");
    assert!(!pipeline.contains("image:"), "{pipeline}");
    assert!(pipeline.contains("IMGCTL_TRUSTED_PROJECTS: $CI_PROJECT_DIR"), "{pipeline}");
    assert!(!pipeline.contains("its own:"), "nothing is needed: {pipeline}");
    let config = read(&project, "config.yaml");
    project.write("config.yaml", &(config + "matrix: {plan: {image: 'a/imgctl:1'}}\n"));
    std::fs::remove_file(project.path().join(".gitlab-ci.yml")).unwrap();
    let ran = project.imgctl(&["init", "--ci", "gitlab"]).succeeds();
    ran.never_says("must have imgctl");
    let pipeline = read(&project, ".gitlab-ci.yml");
    let image = "  image:\n    name: \"a/imgctl:1\"\n    entrypoint: [\"\"]\n";
    assert!(pipeline.contains(image), "{pipeline}");
}

#[test]
fn places_that_the_cloud_does_not_have_are_refused_before_a_file_is_written() {
    let project = empty();
    let ran = project.imgctl(&["init", "--cloud", "ec2", "--distribution", "debian21"]).fails(2);
    ran.says("unknown distribution `debian21`").hints("debian1").never_says("wrote");
    project.imgctl(&["init", "--cloud", "local", "--region", "x"]).fails(2).says("no regions");
    project.write(".github/workflows", "");
    let ran = project.imgctl(&["init", "--cloud", "fake", "--ci", "github"]).fails(2);
    ran.says(".github/workflows").says("is in the way").never_says("wrote");
    assert!(!project.path().join("config.yaml").exists());
}

#[test]
fn the_full_configuration_has_the_examples_too() {
    let project = empty();
    project.imgctl(&["init", "--full", "--cloud", "ec2", "--region", "eu-west-1"]).succeeds();
    let config = read(&project, "config.yaml");
    let places = "  cloud: ec2\n  region: eu-west-1\n  distribution: debian12\n";
    assert!(config.contains(places), "{config}");
    assert!(read(&project, ".gitignore").contains(".state.json"));
    project.imgctl(&["check", "--strict"]).succeeds();
    project.imgctl(&["test"]).succeeds().says("1 test passed");
}

#[test]
fn what_comes_next_is_told_as_it_can_be_typed() {
    let project = empty();
    let ran = project.imgctl(&["--config", "foo.yaml", "init", "--cloud", "fake"]).succeeds();
    ran.says("`imgctl --config foo.yaml check`");
    project.imgctl(&["--config", "foo.yaml", "check"]).succeeds();
    empty().imgctl(&["init", "sub", "--cloud", "fake"]).succeeds().says("`cd sub`");
}

#[test]
fn copies_win_over_later_versions_and_their_differences_are_shown() {
    let project = empty();
    project.imgctl(&["diff-scripts"]).succeeds().says("0 copies");
    let ran = project.imgctl(&["init", "--scripts", "--cloud", "fake"]).succeeds();
    ran.says("in place of the shipped scripts").says("imgctl diff-scripts");
    let same = project.imgctl(&["diff-scripts"]).succeeds();
    assert_eq!(same.stdout, "");
    // Edited here; changed by the version; both. Older records have digests only.
    let append = |name: &str, line: &str| {
        let text = read(&project, name) + line;
        project.write(name, &text);
    };
    append("stdlib/swap.rhai", "// mine\n");
    let older = |name: &str, line: &str| {
        append(name, line);
        let record = project.path().join(".imgctl-scripts.json");
        let mut known: serde_json::Value =
            serde_json::from_str(&read(&project, ".imgctl-scripts.json")).unwrap();
        known[name] = digest(&read(&project, name)).into();
        std::fs::write(record, known.to_string()).unwrap();
    };
    older("stdlib/cron.rhai", "// of the version before\n");
    older("scripts/down.rhai", "// of the version before\n");
    append("scripts/down.rhai", "// mine\n");
    let ran = project.imgctl(&["diff-scripts"]).succeeds();
    assert!(!ran.stdout.contains("swap"), "{ran}");
    let ran = ran.says("# stdlib/cron.rhai: not edited, and changed by this version");
    let ran =
        ran.says("-// of the version before").says("# scripts/down.rhai: edited, and changed");
    ran.says("1 edited, 1 changed by this version, 1 both");
    project
        .imgctl(&["diff-scripts", "--all", "swap"])
        .succeeds()
        .says("-// mine")
        .never_says("cron");
    project.imgctl(&["diff-scripts", "swop"]).fails(2).hints("did you mean `swap`?");
    std::fs::remove_file(project.path().join(".imgctl-scripts.json")).unwrap();
    project.imgctl(&["diff-scripts"]).succeeds().says("# stdlib/swap.rhai: differs");
}

#[test]
fn an_edited_copy_shows_what_the_version_changed_until_that_was_seen() {
    let project = empty();
    project.imgctl(&["init", "--scripts", "--cloud", "fake"]).succeeds();
    let shipped = read(&project, "stdlib/swap.rhai");
    project.write("stdlib/swap.rhai", &(shipped + "// mine\n"));
    // As if an older version had made the copy.
    let mut record: serde_json::Value =
        serde_json::from_str(&read(&project, ".imgctl-scripts.json")).unwrap();
    record["stdlib/swap.rhai"] = record["stdlib/cron.rhai"].clone();
    record["stdlib/dropped.rhai"] = record["stdlib/cron.rhai"].clone();
    project.write("stdlib/dropped.rhai", "//! Of the version before.\n");
    project.write(".imgctl-scripts.json", &record.to_string());
    let first = read(&project, "stdlib/cron.rhai").lines().next().unwrap().to_owned();
    let ran = project.imgctl(&["diff-scripts"]).succeeds();
    let ran = ran.says("# stdlib/swap.rhai: edited, and changed by this version");
    let ran = ran.says("--- shipped before/stdlib/swap.rhai").says(&format!("-{first}"));
    let ran = ran.never_says("// mine").says("1 both, 1 no longer shipped");
    ran.says("# stdlib/dropped.rhai: a copy of a script that this version no longer ships");
    project.imgctl(&["diff-scripts", "swap", "--all"]).succeeds().says("-// mine");
    project.imgctl(&["--dry-run", "diff-scripts", "--seen"]).fails(2).says("has no dry run");
    project.imgctl(&["diff-scripts", "--seen"]).succeeds().says("were compared");
    let ran = project.imgctl(&["diff-scripts"]).succeeds().prints("");
    ran.says("1 edited, 0 changed by this version, 0 both");
}

/// As an older record has it.
fn digest(text: &str) -> String {
    use sha2::Digest;
    let framed = [&text.len().to_le_bytes()[..], text.as_bytes()].concat();
    format!("{:x}", sha2::Sha256::digest(framed))[..16].to_owned()
}

#[test]
fn what_is_in_the_way_is_named_before_anything_is_written() {
    for (name, is_folder) in [("stdlib", false), ("config.schema.json", true)] {
        let project = empty();
        if is_folder {
            std::fs::create_dir(project.path().join(name)).unwrap();
        } else {
            project.write(name, "");
        }
        let ran = project.imgctl(&["init", "--cloud", "fake"]).fails(2);
        ran.says(name).says("is in the way").hints("move it away").never_says("wrote");
        assert!(!project.path().join("config.yaml").exists(), "{name}");
    }
    let project = empty();
    project.imgctl(&["--dry-run", "init"]).fails(2).says("has no dry run");
    project.imgctl(&["--dry-run", "man", "pages"]).fails(2).says("has no dry run");
    assert!(!project.path().join("pages").exists() && !project.path().join("scripts").exists());
}
