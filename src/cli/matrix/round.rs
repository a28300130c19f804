//! One round of a matrix: from its first call until every combination is done. Calls in between continue.

use std::path::Path;
use std::sync::Arc;

use super::cell::Cell;
use super::rounds::{self, Current, FILE, Named};
use super::wanted::Wanted;
use crate::Result;
use crate::report::{Level, Report};
use crate::run::{Combination, Run, combination};
use crate::state::Lock;

pub struct Round {
    pub current: Current,
    cells: Vec<Cell>,
    /// One imgctl at a time works on a matrix. None: a dry run changes nothing.
    _lock: Option<Lock>,
}

impl Round {
    /// Continues the round of these words, or begins one: where there is none, all of it is done, or
    /// `--fresh` says so. A round of other words stays as it is.
    pub fn begin(run: &Arc<Run>, wanted: &Wanted) -> Result<Round> {
        let project = &run.options.project;
        let path = project.join(combination::FOLDER).join(FILE);
        let all: Vec<_> = wanted.selections.iter().map(Combination::of).collect();
        if run.options.dry_run {
            let cells = all.into_iter().map(|combination| Cell::new(combination, None));
            let cells = cells.collect();
            let current = Current { id: String::new(), kept: Vec::new() };
            return Ok(Round { current, cells, _lock: None });
        }
        combination::make_folder(project)?;
        let lock = Lock::take(&path)?;
        let rounds = rounds::read(&path)?;
        let same = rounds.iter().find(|known| known.words == wanted.words && !run.options.fresh);
        let mut cells = Vec::new();
        for combination in &all {
            let folder = combination.make_folder(project)?;
            let found = same.map(|known| rounds::of_round(&folder, &known.round)).transpose()?;
            cells.push(Cell::new(combination.clone(), found.flatten()));
        }
        let is_done = cells.iter().all(Cell::is_done);
        let mut newest = match same {
            Some(known) if !is_done && !known.is_finished(project) => known.clone(),
            _ => {
                cells.iter_mut().for_each(Cell::forget);
                Named::new(&wanted.words)
            }
        };
        newest.add(&all);
        let kept = rounds::write(project, &path, &newest, rounds)?;
        for combination in &all {
            let folder = combination.folder(project);
            // Before anything is done: its place is needed afterwards.
            if let Some((broken, aside)) = rounds::clear(&folder)? {
                let aside = aside.strip_prefix(project).unwrap_or(&aside).display();
                let message = format!("{broken}: a result of an earlier round, now in {aside}");
                run.ui.log(Level::Warning, &message);
            }
            rounds::take_back(&folder, &newest.round, &kept)?;
        }
        let current = Current { id: newest.round, kept };
        Ok(Round { current, cells, _lock: Some(lock) })
    }

    /// The round that results from elsewhere join, of these combinations and those done here: that of these
    /// words, else a new one. Returns its id, and those of the others that are kept. The caller has the lock.
    pub fn joined_by<'c>(
        project: &Path,
        path: &Path,
        words: &[String],
        combinations: impl IntoIterator<Item = &'c Combination>,
    ) -> Result<(String, Vec<String>)> {
        let rounds = rounds::read(path)?;
        let same = rounds.iter().find(|known| known.words == words).cloned();
        let mut newest = same.unwrap_or_else(|| Named::new(words));
        newest.add(combinations);
        let kept = rounds::write(project, path, &newest, rounds)?;
        Ok((newest.round, kept))
    }

    pub fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter()
    }

    pub fn done(&self) -> impl Iterator<Item = &Cell> {
        self.cells().filter(|cell| cell.is_done())
    }

    pub fn undone(&self) -> impl Iterator<Item = &Cell> {
        self.cells().filter(|cell| !cell.is_done())
    }
}
