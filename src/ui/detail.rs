//! Lines about commands and what is exchanged, and the summary of a chain.

use super::done::{Done, total};
use super::duration::duration;
use super::event::Event;

/// A command's end, with the command where nothing was shown before.
fn ended(status: Option<i32>, seconds: f64) -> String {
    let status = match status {
        Some(status) => format!("status {status}"),
        None => "no status".to_owned(),
    };
    format!("{status}, {}", duration(seconds))
}

/// The lines for events that only `-v` and logs show; None for others.
pub fn lines(event: &Event<'_>, text: &dyn Fn(&str) -> String) -> Option<String> {
    Some(match event {
        // Its output follows.
        Event::CommandStarted { reads: false, host, command, .. } => {
            format!("[{}] $ {}", text(host), text(command))
        }
        Event::CommandFinished { reads: false, host, status, seconds, .. } => {
            format!("[{}] {}", text(host), ended(*status, *seconds))
        }
        Event::CommandStarted { .. } => String::new(),
        Event::CommandFinished { host, command, status, seconds, .. } => {
            format!("[{}] $ {} ({})", text(host), text(command), ended(*status, *seconds))
        }
        Event::Exchange { direction, with, what, text: exchanged, .. } => {
            let head = format!("[{}] {} {}", text(with), direction.word(), text(what));
            let lines = text(exchanged);
            let lines = lines.lines().map(|line| format!("\n    {line}"));
            format!("{head}{}", lines.collect::<String>())
        }
        Event::Summary { tasks } => summary(tasks),
        _ => return None,
    })
}

fn summary(tasks: &[Done]) -> String {
    let all = total(tasks);
    let count =
        if tasks.len() == 1 { "1 task".to_owned() } else { format!("{} tasks", tasks.len()) };
    let words = [count, all.counted()];
    let words: Vec<String> = words.into_iter().filter(|it| !it.is_empty()).collect();
    let mut lines = vec![format!("summary: {} ({})", words.join(", "), duration(all.seconds))];
    let name = |task: &Done| format!("{:indent$}{}", "", task.task, indent = 2 * task.depth);
    let width = tasks.iter().map(|task| name(task).len()).max().unwrap_or_default();
    for task in tasks {
        let end = match (task.ok, task.counted()) {
            (Some(true), steps) => steps,
            (_, steps) if steps.is_empty() => "failed".to_owned(),
            (_, steps) => format!("failed; {steps}"),
        };
        let line = format!("  {:width$}  {:>11}  {end}", name(task), duration(task.seconds));
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}
