//! Durations as people write them: `90s`, `10m`, `1h 30m`.

use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

pub fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    parse(&String::deserialize(deserializer)?)
}

pub fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    Option::<String>::deserialize(deserializer)?.map(|text| parse(&text)).transpose()
}

/// As a type that can be written again; a negative one is refused.
pub fn signed<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<jiff::SignedDuration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let duration = parse(&text)?;
    duration.try_into().map_err(|_| D::Error::custom(format!("`{text}` is too long a time")))
}

fn parse<E: Error>(text: &str) -> Result<Duration, E> {
    let wrong = || E::custom(format!("`{text}` is not a duration such as 90s, 10m or 1h30m"));
    let duration: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(duration).map_err(|_| wrong())
}
