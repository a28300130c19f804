//! Keys that a script asks for and that cannot be there.

use std::collections::BTreeSet;

use super::bake::{self, Bake};
use super::check::Level;
use super::configuration::Config;
use super::hosts::{self, Host};
use super::images::{self, Images};
use super::limits::{self, Limits};
use super::manifest::{self, Manifest};
use super::matrix::{self, Matrix};
use super::misfit::fields;
use super::mistake::Mistake;
use super::path::{KeyPath, Segment};
use super::publish::{self, Publish};
use super::settings::Ssh;
use super::{ci_image, schema, shape, vars};
use crate::error::nearest;

/// What is wrong, and what to do about it.
pub struct Told {
    pub message: String,
    pub hint: Option<String>,
    /// Whether a key that exists is spelled nearly so.
    pub is_misspelled: bool,
}

/// The mistake in a dotted path that no configuration can have a value at.
#[must_use]
pub fn by_schema(path: &str) -> Option<Told> {
    let path = match KeyPath::parse(path) {
        Ok(path) => path,
        Err(error) => {
            let hint = error.hint_text().map(str::to_owned);
            return Some(Told { message: error.to_string(), hint, is_misspelled: true });
        }
    };
    let (Some(Segment::Key(section)), rest) = (path.0.first(), path.0.get(1..).unwrap_or_default())
    else {
        return None;
    };
    let known: Vec<&str> = match section.as_str() {
        ci_image::KEY => return below_ci_image(KeyPath::of(&[section]), rest),
        ci_image::PROFILES => {
            let (Segment::Key(profile), inside) = rest.split_first()? else { return None };
            return below_ci_image(KeyPath::of(&[section, profile]), inside);
        }
        "ssh" => fields::<Ssh>().to_vec(),
        bake::KEY => fields::<Bake>().to_vec(),
        limits::KEY => fields::<Limits>().to_vec(),
        matrix::KEY => fields::<Matrix>().to_vec(),
        publish::KEY => fields::<Publish>().to_vec(),
        images::KEY => fields::<Images>().to_vec(),
        manifest::KEY => fields::<Manifest>().to_vec(),
        hosts::KEY => return below_host(rest),
        "clouds" => match rest.split_first() {
            Some((Segment::Key(name), inside)) if schema::cloud(name).is_some() => {
                return below_cloud(name, inside);
            }
            _ => schema::cloud_names().collect(),
        },
        "defaults" => {
            let more = &["cloud", "region", "distribution", ci_image::KEY, schema::VARS];
            [schema::common_fields(), more].concat()
        }
        // Their keys are of the user's own making.
        known if schema::SECTIONS.contains(&known) => return None,
        _ => return Some(without_section(&path, section)),
    };
    match rest.first() {
        Some(Segment::Key(key)) if key == ci_image::KEY && section == "defaults" => {
            below_ci_image(KeyPath::of(&[section, key]), &rest[1..])
        }
        Some(Segment::Key(key)) if !known.contains(&key.as_str()) => {
            Some(told(KeyPath::of(&[section]), key, &known))
        }
        _ => None,
    }
}

/// A setting that is asked for as it stands in its own section: `ec2.region` for `clouds.ec2.region`.
fn without_section(path: &KeyPath, first: &str) -> Told {
    let top = told(KeyPath::default(), first, schema::SECTIONS);
    let section = match first {
        cloud if schema::cloud(cloud).is_some() => "clouds",
        "cloud" | "region" | "distribution" => "defaults",
        common if schema::common_fields().contains(&common) => "defaults",
        _ => return top,
    };
    let meant = KeyPath::of(&[section]).join(path.0.clone());
    let hint = format!("did you mean `{meant}`?");
    Told { hint: Some(hint), is_misspelled: true, ..top }
}

fn told(above: KeyPath, key: &str, known: &[&str]) -> Told {
    let mistake = Mistake::unknown(above.clone(), key, known);
    let is_misspelled = nearest(key, known.iter().copied()).is_some();
    let message = format!("there is no setting `{}`", mistake.path);
    if is_misspelled || known.is_empty() {
        return Told { message, hint: mistake.hint, is_misspelled };
    }
    // A script asks for them by their whole paths.
    let paths: Vec<String> = known.iter().map(|name| above.key(name).to_string()).collect();
    Told { message, hint: Some(format!("use one of: {}", paths.join(", "))), is_misspelled }
}

/// A cloud's settings may stand at three levels.
fn below_cloud(name: &str, rest: &[Segment]) -> Option<Told> {
    let cloud = schema::cloud(name)?;
    let (mut level, mut rest) = (Level::Cloud, rest);
    let mut above = KeyPath::of(&["clouds", name]);
    loop {
        let (Segment::Key(key), inside) = rest.split_first()? else { return None };
        let below = match key.as_str() {
            ci_image::KEY => return below_ci_image(above.key(key), inside),
            "regions" => Level::Region,
            "distributions" => Level::Distribution,
            word => {
                let known = level.known(cloud);
                return (!known.contains(&word)).then(|| told(above, key, &known));
            }
        };
        if !level.structure(cloud).contains(&key.as_str()) {
            return Some(told(above, key, &level.known(cloud)));
        }
        let (Segment::Key(name), settings) = inside.split_first()? else { return None };
        above = above.key(key).key(name);
        (level, rest) = (below, settings);
    }
}

/// A machine has its settings, and `vars` of its own.
fn below_host(rest: &[Segment]) -> Option<Told> {
    let [Segment::Key(name), Segment::Key(key), ..] = rest else { return None };
    let known = [fields::<Host>(), &[schema::VARS]].concat();
    let above = KeyPath::of(&[hosts::KEY, name]);
    (!known.contains(&key.as_str())).then(|| told(above, key, &known))
}

fn below_ci_image(above: KeyPath, rest: &[Segment]) -> Option<Told> {
    let mut shape = &*ci_image::SHAPE;
    let mut above = above;
    for segment in rest {
        let (Segment::Key(key), Some(map)) = (segment, shape.as_object()) else { return None };
        if map.is_empty() || key == ci_image::DISTRIBUTIONS {
            return None;
        }
        match map.get(key).or_else(|| map.get(shape::ANY)) {
            Some(below) => shape = below,
            None => {
                let known: Vec<&str> = map.keys().map(String::as_str).collect();
                return Some(told(above, key, &known));
            }
        }
        above = above.key(key);
    }
    None
}

/// What this project's own sections do not have at a path below them, at any level.
#[must_use]
pub fn of_project(config: &Config, path: &str) -> Option<Told> {
    let parsed = KeyPath::parse(path).ok()?;
    let (Segment::Key(section), inside) = parsed.0.split_first()? else { return None };
    let all = match section.as_str() {
        schema::VARS => vars::all(config),
        schema::CUSTOM => config.document.get(schema::CUSTOM).into_iter().collect(),
        hosts::KEY => config.document.get(hosts::KEY).into_iter().collect(),
        _ => return None,
    };
    // A machine need not have every setting, but must be there.
    let inside = if section == hosts::KEY { inside.get(..1)? } else { inside };
    let (Segment::Key(key), above) = inside.split_last()? else { return None };
    let inside = KeyPath(inside.to_vec());
    if all.iter().any(|map| inside.find(map).is_some()) {
        return None;
    }
    let above = KeyPath(above.to_vec());
    let maps = all.iter().filter_map(|map| above.find(map)?.as_object());
    let known: BTreeSet<&str> = maps.flat_map(|map| map.keys().map(String::as_str)).collect();
    let known: Vec<&str> = known.into_iter().collect();
    let told = told(KeyPath::of(&[section]).join(above.0), key, &known);
    Some(match known.is_empty() {
        true => {
            let hint = format!(
                "set it in config.yaml or with `--set {path}=VALUE`, or give a default: \
                 config::get(\"{path}\", …)"
            );
            Told { hint: Some(hint), ..told }
        }
        false => told,
    })
}
