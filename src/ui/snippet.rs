//! The line of a file that an error is about, with a caret under the place.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use crate::Place;

/// Draws places as the screen can show them.
pub struct Snippets<'s> {
    pub color: bool,
    /// Longer lines are cut around the caret. None: as for a common terminal.
    pub columns: Option<usize>,
    /// Cleans and redacts.
    pub text: &'s dyn Fn(&str) -> String,
}

impl Snippets<'_> {
    /// ` --> config.yaml:3:7`, the line and a caret with `label` behind it. Without the line's text
    /// only the first of these.
    pub fn draw(&self, place: &Place, label: Option<&str>) -> String {
        let text = self.text;
        let label = label.map(|label| text(label).replace('\n', " "));
        let origin = text(&place.to_string());
        let (Some(line), Some(shown)) = (place.line, &place.text) else {
            return match label {
                Some(label) => format!("  --> {origin}: {label}"),
                None => format!("  --> {origin}"),
            };
        };
        let redacted = text(shown);
        let caret = place.column.and_then(|column| caret(shown, &redacted, column, place.length));
        let snippet = Snippet::<Annotation<'_>>::source(redacted).line_start(line).fold(false);
        // The library adds line and column where there is a caret.
        let snippet = match caret {
            Some(bytes) => {
                let caret = AnnotationKind::Primary.span(bytes).label(label);
                snippet.path(text(&place.file)).annotation(caret)
            }
            None => snippet.path(match label {
                Some(label) => format!("{origin}: {label}"),
                None => origin,
            }),
        };
        let mut group = Group::with_level(Level::ERROR).element(snippet);
        if let Some(within) = &place.within {
            group = group.element(Level::NOTE.message(format!("in {}", text(within))));
        }
        let renderer = match self.color {
            true => Renderer::styled().hyperlink(false),
            false => Renderer::plain(),
        };
        let renderer = match self.columns {
            Some(columns) => renderer.term_width(columns),
            None => renderer,
        };
        renderer.render(&[group]).trim_end().to_owned()
    }
}

/// The bytes of the shown line that the caret stands under. None: what is there is not shown.
fn caret(line: &str, shown: &str, column: usize, length: usize) -> Option<Range<usize>> {
    let first = column.checked_sub(1)?;
    let mut bytes = line.char_indices().map(|(at, _)| at).chain([line.len()]);
    let start = bytes.clone().nth(first)?;
    let end = bytes.nth(first + length).unwrap_or(line.len());
    (line.get(..end) == shown.get(..end)).then_some(start..end)
}
