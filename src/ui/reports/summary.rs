//! The job summary that GitHub shows: Markdown in which nothing that was printed is Markdown.

use super::record::{Outcome, What};
use super::source::{Part, Source};
use super::times::duration;
use super::words::{End, headline, state};
use crate::ui::event::CheckResult;

/// Rows of the table of steps.
const MOST: usize = 300;
const LAST_LINES: usize = 30;
/// Characters of a name or message.
const LONGEST: usize = 2000;

/// What stands for the end of a summary that is too long.
pub const CUT: &str = "\n_The rest is left out: GitHub shows 1 MiB of each step. `--report FILE.html` writes all of \
                       it to a page._\n";

/// The Markdown, of so many bytes at most. None: nothing was done that is worth telling, as by `imgctl status`.
pub fn render(source: &Source<'_>, parts: &[Part<'_>], most: usize) -> Option<String> {
    let record = source.record;
    let is_step = |what: &What| matches!(what, What::Step);
    let has_steps = record.entries.iter().any(|entry| is_step(&entry.what));
    let is_told = has_steps || !record.checks.is_empty() || !record.images.is_empty();
    let is_told = is_told || parts.iter().any(|part| is_worth(part));
    if !is_told && record.failure.is_none() {
        return None;
    }
    let text = |text: &str| escaped(&(source.text)(text));
    let mark = if source.end() == End::Done { "✅" } else { "❌" };
    let mut lines =
        vec![format!("### {mark} imgctl {}", escaped(&headline(source, parts))), String::new()];
    lines.push(format!("<code>{}</code>", escaped(&source.command_line())));
    lines.push(String::new());
    let subject = &record.subject;
    let facts = [
        ("cloud", &subject.cloud),
        ("region", &subject.region),
        ("distribution", &subject.distribution),
        ("run", &subject.run),
    ];
    let facts = facts.iter().filter(|(_, value)| !value.is_empty());
    let facts: Vec<_> = facts.map(|(name, value)| format!("{name} **{}**", text(value))).collect();
    lines.push(format!("{} · {}", facts.join(" · "), duration(record.now())));
    lines.push(String::new());
    for image in &record.images {
        lines.push(format!("- image <code>{}</code> {}", text(&image.id), text(&image.name)));
    }
    lines.push(String::new());
    if !parts.is_empty() {
        lines.extend(table(parts, &text));
        for part in parts {
            if let Some(source) = part.source.as_ref().filter(|part| part.record.failure.is_some())
            {
                lines.push(format!(
                    "#### {}: {}",
                    text(&part.end.label),
                    escaped(&source.headline())
                ));
                lines.push(String::new());
                lines.extend(failure(source));
                lines.extend(checks(source));
            }
        }
        let told = |part: &Part<'_>| {
            let changes = part.source.as_ref()?.record.packages.as_ref()?;
            let label = text(&part.end.label);
            Some(format!("- packages of {label} since the base image: {}", changes.counted()))
        };
        lines.extend(parts.iter().filter_map(told));
        lines.push(String::new());
    }
    lines.extend(failure(source));
    if let Some(changes) = &record.packages {
        lines.push(format!("packages since the base image: {}\n", changes.counted()));
    }
    lines.extend(checks(source));
    if has_steps {
        lines.push("| step | result | time |".to_owned());
        lines.push("|---|---|--:|".to_owned());
        let steps = record.entries.iter().filter(|entry| is_step(&entry.what));
        let count = steps.clone().count();
        // The last ones are where it failed.
        for entry in steps.skip(count.saturating_sub(MOST)) {
            let result = match &entry.outcome {
                Outcome::Skipped(why) => format!("skipped: {}", text(why)),
                Outcome::Failed => "**failed**".to_owned(),
                _ => state(entry).to_owned(),
            };
            let time = duration(entry.seconds(record.now()));
            lines.push(format!("| {} | {result} | {time} |", text(&entry.name)));
        }
        if count > MOST {
            lines.push(format!("\nand {} earlier steps", count - MOST));
        }
    }
    lines.push("\n".to_owned());
    Some(up_to(most, &lines))
}

/// The whole text, or as many of the first parts as there is room for. Each part closes what it opens.
fn up_to(most: usize, parts: &[String]) -> String {
    let whole = parts.join("\n");
    if whole.len() <= most {
        return whole;
    }
    let (mut text, room) = (String::new(), most.saturating_sub(CUT.len()));
    for part in parts {
        if text.len() + part.len() >= room {
            break;
        }
        text.push_str(part);
        text.push('\n');
    }
    text + CUT
}

/// Whether a combination did something.
fn is_worth(part: &Part<'_>) -> bool {
    part.source.as_ref().is_some_and(|source| render(source, &[], usize::MAX).is_some())
}

/// What became of each combination.
fn table(parts: &[Part<'_>], text: &dyn Fn(&str) -> String) -> Vec<String> {
    let mut lines = vec!["| combination | result | image | time |".to_owned()];
    lines.push("|---|---|---|--:|".to_owned());
    for part in parts {
        let end = part.end;
        let result = match &end.failed {
            Some(failed) => format!("**{}** at {}", end.how.word(), text(failed)),
            None => end.how.word().to_owned(),
        };
        let image = end.image.as_deref().map(|id| format!("<code>{}</code>", text(id)));
        let image = image.unwrap_or_default();
        let (label, time) = (text(&end.label), duration(end.seconds));
        lines.push(format!("| {label} | {result} | {image} | {time} |"));
    }
    lines.push(String::new());
    lines
}

/// The error that ended a chain, with the last lines of output.
fn failure(source: &Source<'_>) -> Vec<String> {
    let record = source.record;
    let text = |text: &str| escaped(&(source.text)(text));
    let mut lines = Vec::new();
    if let Some(failure) = &record.failure {
        lines.push(format!("**{}**", text(&failure.message)));
        lines.push(String::new());
        lines.extend(failure.causes.iter().map(|cause| format!("- {}", text(cause))));
        lines.push(String::new());
        lines.extend(failure.hint.iter().map(|hint| format!("> {}\n", text(hint))));
        let last = record.failed_at().and_then(|at| source.last_lines(at, LAST_LINES));
        if let Some((command, output)) = last {
            // After an empty line `<pre>` is a block of its own, which empty lines do not end.
            lines.push(format!(
                "<details open><summary>Last lines of <code>{}</code></summary>\n\n<pre>{}</pre>\n</details>\n",
                escaped(&command),
                in_pre(&output)
            ));
        }
    }
    lines
}

/// How many checks passed, and those that did not.
fn checks(source: &Source<'_>) -> Vec<String> {
    let checks = &source.record.checks;
    if checks.is_empty() {
        return Vec::new();
    }
    let count = |result| checks.iter().filter(|check| check.result == result).count();
    let mut lines = vec![
        format!(
            "{} checks passed, {} failed, {} skipped",
            count(CheckResult::Passed),
            count(CheckResult::Failed),
            count(CheckResult::Skipped)
        ),
        String::new(),
    ];
    let failed = checks.iter().filter(|check| check.result == CheckResult::Failed);
    let text = |text: &str| escaped(&(source.text)(text));
    let told = failed.take(MOST).map(|c| format!("- ❌ {}: {}", text(&c.name), text(&c.why)));
    lines.extend(told);
    lines.push(String::new());
    lines
}

/// Text on one line, of which Markdown and HTML read no character as theirs.
fn escaped(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || !c.is_ascii() || " ,;/=".contains(c);
    text.chars().take(LONGEST).fold(String::new(), |mut escaped, c| {
        match c {
            '\n' | '\t' => escaped.push(' '),
            // Within a word they mean nothing, and names are full of them.
            '-' | '.' | ':' if escaped.ends_with(|before: char| before.is_alphanumeric()) => {
                escaped.push(c);
            }
            c if plain(c) => escaped.push(c),
            c => escaped.push_str(&format!("&#{};", u32::from(c))),
        }
        escaped
    })
}

/// Text for `<pre>`, which ends at nothing but its own end.
fn in_pre(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
