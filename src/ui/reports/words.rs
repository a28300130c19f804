//! What the reports say alike: how the run ended, where it failed, what a check was about.

use super::record::{Check, Entry, Host, Outcome, What};
use super::recorder::How;
use super::source::{Part, Source};
use super::times::duration;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Done,
    Failed,
    Interrupted,
}

impl Source<'_> {
    pub fn end(&self) -> End {
        let is_interrupt =
            self.record.failure.as_ref().is_some_and(|failure| failure.code == "interrupted");
        match self.facts.exit_status {
            0 => End::Done,
            130 if is_interrupt => End::Interrupted,
            _ => End::Failed,
        }
    }

    /// `failed at step "nginx" of bootstrap`
    pub fn headline(&self) -> String {
        let verb = match self.end() {
            End::Done => return format!("done in {}", duration(self.record.now())),
            End::Failed => "failed",
            End::Interrupted => "interrupted",
        };
        let Some(at) = self.record.failed_at() else { return verb.to_owned() };
        let entry = &self.record.entries[at];
        let name = (self.text)(&entry.name);
        match (&entry.what, self.record.task_of(Some(at))) {
            (What::Step, Some(task)) => {
                let task = (self.text)(&self.record.entries[task].name);
                format!("{verb} at step “{name}” of {task}")
            }
            (What::Step, None) => format!("{verb} at step “{name}”"),
            _ => format!("{verb} in {name}"),
        }
    }

    /// The command line.
    pub fn command_line(&self) -> String {
        let words: Vec<String> = self.facts.words.iter().map(|word| (self.text)(word)).collect();
        let joined = shlex::try_join(words.iter().map(String::as_str));
        format!("imgctl {}", joined.unwrap_or_else(|_| words.join(" ")))
    }

    /// The last lines that commands printed within an entry.
    pub fn last_lines(&self, within: usize, most: usize) -> Option<(String, String)> {
        let entries = self.record.entries.iter().enumerate().rev();
        let mut commands = entries.filter_map(|(at, entry)| match &entry.what {
            What::Command { output, .. } if !output.is_empty() => {
                let is_in = self.record.outwards(Some(at)).any(|outer| outer == within);
                is_in.then_some((entry, output))
            }
            _ => None,
        });
        let (entry, output) = commands.next()?;
        let lines: Vec<&str> = output.last(most).into_iter().map(String::as_str).collect();
        Some(((self.text)(&entry.name), (self.text)(&lines.join("\n"))))
    }

    /// The run's instances that a task works on, and other hosts: `build (i-2)`, `192.0.2.7`.
    pub fn hosts(&self, task: usize) -> Vec<(&Host, String)> {
        let hosts = self.record.hosts.get(&task).into_iter().flatten();
        let named = hosts.map(|host| {
            let role = host.role.as_deref().unwrap_or(&host.name);
            let id = host.role.as_ref().and_then(|role| self.record.subject.instances.get(role));
            let named = id.map_or_else(|| role.to_owned(), |id| format!("{role} ({id})"));
            (host, (self.text)(&named))
        });
        named.filter(|(host, _)| host.name != "local").collect()
    }
}

/// The headline of one chain, or of several.
pub fn headline(source: &Source<'_>, parts: &[Part<'_>]) -> String {
    if parts.is_empty() {
        return source.headline();
    }
    let done = parts.iter().filter(|part| part.end.how.is_done()).count();
    let failed = parts.iter().filter(|part| part.end.how == How::Failed).count();
    let all = parts.len();
    match source.end() {
        End::Done => format!("{all} combinations done in {}", duration(source.record.now())),
        End::Interrupted => format!("interrupted: {done} of {all} combinations are done"),
        End::Failed => format!("failed in {failed} of {all} combinations, {done} are done"),
    }
}

/// The checks of each task that has any, in the order of the tasks.
pub fn by_task<'s>(source: &'s Source<'_>) -> Vec<(Option<usize>, Vec<&'s Check>)> {
    let mut tasks: Vec<(Option<usize>, Vec<&Check>)> = Vec::new();
    for check in &source.record.checks {
        let task = source.record.task_of(check.within);
        match tasks.iter_mut().find(|(known, _)| *known == task) {
            Some((_, checks)) => checks.push(check),
            None => tasks.push((task, vec![check])),
        }
    }
    tasks
}

/// In one word, also a class of the page's style sheet.
pub fn state(entry: &Entry) -> &'static str {
    match &entry.outcome {
        Outcome::Running => "running",
        Outcome::Done => "done",
        Outcome::Unchanged => "unchanged",
        Outcome::Skipped(_) => "skipped",
        Outcome::Failed => "failed",
    }
}
