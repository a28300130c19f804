//! A terminal whose last columns are left free. The terminal itself shows `^C` where the cursor is, which is at the end
//! of a bar: at its right edge that would begin another line, and the bar above would stay for ever.
//!
//! The bars' library fills each line up to the edge and relies on the terminal to begin the next one, which a terminal
//! does at its own edge only. So the line ends are put in here.
//!
//! A terminal may be closed while a task runs. The bars' library takes an error of it for a defect, so no error reaches it:
//! nothing is drawn any more.

use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use console::{Term, measure_text_width};
use indicatif::TermLike;

/// Room for `^C`, twice.
const FREE: u16 = 4;

#[derive(Debug)]
pub struct Narrow {
    terminal: Term,
    is_gone: AtomicBool,
    /// How much of the line is full. A full one ends when something follows, as at the edge of a terminal: the last
    /// one does not.
    column: AtomicUsize,
}

impl Narrow {
    pub fn new(terminal: Term) -> Narrow {
        Narrow { terminal, is_gone: AtomicBool::new(false), column: AtomicUsize::new(0) }
    }

    /// The text, with the line ends of this width.
    fn wrapped(&self, text: &str) -> String {
        let width = usize::from(TermLike::width(self));
        let mut column = self.column.load(Ordering::Relaxed);
        let mut wrapped = String::with_capacity(text.len() + 1);
        let whole = measure_text_width(text);
        // A line is rarely longer than the terminal is wide: then it is measured once.
        let parts = if column + whole <= width || column == width && whole <= width {
            vec![text]
        } else {
            text.split_inclusive(|_| true).collect()
        };
        for part in parts {
            let wide = measure_text_width(part);
            if part == "\r" {
                column = 0;
            } else if column + wide > width {
                wrapped.push('\n');
                column = 0;
            }
            column += wide;
            wrapped.push_str(part);
        }
        self.column.store(column, Ordering::Relaxed);
        wrapped
    }

    /// What begins at the left edge again.
    fn begin(&self, work: impl FnOnce(&Term) -> io::Result<()>) -> io::Result<()> {
        self.column.store(0, Ordering::Relaxed);
        self.draw(work)
    }

    fn draw(&self, work: impl FnOnce(&Term) -> io::Result<()>) -> io::Result<()> {
        if self.is_gone.load(Ordering::Relaxed) {
            return Ok(());
        }
        let is_for_now = |error: &io::Error| {
            [ErrorKind::WouldBlock, ErrorKind::Interrupted].contains(&error.kind())
        };
        if work(&self.terminal).is_err_and(|error| !is_for_now(&error)) {
            self.is_gone.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

impl TermLike for Narrow {
    fn width(&self) -> u16 {
        TermLike::width(&self.terminal).saturating_sub(FREE).max(1)
    }

    fn height(&self) -> u16 {
        TermLike::height(&self.terminal)
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        self.begin(|terminal| terminal.move_cursor_up(lines))
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        self.begin(|terminal| terminal.move_cursor_down(lines))
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.draw(|terminal| terminal.move_cursor_right(columns))
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.draw(|terminal| terminal.move_cursor_left(columns))
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.begin(|terminal| terminal.write_line(text))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        let wrapped = self.wrapped(text);
        self.draw(|terminal| terminal.write_str(&wrapped))
    }

    fn clear_line(&self) -> io::Result<()> {
        self.begin(Term::clear_line)
    }

    fn flush(&self) -> io::Result<()> {
        self.draw(Term::flush)
    }
}
