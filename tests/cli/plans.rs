//! What a dry run would have made counts as existing.

use crate::project::Project;

const CODE: &str = "let host = cloud::host();
print(host.planned(\"user\", \"ci\"));
host.plan(\"user\", \"ci\");
print(host.planned(\"user\", \"ci\"));
print(host.planned(\"group\", \"ci\"));
print(cloud::host().planned(\"user\", \"ci\"));
print(cloud::host(\"verify\").planned(\"user\", \"ci\"));";

#[test]
fn plans_are_kept_for_their_host_and_only_in_a_dry_run() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    project.imgctl(&["run", "-e", "cloud::up(#{ role: \"verify\" })"]).succeeds();
    let ran = project.imgctl(&["run", "-e", CODE]).succeeds();
    assert_eq!(ran.stdout, "false\n".repeat(5));
    let ran = project.imgctl(&["--dry-run", "run", "-e", CODE]).succeeds();
    assert_eq!(ran.stdout, "false\ntrue\nfalse\ntrue\nfalse\n");
}

#[test]
fn a_host_that_the_plan_has_changed_is_not_checked_as_it_is() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let code = "let host = cloud::host(); print(host.has_plans); host.run(\"true\"); print(host.has_plans);";
    project.imgctl(&["run", "-e", code]).succeeds().prints("false\nfalse\n");
    let ran = project.imgctl(&["--dry-run", "run", "-e", code]).succeeds();
    assert_eq!(ran.stdout, "false\ntrue\n");
    let ran = project.imgctl(&["--dry-run", "bake"]).succeeds();
    ran.says("the checks are for the instance as the plan would leave it");
}

#[test]
fn a_key_that_a_planned_host_cannot_show_would_be_written() {
    let project = Project::new();
    let docker = "ci_image.docker={enabled: true}";
    let ran = project.imgctl(&["--dry-run", "--set", docker, "bake"]).succeeds();
    ran.says("/etc/apt/keyrings/docker.gpg").never_says("out of bounds");
}

#[test]
fn a_number_with_a_fraction_may_be_given_as_a_whole_one() {
    let project = Project::new();
    let code = "import \"std/options\" as options;
print(options::over(#{ a: 1.5 }, #{ a: 2 }, \"x(#{ a: 1.5 })\").a);
options::over(#{ a: 1.5 }, #{ a: \"2\" }, \"x(#{ a: 1.5 })\");";
    let ran = project.imgctl(&["run", "-e", code]).fails(2).prints("2.0\n");
    ran.says("the option \"a\" of x is a number, not \"2\"");
}
