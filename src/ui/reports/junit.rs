//! JUnit XML: each check a test case, each step another one, in a suite for each task.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::record::{Check, Entry, Failure, Outcome, What};
use super::recorder::How;
use super::source::{Part, Source};
use super::words::by_task;
use crate::ui::event::CheckResult;
use crate::{Error, Result};

/// Lines of output of what failed.
const LAST_LINES: usize = 100;

/// Characters that no XML may contain, besides those that control terminals.
const NO_XML: [char; 2] = ['\u{fffe}', '\u{ffff}'];

/// The XML as text: a suite for each task, or for each of several combinations.
pub fn render(source: &Source<'_>, parts: &[Part<'_>]) -> Result<String> {
    let mut report = Report::new(source.command_line());
    report.set_time(seconds(source.record.now()));
    if parts.is_empty() {
        report.add_test_suites(suites(source));
    } else {
        report.add_test_suites(parts.iter().map(|part| combination(source, part)));
        let own = suites(source).into_iter().filter(|suite| !suite.test_cases.is_empty());
        report.add_test_suites(own);
    }
    let text = report.to_string();
    let text = text.map_err(|error| Error::failed("cannot make the JUnit XML").cause(error))?;
    Ok(without_count(text.replace(NO_XML, "")))
}

/// The number of skipped cases of the whole is no part of the schema that Jenkins' plugins check reports by; each
/// suite has its own.
fn without_count(text: String) -> String {
    let root = text.find("<testsuites").and_then(|at| text[at..].find('>').map(|end| at..at + end));
    let Some(root) = root else { return text };
    let attribute = text[root.clone()].find(" skipped=\"").and_then(|at| {
        let value = root.start + at + " skipped=\"".len();
        text[value..root.end].find('"').map(|end| root.start + at..value + end + 1)
    });
    match attribute {
        Some(range) => text[..range.start].to_owned() + &text[range.end..],
        None => text,
    }
}

/// One combination: the cases of all its tasks, under its name.
fn combination(whole: &Source<'_>, part: &Part<'_>) -> TestSuite {
    let text = whole.text;
    let label = text(&part.end.label);
    let mut suite = TestSuite::new(label.clone());
    suite.set_time(seconds(part.end.seconds));
    let told = part.source.as_ref().map(suites).unwrap_or_default();
    // What all suites tell alike is told once.
    for property in told.iter().flat_map(|task| &task.properties) {
        let is_known =
            |known: &Property| known.name == property.name && known.value == property.value;
        if !suite.properties.iter().any(is_known) {
            suite.properties.push(property.clone());
        }
    }
    let package = label.replace('.', "_");
    for mut case in told.into_iter().flat_map(|task| task.test_cases) {
        let class = case.classname.as_ref().map(|class| class.as_str().to_owned());
        case.set_classname(format!("{package}.{}", class.unwrap_or_default()));
        suite.add_test_case(case);
    }
    // A combination without any case, such as one whose turn never came, would not be seen.
    if suite.test_cases.is_empty() {
        let status = match part.end.how {
            How::Done => TestCaseStatus::success(),
            How::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
            how => skipped(how.word()),
        };
        let mut case = TestCase::new(label, status);
        case.set_classname(format!("{package}.combination"));
        suite.add_test_case(case);
    }
    suite
}

/// A suite for each task.
fn suites(source: &Source<'_>) -> Vec<TestSuite> {
    let mut suites = Vec::new();
    let checks = by_task(source);
    let of_task = |task: Option<usize>| {
        let found = checks.iter().find(|(known, _)| *known == task);
        found.map(|(_, checks)| checks.as_slice()).unwrap_or_default()
    };
    let tasks = source.record.entries.iter().enumerate();
    let tasks = tasks.filter(|(_, entry)| matches!(entry.what, What::Task));
    for (at, _) in tasks {
        let cases = cases(source, Some(at), of_task(Some(at)));
        if !cases.is_empty() {
            suites.push(suite(source, Some(at), cases));
        }
    }
    let mut others = cases(source, None, of_task(None));
    // What failed before any task began has no task.
    if let Some(failure) = &source.record.failure
        && source.record.failed_at().is_none()
    {
        let mut case = TestCase::new("imgctl", failed(source, failure));
        case.set_classname("imgctl");
        others.push(case);
    }
    if !others.is_empty() {
        suites.push(suite(source, None, others));
    }
    suites
}

/// `tests on build (i-2)`
fn suite(source: &Source<'_>, task: Option<usize>, cases: Vec<TestCase>) -> TestSuite {
    let text = source.text;
    let hosts = task.map(|task| source.hosts(task)).unwrap_or_default();
    let mut name = name(source, task);
    if let [(_, host)] = &hosts[..] {
        name = format!("{name} on {host}");
    }
    let mut suite = TestSuite::new(name);
    if let Some(task) = task {
        suite.set_time(seconds(source.record.entries[task].seconds(source.record.now())));
    }
    let subject = &source.record.subject;
    let facts = [
        ("cloud", &subject.cloud),
        ("region", &subject.region),
        ("distribution", &subject.distribution),
        ("run", &subject.run),
        ("began", &source.record.began.to_string()),
        ("imgctl", &source.facts.version.to_owned()),
    ];
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
    suite.add_properties(facts.map(|(name, value)| Property::new(name, text(value))));
    let roles = hosts.iter().filter_map(|(host, _)| host.role.as_ref());
    let instances = roles.filter_map(|role| subject.instances.get_key_value(role));
    suite.add_properties(
        instances.map(|(role, id)| Property::new(format!("instance.{}", text(role)), text(id))),
    );
    let images = source.record.images.iter();
    suite.add_properties(images.map(|image| Property::new("image", text(&image.id))));
    suite.add_test_cases(cases);
    suite
}

fn name(source: &Source<'_>, task: Option<usize>) -> String {
    task.map_or_else(
        || "imgctl".to_owned(),
        |task| (source.text)(&source.record.entries[task].name),
    )
}

/// The steps and checks of a task; the task itself, if it failed and nothing in it tells why.
fn cases(source: &Source<'_>, task: Option<usize>, checks: &[&Check]) -> Vec<TestCase> {
    let record = source.record;
    let class = |item: &str| {
        let part = |text: &str| text.replace('.', "_");
        // Jenkins takes what stands before the last dot for the package.
        format!("{}.{}", part(&name(source, task)), part(&(source.text)(item)))
    };
    let mut cases = Vec::new();
    let steps = record.entries.iter().enumerate();
    let steps = steps.filter(|(_, entry)| matches!(entry.what, What::Step));
    for (at, entry) in steps.filter(|(_, entry)| record.task_of(entry.within) == task) {
        cases.push(step(source, at, entry, &class("steps")));
    }
    for check in checks {
        let item = check.item.as_deref().unwrap_or("checks");
        cases.push(self::check(source, check, &class(item)));
    }
    let told = cases.iter().any(|case| matches!(case.status, TestCaseStatus::NonSuccess { .. }));
    if let Some(failure) = &record.failure
        && task.is_some()
        && record.failed_at() == task
        && !told
    {
        let mut case = TestCase::new(name(source, task), failed(source, failure));
        case.set_classname(class("task"));
        add_output(source, task, &mut case);
        cases.push(case);
    }
    cases
}

fn step(source: &Source<'_>, at: usize, entry: &Entry, class: &str) -> TestCase {
    let status = match &entry.outcome {
        Outcome::Done | Outcome::Unchanged => TestCaseStatus::success(),
        Outcome::Skipped(why) => skipped(&(source.text)(why)),
        Outcome::Failed | Outcome::Running => match &source.record.failure {
            Some(failure) if source.record.failed_at() == Some(at) => failed(source, failure),
            _ => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message("the step failed");
                status
            }
        },
    };
    let has_failed = matches!(status, TestCaseStatus::NonSuccess { .. });
    let mut case = TestCase::new((source.text)(&entry.name), status);
    case.set_classname(class);
    case.set_time(seconds(entry.seconds(source.record.now())));
    if has_failed {
        add_output(source, Some(at), &mut case);
    }
    case
}

fn check(source: &Source<'_>, check: &Check, class: &str) -> TestCase {
    let why = (source.text)(&check.why);
    let status = match check.result {
        CheckResult::Passed => TestCaseStatus::success(),
        CheckResult::Skipped => skipped(&why),
        CheckResult::Failed => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type("check").set_message(first_line(&why)).set_description(why);
            status
        }
    };
    let mut case = TestCase::new((source.text)(&check.name), status);
    case.set_classname(class);
    if let Some(took) = check.seconds {
        case.set_time(seconds(took));
    }
    case
}

fn skipped(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(why);
    status
}

/// The error that ended the run.
fn failed(source: &Source<'_>, failure: &Failure) -> TestCaseStatus {
    let text = source.text;
    let mut lines = vec![text(&failure.message)];
    lines.extend(failure.place.iter().map(|place| format!("at {}", text(place))));
    lines.extend(failure.causes.iter().map(|cause| format!("caused by: {}", text(cause))));
    lines.extend(failure.hint.iter().map(|hint| format!("hint: {}", text(hint))));
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(failure.code.as_str()).set_message(first_line(&lines[0]));
    status.set_description(lines.join("\n"));
    status
}

fn add_output(source: &Source<'_>, within: Option<usize>, case: &mut TestCase) {
    if let Some((command, lines)) = within.and_then(|at| source.last_lines(at, LAST_LINES)) {
        case.set_system_out(format!("$ {command}\n{lines}\n"));
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
