//! Keys that a script asks for and that cannot be there.

use super::configuration::Config;
use super::limits::{self, Limits};
use super::matrix::{self, Matrix};
use super::misfit::fields;
use super::mistake::Mistake;
use super::path::{KeyPath, Segment};
use super::publish::{self, Publish};
use super::settings::Ssh;
use super::{ci_image, schema, shape};
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
        ci_image::KEY => return below_ci_image(rest),
        "ssh" => fields::<Ssh>().to_vec(),
        limits::KEY => fields::<Limits>().to_vec(),
        matrix::KEY => fields::<Matrix>().to_vec(),
        publish::KEY => fields::<Publish>().to_vec(),
        "clouds" => schema::cloud_names().collect(),
        "defaults" => {
            let more = &["cloud", "region", "distribution", ci_image::KEY];
            [schema::common_fields(), more].concat()
        }
        // Their keys are of the user's own making.
        known if schema::SECTIONS.contains(&known) => return None,
        _ => return Some(told(KeyPath::default(), section, schema::SECTIONS)),
    };
    match rest.first() {
        Some(Segment::Key(key)) if !known.contains(&key.as_str()) => {
            Some(told(KeyPath::of(&[section]), key, &known))
        }
        _ => None,
    }
}

fn told(above: KeyPath, key: &str, known: &[&str]) -> Told {
    let mistake = Mistake::unknown(above, key, known);
    let is_misspelled = nearest(key, known.iter().copied()).is_some();
    let message = format!("there is no setting `{}`", mistake.path);
    Told { message, hint: mistake.hint, is_misspelled }
}

fn below_ci_image(rest: &[Segment]) -> Option<Told> {
    let mut shape = &*ci_image::SHAPE;
    let mut above = KeyPath::of(&[ci_image::KEY]);
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

/// What this project's own section does not have at a path below it.
#[must_use]
pub fn of_project(config: &Config, path: &str) -> Option<Told> {
    let path = KeyPath::parse(path).ok()?;
    let (Segment::Key(section), rest) = path.0.split_first()? else { return None };
    if section != schema::CUSTOM || rest.is_empty() || path.find(&config.document).is_some() {
        return None;
    }
    let above = KeyPath(path.0[..path.0.len() - 1].to_vec());
    let Some(Segment::Key(key)) = path.0.last() else { return None };
    let known = above.find(&config.document).and_then(serde_json::Value::as_object);
    let known: Vec<&str> =
        known.into_iter().flat_map(|map| map.keys().map(String::as_str)).collect();
    let told = told(above, key, &known);
    Some(match known.is_empty() {
        true => {
            let hint =
                format!("set it in config.yaml, or give a default: config::get(\"{path}\", …)");
            Told { hint: Some(hint), ..told }
        }
        false => told,
    })
}
