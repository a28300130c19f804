//! The reports of a run: the page, JUnit XML, GitHub's job summary.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/beds.rs"]
mod beds;
#[path = "support/browser.rs"]
mod browser;
#[path = "reports/documents.rs"]
mod documents;
#[path = "reports/files.rs"]
mod files;
#[path = "reports/junit.rs"]
mod junit;
#[path = "reports/page.rs"]
mod page;
#[path = "support/project.rs"]
mod project;
#[path = "reports/several.rs"]
mod several;
#[path = "reports/shown.rs"]
mod shown;
#[path = "reports/site.rs"]
mod site;
#[path = "reports/summary.rs"]
mod summary;
