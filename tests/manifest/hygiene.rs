//! What verify_image finds on an instance that still has something of the machine its image was made of.

use super::{images, state};
use crate::project::Project;

/// What the instance answers when it is looked at, by section.
struct Seen {
    machine_id: String,
    hostname: String,
    host_keys: String,
    user_keys: String,
    cloud_init: String,
    traces: [&'static str; 5],
}

const TRACES: [&str; 5] = [
    "histories of users",
    "private keys and known hosts of users",
    "files of imgctl",
    "rights that imgctl gave to other users",
    "journals of other machines",
];

impl Seen {
    /// An instance that is as it should be.
    fn clean() -> Seen {
        Seen {
            machine_id: "00112233445566778899aabbccddeeff".to_owned(),
            hostname: "agent-verify".to_owned(),
            host_keys: String::new(),
            user_keys: String::new(),
            cloud_init: "/var/lib/cloud/instances/i-7".to_owned(),
            traces: [""; 5],
        }
    }

    /// A rule for the answers of the fake host.
    fn rule(&self) -> String {
        let mut text = format!(
            "== machine id\n{}\n== hostname\n{}\n== host keys\n{}\n== user keys\n{}\n== cloud-init\n{}\n",
            self.machine_id, self.hostname, self.host_keys, self.user_keys, self.cloud_init
        );
        for (name, found) in TRACES.iter().zip(self.traces) {
            text += &format!("== {name}\n{found}\n");
        }
        format!(
            "- {{host: verify, command: '== cloud-init', stdout: {}}}\n",
            serde_json::json!(text)
        )
    }
}

/// What the machine of the build was known by.
struct Build {
    machine_id: String,
    name: String,
    host_key: String,
    user_key: String,
}

/// A project with an image, and what its build was known by.
fn baked() -> (Project, Build) {
    let project = Project::new();
    project.imgctl(&["up", "bootstrap"]).succeeds();
    let world = project.world();
    let machine = world["instances"].as_object().unwrap().values().next().unwrap().clone();
    let machine_id = machine["disk"]["files"]["/etc/machine-id"]["contents"].as_str().unwrap();
    project.imgctl(&["create_image"]).succeeds();
    let record = state(&project);
    let text = |value: &serde_json::Value| value.as_str().unwrap().trim().to_owned();
    let build = Build {
        machine_id: machine_id.trim().to_owned(),
        name: text(&record["instances"]["build"]["name"]),
        host_key: text(&record["instances"]["build"]["host_key"]),
        user_key: text(&record["keys"]["login"]["public"]),
    };
    (project, build)
}

#[test]
fn each_trace_of_the_build_is_found_and_keeps_the_image_unproven() {
    let (project, build) = baked();
    let trace = |at: usize, found: &'static str| {
        let mut seen = Seen::clean();
        seen.traces[at] = found;
        seen
    };
    let restricted = format!("no-pty,command=\"echo no\" {}", build.user_key);
    let cases = [
        (Seen { machine_id: build.machine_id.clone(), ..Seen::clean() }, "found that of the build"),
        (Seen { machine_id: String::new(), ..Seen::clean() }, "wanted an id, found none"),
        (Seen { machine_id: "uninitialized".into(), ..Seen::clean() }, "wanted an id, found none"),
        (Seen { hostname: build.name.clone(), ..Seen::clean() }, "has not the name of the build"),
        (
            Seen { host_keys: build.host_key.clone(), ..Seen::clean() },
            "no host key is that of the build: wanted none, found SHA256:",
        ),
        (
            Seen { user_keys: build.user_key.clone(), ..Seen::clean() },
            "no key of the build lets anybody in: wanted none, found SHA256:",
        ),
        (Seen { user_keys: restricted, ..Seen::clean() }, "no key of the build lets anybody in"),
        (Seen { cloud_init: "unfinished".into(), ..Seen::clean() }, "it has not finished"),
        (
            Seen {
                cloud_init: "/var/lib/cloud/instances/i-1\n/var/lib/cloud/instances/i-7".into(),
                ..Seen::clean()
            },
            "found i-1, i-7",
        ),
        (trace(0, "/root/.bash_history"), "found /root/.bash_history"),
        (trace(1, "/home/ci/.ssh/id_rsa"), "found /home/ci/.ssh/id_rsa"),
        (trace(2, "/tmp/.imgctl.x"), "found /tmp/.imgctl.x"),
        (trace(3, "/etc/sudoers.d/90-imgctl-old"), "found /etc/sudoers.d/90-imgctl-old"),
        (trace(4, "/var/log/journal/0123"), "found /var/log/journal/0123"),
    ];
    for (seen, told) in cases {
        project.write("answers.yaml", &seen.rule());
        let ran = project.imgctl(&["verify_image"]).fails(1).says(told);
        ran.says("1 of 10 checks failed").hints("ssh:instance=verify").says("is kept");
        assert_eq!(images(&project)[0].get("verified"), None, "{told}");
    }
    project.write("answers.yaml", &Seen::clean().rule());
    project.imgctl(&["verify_image"]).succeeds();
    assert!(images(&project)[0]["verified"]["at"].is_string());
}

#[test]
fn a_key_that_the_cloud_gives_to_every_instance_is_none_of_the_build() {
    let (project, build) = baked();
    let seen = Seen { user_keys: build.user_key.clone(), ..Seen::clean() };
    let metadata = format!(
        "- {{command: 'attributes/ssh-keys', stdout: {}}}\n",
        serde_json::json!(format!("admin:{}\n", build.user_key))
    );
    project.write("answers.yaml", &(seen.rule() + &metadata));
    project.imgctl(&["verify_image"]).succeeds();
}

/// A key that is newer than the machine's id may be one of its first boot, but only if the id is its own.
#[test]
fn keys_of_a_machine_whose_id_may_be_that_of_the_build_are_all_traces() {
    let (project, _) = baked();
    let look = |project: &Project, words: &[&str]| {
        let ran = project.imgctl(words).succeeds();
        let look = ran.calls.iter().find(|call| call.contains("== cloud-init")).unwrap().clone();
        look.contains("older=\\nMACHINE=")
    };
    assert!(!look(&project, &["verify_image"]));
    let id = images(&project)[0]["id"].as_str().unwrap().to_owned();
    project.imgctl(&["destroy"]).succeeds();
    std::fs::remove_file(project.path().join("images.json")).unwrap();
    assert!(look(&project, &[&format!("verify_image:id={id}")]), "nothing tells whose id it is");
}

#[test]
fn an_image_without_cloud_init_needs_none() {
    let (project, _) = baked();
    for told in ["none", "disabled"] {
        let seen = Seen { cloud_init: told.into(), ..Seen::clean() };
        project.write("answers.yaml", &seen.rule());
        project.imgctl(&["verify_image"]).succeeds();
    }
}

#[test]
fn what_is_kept_on_purpose_is_not_looked_for() {
    let (project, _) = baked();
    let set = "--set=ci_image.keep=[\"/root/.ssh/known_hosts\"]";
    let ran = project.imgctl(&[set, "verify_image"]).succeeds();
    let look = ran.calls.iter().find(|call| call.contains("== cloud-init")).unwrap();
    assert!(look.contains("-not -path /root/.ssh/known_hosts"), "{look}");
}

#[test]
fn an_instance_of_another_role_has_a_key_of_its_own() {
    let (project, build) = baked();
    project.write("scripts/tests.rhai", "//! Fail.\nlet given = args::text(); throw \"no\";\n");
    project.imgctl(&["verify_image"]).fails(1);
    let keys = state(&project)["keys"].clone();
    assert_ne!(keys["login-verify"]["public"].as_str().unwrap().trim(), build.user_key);
    project.imgctl(&["ssh:instance=verify,true"]).succeeds();
    let destroy = "cloud::destroy(\"verify\")";
    project.imgctl(&["run", "-e", destroy]).succeeds();
    assert_eq!(state(&project)["keys"].get("login-verify"), None, "it goes with the instance");
}
