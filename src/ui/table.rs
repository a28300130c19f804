//! Columns that line up.

use console::{Alignment, measure_text_width, pad_str};

pub fn render(headers: &[String], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = headers.iter().map(|text| measure_text_width(text)).collect();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            let width = measure_text_width(cell);
            match widths.get_mut(column) {
                Some(widest) => *widest = width.max(*widest),
                None => widths.push(width),
            }
        }
    }
    let line = |cells: &Vec<String>| {
        let padded = cells.iter().zip(&widths);
        let padded = padded.map(|(cell, width)| pad_str(cell, *width, Alignment::Left, None));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let headers = headers.to_vec();
    std::iter::once(&headers).chain(rows).map(line).collect::<Vec<_>>().join("\n")
}
