//! One self-contained page: nothing is loaded, and nothing in it is run but the script beside this file.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minijinja::value::Serde;
use minijinja::{Environment, Value, context};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::record::{Check, Failure};
use super::recorder::How;
use super::rows::{self, Frame};
use super::source::{Part, Source};
use super::times;
use super::words::{End, by_task, headline};
use crate::ui::event::CheckResult;
use crate::ui::packages::Package;
use crate::{Error, Result};

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Lines of output beside the error.
const LAST_LINES: usize = 15;

#[derive(Serialize)]
struct CheckRow {
    name: String,
    item: String,
    state: &'static str,
    why: String,
    time: String,
}

#[derive(Serialize)]
struct CheckTable {
    title: String,
    passed: usize,
    failed: usize,
    rows: Vec<CheckRow>,
    /// Reasons, and what was not looked at because of each.
    skipped: Vec<(String, Vec<String>)>,
}

#[derive(Serialize)]
struct CheckGroup {
    /// The combination. None: there is one chain only.
    of: Option<String>,
    passed: usize,
    failed: usize,
    tables: Vec<CheckTable>,
}

/// The page as text, of one chain or of several.
pub fn render(source: &Source<'_>, parts: &[Part<'_>]) -> Result<String> {
    let Source { record, facts, text } = source;
    let frame = Frame { whole: record.now(), ..Frame::default() };
    let (rows, outside) = rows::of(source, &frame);
    // What is said of the combinations stands in their table.
    let outside = if parts.is_empty() { outside } else { Vec::new() };
    let state = match source.end() {
        End::Done => "done",
        End::Failed => "failed",
        End::Interrupted => "interrupted",
    };
    let subject = &record.subject;
    let instances: Vec<(String, String)> =
        subject.instances.iter().map(|(role, id)| (text(role), text(id))).collect();
    let wrong: Vec<Value> = wrong(source, &frame, None).into_iter().collect();
    let page = context! {
        style => Value::from_safe_string(STYLE.to_owned()),
        style_hash => hash(STYLE),
        script => Value::from_safe_string(SCRIPT.to_owned()),
        script_hash => hash(SCRIPT),
        state,
        headline => headline(source, parts),
        command => source.command_line(),
        took => times::duration(record.now()),
        began => record.began.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        ended => jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        version => facts.version,
        status => facts.exit_status,
        subject => context! {
            cloud => text(&subject.cloud),
            region => text(&subject.region),
            distribution => text(&subject.distribution),
            run => text(&subject.run),
        },
        instances,
        wrong,
        images => record.images.iter().map(|image| (text(&image.id), text(&image.name)))
            .collect::<Vec<_>>(),
        axis => times::marks(record.now()).into_iter()
            .map(|(share, text)| (format!("{:.2}", share * 100.0), text)).collect::<Vec<_>>(),
        rows => Value::from(Serde(rows)),
        combinations => combinations(source, parts),
        outside,
        checks => Value::from(Serde(checks(source, parts))),
        packages => packages(source, parts),
        left_out => record.left_out,
    };
    let mut environment = Environment::new();
    let failed = |error: minijinja::Error| Error::failed("cannot make the report").cause(error);
    // The name's end asks for HTML's escapes.
    environment.add_template("page.html", TEMPLATE).map_err(failed)?;
    let template = environment.get_template("page.html").map_err(failed)?;
    template.render(page).map_err(failed)
}

/// A row for each combination, with the rows of what it did and what went wrong.
fn combinations(source: &Source<'_>, parts: &[Part<'_>]) -> Vec<Value> {
    let text = source.text;
    let now = source.record.now();
    let one = |(number, part): (usize, &Part<'_>)| {
        let end = part.end;
        let done = part.source.as_ref().map(|part| {
            let frame = Frame {
                prefix: format!("c{number}"),
                offset: part.record.clock.duration_since(source.record.clock).as_secs_f64(),
                whole: now,
                depth: 1,
            };
            let (rows, _) = rows::of(part, &frame);
            let (x, width) = frame.bar(0.0, part.record.now());
            let packages = part.record.packages.as_ref();
            context! {
                rows => Value::from(Serde(rows)),
                x,
                width,
                wrong => wrong(part, &frame, Some(&end.label)),
                packages => packages.map(|changes| changes.counted()),
            }
        });
        let has_failed = matches!(end.how, How::Failed);
        context! {
            id => format!("c{number}"),
            name => text(&end.label),
            state => if end.how.is_done() { "done" } else if has_failed { "failed" } else { "skipped" },
            result => end.how.word(),
            image => end.image.as_deref().map(text),
            time => times::duration(end.seconds),
            failed_at => end.failed.as_deref().map(text),
            done,
        }
    };
    parts.iter().enumerate().map(one).collect()
}

/// The error that ended a chain, with the last lines of output. `of` names the chain.
fn wrong(source: &Source<'_>, frame: &Frame, of: Option<&str>) -> Option<Value> {
    let failure = source.record.failure.as_ref()?;
    let failed_at = source.record.failed_at();
    let (_, outside) = rows::of(source, frame);
    let after = outside.into_iter().filter(|(level, _)| *level == "info").map(|(_, text)| text);
    Some(context! {
        of => of.map(source.text),
        headline => source.headline(),
        failure => self::failure(failure, source.text),
        last => failed_at.and_then(|at| source.last_lines(at, LAST_LINES)),
        after => after.collect::<Vec<_>>(),
        failed_at => failed_at.map(|at| frame.id(at)),
        id => format!("{}error", frame.prefix),
    })
}

/// What each build has changed, as three tables.
fn packages(source: &Source<'_>, parts: &[Part<'_>]) -> Vec<Value> {
    let one = |(of, source): (Option<String>, &Source<'_>)| {
        let changes = source.record.packages.as_ref()?.shown(source.text);
        let versions = |packages: Vec<Package>| -> Vec<(String, String)> {
            packages.into_iter().map(|it| (it.name, it.version)).collect()
        };
        let counted = changes.counted();
        let changed = changes.changed.into_iter();
        Some(context! {
            of,
            counted,
            added => versions(changes.added),
            removed => versions(changes.removed),
            changed => changed.map(|it| (it.name, it.before, it.after)).collect::<Vec<_>>(),
        })
    };
    chains(source, parts).into_iter().filter_map(one).collect()
}

/// The checks of each chain.
fn checks(source: &Source<'_>, parts: &[Part<'_>]) -> Vec<CheckGroup> {
    let groups = chains(source, parts).into_iter().map(|(of, source)| {
        let tables = check_tables(source);
        let count = |of: fn(&CheckTable) -> usize| tables.iter().map(of).sum();
        let (passed, failed) = (count(|table| table.passed), count(|table| table.failed));
        CheckGroup { of, passed, failed, tables }
    });
    groups.filter(|group| !group.tables.is_empty()).collect()
}

/// All that was done: outside of any combination, and by each under its name.
fn chains<'s>(
    source: &'s Source<'s>,
    parts: &'s [Part<'s>],
) -> Vec<(Option<String>, &'s Source<'s>)> {
    let of_part = |part: &'s Part<'s>| {
        part.source.as_ref().map(|done| (Some((source.text)(&part.end.label)), done))
    };
    std::iter::once((None, source)).chain(parts.iter().filter_map(of_part)).collect()
}

fn failure(failure: &Failure, text: &dyn Fn(&str) -> String) -> Value {
    context! {
        message => text(&failure.message),
        causes => failure.causes.iter().map(|cause| text(cause)).collect::<Vec<_>>(),
        place => failure.place.as_deref().map(text),
        hint => failure.hint.as_deref().map(text),
    }
}

fn check_tables(source: &Source<'_>) -> Vec<CheckTable> {
    let text = source.text;
    let tables = by_task(source).into_iter().map(|(task, checks)| {
        let count = |result| checks.iter().filter(|check| check.result == result).count();
        let mut title = match task {
            Some(task) => text(&source.record.entries[task].name),
            None => "checks".to_owned(),
        };
        if let Some((_, host)) = task.and_then(|task| source.hosts(task).into_iter().next()) {
            title = format!("{title} on {host}");
        }
        let mut looked: Vec<&Check> = checks.clone();
        looked.retain(|check| check.result != CheckResult::Skipped);
        // What failed is what one looks for.
        looked.sort_by_key(|check| check.result != CheckResult::Failed);
        let mut skipped: Vec<(String, Vec<String>)> = Vec::new();
        for check in checks.iter().filter(|check| check.result == CheckResult::Skipped) {
            let (why, name) = (text(&check.why), text(&check.name));
            match skipped.iter_mut().find(|(known, _)| *known == why) {
                Some((_, names)) => names.push(name),
                None => skipped.push((why, vec![name])),
            }
        }
        CheckTable {
            title,
            passed: count(CheckResult::Passed),
            failed: count(CheckResult::Failed),
            rows: looked.into_iter().map(|check| check_row(check, text)).collect(),
            skipped,
        }
    });
    tables.collect()
}

fn check_row(check: &Check, text: &dyn Fn(&str) -> String) -> CheckRow {
    let has_failed = check.result == CheckResult::Failed;
    CheckRow {
        name: text(&check.name),
        item: check.item.as_deref().map(text).unwrap_or_default(),
        state: if has_failed { "failed" } else { "passed" },
        why: if has_failed { text(&check.why) } else { String::new() },
        time: check.seconds.map(times::duration).unwrap_or_default(),
    }
}

/// How the page's policy names the one style and the one script that it allows.
fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text)))
}
