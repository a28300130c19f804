//! Files in which other programs look up image ids: one value changes, and every other byte stays.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "dictionary/program.rs"]
mod program;
#[path = "support/project.rs"]
mod project;
#[path = "dictionary/random.rs"]
mod random;
#[path = "dictionary/refused.rs"]
mod refused;
#[path = "dictionary/styles.rs"]
mod styles;
