//! What is refused, and told before anything is changed.

use crate::project::Ran;
use crate::stage::{BRANCH, Stage};

const PUBLISH: &[&str] = &["publish:force=true"];

/// Runs it, and nothing of the remote, of GitHub and of the clone is changed.
#[track_caller]
fn refused(stage: &Stage, token: &str, words: &[&str], status: i32) -> Ran {
    let before = (stage.branches(), stage.clone_state(), stage.project.images());
    let ran = stage.publish_as(token, words).fails(status);
    assert_eq!((stage.branches(), stage.clone_state(), stage.project.images()), before);
    assert_eq!(stage.github.changes(), Vec::<String>::new());
    ran
}

#[test]
fn an_image_that_nobody_tried_is_refused() {
    let stage = Stage::new("");
    let ran = refused(&stage, "good", &["publish"], 3).says(&stage.image);
    let cure = format!("imgctl cloud:fake distribution:debian12 verify_image:id={}", stage.image);
    ran.hints(&format!("publish:id={},force=true", stage.image)).hints(&cure);
    let ran = refused(&stage, "good", &["promote:channel=beta"], 3);
    ran.hints(&format!("promote:channel=beta,id={},force=true", stage.image));
    let off = "--set=manifest.enabled=false";
    refused(&stage, "good", &[off, "publish"], 3).hints("manifest.enabled");
}

#[test]
fn a_matrix_that_proved_nothing_is_refused() {
    let stage = Stage::new("");
    stage.project.imgctl(&["destroy"]).succeeds();
    let words = ["up", "create_image", "destroy", "--distribution", "debian12,centos7"];
    stage.project.imgctl(&words).succeeds();
    refused(&stage, "good", &["publish"], 3).says("started and tested").hints("verify_image:id=");
}

#[test]
fn an_image_that_is_gone_is_told() {
    let stage = Stage::new("");
    refused(&stage, "good", &["publish:id=img-99,force=true"], 1).says("img-99");
}

#[test]
fn a_token_without_rights_is_told() {
    let stage = Stage::new("  regions: {fake: [north]}\n");
    refused(&stage, "reader", PUBLISH, 3).says("may only read").hints("Pull requests");
    refused(&stage, "narrow", PUBLISH, 3).says("gist").hints("scope `repo`");
    let ran = refused(&stage, "expired-token-of-mine", PUBLISH, 3);
    ran.says("401").hints("expired").never_says("expired-token-of-mine");
    refused(&stage, "", PUBLISH, 3).hints("GITHUB_TOKEN");
    refused(&stage, "two words", PUBLISH, 3).says("is not a token").never_says("two words");
    let other = ["--set=publish.pull_request.project=org/other", "publish:force=true"];
    refused(&stage, "good", &other, 1).says("404").hints("org/other");
    let plain = ["--set=publish.pull_request.api=http://example.com", "publish:force=true"];
    refused(&stage, "good", &plain, 2).says("https://").never_says("good");
}

#[test]
fn a_dictionary_that_cannot_take_the_image_is_told() {
    let stage = Stage::with("jenkins.images.aws", "");
    refused(&stage, "good", PUBLISH, 1).says("jenkins.images.aws").says("images.yaml");
    let stage = Stage::new("");
    stage.project.write("clone/images.yaml", "a: [1\n");
    stage.git("clone", &["commit", "--quiet", "--all", "--message=Broken"]);
    stage.git("clone", &["push", "--quiet", "origin", "main"]);
    refused(&stage, "good", PUBLISH, 1).says("images.yaml is not valid YAML");
    let missing = ["--set=publish.dictionary.file=other.yaml", "publish:force=true"];
    refused(&stage, "good", &missing, 1).says("other.yaml").hints("path");
}

/// A change behind it would be in no commit, and in a file of somebody else.
#[test]
fn a_dictionary_behind_a_link_out_of_the_repository_is_refused() {
    let stage = Stage::new("");
    let own = stage.path("clone/images.yaml");
    let outside = stage.path("outside.yaml");
    std::fs::copy(&own, &outside).unwrap();
    let links = [("absolute.yaml", own.clone()), ("outside.yaml", outside.clone())];
    for (name, target) in &links {
        std::os::unix::fs::symlink(target, stage.path("clone").join(name)).unwrap();
    }
    std::os::unix::fs::symlink("images.yaml", stage.path("clone/inside.yaml")).unwrap();
    stage.git("clone", &["add", "--all"]);
    stage.git("clone", &["commit", "--quiet", "--message=Links"]);
    stage.git("clone", &["push", "--quiet", "origin", "main"]);
    let file = |name: &str| format!("--set=publish.dictionary.file={name}");
    for (name, target) in links {
        let before = std::fs::read(&target).unwrap();
        let words = [&file(name), "publish:force=true"];
        refused(&stage, "good", &words, 3).says("leads out of the repository").hints("itself");
        assert_eq!(std::fs::read(&target).unwrap(), before);
    }
    // One to another file of the repository is as good as that.
    stage.publish(&[&file("inside.yaml"), "publish:force=true"]).succeeds();
    assert!(stage.dictionary(BRANCH).contains(&stage.image));
}

#[test]
fn a_repository_that_cannot_be_used_is_told() {
    let stage = Stage::new("");
    let with = |setting: &str, status| {
        let setting = format!("--set=publish.{setting}");
        refused(&stage, "good", &[&setting, "publish:force=true"], status)
    };
    with("dictionary.repository=nowhere", 1).says("there is no folder").hints("clone");
    with("remote=upstream", 1).says("no remote `upstream`").hints("origin");
    with("base=mian", 1).says("no branch `mian`").hints("main");
    with("branch=main", 2).hints("branch of its own");
    with("branch=a..b", 2).says("cannot be the name");
    stage.git(
        "clone",
        &["remote", "set-url", "origin", "https://x:hunter2-hunter2@127.0.0.1:1/org/ci"],
    );
    let ran = refused(&stage, "good", PUBLISH, 3);
    ran.says("cannot be read").never_says("hunter2-hunter2");
}

#[test]
fn commits_of_others_on_the_branch_stay() {
    let stage = Stage::new("");
    stage.git("clone", &["push", "--quiet", "origin", &format!("main:refs/heads/{BRANCH}")]);
    stage.git("clone", &["checkout", "--quiet", "-b", "theirs"]);
    stage.git("clone", &["commit", "--quiet", "--allow-empty", "--message=Mine, not yours"]);
    stage.git("clone", &["push", "--quiet", "origin", &format!("theirs:{BRANCH}")]);
    refused(&stage, "good", PUBLISH, 3).says("Mine, not yours").hints("merge or delete");
}

#[test]
fn a_push_that_the_server_rejects_is_told_in_its_words() {
    let stage = Stage::new("");
    stage.hook("remote.git", "pre-receive", "echo only releases may be pushed >&2; exit 1");
    let ran = refused(&stage, "good", PUBLISH, 3);
    ran.says("only releases may be pushed").says(BRANCH).hints("a rule or hook");
}

#[test]
fn hooks_of_the_user_are_asked() {
    let stage = Stage::new("");
    stage.hook("clone/.git", "pre-commit", "echo the linter says no >&2; exit 1");
    refused(&stage, "good", PUBLISH, 1).says("the linter says no");
}
