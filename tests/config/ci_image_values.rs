//! Which values and combinations of `ci_image` are refused before a chain begins.

use serde_json::Value;

use crate::project::Project;
use crate::{load, shown};

#[test]
fn values_that_the_library_would_refuse_are_told_before_anything_is_started() {
    for (settings, path, wanted) in [
        ("umask: {value: '999'}", "umask.value", "octal text such as \"022\", not \"999\""),
        ("docker: {source: nowhere}", "docker.source", "docker or distribution, not \"nowhere\""),
        ("selinux: {mode: disabled}", "selinux.mode", "enforcing or permissive"),
        ("firewall: {ports: [http, 80/xyz]}", "firewall.ports[1]", "not \"80/xyz\""),
        ("slave_config: {mode: rwx}", "slave_config.mode", "octal text such as \"2770\""),
        ("slave_config: {group: two words}", "slave_config.group", "beginning with a letter"),
        ("user: {name: o'brien}", "user.name", "beginning with a letter"),
        ("pypy: {source: tarbal}", "pypy.source", "auto, distribution or tarball"),
        ("clock: {servers: ['a b']}", "clock.servers[0]", "the name or address of a server"),
        (
            "docker: {mirrors: [mirror:5000]}",
            "docker.mirrors[0]",
            "begins with https:// or http://",
        ),
        ("docker: {insecure: ['http://a']}", "docker.insecure[0]", "without http://"),
        ("ssh_key: {file: /root/.ssh/id}", "ssh_key.file", "without its folder"),
        ("path: {folders: [bin]}", "path.folders[0]", "begins with a slash"),
        ("packages: {more: [jq, git curl]}", "packages.more[1]", "one package"),
        ("packages: {debian: ['vim-']}", "packages.debian[0]", "one package"),
        ("docker: {packages: ['docker-ce 28']}", "docker.packages[0]", "one package"),
        (
            "docker_images: {names: ['busybox latest']}",
            "docker_images.names[0]",
            "name of an image",
        ),
        ("known_hosts: {lines: [github.com]}", "known_hosts.lines[0]", "as ssh-keyscan prints"),
        ("python: {tools: ['--user']}", "python.tools[0]", "a package of Python"),
        ("python: {index: pypi.example.org}", "python.index", "an address such as"),
        ("gems: {source: gems.example.org}", "gems.source", "an address such as"),
        ("python: {interpreter: ''}", "python.interpreter", "a program such as python3"),
        ("git: {version: 'v 2'}", "git.version", "a version such as 2.47.1"),
        ("ssh_key: {file: two words}", "ssh_key.file", "without its folder"),
    ] {
        let project = Project::new();
        let config = std::fs::read_to_string(project.path().join("config.yaml")).unwrap();
        project.write("config.yaml", &format!("{config}ci_image: {{{settings}}}\n"));
        let ran = project.imgctl(&["bake"]).fails(2).says(&format!("ci_image.{path}: must be "));
        ran.says(wanted).calls_nothing();
    }
    let project = Project::new();
    let config = std::fs::read_to_string(project.path().join("config.yaml")).unwrap();
    let right = "ci_image: {umask: {value: 027}, firewall: {ports: [http, '8080', 53/udp, 6000-6010/tcp]}}\n";
    project.write("config.yaml", &(config + right));
    project.imgctl(&["check"]).succeeds();
}

#[test]
fn items_that_are_on_have_what_their_steps_need() {
    let told = |yaml: &str, distribution: &str| {
        let config = load(&format!("ci_image: {{profile: full, {yaml}}}"));
        let checked = config.check_ci_image(Some("fake"), None, Some(distribution));
        checked.err().map(|error| shown(&error))
    };
    for (settings, distribution, wanted) in [
        ("git: {enabled: true}", "debian12", "ci_image.git: `version` must be set, since git is"),
        ("git: {enabled: true, version: 2.47.1}", "debian12", "ci_image.git: `sha256` must be set"),
        ("git: {enabled: true, version: '${EMPTY}'}", "debian12", "ci_image.git.version: must be"),
        (
            "git: {sha256: '${SET}'}",
            "centos7",
            "ci_image.git.sha256: must be 64 hexadecimal digits",
        ),
        ("git: {sha256: ''}", "ubuntu1404", "ci_image.git.sha256: must be set"),
        ("pypy: {source: tarball, version: ''}", "debian12", "ci_image.pypy.version: must be set"),
        ("pypy: {python: ''}", "rocky9", "ci_image.pypy.python: must be set"),
        (
            "pypy: {source: distribution}",
            "rocky9",
            "ci_image.pypy.source: this distribution has no",
        ),
        ("zfs: {enabled: true}", "amazonlinux2023", "ci_image.zfs.enabled: there are no packages"),
        ("zfs: {enabled: true}", "ubuntu1404", "ci_image.zfs.enabled: there are no packages"),
        ("repositories: {epel: true}", "fedora43", "ci_image.repositories.epel: there is no EPEL"),
        ("docker: {source: docker}", "amazonlinux2023", "ci_image.docker.source: Docker has no"),
        ("docker: {group_id: -7}", "debian12", "ci_image.docker.group_id: must be a number of a"),
        (
            "clock: {program: timesyncd}",
            "rocky9",
            "ci_image.clock.program: this distribution has no",
        ),
        ("java: {version: 0}", "debian12", "ci_image.java.version: must be a version of Java"),
        (
            "firewall: {ports: [6010-6000]}",
            "rocky9",
            "ci_image.firewall.ports: must be a list of ports",
        ),
        (
            "firewall: {ports: ['70000']}",
            "rocky9",
            "ci_image.firewall.ports: must be a list of ports",
        ),
        ("gems: {versions: {'fpm 1.4': ''}}", "debian12", "ci_image.gems.versions: must be a map"),
        (
            "docker: {enabled: false}",
            "debian12",
            "ci_image.docker.enabled: is false, and docker_images, which needs Docker, is",
        ),
        (
            "java: {source: distribution}",
            "debian12",
            "ci_image.java.source: this distribution has no package of that version",
        ),
        (
            "pypy: {version: 7.3.17}",
            "rocky9",
            "ci_image.pypy.version: is not 7.3.23, to which the shipped `sha256` belongs",
        ),
        (
            "pypy: {python: '3.10', source: tarball}",
            "debian12",
            "ci_image.pypy.python: is not 3.11, to which",
        ),
        ("git: {version: 2.47.1}", "centos7", "ci_image.git.version: is not 2.21.0, to which"),
        ("docker: ", "debian12", "ci_image.docker: has no settings"),
        ("java: {version: }", "debian12", "ci_image.java.version: has no value"),
        ("sudo: {enabled: }", "debian12", "ci_image.sudo.enabled: has no value"),
        ("packages: {debian: }", "debian12", "ci_image.packages.debian: has no value"),
        ("user: {name: '${EMPTY}'}", "debian12", "ci_image.user.name: must be up to 32 letters"),
    ] {
        let found = told(settings, distribution).unwrap_or_default();
        assert!(found.contains(wanted), "{settings} on {distribution}: {found}");
        assert!(found.starts_with("config.yaml:1:"), "{settings} on {distribution}: {found}");
    }
    for (settings, distribution) in [
        ("git: {enabled: false, version: ''}", "centos7"),
        ("pypy: {version: ''}", "debian12"),
        ("zfs: {enabled: true}", "rocky9"),
        (
            "docker: {enabled: false, source: docker}, docker_images: {enabled: false}",
            "amazonlinux2023",
        ),
        ("firewall: {ports: [ssh, '22', 6000-6010/udp, http]}", "rocky9"),
        ("packages: {redhat: }", "debian12"),
        ("docker: {group_id: -1}", "debian12"),
        ("docker: {enabled: false}, docker_images: {enabled: false}", "debian12"),
        ("docker: {enabled: false}, docker_images: {names: []}", "debian12"),
        ("java: {source: distribution}", "rocky9"),
        ("java: {source: distribution, version: 23}", "fedora43"),
        ("pypy: {version: 7.3.17}", "debian12"),
        (
            "pypy: {version: 7.3.17, sha256: {x86_64: 85eca51c7404da75e353eba587f87fea9481ba41e162206a6f70ad8118147bee}}",
            "rocky9",
        ),
        ("git: {url: 'https://mirror.example.org/git.tar.gz'}", "centos7"),
    ] {
        assert_eq!(told(settings, distribution), None, "{settings} on {distribution}");
    }
}

/// Whatever is shipped can be bootstrapped as it is.
#[test]
fn what_is_shipped_needs_nothing() {
    for profile in ["full", "small"] {
        let config = load(&format!("ci_image: {{profile: {profile}}}"));
        for cloud in ["ec2", "gce", "openstack", "rackspace", "local", "fake"] {
            let shipped = config.get(&format!("clouds.{cloud}.distributions")).unwrap();
            for (distribution, _) in shipped.iter().filter_map(Value::as_object).flatten() {
                let checked = config.check_ci_image(Some(cloud), None, Some(distribution));
                let error = checked.err().map(|error| shown(&error));
                assert_eq!(error, None, "{profile}: {cloud} {distribution}");
            }
        }
    }
}

#[test]
fn a_chain_that_would_need_more_is_refused_before_it_begins() {
    let project = Project::new();
    let config = std::fs::read_to_string(project.path().join("config.yaml")).unwrap();
    project.write("config.yaml", &(config + "ci_image: {git: {enabled: true}}\n"));
    let told = "ci_image.git: `version` must be set, since git is enabled";
    project.imgctl(&["bake"]).fails(2).says(told).calls_nothing();
    project.imgctl(&["check"]).fails(2).says(told);
    // What has nothing to do with it goes on.
    project.imgctl(&["up", "destroy"]).succeeds();
}
