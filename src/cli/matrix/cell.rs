//! One combination: its files, its session, and its chain from begin to end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Instant;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::record::{Outcome, Record, VERSION};
use super::rounds::{self, Current};
use crate::cli::chain;
use crate::cli::setup::Session;
use crate::run::{Combination, Run, manifest};
use crate::state::manifest::Manifest;
use crate::ui::reports::{Ended, How};
use crate::{Code, Error, Result};

pub struct Cell {
    combination: Combination,
    /// What became of it earlier in this round.
    earlier: Option<Record>,
}

impl Cell {
    pub fn new(combination: Combination, earlier: Option<Record>) -> Cell {
        Cell { combination, earlier }
    }

    pub fn label(&self) -> String {
        self.combination.to_string()
    }

    pub fn cloud(&self) -> &str {
        &self.combination.cloud
    }

    pub fn is_done(&self) -> bool {
        self.earlier.as_ref().is_some_and(Record::is_done)
    }

    /// What was known belongs to an earlier round.
    pub fn forget(&mut self) {
        self.earlier = None;
    }

    pub fn folder(&self, run: &Run) -> PathBuf {
        self.combination.folder(&run.options.project)
    }

    /// A session of this combination. It ends with `cancel`.
    pub fn session(&self, of: &Session, width: usize) -> Result<Session> {
        self.session_until(of, width, of.run.watch.cancel.clone())
    }

    fn session_until(
        &self,
        of: &Session,
        width: usize,
        cancel: CancellationToken,
    ) -> Result<Session> {
        let run = self.combination.open(&of.run, width, true, cancel)?;
        Ok(Session::on(run, of))
    }

    /// Runs the words; the record says what became of it, and is written.
    pub fn run(
        &self,
        of: &Session,
        round: &Current,
        words: &[String],
        width: usize,
        cancel: CancellationToken,
    ) -> Record {
        let started = Instant::now();
        let (mut image, mut failed, mut of_run, mut ui) = (None, None, None, None);
        let mut opened = None;
        let mut listed = Manifest::default();
        let told = self.earlier.iter().flat_map(|earlier| earlier.images.clone());
        told.for_each(|entry| listed.put(entry));
        let result = self.session_until(of, width, cancel).and_then(|session| {
            ui = Some(session.run.ui.clone());
            of_run = run_id(&session);
            // A defect of imgctl ends this chain only.
            let done =
                catch_unwind(AssertUnwindSafe(|| chain::carry_out(&session, words, &round.id)))
                    .unwrap_or_else(|payload| Err(Error::panicked(&*payload)));
            if let Err(failure) = &done {
                session.run.ui.error(failure);
            }
            if session.run.options.dry_run {
                session.run.ui.plan(&session.run.plans.counted());
            }
            let seen = session.run.ui.seen();
            (image, failed) = (seen.image, seen.failed);
            of_run = run_id(&session).or(of_run.take());
            // An earlier process may have listed some.
            match manifest::of_run(&session.run, of_run.as_deref()) {
                Ok(entries) => entries.into_iter().for_each(|entry| listed.put(entry)),
                Err(error) => session.run.ui.error(&error),
            }
            session.run.told().into_iter().for_each(|entry| listed.put(entry));
            opened = Some(session);
            done
        });
        let earlier = self.earlier.as_ref();
        let outcome = match &result {
            Ok(0) => Outcome::Done,
            Err(error) if error.code() == Code::Interrupted => Outcome::Stopped,
            _ => Outcome::Failed,
        };
        let mut record = Record {
            version: VERSION,
            round: round.id.clone(),
            words: words.to_vec(),
            run: of_run,
            combination: self.combination.clone(),
            outcome,
            image: image.or_else(|| earlier.and_then(|earlier| earlier.image.clone())),
            images: listed.images,
            seconds: started.elapsed().as_secs_f64()
                + earlier.map_or(0.0, |earlier| earlier.seconds),
            failed: failed.filter(|_| outcome != Outcome::Done),
            error: result
                .as_ref()
                .err()
                .map(|error| of.run.ui.secrets().redact(&error.to_string())),
            ended: Timestamp::now(),
        };
        // Without a record the same command continues, and finds what was made.
        let written = self.write(of, &record, &round.kept);
        let ended = opened.filter(|_| written.is_ok()).map(|session| chain::end(&session, &result));
        if let Err(error) = written.and(ended.unwrap_or(Ok(()))) {
            of.run.ui.error(&error);
            (record.outcome, record.error) = (Outcome::Failed, Some(error.to_string()));
        }
        match ui {
            Some(ui) => of.run.ui.report_beside(&ui, self.ended(&record)),
            None => of.run.ui.report_absent(self.ended(&record)),
        }
        record
    }

    /// What became of it, for reports.
    pub fn ended(&self, record: &Record) -> Ended {
        Ended {
            label: self.label(),
            how: match record.outcome {
                Outcome::Done if self.is_done() => How::DoneBefore,
                Outcome::Done => How::Done,
                Outcome::Failed => How::Failed,
                Outcome::Stopped => How::Stopped,
                Outcome::NotBegun => How::NotBegun,
            },
            image: record.image.clone(),
            seconds: record.seconds,
            failed: record.failed.clone(),
        }
    }

    fn write(&self, of: &Session, record: &Record, kept: &[String]) -> Result<()> {
        if of.run.options.dry_run {
            return Ok(());
        }
        rounds::write_record(&self.folder(&of.run), record, kept)
    }

    /// For one whose turn never came.
    pub fn not_begun(&self, round: &str) -> Record {
        match &self.earlier {
            Some(earlier) => earlier.clone(),
            None => Record {
                version: VERSION,
                round: round.to_owned(),
                words: Vec::new(),
                run: None,
                combination: self.combination.clone(),
                outcome: Outcome::NotBegun,
                image: None,
                images: Vec::new(),
                seconds: 0.0,
                failed: None,
                error: None,
                ended: Timestamp::now(),
            },
        }
    }
}

/// The run of its state, if it has one.
fn run_id(session: &Session) -> Option<String> {
    session.run.store.document().map(|document| document.run)
}
