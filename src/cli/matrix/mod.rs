//! A chain over several combinations of cloud, region and distribution, side by side.

mod cell;
pub mod collect;
mod found;
mod jobs;
mod merge;
mod places;
mod record;
mod round;
mod rounds;
mod table;
mod wanted;

use super::global::{Global, OnError};
use super::setup::Session;
use super::several::Several;
use super::{chain, image_settings, matrix};
use crate::report::{Level, Report};
use crate::{Error, Result};
use jobs::Jobs;
use round::Round;
pub use wanted::{Wanted, wanted};

/// Runs the words for each combination, continuing what an earlier call left undone.
///
/// # Errors
/// `Code::Interrupted` after Ctrl-C; mistakes in the words, before anything is done. A combination that
/// fails is told in the table, and in the exit code.
pub fn run(session: &Session, wanted: &Wanted, options: &Several, global: &Global) -> Result<u8> {
    let run = &session.run;
    if global.state.is_some() {
        return Err(Error::usage("`--state` is for a single combination")
            .hint("leave it out: each combination has a state, a log and a result in .imgctl/"));
    }
    if session.on_error == OnError::Ask {
        return Err(Error::usage("`--on-error ask` cannot ask for several combinations at once")
            .hint("choose `--on-error keep` or `--on-error destroy`"));
    }
    if chain::reads_image_settings(run, &wanted.words) {
        image_settings::check_all(&run.config, &wanted.selections)?;
    }
    places::check(run, &wanted.selections)?;
    let round = Round::begin(run, wanted)?;
    let jobs = Jobs::new(options, &wanted.matrix);
    let width = round.cells().map(|cell| cell.label().len()).max().unwrap_or_default();
    let open = |cell: &cell::Cell| cell.session(session, width);
    if let Some(first) = round.undone().next() {
        // Mistakes in the words are the same for all.
        chain::check(&open(first)?, &wanted.words)?;
    }
    for done in round.done() {
        run.ui.log(Level::Info, &format!("{}: done before (--fresh does it again)", done.label()));
    }
    jobs.tell(run, &round);
    let records =
        matrix::jobs::run(session, &round, &jobs, options.fail_fast, &wanted.words, width);
    for (cell, record) in &records {
        if cell.is_done() || record.outcome == record::Outcome::NotBegun {
            run.ui.report_absent(cell.ended(record));
        }
    }
    match run.options.dry_run {
        true => run.ui.plan(&format!("in all {}", run.plans.counted())),
        false => table::show(run, &records),
    }
    run.watch.check()?;
    let failed = records.iter().any(|(_, record)| !record.is_done());
    Ok(u8::from(failed))
}
