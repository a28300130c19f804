//! What an image does not get from the machine that it is made of.

use std::collections::BTreeSet;

use crate::project::Project;

#[test]
fn a_start_and_a_stop_in_between_do_not_let_keys_into_an_image() {
    let create = ["create_image:name=first"];
    let before = Project::calls_before(&["up", "bootstrap"], &create, "cloud create image");
    for up_is_killed in [false, true] {
        let project = Project::new();
        project.imgctl(&["up", "bootstrap"]);
        let refused = project.imgctl_with("fail_at", before + 1, &create);
        assert!(refused.calls[before].starts_with("cloud create image"), "{}", refused.stderr);
        if up_is_killed {
            let killed = project.imgctl_with("kill_after", 2, &["up"]);
            assert_eq!(killed.calls[1], "cloud start i-2 => killed after");
        } else {
            project.imgctl(&["up"]);
        }
        project.imgctl(&["down"]);
        if up_is_killed {
            // Whether it has keys again is not known, so it is started once more.
            project.imgctl(&create).succeeds().says("the instance is started again");
        } else {
            // It cannot be cleaned while it is stopped.
            project.imgctl(&create).fails(2);
            project.imgctl(&["up", create[0]]).succeeds();
        }
        assert_eq!(project.images().len(), 1);
        assert_eq!(project.secrets_in_images(), BTreeSet::new());
    }
}

#[test]
fn nothing_of_a_user_whose_home_is_elsewhere_gets_into_an_image() {
    let project = Project::new();
    project.write(
        "scripts/bootstrap.rhai",
        r#"
        let host = cloud::host();
        host.sudo("useradd --home-dir /srv/agent agent");
        for name in [".ssh/authorized_keys", ".bash_history", ".profile"] {
            host.write(`/srv/agent/${name}`, "text", #{ sudo: true });
        }
        host.write("/etc/sudoers.d/90-imgctl-debian", "text", #{ sudo: true });
        "#,
    );
    project.imgctl(&["up", "bootstrap", "create_image:name=first"]).succeeds();
    assert_eq!(project.images().len(), 1);
    assert_eq!(project.secrets_in_images(), BTreeSet::new());
    let world = project.world();
    let image = world["images"]
        .as_object()
        .unwrap()
        .values()
        .find(|image| image["disk"]["files"].get("/srv/agent/.profile").is_some());
    let files = image.unwrap()["disk"]["files"].as_object().unwrap();
    assert!(!files.contains_key("/srv/agent/.bash_history"), "{:?}", files.keys());
    assert!(!files.contains_key("/etc/sudoers.d/90-imgctl-debian"), "{:?}", files.keys());
}

/// Google's agent makes new host keys only on an instance other than the one that it remembers.
#[test]
fn the_cloud_agent_forgets_the_machine() {
    let ran = Project::new().imgctl(&["up", "create_image"]);
    let sealed = ran.calls.iter().find(|call| call.contains("google_instance_id")).unwrap();
    let sealed = sealed.replace("\\n", "\n");
    // The lines of the command about that agent: those that look, and those that remove.
    let about = |line: &&str| {
        ["google_instance_id", "instance_configs"].iter().any(|name| line.contains(name))
    };
    let (left, remove): (Vec<&str>, Vec<&str>) =
        sealed.lines().filter(about).partition(|line| line.starts_with("left="));
    let (left, remove) = (left.join("\n"), remove.join("\n"));
    assert!(!left.is_empty() && !remove.is_empty(), "{sealed}");
    // In another folder than /etc.
    let etc = tempfile::tempdir().unwrap();
    let run = |block: &str| {
        let block = block.replace("/etc/", &format!("{}/", etc.path().display()));
        let script = format!("{block}\nprintf %s \"$left\"");
        let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{script}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(run(&remove) + &run(&left), "", "on a machine without the agent");

    std::fs::create_dir(etc.path().join("default")).unwrap();
    let config = etc.path().join("default/instance_configs.cfg");
    std::fs::write(etc.path().join("google_instance_id"), "4711\n").unwrap();
    std::fs::write(&config, "[Instance]\ninstance_id = 4711\n\n[Accounts]\ngroups = adm\n")
        .unwrap();
    let found = run(&left);
    assert!(found.contains("google_instance_id") && found.contains("4711"), "{found}");
    for _ in 0..2 {
        run(&remove);
        assert_eq!(run(&left), "");
    }
    let kept = std::fs::read_to_string(&config).unwrap();
    assert_eq!(kept, "[Instance]\n\n[Accounts]\ngroups = adm\n");
}
