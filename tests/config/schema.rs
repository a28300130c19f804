//! The JSON Schema of config.yaml says what its reader says.

use std::path::Path;
use std::process::Command;

use imgctl::config::{Config, Given};
use serde_json::{Value, json};

use crate::beds::bed;
use crate::project::Project;

/// Reads documents of YAML, and tells for each whether the schema accepts it, and why not.
const VALIDATE: &str = r"
import json, sys, yaml
import jsonschema

class Loader(yaml.SafeLoader):
    pass

# Of YAML 1.2: `on` is text, and so is a date.
Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in all if tag not in ('tag:yaml.org,2002:bool', 'tag:yaml.org,2002:timestamp')]
    for first, all in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
import re
Loader.add_implicit_resolver('tag:yaml.org,2002:bool', re.compile('^(?:true|false)$'), list('tf'))

given = json.load(sys.stdin)
jsonschema.Draft7Validator.check_schema(given['schema'])
validator = jsonschema.Draft7Validator(given['schema'])
told = []
for text in given['documents']:
    errors = sorted(validator.iter_errors(yaml.load(text, Loader)), key=lambda error: list(map(str, error.path)))
    told.append([f'{error.json_path}: {error.message}'[:300] for error in errors])
print(json.dumps(told))
";

fn schema() -> Value {
    let ran = Project::new().imgctl(&["api", "--schema"]).succeeds();
    serde_json::from_str(&ran.stdout).unwrap()
}

/// What the schema has against each of the documents.
fn refusals(documents: &[&str]) -> Vec<Vec<String>> {
    use std::io::Write;
    use std::process::Stdio;
    let given = json!({"schema": schema(), "documents": documents});
    let mut python = Command::new(bed("schema").join("bin/python"))
        .args(["-c", VALIDATE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn source(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// Whether the program itself takes a document.
fn is_read(text: &str) -> bool {
    let given = Given { edited: Some(text), ..Given::default() };
    Config::load(Path::new("/nonexistent"), &given).is_ok()
}

#[test]
fn schema_accepts_what_is_shipped_and_what_init_writes() {
    let mut documents = vec![source("src/config/template.yaml")];
    for cloud in ["local", "ec2", "openstack", "rackspace", "gce", "fake"] {
        let project = Project::new();
        project.imgctl(&["init", "sub", "--cloud", cloud]).succeeds();
        let config = project.path().join("sub/config.yaml");
        documents.push(std::fs::read_to_string(config).unwrap());
    }
    let project = Project::new();
    project.imgctl(&["init", "sub", "--full"]).succeeds();
    let full = std::fs::read_to_string(project.path().join("sub/config.yaml")).unwrap();
    documents.push(full);
    let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
    for (text, found) in documents.iter().zip(refusals(&documents)) {
        assert!(found.is_empty(), "{found:#?}\n{text}");
    }
}

#[test]
fn schema_accepts_every_example_of_the_documents() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let pages = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let mut texts: Vec<String> = pages
        .filter(|it| it.extension().is_some_and(|it| it == "md"))
        .map(|it| std::fs::read_to_string(it).unwrap())
        .collect();
    texts.push(source("README.md"));
    let blocks = texts.iter().flat_map(|text| text.split("```yaml\n").skip(1));
    let blocks: Vec<&str> = blocks.filter_map(|block| block.split("```").next()).collect();
    // Some pages show a part of one, and files of other programs.
    let whole: Vec<&str> = blocks.into_iter().filter(|block| is_read(block)).collect();
    assert!(whole.len() >= 10, "only {} examples", whole.len());
    for (text, found) in whole.iter().zip(refusals(&whole)) {
        assert!(found.is_empty(), "{found:#?}\n{text}");
    }
}

/// Documents with one thing that is right, or wrong.
const CASES: &[&str] = &[
    "",
    "defaults: {cloud: ec2, region: x, distribution: y, name: a, tags: {a: b}}",
    "defaults: {cloud: ec3}",
    "defaults: {clod: ec2}",
    "defaults: {cloud: '${CLOUD}'}",
    "defaults: {tags: {a: 1}}",
    "defaults:",
    "nonsense: 1",
    "ssh: {port: 22}",
    "ssh: {port: '22'}",
    "ssh: {port: 0}",
    "ssh: {port: 65536}",
    "ssh: {port: many}",
    "ssh: {port: '${PORT:-22}'}",
    "ssh: {port: ''}",
    "ssh: {port:}",
    "ssh: {ready_timeout: 5m}",
    "ssh: {ready_timeout: 5}",
    "ssh: {ready_timeout: soon}",
    "ssh: {jump: [a@b]}",
    "ssh: {jump: a@b}",
    "ssh: {host_key: console}",
    "ssh: {host_key: consol}",
    "ssh: []",
    "limits: {memory: 1GiB, file: 100}",
    "limits: {memory: lots}",
    "limits: {memroy: 1GiB}",
    "images: {sbom: [spdx], packages: true, provenance: {enabled: 'true'}}",
    "images: {sbom: [spdy]}",
    "images: {packages: perhaps}",
    "manifest: {enabled: false}",
    "manifest: {enabeld: false}",
    "matrix: {cloud: ec2, region: [a, b], include: [{cloud: gce}], jobs: 2, plan: {attempts: 1}}",
    "matrix: {jobs: 0}",
    "matrix: {include: [{clod: gce}]}",
    "matrix: {jobs_per_cloud: {ec2: 3}}",
    "matrix: {jobs_per_cloud: {ec3: 3}}",
    "matrix: {cloud: [ec2, gec]}",
    "matrix: {cloud: gec}",
    "matrix: {cloud: '${CLOUD}'}",
    "matrix: {include: [{cloud: gec}]}",
    "publish: {regions: {ec3: [a]}}",
    "publish: {accounts: {ec3: [a]}}",
    "publish: {channel_names: {ec3: a}}",
    "publish: {deprecate: {ec3: 30d}}",
    "publish: {dictionary: {format: toml, paths: {gce: a}}}",
    "publish: {dictionary: {format: yml}}",
    "publish: {dictionary: {paths: {ec3: a}}}",
    "publish: {pull_request: {forge: gitlab}}",
    "publish: {pull_request: {forge: gitub}}",
    "publish: {deprecate: 30d, channel: stable, regions: {ec2: [a]}}",
    "publish: {deprecate: {ec2: 30d}}",
    "publish: {deprecate: [30d]}",
    "publish: {pull_request: {draft: true, labels: [a]}}",
    "publish: {pull_request: {darft: true}}",
    "clouds: {local: {memory: 2GiB, cpus: 2, disk: {size: 9GiB}}}",
    "clouds: {local: {memory: true}}",
    "clouds: {local: {cpus: 0}}",
    "clouds: {local: {regions: {a: {}}}}",
    "clouds: {local: {base: {image: a}}}",
    "clouds: {local: {base: {imgae: a}}}",
    "clouds: {local: {distributions: {debian12: {base: {mmdebstrap: {suite: x}}, vars: {a: 1}}}}}",
    "clouds: {local: {base: {mmdebstrap: {suit: x}}}}",
    "clouds: {ec2: {instance_type: a, ssh_from: [10.0.0.0/8], spot: {max_price: '0.05'}}}",
    "clouds: {ec2: {instance_type: 5}}",
    "clouds: {ec2: {disk: {iops: 100, encrypted: true, type: gp3}}}",
    "clouds: {ec2: {disk: {iops: -1}}}",
    "clouds: {ec2: {disk: {iop: 100}}}",
    "clouds: {ec2: {regions: {a: {subnet: s, distributions: {b: {base: {id: ami-1}}}}}}}",
    "clouds: {ec2: {regions: {a: {regions: {}}}}}",
    "clouds: {ec2: {distributions: {a: {distributions: {}}}}}",
    "clouds: {ec2: {base: {id: ami-1}, key_pair: '${A:-}', key_file: ''}}",
    "clouds: {ec2: {base: {ids: ami-1}}}",
    "clouds: {openstack: {floating_ip: auto, boot_volume: {size: 20GiB}, networks: a}}",
    "clouds: {openstack: {floating_ip: true}}",
    "clouds: {openstack: {floating_ip: maybe}}",
    "clouds: {openstack: {address: public_v4}}",
    "clouds: {openstack: {address: 5}}",
    "clouds: {rackspace: {automation_wait: 'false', config_drive: false}}",
    "clouds: {gce: {zones: [a], credentials: {email: a}, base: {family: f}, disk: {size: 10GiB}}}",
    "clouds: {gce: {zones: a}}",
    "clouds: {gce: {metadata: {a: b}, provisioning: spot, max_run_time: 2h}}",
    "clouds: {gce: {provisioning: spots}}",
    "clouds: {fake: {fail_at: 3, lacks: [stop]}}",
    "clouds: {fake: {lacks: [fly]}}",
    "clouds: {fake: {lacks: ['${LACK}']}}",
    "clouds: {fake: {fail_at: x}}",
    "clouds: {azure: {}}",
    "clouds: {ec2: [a]}",
    "clouds: {gce:}",
    "ci_image: {packages: {more: [jq]}, docker: {enabled: false}, profile: small}",
    "ci_image: {packages: {mor: [jq]}}",
    "ci_image: {docker: {enabled: perhaps}}",
    "ci_image: {docker: false}",
    "ci_image: {java: {version: '21'}}",
    "ci_image: {java: {version: new}}",
    "ci_image: {gems: {versions: {mine: '1'}}}",
    "ci_image: {distributions: {debian12: {user: {name: a}}}}",
    "ci_image: {distributions: {debian12: {usr: {name: a}}}}",
    "ci_image: []",
    "ci_image_profiles: {mine: {docker: {enabled: true}}}",
    "ci_image_profiles: {mine: {profile: full}}",
    "clouds: {ec2: {ci_image: {user: {name: a}}}}",
    "clouds: {ec2: {ci_image: {distributions: {}}}}",
    "hosts: {a: {address: 10.0.0.1, groups: b, vars: {x: [1]}}}",
    "hosts: {a: {adress: 10.0.0.1}}",
    "hosts: {a: {port: x}}",
    "hosts: {a:}",
    "vars: {a: {b: [1, {c: d}]}}",
    "vars: []",
    "custom: {a: 1}",
];

#[test]
fn schema_and_reader_agree() {
    for (text, found) in CASES.iter().zip(refusals(CASES)) {
        assert_eq!(is_read(text), found.is_empty(), "{text}\nthe schema: {found:#?}");
    }
}

#[test]
fn schema_explains_every_setting() {
    let schema = schema();
    let mut silent = Vec::new();
    for (name, definition) in schema["definitions"].as_object().unwrap() {
        if !name.ends_with(".settings") && name != "common" {
            continue;
        }
        for (key, setting) in definition["properties"].as_object().unwrap() {
            // Some names say it all.
            let says_it_all = ["availability_zone", "name", "machine_type"].contains(&key.as_str());
            if setting.get("description").is_none() && !says_it_all {
                silent.push(format!("{name}.{key}"));
            }
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
    let text = schema.to_string();
    assert!(!text.contains("None: "), "that is a word of the source");
}

#[test]
fn schema_is_beside_the_configuration_and_kept_new() {
    let project = Project::new();
    project.imgctl(&["init", "sub", "--cloud", "ec2"]).succeeds();
    let folder = project.path().join("sub");
    let config = std::fs::read_to_string(folder.join("config.yaml")).unwrap();
    let first = config.lines().next().unwrap();
    assert_eq!(first, "# yaml-language-server: $schema=./config.schema.json");
    let path = folder.join("config.schema.json");
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(written, schema());
    let ignored = std::fs::read_to_string(folder.join(".gitignore")).unwrap();
    assert!(!ignored.contains("schema"), "it is for all who have the project");
    // Of a version before.
    let older = json!({"title": "config.yaml of imgctl", "properties": {}});
    std::fs::write(&path, older.to_string()).unwrap();
    project.imgctl(&["init", "sub"]).succeeds().says("up to this version");
    let again: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(again, written);
    // Of somebody else.
    std::fs::write(&path, "{\"title\": \"mine\"}").unwrap();
    project.imgctl(&["init", "sub"]).succeeds().says("is another file");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"title\": \"mine\"}");
}
