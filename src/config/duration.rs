//! Durations as people write them: `90s`, `10m`, `1h 30m`.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

/// A year: more is a slip, and later sums of times would overflow.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

pub fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    Ok(Written::deserialize(deserializer)?.0)
}

pub fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    Ok(Option::<Written>::deserialize(deserializer)?.map(|written| written.0))
}

/// As a type that can be written again; a negative one is refused.
pub fn signed<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<jiff::SignedDuration, D::Error> {
    required(deserializer)?.try_into().map_err(D::Error::custom)
}

/// A duration as text.
struct Written(Duration);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Written;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration such as 90s, 10m or 1h30m")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Written, E> {
                parse(text).map(Written)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

fn parse<E: Error>(text: &str) -> Result<Duration, E> {
    let wrong = || E::custom(format!("`{text}` is not a duration such as 90s, 10m or 1h30m"));
    let duration: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
    let duration = Duration::try_from(duration).map_err(|_| wrong())?;
    match duration {
        Duration::ZERO => Err(E::custom("must be more than 0s, such as 90s, 10m or 1h30m")),
        _ if duration > LONGEST => Err(E::custom("must be at most a year, such as 90s or 10m")),
        _ => Ok(duration),
    }
}
