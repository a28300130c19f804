//! What a user of `hosts:` relies on.

use crate::project::Project;
use crate::{check, refused};

fn project(hosts: &str) -> Project {
    let project = Project::new();
    let config = std::fs::read_to_string(project.path().join("config.yaml")).unwrap();
    project.write("config.yaml", &(config + hosts));
    project
}

const HOSTS: &str = "hosts:
  web1: {address: 127.0.0.9, port: 2, user: deploy, groups: [web, all], vars: {role: first}}
  web2.example.com: {groups: web}
  db: {address: '${DB}', groups: [database]}
";

#[test]
fn machines_are_found_by_name_and_group() {
    let project = project(HOSTS);
    let run = |code: &str| {
        project.imgctl_with_setup(&["run", "-e", code], |command| {
            command.env("DB", "127.0.0.8");
        })
    };
    let names =
        |code: &str| run(&format!("for host in {code} {{ print(host); }}")).succeeds().stdout;
    assert_eq!(names("hosts::all()"), "web1\nweb2.example.com\ndb\n");
    assert_eq!(names("hosts::group(\"web\")"), "web1\nweb2.example.com\n");
    assert_eq!(names("hosts::group(\"database\")"), "db\n");
    let code = "let host = hosts::get(\"web1\"); print(host.vars.role); print(host.user)";
    run(code).succeeds().prints("first\ndeploy\n");
    let code = "print(hosts::get(\"web2.example.com\").vars)";
    run(code).succeeds().prints("#{}\n");
    let code = "print(parallel(hosts::group(\"web\"), |host| host.vars.get(\"role\") ?? \"none\"))";
    run(code).succeeds().prints("[\"first\", \"none\"]\n");
    run("hosts::get(\"wbe1\")").fails(1).hints("did you mean `web1`?");
    run("hosts::group(\"wbe\")").fails(1).hints("did you mean `web`?");
    run("hosts::get(\"nothing-like-it\")").fails(1).hints("use one of: web1, web2.example.com, db");
    // A connection is tried at the address and port.
    run("hosts::get(\"web1\").query(\"true\")").says("127.0.0.9").never_says("web2");
}

#[test]
fn a_machine_is_there_without_what_others_need() {
    let project = project(HOSTS);
    project.imgctl(&["run", "-e", "print(hosts::get(\"web1\"))"]).succeeds().prints("web1\n");
    project.imgctl(&["run", "-e", "print(hosts::group(\"web\").len())"]).succeeds().prints("2\n");
    project.imgctl(&["run", "-e", "hosts::group(\"wbe\")"]).fails(1).hints("did you mean `web`?");
    project.imgctl(&["run", "-e", "hosts::all()"]).fails(2).says("the environment variable DB");
    let ran = project.imgctl(&["run", "-e", "hosts::get(\"db\")"]).fails(2);
    ran.says("needs the environment variable DB").says("config.yaml:7");
}

#[test]
fn mistakes_have_a_place() {
    let unknown = "unknown key hosts.web.addres";
    let hint = "did you mean `address`?";
    refused(("hosts: {web: {addres: x}}", "config.yaml:1:15", unknown, hint));
    let port = "hosts.web.port: must be a port from 1 to 65535, not 0";
    refused(("hosts: {web: {port: 0}}", "config.yaml:1:15", port, "-"));
    let unknown = "unknown key hosts.web.var";
    refused(("hosts: {web: {var: {a: 1}}}", "config.yaml:1:15", unknown, "did you mean `vars`?"));
    let key = "hosts.web.host_key: `SHA256:abc` is not a host key: write it as in known_hosts, without the \
               name: ssh-ed25519 AAAA…";
    refused(("hosts: {web: {host_key: 'SHA256:abc'}}", "config.yaml:1:15", key, "-"));
    for address in ["me@web.example.com", "web.example.com:22"] {
        let message = format!(
            "hosts.web.address: `{address}` is more than an address: give the name in `user:` and the \
             number in `port:`"
        );
        let text = format!("hosts: {{web: {{address: '{address}'}}}}");
        refused((&text, "config.yaml:1:15", &message, "-"));
    }
    for key in ["user", "address", "port", "key", "host_key"] {
        let message = format!("hosts.web.{key}: must not be empty");
        let text = format!("hosts: {{web: {{{key}: ''}}}}");
        refused((&text, "config.yaml:1:15", &message, &format!("omit `{key}`")));
    }
    let empty = "hosts.web.groups[1]: must not be empty";
    refused(("hosts: {web: {groups: [a, '']}}", "config.yaml:1:27", empty, "omit `groups`"));
    let nameless = "hosts.: a machine must have a name";
    refused(("hosts: {'': {address: a}}", "config.yaml:1:9", nameless, "write `NAME:"));
    let name = "hosts.web 1: `web 1` is not an address, and it has no other";
    refused(("hosts: {web 1: {port: 2}}", "config.yaml:1:9", name, "give its address"));
    check("hosts: {web 1: {address: 127.0.0.9, user: '${NOBODY:-}'}}").succeeds();
    let vars = "hosts.web.vars: must be a map, not a number";
    refused(("hosts: {web: {vars: 1}}", "config.yaml:1:15", vars, "write `key: value`"));
    let list = "hosts: must be a map, not a list";
    refused(("hosts: [web]", "config.yaml:1:1", list, "write `key: value`"));
}

#[test]
fn a_key_that_is_not_there_is_told_before_anything_connects() {
    let hosts =
        "hosts:\n  a: {key: keys/a, groups: g}\n  b: {key: keys/b}\n  c: {key: '${UNSET}'}\n";
    let project = project(hosts);
    project.write("keys/b", "");
    let missing = "hosts.a.key: there is no file";
    let checked = project.imgctl(&["check"]).succeeds().says(missing).never_says("hosts.b.key");
    checked.says("with 1 warning");
    project.imgctl(&["check", "--strict"]).fails(2).says("1 mistake in 1 of");
    let config = std::fs::read_to_string(project.path().join("config.yaml")).unwrap();
    project.write("config.yaml", &config.replace("  c: {key: '${UNSET}'}\n", ""));
    for (code, tells) in [
        ("hosts::get(\"a\")", true),
        ("hosts::group(\"g\")", true),
        ("for name in [\"a\"] { hosts::get(name); }", true),
        ("hosts::get(\"b\")", false),
    ] {
        project.write("scripts/mine.rhai", &format!("//! Mine.\nprint({{ {code}; 1 }});\n"));
        let ran = project.imgctl(&["mine"]).succeeds();
        if tells {
            ran.says(missing)
        } else {
            ran.never_says(missing)
        };
    }
}
