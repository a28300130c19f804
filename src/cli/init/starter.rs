//! What a new project has: one cloud, one task, and one module with its test.

use std::path::Path;
use std::sync::Arc;

use crate::cli::global::Global;
use crate::config::{Config, Given};
use crate::error::nearest;
use crate::report::{Level, Report};
use crate::ui::Ui;
use crate::{Code, Error, Result};

/// The files besides config.yaml.
pub const FILES: [(&str, &str); 4] = [
    ("scripts/welcome.rhai", include_str!("starter/welcome.rhai")),
    ("stdlib/motd.rhai", include_str!("starter/motd.rhai")),
    ("tests/motd_test.rhai", include_str!("starter/motd_test.rhai")),
    (".gitignore", include_str!("starter/gitignore")),
];

/// The settings that those files are about.
const OWN: &str = include_str!("starter/own.yaml");

/// A cloud's settings, its page, and the region to begin with, if it has regions.
struct Cloud {
    name: &'static str,
    settings: &'static str,
    page: &'static str,
    region: Option<&'static str>,
}

const CLOUDS: [Cloud; 6] = [
    Cloud {
        name: "local",
        settings: include_str!("starter/local.yaml"),
        page: "docs/local.md",
        region: None,
    },
    Cloud {
        name: "ec2",
        settings: include_str!("starter/ec2.yaml"),
        page: "docs/ec2.md",
        region: Some("us-east-1"),
    },
    Cloud {
        name: "openstack",
        settings: include_str!("starter/openstack.yaml"),
        page: "docs/openstack.md",
        region: None,
    },
    Cloud {
        name: "rackspace",
        settings: include_str!("starter/rackspace.yaml"),
        page: "docs/rackspace.md",
        region: Some("DFW"),
    },
    Cloud {
        name: "gce",
        settings: include_str!("starter/gce.yaml"),
        page: "docs/gce.md",
        region: Some("us-central1"),
    },
    Cloud {
        name: "fake",
        settings: include_str!("starter/fake.yaml"),
        page: "docs/fake.md",
        region: None,
    },
];

/// The cloud of `--cloud`, else the one that the person at the terminal names, else `local`.
pub fn cloud(global: &Global, ui: &Arc<Ui>) -> Result<String> {
    let names: Vec<&str> =
        Config::clouds().filter(|name| CLOUDS.iter().any(|cloud| cloud.name == *name)).collect();
    let known = |name: &str| {
        let error = Error::usage(format!("there is no cloud `{name}`"));
        match (names.contains(&name), nearest(name, names.iter().copied())) {
            (true, _) => Ok(name.to_owned()),
            (false, Some(near)) => Err(error.hint(format!("did you mean `{near}`?"))),
            (false, None) => Err(error.hint(format!("use one of: {}", names.join(", ")))),
        }
    };
    if let Some(name) = &global.cloud {
        return known(name);
    }
    if !ui.interactive() {
        let others = names.iter().filter(|name| **name != "local").copied();
        let others: Vec<&str> = others.collect();
        let message = format!("for the cloud local; `--cloud` takes also {}", others.join(", "));
        ui.log(Level::Info, &message);
        return Ok("local".to_owned());
    }
    loop {
        let answer = ui.prompt(&format!("which cloud? ({})", names.join(", ")), Some("local"))?;
        match known(answer.trim()) {
            Ok(name) => return Ok(name),
            Err(error) => ui.error(&error),
        }
    }
}

/// A short config.yaml, or one with every setting of every cloud.
pub fn config(name: &str, global: &Global, is_full: bool) -> String {
    match CLOUDS.iter().find(|cloud| cloud.name == name) {
        Some(cloud) if is_full => full(cloud, global),
        Some(cloud) => short(cloud, global),
        None => Config::template().to_owned(),
    }
}

/// Refuses a region or distribution that the cloud does not have, before there is a file that names it.
///
/// # Errors
/// `Code::Usage`, with the nearest name.
pub fn check(folder: &Path, text: &str, global: &Global) -> Result<()> {
    let given = Given { edited: Some(text), ..Given::default() };
    let chosen =
        Config::load(folder, &given).and_then(|it| it.select(None, global.region.as_deref(), None));
    match chosen {
        Err(error) if error.code() == Code::Usage => Err(error),
        // A variable that is not set yet, say: `imgctl check` tells of it.
        _ => Ok(()),
    }
}

fn short(cloud: &Cloud, global: &Global) -> String {
    let mut text = include_str!("starter/head.yaml").replace("CLOUD_PAGE", cloud.page);
    text += &places(cloud, global);
    text += "  # Base name of instances and images; {cloud}, {region} and {distribution} are filled in.\n";
    text += "  name: \"ci-{distribution}\"\n\n";
    let region = global.region.as_deref().or(cloud.region);
    text += &cloud.settings.replace("REGION", &plain(region.unwrap_or_default()));
    let profile = if matches!(cloud.name, "local" | "fake") { "small" } else { "full" };
    text += &include_str!("starter/tail.yaml").replace("PROFILE", profile);
    text + OWN
}

fn full(cloud: &Cloud, global: &Global) -> String {
    const USUAL: &str = "  cloud: local\n  distribution: debian12\n";
    // There the region comes from a variable of the vendor's tools, which is above that of `defaults`.
    const OF_GCE: &str = "${CLOUDSDK_COMPUTE_REGION:-us-central1}";
    let text = Config::template().replacen(USUAL, &places(cloud, global), 1);
    let text = match &global.region {
        Some(region) if cloud.name == "gce" => text.replacen(OF_GCE, &plain(region), 1),
        _ => text,
    };
    text + OWN
}

/// What `defaults:` chooses.
fn places(cloud: &Cloud, global: &Global) -> String {
    let region = global.region.as_deref().or(cloud.region);
    let region = region.map(|it| format!("  region: {}\n", plain(it))).unwrap_or_default();
    let distribution = global.distribution.as_deref().unwrap_or("debian12");
    format!("  cloud: {}\n{region}  distribution: {}\n", cloud.name, plain(distribution))
}

/// A word of YAML, in quotes where it needs them.
fn plain(text: &str) -> String {
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && text.starts_with(|c: char| c.is_ascii_alphabetic());
    if is_plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}
