//! What is published, and what stays as it is.

use crate::echo::Echo;
use crate::stage::{BRANCH, IMAGES, Stage};

const PUBLISH: &[&str] = &["publish:force=true"];

#[test]
fn an_image_goes_into_the_dictionary_by_a_pull_request() {
    let stage = Stage::new("");
    stage.project.write("clone/notes", "the user is at work here");
    stage.git("clone", &["add", "notes"]);
    let before = stage.clone_state();
    let ran = stage.publish(PUBLISH).succeeds();
    ran.says("changed images.yaml").says("https://github.com/org/ci/pull/1").never_says("good");
    assert_eq!(stage.dictionary(BRANCH), IMAGES.replace("img-0", &stage.image));
    assert_eq!(stage.dictionary("main"), IMAGES);
    assert_eq!(stage.clone_state(), before, "the user's clone is as it was");
    let message = stage.git("remote.git", &["log", "-1", "--format=%an%n%B", BRANCH]);
    assert!(message.starts_with("A User\nNew image of debian12 in fake\n"), "{message}");
    let line = format!("- jenkins.images.fake.debian12: img-0 -> {}", stage.image);
    assert!(message.contains(&line), "{message}");
    let pull = stage.github.log().into_iter().find(|it| it["method"] == "POST").unwrap();
    assert_eq!((&pull["body"]["head"], &pull["body"]["base"]), (&BRANCH.into(), &"main".into()));
    assert!(pull["body"]["body"].as_str().unwrap().contains(&line));
    let all = ["POST /repos/org/ci/pulls", "POST /repos/org/ci/issues/1/labels"];
    assert_eq!(stage.github.changes(), all);
}

#[test]
fn a_remote_may_have_a_relative_address() {
    let stage = Stage::new("");
    stage.git("clone", &["remote", "set-url", "origin", "../remote.git"]);
    stage.publish(PUBLISH).succeeds();
    assert_eq!(stage.dictionary(BRANCH), IMAGES.replace("img-0", &stage.image));
}

/// A distribution may be called what no branch may be called, and what separates in a path.
#[test]
fn odd_names_have_a_branch_and_an_entry() {
    for (name, branch, path) in [
        ("Ubuntu 24.04: ~x", "imgctl/images-fake-Ubuntu-24-04-x-", "{distribution}"),
        ("a..b\"c", "imgctl/images-fake-a-b-c-", "{distribution}"),
        ("24.04", "imgctl/images-fake-24.04", "\\\"{distribution}\\\""),
    ] {
        let stage = Stage::with(&format!("jenkins.images.{{cloud}}.{path}"), "");
        stage.project.imgctl(&["destroy"]).succeeds();
        let config = std::fs::read_to_string(stage.path("config.yaml")).unwrap();
        let written = serde_json::to_string(name).unwrap();
        let config = config
            .replace("distribution: debian12}", &format!("name: a, distribution: {written}}}"));
        let own = format!("{{fake: {{distributions: {{{written}: {{base: img-debian12}}}}, world");
        stage.project.write("config.yaml", &config.replace("{fake: {world", &own));
        stage.publish(&[&format!("publish:id={},force=true", stage.image)]).succeeds();
        let branches = stage.branches();
        let pushed = branches.lines().find(|line| line.starts_with(branch)).expect(&branches);
        let dictionary = stage.dictionary(pushed.split(' ').next().unwrap());
        let line = dictionary.lines().find(|line| line.contains("fake:")).unwrap();
        assert!(line.contains(&stage.image) && line.contains(&name[..4]), "{dictionary}");
    }
}

/// git reads a setting in an argument up to its first `=`.
#[test]
fn a_relative_address_may_lead_through_a_folder_with_an_equals_sign() {
    let stage = Stage::new("");
    stage.git("clone", &["remote", "set-url", "origin", "../remote.git"]);
    std::fs::rename(stage.path("clone"), stage.path("a=b")).unwrap();
    let config = std::fs::read_to_string(stage.path("config.yaml")).unwrap();
    let config = config.replace("repository: clone", "repository: \"a=b\"");
    stage.project.write("config.yaml", &config);
    let ran = stage.project.imgctl_with_setup(PUBLISH, |command| {
        // The surroundings have settings of their own.
        command.env("GITHUB_TOKEN", "good").env("GIT_CONFIG_COUNT", "1");
        command.env("GIT_CONFIG_KEY_0", "user.name").env("GIT_CONFIG_VALUE_0", "Somebody");
    });
    ran.succeeds();
    assert_eq!(stage.dictionary(BRANCH), IMAGES.replace("img-0", &stage.image));
    let author = stage.git("remote.git", &["log", "-1", "--format=%an", BRANCH]);
    assert_eq!(author, "Somebody\n");
}

#[test]
fn a_second_time_changes_nothing_and_an_open_request_is_updated() {
    let stage = Stage::new("");
    stage.publish(PUBLISH).succeeds();
    let (branches, asked) = (stage.branches(), stage.github.changes());
    stage.publish(PUBLISH).succeeds().says("has it already").says("is open already");
    assert_eq!((stage.branches(), stage.github.changes()), (branches, asked));

    // The next image, while the request is open and the base has moved on.
    stage.project.imgctl(&["up", "create_image"]).succeeds();
    stage.git("clone", &["commit", "--quiet", "--allow-empty", "--message=Other work"]);
    stage.git("clone", &["push", "--quiet", "origin", "main"]);
    stage.publish(PUBLISH).succeeds();
    assert_eq!(
        stage.git("remote.git", &["rev-list", "--count", &format!("main..{BRANCH}")]),
        "1\n"
    );
    let changes = stage.github.changes();
    assert_eq!(changes.last().unwrap(), "PATCH /repos/org/ci/pulls/1");

    stage.git("remote.git", &["update-ref", "refs/heads/main", BRANCH]);
    stage.publish(PUBLISH).succeeds().says("nothing to commit");
    assert_eq!(stage.github.changes(), changes);
}

#[test]
fn a_dry_run_shows_the_change_and_makes_none() {
    let stage = Stage::new("  on_published: {command: \"touch told\"}\n");
    let (before, branches) = (stage.clone_state(), stage.branches());
    let ran = stage.publish(&["--dry-run", "publish:force=true"]).succeeds();
    ran.says(&format!("+    fake: {{debian12: &deb {}, centos7", stage.image))
        .says("would commit")
        .says("would open a pull request");
    assert_eq!((stage.clone_state(), stage.branches()), (before, branches));
    assert_eq!(stage.github.changes(), Vec::<String>::new());
    assert!(!stage.path("told").exists());
}

#[test]
fn others_are_told_once() {
    let hook = Echo::saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let settings = format!(
        "  on_published: {{webhook: \"{}/hook-of-mine\", secret: hush-hush-hush, \
         command: \"echo $IMGCTL_PUBLISHED >> told\"}}\n",
        hook.url()
    );
    let stage = Stage::new(&settings);
    stage.publish(PUBLISH).succeeds().never_says("hush-hush-hush").never_says("hook-of-mine");
    stage.publish(PUBLISH).succeeds();
    let requests = hook.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].contains("x-hub-signature-256: sha256="), "{}", requests[0]);
    assert!(requests[0].contains(&stage.image) && !requests[0].contains("hush-hush-hush"));
    let told = std::fs::read_to_string(stage.path("told")).unwrap();
    assert_eq!(told.lines().count(), 1);
    assert!(told.contains("https://github.com/org/ci/pull/1"), "{told}");
}

#[test]
fn a_limit_of_github_is_waited_for() {
    let stage = Stage::new("");
    stage.github.limit();
    stage.publish(PUBLISH).succeeds().says("is open");
}

#[test]
fn gitlab_opens_the_request_by_the_push() {
    let stage = Stage::new("");
    let set = "--set=publish.pull_request.forge=gitlab";
    let advertise =
        |word| stage.git("remote.git", &["config", "receive.advertisePushOptions", word]);
    advertise("false");
    let refused = stage.publish(&[set, "publish:force=true"]).fails(3);
    refused.says("does not support push options").hints("forge: none");
    advertise("true");
    stage.hook("remote.git", "pre-receive", "env | grep ^GIT_PUSH_OPTION > options");
    stage.publish(&[set, "publish:force=true"]).succeeds();
    let options = std::fs::read_to_string(stage.path("remote.git/options")).unwrap();
    for wanted in [
        "=merge_request.create\n",
        "=merge_request.target=main\n",
        "=merge_request.title=New image of debian12 in fake\n",
        "=merge_request.description=- jenkins.images.fake.debian12: img-0",
        "=merge_request.label=images\n",
    ] {
        assert!(options.contains(wanted), "no {wanted:?} in {options}");
    }
    assert_eq!(stage.github.log().len(), 0);
}

#[test]
fn what_a_killed_process_left_is_removed_by_the_next() {
    let stage = Stage::new("");
    let script = "branch::edit(\"clone\", #{ branch: \"b\", message: \"m\" }, |folder| {
        fs::write(`${folder}/new`, \"x\");
        local::run(\"kill -9 $PPID\");
    });";
    assert_ne!(stage.publish(&["run", "-e", script]).status, 0);
    assert!(stage.path("clone/.git/imgctl").exists());
    stage.publish(PUBLISH).succeeds();
    assert!(!stage.path("clone/.git/imgctl").exists());
    assert_eq!(stage.git("clone", &["worktree", "list"]).lines().count(), 1);
    assert_eq!(stage.git("clone", &["for-each-ref", "refs/imgctl"]), "");
}

#[test]
fn an_image_that_passed_is_published_also_after_its_run() {
    let stage = Stage::new("");
    // Without `bootstrap` the tests of the CI image cannot pass.
    stage.project.write("scripts/tests.rhai", "//! Pass.\nargs::text();\n");
    stage.project.imgctl(&["verify_image", "destroy"]).succeeds();
    stage.publish(&[&format!("publish:id={}", stage.image)]).succeeds();
    assert!(stage.dictionary(BRANCH).contains(&stage.image));
}

#[test]
fn a_project_may_do_without_proofs() {
    let stage = Stage::new("  require_verified: false\n");
    stage.publish(&["publish"]).succeeds();
    assert!(stage.dictionary(BRANCH).contains(&stage.image));
}

#[test]
fn a_finished_matrix_is_published_as_a_whole() {
    let stage = Stage::new("");
    stage.project.imgctl(&["destroy"]).succeeds();
    stage.project.imgctl(&["bake", "--distribution", "debian12,centos7"]).succeeds();
    // It was started and tested: nothing is to be forced.
    let ran = stage.publish(&["publish"]).succeeds();
    let found = stage
        .git("remote.git", &["for-each-ref", "--format=%(refname:short)", "refs/heads/imgctl"]);
    let text = stage.dictionary(found.trim());
    assert!(!text.contains("img-0") && !text.contains("centos7: ami-1"), "{ran}{text}");
    assert_eq!(text.lines().count(), IMAGES.lines().count());

    // What is not finished is not published.
    let folders = std::fs::read_dir(stage.path(".imgctl")).unwrap();
    let mut results = folders.map(|folder| folder.unwrap().path().join("result.json"));
    let path = results.find(|path| path.to_string_lossy().contains("centos7")).unwrap();
    let result = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, result.replace("\"done\"", "\"failed\"")).unwrap();
    stage.publish(&["publish"]).fails(1).says("centos7").hints("finish the matrix");
}

#[test]
fn a_matrix_that_was_killed_is_not_published() {
    let stage = Stage::new("");
    stage.project.imgctl(&["destroy"]).succeeds();
    let words = ["bake", "--distribution", "debian12,centos7", "--jobs", "1"];
    stage.project.imgctl(&words).succeeds();
    // As if the second one had been killed.
    let path = stage.path(".imgctl/fake_centos7/result.json");
    std::fs::remove_file(&path).unwrap();
    let ran = stage.publish(&["--dry-run", "publish"]).fails(1);
    ran.says("no image was made of fake/centos7").hints("finish the matrix");
}

#[test]
fn each_combination_publishes_its_own_image() {
    let stage = Stage::new("");
    stage.project.imgctl(&["destroy"]).succeeds();
    let set = "--set=publish.pull_request.forge=none";
    stage.publish(&[set, "bake", "publish", "--distribution", "debian12,centos7"]).succeeds();
    for distribution in ["debian12", "centos7"] {
        let text = stage.dictionary(&format!("imgctl/images-fake-{distribution}"));
        let old = if distribution == "debian12" { "&deb img-0" } else { "ami-1}" };
        assert!(!text.contains(&format!("{distribution}: {old}")), "{text}");
    }
}

#[test]
fn what_was_made_last_is_published() {
    let stage = Stage::new("");
    stage.project.imgctl(&["destroy"]).succeeds();
    stage.project.imgctl(&["bake", "--distribution", "debian12,centos7"]).succeeds();
    let ran = stage.project.imgctl(&["bake", "--distribution", "debian12"]).succeeds();
    let last = ran.announced().into_iter().next().unwrap();
    let ran = stage.publish(&["--dry-run", "publish"]).succeeds();
    ran.says(&format!("debian12: &deb {last}, centos7: ami-1")).says("taken alone");
}

#[test]
fn a_path_that_cannot_tell_regions_apart_is_refused_before_anything_is_copied() {
    let stage = Stage::with(
        "jenkins.images.{cloud}.{region}.{distribution}",
        "  regions: {fake: [north]}\n",
    );
    let set = "--set=publish.dictionary.paths.fake=jenkins.images.{cloud}.{distribution}";
    stage.publish(&[set, "publish:force=true"]).fails(2).says("the same path");
    assert_eq!(stage.project.images().len(), 1);
    let config = std::fs::read_to_string(stage.path("config.yaml")).unwrap();
    stage.project.write("config.yaml", &config.replace("{region}", "{cloud}-{region}"));
    let ran = stage.publish(PUBLISH);
    // The fake cloud's own region has no name.
    ran.fails(2).says("needs a region").hints("publish.dictionary.paths.fake");
}
