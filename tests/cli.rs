//! The command line, by driving the real binary in project folders on the fake cloud.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "cli/action.rs"]
mod action;
#[path = "cli/alone.rs"]
mod alone;
#[path = "cli/ask.rs"]
mod ask;
#[path = "support/beds.rs"]
mod beds;
#[path = "cli/breakpoint.rs"]
mod breakpoint;
#[path = "cli/caught.rs"]
mod caught;
#[path = "cli/check.rs"]
mod check;
#[path = "cli/completion.rs"]
mod completion;
#[path = "cli/deaf_programs.rs"]
mod deaf_programs;
#[path = "support/echo.rs"]
mod echo;
#[path = "support/editor.rs"]
mod editor;
#[path = "cli/events.rs"]
mod events;
#[path = "cli/files.rs"]
mod files;
#[path = "cli/help.rs"]
mod help;
#[path = "cli/hints.rs"]
mod hints;
#[path = "cli/http.rs"]
mod http;
#[path = "cli/images.rs"]
mod images;
#[path = "cli/init.rs"]
mod init;
#[path = "cli/inputs.rs"]
mod inputs;
#[path = "cli/install.rs"]
mod install;
#[path = "cli/interrupt.rs"]
mod interrupt;
#[path = "cli/library.rs"]
mod library;
#[path = "cli/limits.rs"]
mod limits;
#[path = "cli/lists.rs"]
mod lists;
#[path = "cli/lock.rs"]
mod lock;
#[path = "cli/lsp.rs"]
mod lsp;
#[path = "cli/order.rs"]
mod order;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/plans.rs"]
mod plans;
#[path = "support/project.rs"]
mod project;
#[path = "cli/put.rs"]
mod put;
#[path = "cli/questions.rs"]
mod questions;
#[path = "cli/readme.rs"]
mod readme;
#[path = "cli/repl.rs"]
mod repl;
#[path = "cli/review.rs"]
mod review;
#[path = "cli/run.rs"]
mod run;
#[path = "cli/secrets.rs"]
mod secrets;
#[path = "cli/shebang.rs"]
mod shebang;
#[path = "cli/step_code.rs"]
mod step_code;
#[path = "cli/steps.rs"]
mod steps;
#[path = "support/terminal.rs"]
mod terminal;
#[path = "cli/testing.rs"]
mod testing;
#[path = "cli/trust.rs"]
mod trust;
#[path = "cli/usage.rs"]
mod usage;
#[path = "cli/values.rs"]
mod values;
#[path = "cli/verbose.rs"]
mod verbose;
