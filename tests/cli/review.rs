//! `--dry-run` for a review: what would be changed, as diffs, on machines that exist and on those that do not.

use crate::project::Project;

#[test]
fn files_and_templates_are_shown_as_unified_diffs() {
    let project = Project::new();
    project.write("files/agent.conf.j2", "port={{ port }}\nname=agent\n");
    project.write("files/motd", "hello\nworld\n");
    project.write("files/conf.d/a.conf", "a=1\n");
    project.write("files/conf.d/deep/b.conf", "b=1\n");
    let code = "let host = cloud::host();
host.template(\"files/agent.conf.j2\", \"/etc/agent.conf\", #{ port: 80 }, #{ sudo: true });
host.put(\"files/motd\", \"/etc/motd\", #{ sudo: true });
host.put(\"files/conf.d\", \"/etc/conf.d\", #{ sudo: true });";
    project.write("scripts/mine.rhai", &format!("//! Mine.\n{code}\n"));
    project.imgctl(&["up", "mine"]).succeeds();
    project.imgctl(&["--dry-run", "mine"]).succeeds().says("~ nothing would be changed\n");

    project.write("files/motd", "hello\nmoon\n");
    project.write("files/conf.d/deep/b.conf", "b=2\n");
    project.write("scripts/mine.rhai", &format!("//! Mine.\n{}\n", code.replace("80", "8080")));
    let ran = project.imgctl(&["--dry-run", "mine"]).succeeds();
    ran.says("  ~ would write /etc/agent.conf on ")
        .says("      --- /etc/agent.conf\n      +++ /etc/agent.conf\n      @@ -1,2 +1,2 @@\n")
        .says("      -port=80\n      +port=8080\n       name=agent\n")
        .says("      -world\n      +moon\n")
        .says("  ~ would copy files/conf.d to /etc/conf.d on ")
        .says("      ~ deep/b.conf\n")
        .never_says("a.conf\n      ~")
        .says("\n~ 3 changes: 3 files\n");
}

#[test]
fn a_secret_has_no_diff() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let code = "cloud::host().write(\"/etc/token\", \"hidden\", #{ secret: true, sudo: true })";
    let ran = project.imgctl(&["--dry-run", "run", "-e", code]).succeeds();
    ran.says("~ would write /etc/token").never_says("hidden").says("~ 1 change: 1 file\n");
}

#[test]
fn what_would_exist_counts_from_then_on() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let code = "import \"std/user\" as user;
import \"std/group\" as group;
let host = cloud::host();
group::add(host, \"builders\");
user::add(host, \"ci\");
user::join(host, \"ci\", \"builders\");
print(host.exists(\"/tmp/note\"));
host.write(\"/tmp/note\", \"one\\n\");
print(host.exists(\"/tmp/note\"));
host.write(\"/tmp/note\", host.read(\"/tmp/note\") + \"two\\n\");
()";
    let ran = project.imgctl(&["--dry-run", "run", "-e", code]).succeeds();
    assert_eq!(ran.stdout, "false\ntrue\n");
    ran.says("      +one\n").says("       one\n      +two\n").says("1 user, 2 groups)\n");
    assert_eq!(project.world()["instances"].as_object().unwrap().len(), 1);
}

#[test]
fn a_bake_of_nothing_shows_its_whole_plan() {
    let project = Project::new();
    let ran = project.imgctl(&["--dry-run", "bake"]).succeeds();
    let ran = ran
        .says("~ would start the instance `build`")
        .says("~ would run on build: ")
        .says("~ would write /etc/")
        .says("~ would make an image of the instance")
        .says("~ would start the instance `verify`")
        .says("~ would remove everything of this run")
        .says(" packages")
        .never_says("✗")
        .never_says("FAILED")
        .never_says("warning")
        .never_says("rehearsal");
    let last = ran.stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with("~ ") && last.contains(" changes: "), "{last}");
    assert!(project.debris().is_empty());
    assert!(!project.path().join(".state.json").exists());
}

#[test]
fn a_command_in_the_terminal_is_only_told() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let ran = project.imgctl(&["--dry-run", "ssh:touch /proof"]).succeeds();
    let ran = ran.says("~ would run on ").says("touch /proof").says("1 change");
    assert!(!ran.calls.iter().any(|call| call.contains("touch")), "{:?}", ran.calls);
}

#[test]
fn files_of_this_machine_that_would_be_written_can_be_read() {
    let project = Project::new();
    project.write("note.txt", "old\n");
    let code = "fs::write(\"note.txt\", \"new\\n\");
print(fs::read(\"note.txt\") == \"new\\n\");
print(fs::exists(\"out/a\"));
print(fs::make_folder(\"out\"));
print(fs::make_folder(\"out\"));
fs::write(\"out/a\", \"a\");
print(fs::exists(\"out/a\"));
print(fs::remove(\"out/a\"));
print(fs::exists(\"out/a\"));
print(fs::remove(\"note.txt\"));
try { fs::read(\"note.txt\") } catch (error) { print(error.code) }
()";
    let wanted = "true\nfalse\ntrue\nfalse\ntrue\ntrue\nfalse\ntrue\n";
    let dry = project.imgctl(&["--dry-run", "run", "-e", code]).succeeds();
    let dry = dry.says("      -old\n      +new\n").says("would remove");
    assert!(dry.stdout.starts_with(wanted), "{dry}");
    assert_eq!(std::fs::read_to_string(project.path().join("note.txt")).unwrap(), "old\n");
    assert!(!project.path().join("out").exists());
    let real = project.imgctl(&["run", "-e", code]).succeeds();
    assert_eq!(dry.stdout, real.stdout);
}

#[test]
fn stopping_is_only_told() {
    let project = Project::new();
    project.imgctl(&["--dry-run", "down"]).fails(1).says("there is no instance `build`");
    project.imgctl(&["up"]).succeeds();
    let ran = project.imgctl(&["--dry-run", "down"]).succeeds();
    ran.says("~ would stop the instance `build`").never_says("is stopped");
    project.imgctl(&["down"]).succeeds();
    let ran = project.imgctl(&["--dry-run", "down"]).succeeds();
    ran.says("~ nothing would be changed").never_says("would stop");
    let ran = project.imgctl(&["--dry-run", "--set=lacks=[stop]", "down"]).fails(2);
    ran.says("cloud fake cannot").never_says("would stop");
}

#[test]
fn changes_of_images_are_told_by_what_the_cloud_tells() {
    let project = Project::new();
    project.imgctl(&["up", "create_image:name=agent-1"]).succeeds();
    let tasks = [
        (
            "share_image:img-3,accounts=1111",
            "share the image img-3 with 1111",
            "was shared already",
        ),
        ("deprecate_image:img-3,at=2027-01-31", "deprecate the image img-3", "deprecated already"),
        ("copy_image:img-3,regions=north", "copy the image img-3 to north", "exists already"),
    ];
    for (task, change, already) in tasks {
        let before = project.everything();
        let ran = project.imgctl(&["--dry-run", task]).succeeds();
        ran.says(&format!("~ would {change}")).says("~ 1 change: ").never_says(already);
        assert_eq!(project.everything(), before, "{task}");
        project.imgctl(&[task]).succeeds();
        let ran = project.imgctl(&["--dry-run", task]).succeeds();
        ran.says(already).says("~ nothing would be changed").never_says("~ would");
    }
    // One of two is a change.
    let ran = project.imgctl(&["--dry-run", "copy_image:img-3,regions=north south"]).succeeds();
    ran.says("~ would copy the image img-3 to south").says("~ 1 change: ");
    let ran = project.imgctl(&["--dry-run", "share_image:img-3,accounts=1111 2222"]).succeeds();
    ran.says("~ 1 change: ");
}

#[test]
fn a_plan_for_an_image_that_is_not_there_or_in_use_is_refused_as_the_change_would_be() {
    let project = Project::new();
    project.imgctl(&["up", "create_image:name=agent-1"]).succeeds();
    for task in [
        "share_image:img-99,accounts=1111",
        "deprecate_image:img-99,at=2027-01-31",
        "copy_image:img-99,regions=north",
        "delete_image:img-99",
        "delete_image:img-99,force=true",
        "export_image:img-99,raw,agent.raw",
    ] {
        project.imgctl(&["--dry-run", task]).fails(1).says("img-99").never_says("~ would");
        project.imgctl(&[task]).fails(1).says("img-99");
    }
    project
        .imgctl(&["--dry-run", "delete_image:img-3"])
        .succeeds()
        .says("~ would delete the image");
    project.imgctl(&["up:base=img-3,instance=second"]).succeeds();
    for options in [&["--dry-run"][..], &[]] {
        let ran = project.imgctl(&[options, &["delete_image:img-3"]].concat()).fails(3);
        ran.says("image img-3 is in use").never_says("~ would");
    }
    let forced = "delete_image:img-3,force=true";
    project.imgctl(&["--dry-run", forced]).succeeds().says("~ would delete the image img-3");
    for (lack, task) in [
        ("share_image", "share_image:img-3,accounts=1"),
        ("copy_image", "copy_image:img-3,regions=north"),
    ] {
        let lack = format!("--set=lacks=[{lack}]");
        project.imgctl(&["--dry-run", &lack, task]).fails(2).says("cloud fake cannot");
    }
}

/// Images that only the same dry run would make cannot be asked for.
#[test]
fn images_that_would_be_made_are_planned_with() {
    let project = Project::new();
    let words = [
        "--dry-run",
        "up",
        "create_image",
        "copy_image:newest,regions=north",
        "share_image:newest,accounts=1",
        "deprecate_image:newest,at=2027-01-31",
        "delete_image:newest",
    ];
    let ran = project.imgctl(&words).succeeds();
    let ran = ran.says("~ would copy the new image to north");
    let ran = ran.says("~ would share the new image with 1");
    ran.says("~ would deprecate the new image at 2027-01-31").says("~ would delete the new image");
}

#[test]
fn an_instance_that_exists_is_started_only_if_it_would_be() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let ran = project.imgctl(&["--dry-run", "up"]).succeeds();
    ran.says("~ nothing would be changed").never_says("would start");
    let ran = project.imgctl(&["--dry-run", "destroy", "up"]).succeeds();
    ran.says("~ would remove everything of this run").says("~ would start the instance `build`");
    let ran = project.imgctl(&["--dry-run", "down", "up", "up"]).succeeds();
    ran.says("~ would start the instance `build`").says("~ 2 changes: ");
    project.imgctl(&["down"]).succeeds();
    project.imgctl(&["--dry-run", "up"]).succeeds().says("~ would start the instance `build`");
    // It goes on with the model of its distribution.
    let ran = project.imgctl(&["--dry-run", "bake"]).succeeds();
    ran.says("~ would run on build: ").says("~ would make an image").never_says("is stopped");
}

/// By what the cloud shows: somebody may have deleted it by hand.
#[test]
fn a_plan_of_destroy_names_what_exists() {
    let project = Project::new();
    let dry = |words: &[&str]| project.imgctl(&[&["--dry-run"], words].concat()).succeeds();
    dry(&["destroy"]).says("nothing would be changed").calls_nothing();
    project.imgctl(&["up"]).succeeds();
    let ids: Vec<String> = project.debris().into_iter().collect();
    assert_eq!(ids.len(), 2, "{ids:?}");
    ids.iter().fold(dry(&["destroy"]), |ran, id| ran.says(id));
    let mut world = project.world();
    world["instances"] = serde_json::json!({});
    project.write("world.json", &world.to_string());
    let ran = dry(&["destroy"]).says("key pair").says("1 change");
    ran.says("remove everything of this run").never_says("instance i-");
    world["key_pairs"] = serde_json::json!({});
    project.write("world.json", &world.to_string());
    dry(&["destroy"]).says("remove the state file: nothing of this run exists");
    let one = "cloud::destroy(\"build\")";
    dry(&["run", "-e", one]).says("nothing would be changed");
    project.imgctl(&["destroy"]).succeeds();
    assert!(!project.path().join(".state.json").exists());
}

#[test]
fn a_plan_names_modes_and_counts_nothing_twice() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let code = "import \"std/service\" as service;
let host = cloud::host();
host.write(\"/opt/one\", \"one\\n\", #{ sudo: true, mode: \"0600\" });
service::disable(host, \"cron\");
print(service::stop(host, \"cron\"));
print(service::enable(host, \"cron\"));
print(service::start(host, \"cron\"));
()";
    let ran = project.imgctl(&["--dry-run", "run", "-e", code]).succeeds();
    assert_eq!(ran.stdout, "false\ntrue\nfalse\n");
    let ran = ran.says("~ would write /opt/one on ").says("(4 bytes, mode 0600)");
    assert_eq!(ran.stderr.matches("systemctl start cron").count(), 1, "{ran}");

    let ran = project.imgctl(&["--dry-run", "run", "-e", "nothing_of_this_name()"]).fails(2);
    ran.never_says("nothing would be changed");
}
