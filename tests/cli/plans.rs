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
