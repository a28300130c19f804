//! Python environments of servers that tests start, made on first use.

#![allow(dead_code, reason = "each test crate uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// `target/beds/NAME`, with `bin/python` in it; see `tests/support/beds.sh`.
pub fn bed(name: &str) -> PathBuf {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let made = Command::new(project.join("tests/support/beds.sh")).arg(name).status().unwrap();
    assert!(made.success(), "tests/support/beds.sh {name} failed");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
    project.join(target).join("beds").join(name)
}
