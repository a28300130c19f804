//! The command line, by driving the real binary in project folders on the fake cloud.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "cli/files.rs"]
mod files;
#[path = "cli/interrupt.rs"]
mod interrupt;
#[path = "cli/output.rs"]
mod output;
#[path = "support/project.rs"]
mod project;
#[path = "cli/readme.rs"]
mod readme;
#[path = "cli/run.rs"]
mod run;
#[path = "cli/secrets.rs"]
mod secrets;
#[path = "cli/steps.rs"]
mod steps;
#[path = "cli/usage.rs"]
mod usage;

use project::Ran;

/// Refused: with this status, an error line that begins so, and a text somewhere behind it (the
/// cure, the place). Nothing was done.
#[track_caller]
fn refused(ran: &Ran, status: i32, error: &str, also: &str) {
    assert_eq!(ran.status, status, "{}", ran.stderr);
    assert!(ran.error().starts_with(&format!("error: {error}")), "{}", ran.stderr);
    assert!(ran.stderr.contains(also), "no {also:?} in\n{}", ran.stderr);
    assert_eq!(ran.calls, Vec::<String>::new(), "something was done before:\n{}", ran.stderr);
    for name in ["imgctl::", "panicked", "RUST_BACKTRACE", "Some(", "Err("] {
        assert!(!ran.stderr.contains(name), "{name:?} is nothing for a user:\n{}", ran.stderr);
    }
}
