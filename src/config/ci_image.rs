//! The keys of the CI image's settings, wherever they may stand: those of the shipped section.

use std::sync::LazyLock;

use serde_json::Value;

use super::ci_image_values;
use super::mistake::Mistake;
use super::path::{KeyPath, Segment};
use super::shape;
use super::yaml::{Rules, compose};

pub const SHIPPED: &str = include_str!("default.yaml");

/// The section, and the key under `defaults`, a cloud, a region or a distribution.
pub const KEY: &str = "ci_image";

pub const PROFILES: &str = "ci_image_profiles";

/// In the section and in a profile: what differs for one distribution.
pub const DISTRIBUTIONS: &str = "distributions";

pub const PROFILE: &str = "profile";

/// The shipped section, with the keys that only tell the shape.
pub static SHAPE: LazyLock<Value> = LazyLock::new(|| {
    let shipped = compose(SHIPPED, Rules::STRICT).map(|document| document.value);
    let mut shape = shipped.ok().and_then(|mut shipped| shipped.get_mut(KEY).map(Value::take));
    if let Some(Value::Object(shape)) = &mut shape {
        shape.shift_remove(DISTRIBUTIONS);
        shape.insert(PROFILE.to_owned(), Value::String(String::new()));
    }
    shape.unwrap_or_default()
});

/// Whether it is one of these settings, whose value is shown with an error.
pub fn is_setting(key: &str) -> bool {
    key == DISTRIBUTIONS || shape::has_key(&SHAPE, key)
}

/// Whether a path that begins with the section is that of a text.
pub fn is_text(path: &KeyPath) -> bool {
    let keys = &path.0[1..];
    let inside = match keys {
        [Segment::Key(key), _, rest @ ..] if key == DISTRIBUTIONS => rest,
        keys => keys,
    };
    shape::is_text(&SHAPE, inside)
}

/// The section, or a profile: both may have `distributions`.
pub fn check_section(value: &Value, path: &KeyPath, mistakes: &mut Vec<Mistake>) {
    let mut own = value.clone();
    let distributions = own.as_object_mut().and_then(|own| own.shift_remove(DISTRIBUTIONS));
    check(&own, path, mistakes);
    let path = path.key(DISTRIBUTIONS);
    match distributions {
        Some(Value::Object(all)) => {
            for (name, value) in &all {
                check(value, &path.key(name), mistakes);
            }
        }
        Some(Value::Null) | None => {}
        Some(_) => mistakes.push(no_map(path)),
    }
}

fn no_map(path: KeyPath) -> Mistake {
    Mistake::new(path, "must be a map").hint("write `key: value` below it, a line each")
}

/// The settings below `defaults`, a cloud, a region or a distribution.
pub fn check(value: &Value, path: &KeyPath, mistakes: &mut Vec<Mistake>) {
    match value {
        Value::Object(_) => {
            shape::check(value, &SHAPE, path, mistakes);
            ci_image_values::check(value, &SHAPE, path, mistakes);
        }
        Value::Null => {}
        _ => mistakes.push(no_map(path.clone())),
    }
}

/// The section of profiles.
pub fn check_profiles(value: &Value, path: &KeyPath, mistakes: &mut Vec<Mistake>) {
    match value {
        Value::Object(profiles) => {
            for (name, profile) in profiles {
                let path = path.key(name);
                if profile.get(PROFILE).is_some() {
                    let mistake =
                        Mistake::new(path.key(PROFILE), "a profile cannot choose another");
                    mistakes.push(mistake);
                } else {
                    check_section(profile, &path, mistakes);
                }
            }
        }
        Value::Null => {}
        _ => mistakes.push(no_map(path.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_of_a_setting_and_holds_for_what_is_shipped() {
        for form in &ci_image_values::FORMS {
            assert!(SHAPE[form.path[0]].get(form.path[1]).is_some(), "{:?}", form.path);
            assert!(regex_lite::Regex::new(form.pattern).is_ok(), "{:?}", form.path);
        }
        let mut mistakes = Vec::new();
        ci_image_values::check(&SHAPE, &SHAPE, &KeyPath::default(), &mut mistakes);
        let messages: Vec<_> = mistakes.iter().map(|it| &it.message).collect();
        assert!(messages.is_empty(), "{messages:?}");
    }
}
