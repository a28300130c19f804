//! `.imgctl/matrix.json`: the newest round, and those of other words that somebody still needs.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::record::{RESULT, Record, VERSION, read_json, write_json};
use crate::run::Combination;
use crate::{Error, Result};

/// `.imgctl/matrix.json`.
pub const FILE: &str = "matrix.json";

/// How many rounds of other words are kept, the newest of those that are needed: nobody comes back to more.
const MOST_EARLIER: usize = 8;

/// One round: its id, which results repeat, and what it is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Named {
    pub round: String,
    /// Another chain is another round.
    pub words: Vec<String>,
    /// Empty in files of older versions.
    #[serde(default)]
    pub combinations: Vec<Combination>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Document {
    version: u32,
    #[serde(flatten)]
    newest: Named,
    /// Rounds of other words, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<Named>,
}

/// The round that is worked on.
pub struct Current {
    pub id: String,
    /// The rounds of other words whose results are to be kept.
    pub kept: Vec<String>,
}

impl Named {
    pub fn new(words: &[String]) -> Named {
        let round = uuid::Uuid::new_v4().simple().to_string();
        Named { round, words: words.to_vec(), combinations: Vec::new() }
    }

    /// These combinations are part of it, too.
    pub fn add<'c>(&mut self, combinations: impl IntoIterator<Item = &'c Combination>) {
        for combination in combinations {
            if !self.combinations.contains(combination) {
                self.combinations.push(combination.clone());
            }
        }
    }

    /// What became of each of its combinations. None also for what cannot be read: whoever works on that combination
    /// is told, and nobody else is stopped by it.
    fn records(&self, project: &Path) -> Vec<Option<Record>> {
        let record = |it: &Combination| of_round(&it.folder(project), &self.round).ok().flatten();
        self.combinations.iter().map(record).collect()
    }

    /// Whether all of it is done. False where nobody knows what all of it is.
    pub fn is_finished(&self, project: &Path) -> bool {
        let is_done = |record: &Option<Record>| record.as_ref().is_some_and(Record::is_done);
        !self.combinations.is_empty() && self.records(project).iter().all(is_done)
    }

    /// Whether it can be continued, or has images that can be published. What is about nothing can be neither.
    fn is_needed(&self, project: &Path) -> bool {
        let records = self.records(project);
        let is_undone = |record: &Option<Record>| !record.as_ref().is_some_and(Record::is_done);
        let has_image = |record: &Record| record.image.is_some();
        records.iter().any(is_undone) || records.iter().flatten().any(has_image)
    }

    /// Its results that were put aside go with it.
    fn forget(&self, project: &Path) -> Result<()> {
        for combination in &self.combinations {
            remove(&aside(&combination.folder(project), &self.round))?;
        }
        Ok(())
    }
}

/// All rounds that are known, newest first.
pub fn read(path: &Path) -> Result<Vec<Named>> {
    let known = read_json::<Document>(path)?;
    Ok(known.into_iter().flat_map(|known| [vec![known.newest], known.earlier].concat()).collect())
}

/// Makes a round the newest one. Of the others the newest few are kept that have other words and are needed; returns
/// their ids.
pub fn write(
    project: &Path,
    path: &Path,
    newest: &Named,
    known: Vec<Named>,
) -> Result<Vec<String>> {
    let (mut earlier, mut over) = (Vec::new(), Vec::new());
    for other in known.into_iter().filter(|it| it.round != newest.round) {
        let has_room = earlier.len() < MOST_EARLIER && other.words != newest.words;
        if has_room && other.is_needed(project) { earlier.push(other) } else { over.push(other) }
    }
    let kept = earlier.iter().map(|it| it.round.clone()).collect();
    write_json(path, &Document { version: VERSION, newest: newest.clone(), earlier })?;
    over.iter().try_for_each(|it| it.forget(project))?;
    Ok(kept)
}

/// What became of the combination of a folder in a round.
///
/// # Errors
/// Those of [`Record::read`], for a file that may be of this round.
pub fn of_round(folder: &Path, round: &str) -> Result<Option<Record>> {
    let is_of_round = |record: &Record| record.round == round;
    let present = Record::read(&folder.join(RESULT));
    if let Ok(Some(record)) = &present
        && is_of_round(record)
    {
        return present;
    }
    match Record::read(&aside(folder, round))?.filter(is_of_round) {
        Some(record) => Ok(Some(record)),
        None => present.map(|_| None),
    }
}

/// Moves a result away that cannot be read and that the round at hand does not need; returns why it cannot, and
/// where it is now.
pub fn clear(folder: &Path) -> Result<Option<(Error, PathBuf)>> {
    let path = folder.join(RESULT);
    let Err(broken) = Record::read(&path) else { return Ok(None) };
    let aside = folder.join(format!("{RESULT}.broken"));
    std::fs::rename(&path, &aside).map_err(|error| Error::io("move", &path, error))?;
    Ok(Some((broken, aside)))
}

/// Writes what became of a combination. The result of another round is put aside if that is one of `kept`.
pub fn write_record(folder: &Path, record: &Record, kept: &[String]) -> Result<()> {
    let path = folder.join(RESULT);
    let present = Record::read(&path)?.filter(|present| kept.contains(&present.round));
    if let Some(present) = present.filter(|present| present.round != record.round) {
        let aside = aside(folder, &present.round);
        std::fs::rename(&path, &aside).map_err(|error| Error::io("move", &path, error))?;
    }
    write_json(&path, record)?;
    remove(&aside(folder, &record.round))
}

/// The result of a round that is continued has its place again.
pub fn take_back(folder: &Path, round: &str, kept: &[String]) -> Result<()> {
    match Record::read(&aside(folder, round))? {
        Some(record) => write_record(folder, &record, kept),
        None => Ok(()),
    }
}

/// Where the result of a round is while that of another one has its place.
fn aside(folder: &Path, round: &str) -> PathBuf {
    folder.join(format!("result-{round}.json"))
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("remove", path, error))
        }
        _ => Ok(()),
    }
}
