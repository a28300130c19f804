//! What a dry run would change, as lines: `~` marks what would be.

use console::Style;

use super::event::Event;

/// The lines for events of dry runs; None for others.
pub fn lines(
    event: &Event<'_>,
    text: &dyn Fn(&str) -> String,
    paint: &dyn Fn(&Style, &str) -> String,
) -> Option<String> {
    let would = Style::new().yellow();
    match event {
        Event::Planned { what, details, .. } => {
            // A command of several lines stays in its place.
            let what = text(what).replace('\n', "\n      ");
            let mut lines = vec![format!("  {} would {what}", paint(&would, "~"))];
            let details = details.map(text).unwrap_or_default();
            lines.extend(details.lines().map(|line| format!("      {}", coloured(line, paint))));
            Some(lines.join("\n"))
        }
        Event::Plan { counted } => Some(format!("{} {}", paint(&would, "~"), text(counted))),
        _ => None,
    }
}

/// A line of a diff.
fn coloured(line: &str, paint: &dyn Fn(&Style, &str) -> String) -> String {
    let style = match line.as_bytes().first() {
        Some(b'+') => Style::new().green(),
        Some(b'-') => Style::new().red(),
        Some(b'@') => Style::new().cyan(),
        _ => return line.to_owned(),
    };
    paint(&style, line)
}
