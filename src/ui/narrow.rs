//! A terminal whose last columns are left free. The terminal itself shows `^C` where the cursor is, which is at the end
//! of a bar: at its right edge that would begin another line, and the bar above would stay for ever.
//!
//! A terminal may be closed while a task runs. The bars' library takes an error of it for a defect, so no error reaches it:
//! nothing is drawn any more.

use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicBool, Ordering};

use console::Term;
use indicatif::TermLike;

/// Room for `^C`, twice.
const FREE: u16 = 4;

#[derive(Debug)]
pub struct Narrow {
    terminal: Term,
    is_gone: AtomicBool,
}

impl Narrow {
    pub fn new(terminal: Term) -> Narrow {
        Narrow { terminal, is_gone: AtomicBool::new(false) }
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
        self.draw(|terminal| terminal.move_cursor_up(lines))
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        self.draw(|terminal| terminal.move_cursor_down(lines))
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.draw(|terminal| terminal.move_cursor_right(columns))
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.draw(|terminal| terminal.move_cursor_left(columns))
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.draw(|terminal| terminal.write_line(text))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.draw(|terminal| terminal.write_str(text))
    }

    fn clear_line(&self) -> io::Result<()> {
        self.draw(Term::clear_line)
    }

    fn flush(&self) -> io::Result<()> {
        self.draw(Term::flush)
    }
}
