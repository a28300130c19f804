//! `imgctl matrix collect`: the results of jobs on other machines, in one table and in `.imgctl/`.

use std::collections::BTreeMap;

use super::found::{self, Found};
use super::merge::merge;
use super::record::{Outcome, Record};
use super::round::Round;
use super::rounds;
use super::table;
use crate::cli::collecting::Options;
use crate::cli::setup::Session;
use crate::report::{Level, Report};
use crate::run::{Combination, Run, combination};
use crate::state::Lock;
use crate::{Error, Result};

pub fn collect(session: &Session, options: &Options) -> Result<u8> {
    let run = &session.run;
    let expected = expected(&options.expect)?;
    let mut found = Vec::new();
    for folder in &options.folders {
        match found::find(folder) {
            Ok(below) => found.extend(below),
            // An engine makes no folder where no job has left anything.
            Err(error) if !expected.is_empty() => run.ui.error(&error),
            Err(error) => return Err(error),
        }
    }
    if found.is_empty() && expected.is_empty() {
        let folders: Vec<_> = options.folders.iter().map(|it| it.display().to_string()).collect();
        return Err(Error::not_found(format!("no result is in {}", folders.join(", ")))
            .hint("name the folders that hold the `.imgctl/COMBINATION` folders of the jobs"));
    }
    let mut collected = match run.options.dry_run {
        true => taken(run, found, &expected, None),
        false => into(run, found, &expected)?,
    };
    for missing in &expected {
        let label = missing.to_string();
        if collected.rows.contains_key(&label) {
            continue;
        }
        let error = Error::not_found(format!("there is no result of {label}"));
        run.ui.error(&error.hint("look at the log of its job"));
        collected.lack(label, "missing");
    }
    run.ui.table(table::NAME, &table::HEADERS, &collected.rows.into_values().collect::<Vec<_>>());
    for record in &collected.failed {
        let folder = record.combination.folder(&run.options.project);
        table::where_to_look(run, &record.combination.to_string(), &folder);
    }
    Ok(u8::from(!collected.all_done))
}

fn expected(names: &[String]) -> Result<Vec<Combination>> {
    let parse = |name: &String| {
        Combination::parse(name.trim()).ok_or_else(|| {
            Error::usage(format!("`{name}` is not a combination"))
                .hint("write CLOUD/REGION/DISTRIBUTION, or CLOUD/DISTRIBUTION without a region")
        })
    };
    names.iter().map(parse).collect()
}

/// What the table shows.
struct Collected {
    /// By combination.
    rows: BTreeMap<String, Vec<String>>,
    failed: Vec<Record>,
    all_done: bool,
}

impl Collected {
    fn lack(&mut self, label: String, what: &str) {
        self.all_done = false;
        let row = [label.as_str(), what, "", "", ""].map(str::to_owned);
        self.rows.insert(label, row.to_vec());
    }
}

/// Takes them into `.imgctl/`, where no round may run meanwhile.
fn into(run: &Run, found: Vec<Found>, expected: &[Combination]) -> Result<Collected> {
    let project = &run.options.project;
    combination::make_folder(project)?;
    let path = project.join(combination::FOLDER).join(rounds::FILE);
    let _lock = Lock::take(&path)?;
    let readable = || found.iter().filter_map(|found| found.record.as_ref().ok());
    let words = readable().map(|record| &record.words).next().cloned().unwrap_or_default();
    // Results of different chains are no round.
    let is_round = !words.is_empty() && readable().all(|record| record.words == words);
    let combinations = readable().map(|record| &record.combination).chain(expected);
    let joined = match is_round {
        true => Some(Round::joined_by(project, &path, &words, combinations)?),
        false => None,
    };
    Ok(taken(run, found, expected, Some(joined.as_ref())))
}

/// `into`: the round that they join, with those that are kept beside it, if they are one. None: nothing is written.
fn taken(
    run: &Run,
    found: Vec<Found>,
    expected: &[Combination],
    into: Option<Option<&(String, Vec<String>)>>,
) -> Collected {
    let project = &run.options.project;
    let name = |folder: &Found| {
        let is_of = |it: &&Combination| it.folder(project).file_name() == folder.folder.file_name();
        let known = expected.iter().find(is_of).map(ToString::to_string);
        known.unwrap_or_else(|| folder.folder.display().to_string())
    };
    let mut all = Collected { rows: BTreeMap::new(), failed: Vec::new(), all_done: true };
    let mut newest: BTreeMap<String, (Found, Record)> = BTreeMap::new();
    for found in found {
        match &found.record {
            Err(error) => {
                run.ui.error(error);
                all.lack(name(&found), "unreadable");
            }
            Ok(record) => {
                let (label, record) = (record.combination.to_string(), record.clone());
                let known = newest.get(&label).filter(|(_, known)| known.ended > record.ended);
                let older = match known {
                    Some(_) => Some(found),
                    None => newest.insert(label.clone(), (found, record)).map(|(older, _)| older),
                };
                if let Some(older) = older {
                    let folder = older.folder.display();
                    let message = format!("{label}: there is a newer result than {folder}");
                    run.ui.log(Level::Info, &message);
                }
            }
        }
    }
    for (label, (found, record)) in newest {
        let merged = match into {
            Some(joined) => merge(run, &found, &record, joined),
            None => Ok(record),
        };
        match merged {
            Ok(record) => {
                all.all_done &= record.is_done();
                all.rows.insert(label.clone(), table::row(&label, &record));
                if record.outcome == Outcome::Failed {
                    all.failed.push(record);
                }
            }
            Err(error) => {
                run.ui.error(&error.context(format!("{label} was not collected")));
                all.lack(label, "not collected");
            }
        }
    }
    all
}
