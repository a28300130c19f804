//! One round of a matrix: from its first call until every combination is done. Calls in between continue.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::record::{VERSION, read_json, write_json};
use super::wanted::Wanted;
use crate::Result;
use crate::run::{Combination, Run, combination};
use crate::state::Lock;

/// `.imgctl/matrix.json`.
pub const FILE: &str = "matrix.json";

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Document {
    version: u32,
    round: String,
    /// Another chain is another round.
    words: Vec<String>,
}

pub struct Round {
    pub id: String,
    cells: Vec<Cell>,
    /// One imgctl at a time works on a matrix. None: a dry run changes nothing.
    _lock: Option<Lock>,
}

impl Round {
    /// Continues the round of these words, or begins one: where there is none, all of it is done, or
    /// `--fresh` says so.
    pub fn begin(run: &Arc<Run>, wanted: &Wanted) -> Result<Round> {
        let project = &run.options.project;
        let path = project.join(combination::FOLDER).join(FILE);
        let all: Vec<_> = wanted.selections.iter().map(Combination::of).collect();
        if run.options.dry_run {
            let cells = all.into_iter().map(|combination| Cell::new(combination, None));
            return Ok(Round { id: String::new(), cells: cells.collect(), _lock: None });
        }
        combination::make_folder(project)?;
        let lock = Lock::take(&path)?;
        let known = read_json::<Document>(&path)?;
        let known = known.filter(|known| known.words == wanted.words && !run.options.fresh);
        let mut cells = Vec::new();
        for combination in all {
            let folder = combination.make_folder(project)?;
            let found = super::record::Record::read(&folder.join(super::cell::RESULT))?;
            let of_round = |round: &Document| found.filter(|record| record.round == round.round);
            cells.push(Cell::new(combination, known.as_ref().and_then(of_round)));
        }
        let id = match known {
            Some(known) if cells.iter().any(|cell| !cell.is_done()) => known.round,
            _ => {
                for cell in &mut cells {
                    cell.forget();
                }
                let round = uuid::Uuid::new_v4().simple().to_string();
                let words = wanted.words.clone();
                write_json(&path, &Document { version: VERSION, round: round.clone(), words })?;
                round
            }
        };
        Ok(Round { id, cells, _lock: Some(lock) })
    }

    /// The id under which results from elsewhere join what is done here: that of the round of these words,
    /// else of a new one. The caller has the lock.
    pub fn joined_by(path: &Path, words: &[String]) -> Result<String> {
        let known = read_json::<Document>(path)?;
        if let Some(known) = known.filter(|known| known.words == words) {
            return Ok(known.round);
        }
        let round = uuid::Uuid::new_v4().simple().to_string();
        let words = words.to_vec();
        write_json(path, &Document { version: VERSION, round: round.clone(), words })?;
        Ok(round)
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
