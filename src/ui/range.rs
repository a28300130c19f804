//! Where in a file an event points, as JSON has it.

use serde::Serialize;
use serde::ser::SerializeMap;

use crate::Place;

/// Lines and columns in characters, from 1; the end is behind the last character.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Range {
    start: Point,
    end: Point,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Point {
    line: usize,
    column: usize,
}

impl Range {
    /// Of a place that has a line.
    #[must_use]
    pub fn of(place: &Place) -> Option<Range> {
        let line = place.line?;
        let whole = place.text.as_deref().map_or(0, |text| text.chars().count());
        let (column, length) = match place.column {
            Some(column) => (column, place.length.max(1)),
            None => (1, whole),
        };
        Some(Range { start: Point { line, column }, end: Point { line, column: column + length } })
    }
}

/// In JSON `place` as people read it, and `file`, `line` and `column` for programs.
#[derive(Debug, Clone, Copy)]
pub struct Where<'e>(pub Option<&'e Place>);

impl Serialize for Where<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        let place = self.0;
        fields.serialize_entry("place", &place.map(ToString::to_string))?;
        fields.serialize_entry("file", &place.map(|place| &place.file))?;
        fields.serialize_entry("line", &place.and_then(|place| place.line))?;
        fields.serialize_entry("column", &place.and_then(|place| place.column))?;
        fields.end()
    }
}
