//! One self-contained page: nothing is loaded, and nothing in it is run but the script beside this file.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minijinja::value::Serde;
use minijinja::{Environment, Value, context};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::record::{Check, Failure};
use super::rows;
use super::source::Source;
use super::times;
use super::words::{End, by_task};
use crate::ui::event::CheckResult;
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

/// The page as text.
pub fn render(source: &Source<'_>) -> Result<String> {
    let Source { record, facts, text } = source;
    let (rows, outside) = rows::of(source);
    let failed_at = record.failed_at();
    let last = failed_at.and_then(|at| source.last_lines(at, LAST_LINES));
    let state = match source.end() {
        End::Done => "done",
        End::Failed => "failed",
        End::Interrupted => "interrupted",
    };
    let subject = &record.subject;
    let instances: Vec<(String, String)> =
        subject.instances.iter().map(|(role, id)| (text(role), text(id))).collect();
    let page = context! {
        style => Value::from_safe_string(STYLE.to_owned()),
        style_hash => hash(STYLE),
        script => Value::from_safe_string(SCRIPT.to_owned()),
        script_hash => hash(SCRIPT),
        state,
        headline => source.headline(),
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
        failure => record.failure.as_ref().map(|failure| self::failure(failure, *text)),
        failed_at,
        last,
        images => record.images.iter().map(|image| (text(&image.id), text(&image.name)))
            .collect::<Vec<_>>(),
        axis => times::marks(record.now()).into_iter()
            .map(|(share, text)| (format!("{:.2}", share * 100.0), text)).collect::<Vec<_>>(),
        rows => Value::from(Serde(rows)),
        outside,
        checks => Value::from(Serde(check_tables(source))),
        left_out => record.left_out,
    };
    let mut environment = Environment::new();
    let failed = |error: minijinja::Error| Error::failed("cannot make the report").cause(error);
    // The name's end asks for HTML's escapes.
    environment.add_template("page.html", TEMPLATE).map_err(failed)?;
    let template = environment.get_template("page.html").map_err(failed)?;
    template.render(page).map_err(failed)
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
