//! The library, rehearsed: a second call of a function changes nothing, and old forms are refused.

use crate::project::Project;

/// Every function that changes a host.
const SCRIPT: &str = "
import \"std/file\" as file;
import \"std/package\" as package;
import \"std/service\" as service;
import \"std/user\" as user;
let host = cloud::host();
let changes = || [
    file::contents(host, \"/etc/motd\", \"a CI agent\\n\"),
    file::contents(host, \"/etc/token\", \"x\", #{ mode: \"0600\", owner: \"ci:ci\" }),
    file::line(host, \"/etc/hosts\", \"192.0.2.7 registry\"),
    file::directory(host, \"/srv/plain\"),
    file::directory(host, \"/srv/ci\", #{ mode: \"2750\", owner: \"ci\" }),
    file::absent(host, \"/etc/hostname\"),
    package::install(host, [\"git\"]),
    package::remove(host, [\"unzip\"]),
    service::enable(host, \"agent\"),
    service::disable(host, \"cron\"),
    user::add(host, \"ci\"),
    user::join(host, \"ci\", \"docker\"),
    user::may_sudo(host, \"ci\"),
];
host.sudo(\"apt-get install -y unzip\");
    host.sudo(\"groupadd docker\");
print(changes.call().all(|it| it));
print(changes.call().some(|it| it));
";

#[test]
fn a_second_call_changes_nothing() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let ran = project.imgctl(&["run", "-e", SCRIPT]).succeeds();
    assert_eq!(ran.stdout, "true\nfalse\n", "{ran}");
    let world = project.world();
    let files = &world["instances"]["i-2"]["disk"]["files"];
    for (path, mode, owner) in [
        ("/etc/motd", "644", "root:root"),
        ("/etc/token", "600", "ci:ci"),
        ("/srv/plain", "755", "root:root"),
        ("/srv/ci", "2750", "ci:ci"),
    ] {
        assert_eq!((&files[path]["mode"], &files[path]["owner"]), (&mode.into(), &owner.into()));
    }
}

#[test]
fn a_value_in_place_of_the_options_is_refused_with_the_new_form() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let run = |call: &str| {
        let code = format!("import \"std/file\" as file; let host = cloud::host(); {call}");
        project.imgctl(&["run", "-e", &code])
    };
    let ran =
        run("file::contents(host, \"/etc/motd\", \"text\", \"0644\")").fails(2).calls_nothing();
    ran.says("a map, not \"0644\"")
        .hints("file::contents(host, \"/etc/motd\", text, #{ mode: \"0644\" })");
    let ran = run("file::directory(host, \"/srv/ci\", \"0755\")").fails(2).calls_nothing();
    ran.says("a map, not \"0755\"").hints("file::directory(host, \"/srv/ci\", #{ mode: \"0755\"");
    let ran = run("file::directory(host, \"/srv/ci\", \"0755\", \"ci:ci\")").fails(2);
    let ran = ran.says("`file::directory` takes its options as a map").calls_nothing();
    ran.hints("write `file::directory(host, path, #{ mode: \"0755\", owner: \"ci:ci\" })`");
    run("file::directory(host, \"/srv/ci\", #{ mod: \"0755\" })").fails(2).says("no option `mod`");
}

/// A project that copied the library keeps its own forms.
#[test]
fn the_old_library_of_a_project_takes_the_old_forms() {
    let project = Project::new();
    project
        .write("stdlib/file.rhai", "fn directory(host, path, mode, owner) { `${mode} ${owner}` }");
    let code = "import \"std/file\" as file; file::directory((), \"/srv\", \"0755\", \"ci\")";
    assert_eq!(project.imgctl(&["run", "-e", code]).succeeds().stdout, "0755 ci\n");
}
