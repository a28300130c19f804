//! The statement: https://in-toto.io/Statement/v1 with the predicate https://slsa.dev/provenance/v1.

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::config;
use crate::report::Level;
use crate::run::Run;
use crate::{Code, Error, Result};

/// What kind of build it is; docs/provenance.md describes its parameters.
const BUILD_TYPE: &str = "urn:imgctl:build:v1";
/// The digest of an image that the cloud gives no bytes of: of its cloud, region and id.
const OF_ID: &str = "sha256OfId";

/// What was made.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Product {
    pub id: String,
    pub name: String,
    /// RFC 3339, UTC.
    pub created: String,
    /// Of the image's file, in hexadecimal; empty: the cloud shows none.
    pub sha256: String,
    /// Who has built it, as a URI.
    pub builder: String,
    pub byproducts: Vec<Byproduct>,
}

/// A file that was written beside the image.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Byproduct {
    pub name: String,
    pub sha256: String,
}

/// A text that the build depends on, and its name: a script, or the configuration.
pub struct Text {
    pub name: String,
    pub text: String,
}

/// The statement as JSON: the same bytes for the same build, told by the same command and CI job.
///
/// # Errors
/// `Code::State` where no run is known.
pub fn statement(run: &Run, product: &Product, texts: &[Text]) -> Result<String> {
    let document = run.store.document().ok_or_else(|| {
        Error::new(Code::State, "there is no run of which provenance could be told")
            .hint("provenance is written by `imgctl create_image`, before `destroy`")
    })?;
    let (cloud, region) = (&document.cloud, &document.region);
    let uri = |id: &str| format!("urn:imgctl:image:{}:{}:{}", part(cloud), part(region), part(id));
    let digest = match product.sha256.as_str() {
        "" => json!({OF_ID: sha256(&format!("{cloud}\n{region}\n{}\n", product.id))}),
        file => json!({"sha256": file}),
    };
    let mut dependencies = Vec::new();
    if let Some(build) = document.instances.get("build") {
        dependencies.push(json!({"name": "base image", "uri": uri(&build.image)}));
    }
    dependencies.extend(
        texts
            .iter()
            .map(|text| json!({"name": text.name, "digest": {"sha256": sha256(&text.text)}})),
    );
    let variables = run.config.variables(cloud).into_iter().map(|variable| variable.name);
    let words = std::env::args_os().skip(1);
    let words: Vec<_> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    let steps: Vec<Value> = document
        .steps
        .iter()
        .map(|step| {
            json!({
                "script": step.script,
                "step": step.name,
                "fingerprint": step.fingerprint,
                "finished": step.finished_at,
            })
        })
        .collect();
    let byproducts: Vec<Value> = product
        .byproducts
        .iter()
        .map(|file| json!({"name": file.name, "digest": {"sha256": file.sha256}}))
        .collect();
    let mut statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": product.name, "uri": uri(&product.id), "digest": digest}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "cloud": cloud,
                    "region": region,
                    "distribution": document.distribution,
                    "command": words,
                    "settings": run.config.given(),
                    "vars": vars(run),
                    "variables": variables.collect::<Vec<_>>(),
                },
                "internalParameters": {"steps": steps},
                "resolvedDependencies": dependencies,
            },
            "runDetails": {
                "builder": {
                    "id": without_login(&product.builder),
                    "version": {"imgctl": env!("CARGO_PKG_VERSION")},
                },
                "metadata": {
                    "invocationId": document.run,
                    "startedOn": document.created,
                    "finishedOn": product.created,
                },
                "byproducts": byproducts,
            },
        },
    });
    run.ui.redact_json(&mut statement);
    let text = serde_json::to_string_pretty(&statement)
        .map_err(|error| Error::failed("cannot write the provenance").cause(error))?;
    Ok(text + "\n")
}

/// The user's own values, as scripts read them. Null: a variable in them is not set, which no script has needed.
fn vars(run: &Run) -> Value {
    match run.setting("vars") {
        Ok(vars) => config::without_secrets(vars.unwrap_or_else(|| json!({}))),
        Err(error) => {
            let message = format!("the provenance does not tell `vars`: {error}");
            run.watch.report.log(Level::Warning, &message);
            Value::Null
        }
    }
}

/// `https://user:token@ci.example.org/job/7` without the user and the token.
fn without_login(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else { return uri.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

fn sha256(text: &str) -> String {
    format!("{:x}", Sha256::digest(text))
}

/// A part of a URN.
fn part(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b'/' => {
                encoded.push(byte.into());
            }
            other => encoded += &format!("%{other:02X}"),
        }
        encoded
    })
}
