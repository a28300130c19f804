//! What is written beside an image, checked by the programs of those who define the formats.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::beds::bed;
use crate::project::Project;
use crate::site::read;

/// What a machine tells of packages of every kind, some of them odd.
const FOUND: &str = "deb\tlibstdc++6\t1:12.2+b1~x-14\tamd64\tgcc-12\t12.2\tDebian GCC (Team) <gcc@lists.example.org>
licence\tlibstdc++6\tGPL-3+
licence\tlibstdc++6\tMIT
rpm\tbash\t1:5.1-9\tx86_64\tbash-5.1-9.src.rpm\tRed Hat, Inc.\tGPLv3+
rpm\tgit\t(none):2.4-1\tx86_64\tgit-2.4-1.src.rpm\t(none)\tMIT AND BSD-3-Clause
rpm\tgpg-pubkey\t(none):8483c65d-5ccc5b19\t(none)\t(none)\t(none)\tpubkey
pypi\tZope.Interface\t5.0\t\tUNKNOWN\tZo\u{fffd}e \"<&>\t/usr/lib/a/METADATA
pypi\tzope-interface\t5.0\t\tZPL-2.1\t\t/opt/b/METADATA
gem\tfpm\t1.15.1\truby\tMIT|Ruby\t\t/x/fpm.gemspec
";

fn baked(config: &str) -> Project {
    let found = serde_json::to_string(FOUND).unwrap();
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
    let project = baked("{sbom: [cyclonedx, spdx]}");
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
        "import sys
from packageurl import PackageURL
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
document = parse_file(sys.argv[1])
wrong = validate_full_spdx_document(document)
assert not wrong, wrong
purls = [ref.locator for package in document.packages for ref in package.external_references]
assert len(purls) == 5, purls
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
    let verify = |text: &PathBuf| {
        Command::new("ssh-keygen")
            .args(["-Y", "verify", "-f", "allowed", "-I", "me", "-n", "imgctl-provenance", "-s"])
            .arg(file(&project, ".provenance.json.sig"))
            .current_dir(project.path())
            .stdin(std::fs::File::open(text).unwrap())
            .output()
            .unwrap()
    };
    let ok = verify(&statement);
    assert!(ok.status.success(), "{ok:?}");
    assert!(!verify(&project.path().join("allowed")).status.success());
}

/// Told before anything is started.
#[test]
fn a_key_that_cannot_sign_is_told_before_up_and_a_dry_run_names_the_files() {
    let project = Project::new();
    let text = read(&project, "config.yaml");
    project.write("config.yaml", &format!("{text}images: {{provenance: {{key: nokey}}}}\n"));
    let ran = project.imgctl(&["up"]).fails(2).says("cannot sign with");
    assert!(ran.calls.is_empty(), "{ran}");
    project.write("config.yaml", &format!("{text}images: {{sbom: [cyclondx]}}\n"));
    project.imgctl(&["up"]).fails(2);
    project.write("config.yaml", &text);
    project.imgctl(&["up"]).succeeds();
    let words = ["--dry-run", "create_image:sbom=cyclonedx"];
    project.imgctl(&words).succeeds().says("would write images/fake_debian12/NAME.cdx.json");
    assert!(!project.path().join("images").exists());
}
