//! What is written beside an image, checked by the programs of those who define the formats.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

use crate::beds::bed;
use crate::project::Project;
use crate::site::{SECRET, read};

/// What a machine tells of packages of every kind, some of them odd.
const FOUND: &str = "deb\tlibstdc++6\t1:12.2+b1~x-14\tamd64\tgcc-12\t12.2\tDebian GCC (Team) <gcc@lists.example.org>
licence\tlibstdc++6\tGPL-3+
licence\tlibstdc++6\tMIT
rpm\tbash\t1:5.1-9\tx86_64\tbash-5.1-9.src.rpm\tRed Hat, Inc.\tGPLv3+
rpm\tgit\t(none):2.4-1\tx86_64\tgit-2.4-1.src.rpm\t(none)\tMIT AND BSD-3-Clause
rpm\townlicence\t(none):1-1\tx86_64\townlicence-1-1.src.rpm\t(none)\tLicenseRef-Callaway-BSD
rpm\tsilent\t(none):1-1\tx86_64\tsilent-1-1.src.rpm\t(none)\tNOASSERTION
rpm\tgpg-pubkey\t(none):8483c65d-5ccc5b19\t(none)\t(none)\t(none)\tpubkey
pypi\tZope.Interface\t5.0\t\tUNKNOWN\tZo\u{fffd}e \"<&>\t/usr/lib/a/METADATA
pypi\tzope-interface\t5.0\t\tZPL-2.1\t\t/opt/b/METADATA
gem\tfpm\t1.15.1\truby\tMIT|Ruby\t\t/x/fpm.gemspec
";

fn baked(config: &str) -> Project {
    baked_with(config, FOUND)
}

/// A project with a key, whose instance has these packages.
fn baked_with(config: &str, found: &str) -> Project {
    let found = serde_json::to_string(found).unwrap();
    let answers = format!("- {{command: \"copyright-format\", stdout: {found}}}\n");
    let project = Project::new().answer(&answers);
    let key = project.path().join("key");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"])
        .arg(&key)
        .status();
    assert!(made.unwrap().success());
    let text = read(&project, "config.yaml");
    project.write("config.yaml", &format!("{text}images: {config}\n"));
    project.imgctl(&["up", "bootstrap"]).succeeds();
    project
}

/// The file of that end.
fn file(project: &Project, end: &str) -> PathBuf {
    let folder = std::fs::read_dir(project.path().join("images/fake_debian12")).unwrap();
    let mut paths = folder.map(|entry| entry.unwrap().path());
    paths.find(|path| path.to_string_lossy().ends_with(end)).unwrap()
}

fn python(program: &str, file: &PathBuf) {
    let python = bed("documents").join("bin/python");
    let output = Command::new(python).arg("-c").arg(program).arg(file).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn bills_of_materials_are_valid_and_equal_for_equal_facts() {
    let project = baked("{sbom: [cyclonedx, spdx], packages: true}");
    project.imgctl(&["create_image"]).succeeds().says("packages since the base image");
    let (cdx, spdx) = (file(&project, ".cdx.json"), file(&project, ".spdx.json"));
    python(
        "import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())
assert wrong is None, wrong",
        &cdx,
    );
    python(
        "import json, sys
from packageurl import PackageURL
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
document = parse_file(sys.argv[1])
wrong = validate_full_spdx_document(document)
assert not wrong, wrong
# JSON has an underscore where the standard's text has a hyphen, and the parser takes both.
purposes = {one['primaryPackagePurpose'] for one in json.load(open(sys.argv[1]))['packages']}
assert purposes == {'OPERATING_SYSTEM', 'LIBRARY'}, purposes
purls = [ref.locator for package in document.packages for ref in package.external_references]
assert len(purls) == 7, purls
for purl in purls:
    assert PackageURL.from_string(purl).to_string() == purl, purl",
        &spdx,
    );
    let bill: Value = serde_json::from_str(&std::fs::read_to_string(&cdx).unwrap()).unwrap();
    let text = bill.to_string();
    assert!(text.contains("\"expression\":\"MIT AND BSD-3-Clause\""), "{text}");
    assert!(text.contains("/opt/b/METADATA") && text.contains("/usr/lib/a/METADATA"), "{text}");
    assert!(!text.contains("gpg-pubkey"), "{text}");
}

#[test]
fn provenance_is_a_statement_whose_signature_openssh_accepts() {
    let project = baked("{provenance: {key: key}}");
    let words = ["create_image:sbom=spdx"];
    project.imgctl(&words).succeeds().says(".provenance.json.sig");
    let statement = file(&project, ".provenance.json");
    python(
        "import json, sys
from google.protobuf import json_format
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.v1 import statement, statement_pb2
document = json.load(open(sys.argv[1]))
parsed = json_format.ParseDict(document, statement_pb2.Statement())
statement.Statement.copy_from_pb(parsed).validate()
assert document['predicateType'] == 'https://slsa.dev/provenance/v1'
provenance = json_format.ParseDict(document['predicate'], provenance_pb2.Provenance())
assert provenance.build_definition.external_parameters['command'][0] == 'create_image:sbom=spdx'
names = [one.name for one in provenance.build_definition.resolved_dependencies]
assert 'base image' in names and 'scripts/bootstrap.rhai' in names and 'config.yaml' in names, names
assert len(provenance.run_details.byproducts) == 1",
        &statement,
    );
    let public = read(&project, "key.pub");
    project.write("allowed", &format!("me {public}"));
    let ok = verify(&project, &statement);
    assert!(ok.status.success(), "{ok:?}");
    assert!(!verify(&project, &project.path().join("allowed")).status.success());
    // Who publishes them needs no right of the one who made them.
    for end in [".spdx.json", ".provenance.json", ".provenance.json.sig"] {
        let mode = std::fs::metadata(file(&project, end)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644, "{end}");
    }
}

#[test]
fn provenance_tells_settings_that_are_in_no_file() {
    let project = baked("{provenance: {key: key}}");
    let text = read(&project, "config.yaml");
    let own = "vars: {mirror: \"${MIRROR}\", db: {password: 1234, name: ci}}\n";
    project.write("config.yaml", &format!("{text}{own}"));
    let words = ["create_image", "--set", "vars.api_token=hunter2hunter2", "--set", "vars.x=1"];
    let ran = project.imgctl_with_setup(&words, |command| {
        command.env("MIRROR", "https://mirror.example.com");
        command.env("IMGCTL_SET", "vars.channel=${CHANNEL:-beta}");
    });
    ran.succeeds();
    let text = std::fs::read_to_string(file(&project, ".provenance.json")).unwrap();
    let statement: Value = serde_json::from_str(&text).unwrap();
    let told = &statement["predicate"]["buildDefinition"]["externalParameters"];
    let given = json!({"channel": "${CHANNEL:-beta}", "api_token": "***", "x": 1});
    assert_eq!(told["settings"], json!({"vars": given}));
    let all = json!({
        "mirror": "https://mirror.example.com",
        "db": {"password": "***", "name": "ci"},
        "channel": "beta",
        "api_token": "***",
        "x": 1,
    });
    assert_eq!(told["vars"], all);
    assert_eq!(told["variables"], json!(["CHANNEL", "MIRROR"]));
    assert!(!text.contains("hunter2"), "{text}");
}

/// Whether OpenSSH accepts the signature for this text, by the keys in `allowed`.
fn verify(project: &Project, text: &PathBuf) -> Output {
    Command::new("ssh-keygen")
        .args(["-Y", "verify", "-f", "allowed", "-I", "me", "-n", "imgctl-provenance", "-s"])
        .arg(file(project, ".provenance.json.sig"))
        .current_dir(project.path())
        .stdin(std::fs::File::open(text).unwrap())
        .output()
        .unwrap()
}

/// Ends with the test.
struct Agent(Child, PathBuf);

impl Agent {
    fn start(project: &Project) -> Agent {
        let socket = project.path().join("agent");
        let mut command = Command::new("ssh-agent");
        command.arg("-D").arg("-a").arg(&socket).stdout(Stdio::null());
        let agent = Agent(command.spawn().unwrap(), socket);
        while !agent.1.exists() {
            std::thread::yield_now();
        }
        agent
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A key with a passphrase signs by the agent that has it, whichever of its halves is named.
#[test]
fn a_locked_key_signs_by_the_agent_and_without_one_that_is_told_before_up() {
    let project = baked("{provenance: {key: key}}");
    let key = project.path().join("key");
    let mut lock = Command::new("ssh-keygen");
    lock.args(["-q", "-p", "-P", "", "-N", "a b c", "-f"]).arg(&key);
    assert!(lock.status().unwrap().success());
    let agent = Agent::start(&project);
    let with_agent = |words: &[&str]| {
        project.imgctl_with_setup(words, |command| {
            command.env("SSH_AUTH_SOCK", &agent.1);
        })
    };
    let ran = with_agent(&["create_image"]).fails(2);
    ran.says("the SSH agent does not have its private key").hints("ssh-add").calls_nothing();
    project.write("ask", "#!/bin/sh\necho a b c\n");
    let ask = project.path().join("ask");
    std::fs::set_permissions(&ask, std::fs::Permissions::from_mode(0o755)).unwrap();
    let added = Command::new("ssh-add")
        .arg(&key)
        .env("SSH_AUTH_SOCK", &agent.1)
        .env("SSH_ASKPASS", &ask)
        .env("SSH_ASKPASS_REQUIRE", "force")
        .output()
        .unwrap();
    assert!(added.status.success(), "{added:?}");
    project.write("allowed", &format!("me {}", read(&project, "key.pub")));
    with_agent(&["create_image:name=first"]).succeeds();
    let ok = verify(&project, &file(&project, ".provenance.json"));
    assert!(ok.status.success(), "{ok:?}");
    std::fs::remove_dir_all(project.path().join("images")).unwrap();
    let text = read(&project, "config.yaml").replace("key: key}", "key: key.pub}");
    project.write("config.yaml", &text);
    with_agent(&["up", "create_image:name=second"]).succeeds();
    let ok = verify(&project, &file(&project, ".provenance.json"));
    assert!(ok.status.success(), "{ok:?}");
}

#[test]
fn a_bill_without_packages_is_told() {
    let project = Project::new().answer("- {command: \"copyright-format\", stdout: \"\"}\n");
    let ran = project.imgctl(&["up", "create_image:sbom=spdx"]).succeeds();
    ran.says("no package was found").says("the operating system only");
}

#[test]
fn a_key_of_rsa_signs_without_an_agent() {
    let project = baked("{provenance: {key: key}}");
    let key = project.path().join("key");
    for name in ["key", "key.pub"] {
        std::fs::remove_file(project.path().join(name)).unwrap();
    }
    let mut make = Command::new("ssh-keygen");
    make.args(["-q", "-t", "rsa", "-b", "3072", "-N", "", "-C", "", "-f"]).arg(&key);
    assert!(make.stdin(Stdio::null()).status().unwrap().success());
    project.imgctl(&["create_image"]).succeeds();
    project.write("allowed", &format!("me {}", read(&project, "key.pub")));
    let ok = verify(&project, &file(&project, ".provenance.json"));
    assert!(ok.status.success(), "{ok:?}");
}

#[test]
fn no_document_has_a_secret() {
    let found = format!("{FOUND}pypi\tleaky\t1\t\tMIT\tby {SECRET}\t/srv/{SECRET}/METADATA\n");
    let project = baked_with("{sbom: [cyclonedx, spdx], provenance: {key: key}}", &found);
    project.write(
        "scripts/leak.rhai",
        "//! Leak.\nlet t = secret::env(\"TOKEN\");\nstep(`use ${t}`, || 1);\n",
    );
    let description = format!("create_image:description={}", SECRET.replace(['?', '='], ""));
    let words = ["leak", description.as_str()];
    let ran = project.imgctl_with_setup(&words, |command| {
        command.env("TOKEN", SECRET);
        command.env("BUILD_URL", "https://ci-user:ci-token@ci.example.org/job/7/");
        command.env_remove("GITHUB_SERVER_URL").env_remove("CI_JOB_URL");
    });
    ran.succeeds();
    for end in [".cdx.json", ".spdx.json", ".provenance.json"] {
        let text = std::fs::read_to_string(file(&project, end)).unwrap();
        let text = text.replace(&SECRET.replace(['?', '='], ""), "");
        for part in ["hunter2", "Zürich", "ci-token"] {
            assert!(!text.contains(part), "{part} is in {end}:\n{text}");
        }
        assert!(text.contains("***"), "{text}");
    }
    let statement = std::fs::read_to_string(file(&project, ".provenance.json")).unwrap();
    assert!(statement.contains("\"id\": \"https://ci.example.org/job/7/\""), "{statement}");
}

/// The image is there: nothing is made twice because a disk was full.
#[test]
fn what_could_not_be_written_is_written_later() {
    let project = baked("{sbom: [spdx], provenance: {key: key}}");
    project.write("images", "a file, where the folder should be");
    let ran = project.imgctl(&["create_image"]).fails(1).says("created server image: ");
    ran.says("the same command writes them, and makes no second image");
    std::fs::remove_file(project.path().join("images")).unwrap();
    project.imgctl(&["create_image"]).succeeds();
    assert!(
        file(&project, ".spdx.json").exists() && file(&project, ".provenance.json.sig").exists()
    );
    assert_eq!(project.images().len(), 1);
}

/// Told before anything is started.
#[test]
fn a_key_that_cannot_sign_is_told_before_up_and_a_dry_run_names_the_files() {
    let project = Project::new();
    let text = read(&project, "config.yaml");
    project.write("config.yaml", &format!("{text}images: {{provenance: {{key: nokey}}}}\n"));
    project.imgctl(&["up"]).fails(2).says("cannot sign with").calls_nothing();
    project.write("config.yaml", &format!("{text}images: {{sbom: [cyclondx]}}\n"));
    project.imgctl(&["up"]).fails(2);
    project.write("config.yaml", &text);
    project.imgctl(&["up"]).succeeds();
    let words = ["--dry-run", "create_image:sbom=cyclonedx"];
    project.imgctl(&words).succeeds().says("would write images/fake_debian12/NAME.cdx.json");
    assert!(!project.path().join("images").exists());
}
