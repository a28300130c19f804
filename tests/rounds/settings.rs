//! What the environment says about rounds.

/// The seed of the rounds that are ordinary tests; `make chaos` and `make kills` choose another.
const SEED: u64 = 1;

fn number(name: &str, default: u64) -> u64 {
    let given = std::env::var(name).ok().filter(|text| !text.is_empty());
    given.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}: a number")))
}

/// The seed of the first round; each further round has the next number.
pub fn seed() -> u64 {
    number("SEED", SEED)
}

pub fn rounds(default: u64) -> u64 {
    number("ROUNDS", default)
}

/// How many rounds of a cloud run side by side.
pub fn jobs() -> u64 {
    number("JOBS", 3)
}
