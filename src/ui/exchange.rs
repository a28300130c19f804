//! What is read, sent and compared, for `-vv` and `--log`.

use super::direction::Direction;
use super::event::Event;
use super::interface::Ui;

/// The most of one text that is told, in bytes.
const MOST: usize = 32 << 10;

impl Ui {
    /// Tells what was exchanged with a host or server; `text` is made only where somebody wants to know.
    pub fn exchange(
        &self,
        direction: Direction,
        with: &str,
        what: &str,
        text: impl FnOnce() -> String,
    ) {
        if !self.printer.follows_exchanges() {
            return;
        }
        // Secrets are sought in the whole text: none is left in halves.
        let text = cut(&self.secrets().redact(&text()));
        let within = self.spans().innermost();
        self.printer.emit(&Event::Exchange { within, direction, with, what, text: &text });
    }
}

fn cut(text: &str) -> String {
    if text.len() <= MOST {
        return text.to_owned();
    }
    let end = (0..=MOST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    format!("{}\n({} more bytes)", &text[..end], text.len() - end)
}
