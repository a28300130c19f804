//! The reports that the command line asks for: `--report`, `--junit`, and the job summary of GitHub's runner.

use std::path::PathBuf;

use super::arguments::{Cli, Command};
use super::setup::{STATE, project_folder};
use crate::ui::Ui;
use crate::ui::reports::{Facts, Reports};
use crate::{Error, Result};

/// What GitHub's runner sets: a file to which steps add what is shown of them.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// The reports to write, before anything is done.
///
/// # Errors
/// `Usage` for a file that cannot be written or that something else needs, and for a command of which there
/// is nothing to report.
pub fn prepare(cli: &Cli) -> Result<Reports> {
    let (page, junit) = (cli.global.report.as_deref(), cli.global.junit.as_deref());
    let is_reported = match &cli.command {
        None | Some(Command::Run(_)) => true,
        #[cfg(feature = "fake")]
        Some(Command::Test(_)) => true,
        Some(_) => false,
    };
    if !is_reported {
        let given = page.map(|_| "--report").or(junit.map(|_| "--junit"));
        return match given {
            None => Ok(Reports::default()),
            Some(option) => Err(Error::usage(format!(
                "`{option}` is for tasks, `imgctl run` and `imgctl test`"
            ))
            .hint("leave it out: this command does nothing that is reported")),
        };
    }
    let summary = std::env::var_os(SUMMARY).filter(|path| !path.is_empty()).map(PathBuf::from);
    let reports = Reports::new(page, junit, summary)?;
    if page.or(junit).is_some() {
        let global = &cli.global;
        // A project that cannot be used is refused where it is opened.
        let project = project_folder(&global.config).unwrap_or_default();
        let usual = [project.join("config.yaml")];
        let config = if global.config.is_empty() { &usual[..] } else { &global.config };
        let state = global.state.clone().unwrap_or_else(|| project.join(STATE));
        for file in config {
            reports.spare("the configuration", file)?;
        }
        for file in &global.vars {
            reports.spare("the file of `--vars`", file)?;
        }
        reports.spare("the state", &state)?;
        reports.spare_others()?;
    }
    Ok(reports)
}

/// Writes them, and says how the process ends: what could not be written is a failure, too.
pub fn write(reports: &Reports, ui: &Ui, code: u8) -> u8 {
    if !reports.is_any() {
        return code;
    }
    let arguments = std::env::args_os().skip(1);
    let facts = Facts {
        words: arguments.map(|word| word.to_string_lossy().into_owned()).collect(),
        exit_status: code,
        version: env!("CARGO_PKG_VERSION"),
    };
    match reports.write(ui, &facts) {
        Ok(()) => code,
        Err(error) => {
            ui.error(&error);
            if code == 0 { error.code().exit_code() } else { code }
        }
    }
}
