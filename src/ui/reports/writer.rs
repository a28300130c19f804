//! Writes the reports that were asked for, at the end of a command.

use std::io::{ErrorKind, Write};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use super::destination::Destination;
use super::source::{Facts, Part, Source};
use super::{bounds, junit, page, summary};
use crate::report::{Level, Report};
use crate::ui::Ui;
use crate::{Error, Result};

/// The reports that were asked for.
#[derive(Debug, Default)]
pub struct Reports {
    page: Option<Destination>,
    junit: Option<Destination>,
    /// Of a job of GitHub's: what is shown at its end is added there.
    summary: Option<PathBuf>,
}

impl Reports {
    /// Looks whether these files can be written: a page, JUnit XML, and GitHub's job summary.
    ///
    /// # Errors
    /// `Usage` for one that cannot, and for the same file twice.
    pub fn new(
        page: Option<&Path>,
        junit: Option<&Path>,
        summary: Option<PathBuf>,
    ) -> Result<Reports> {
        let page = page.map(|path| Destination::of("--report", path)).transpose()?;
        let junit = junit.map(|path| Destination::of("--junit", path)).transpose()?;
        if let (Some(page), Some(junit)) = (&page, &junit)
            && page.is(&junit.path())
        {
            let message = "`--report` and `--junit` name the same file";
            return Err(Error::usage(message).hint("name a file for each"));
        }
        Ok(Reports { page, junit, summary })
    }

    /// Refuses a file that something else needs.
    ///
    /// # Errors
    /// `Usage` if a report would replace it.
    pub fn spare(&self, what: &str, path: &Path) -> Result<()> {
        let both = [("--report", &self.page), ("--junit", &self.junit)];
        match both.iter().find(|(_, one)| one.as_ref().is_some_and(|one| one.is(path))) {
            None => Ok(()),
            Some((option, _)) => {
                let message = format!("`{option}` would replace {what}, {}", path.display());
                Err(Error::usage(message).hint("name another file"))
            }
        }
    }

    /// Refuses every file that is there and is not a report, whatever it is.
    ///
    /// # Errors
    /// `Usage` if a report would replace it.
    pub fn spare_others(&self) -> Result<()> {
        let both = [("--report", &self.page), ("--junit", &self.junit)];
        both.iter()
            .filter_map(|(option, one)| one.as_ref().map(|one| (option, one)))
            .try_for_each(|(option, one)| one.spare(option))
    }

    /// Whether there is one to write.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.page.is_some() || self.junit.is_some() || self.summary.is_some()
    }

    /// Writes them all, also if one cannot be written.
    ///
    /// # Errors
    /// `Io` of the first that cannot be written.
    pub fn write(&self, ui: &Ui, facts: &Facts) -> Result<()> {
        let Some(recorder) = &ui.printer.recorder else { return Ok(()) };
        let text = |text: &str| ui.printer.text(text);
        let beside = recorder.beside();
        let each: Vec<_> = beside
            .iter()
            .map(|it| (&it.end, facts.of(&it.end), it.recorder.as_ref().map(|it| it.record())))
            .collect();
        let parts: Vec<Part<'_>> = each
            .iter()
            .map(|(end, facts, record)| Part {
                end,
                source: record.as_ref().map(|record| Source { record, facts, text: &text }),
            })
            .collect();
        let record = recorder.record();
        let source = Source { record: &record, facts, text: &text };
        let page = self.page.as_ref();
        let page = page.map(|to| page::render(&source, &parts).and_then(|text| to.write(&text)));
        let junit = self.junit.as_ref();
        let junit = junit.map(|to| junit::render(&source, &parts).and_then(|text| to.write(&text)));
        let summary = self.summary.as_ref();
        let summary = summary.and_then(|to| {
            let room = room(to);
            Some((to, room, summary::render(&source, &parts, room)?))
        });
        // A warning below is an event, too.
        drop(record);
        if let Some((path, room, text)) = summary
            && let Err(error) = append(path, room, &text)
        {
            let message = format!("cannot add to the job summary {}: {error}", path.display());
            ui.log(Level::Warning, &message);
        }
        page.into_iter().chain(junit).collect()
    }
}

/// Bytes that may still be added to the job summary.
fn room(summary: &Path) -> usize {
    let taken = std::fs::metadata(summary).map_or(0, |found| found.len());
    bounds::SUMMARY.saturating_sub(usize::try_from(taken).unwrap_or(usize::MAX))
}

fn append(path: &Path, room: usize, text: &str) -> std::io::Result<()> {
    // Whoever reads it may never come.
    if path.metadata().is_ok_and(|found| found.file_type().is_fifo()) {
        return Err(std::io::Error::other("it is a pipe"));
    }
    if text.len() > room {
        let full = "it has nearly the 1 MiB already that GitHub shows of a step";
        return Err(std::io::Error::new(ErrorKind::FileTooLarge, full));
    }
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(text.as_bytes())
}
