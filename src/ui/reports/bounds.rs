//! How much of a run is kept in memory for reports, and written into them.

/// Bytes of output of one command: this many of its begin, and as many of its end.
pub const OUTPUT_OF_ONE: usize = 24 << 10;
/// Bytes of output of all commands. Beyond it only the ends of further ones are kept.
pub const OUTPUT_OF_ALL: usize = 8 << 20;
/// The same for one chain of several, of which there may be a hundred.
pub const OUTPUT_OF_ONE_CHAIN: usize = 512 << 10;
/// Bytes of such an end.
pub const OUTPUT_END: usize = 1 << 10;
/// Bytes of one line, name or message.
pub const TEXT: usize = 4 << 10;
/// Tasks, steps, commands, waits and messages.
pub const ENTRIES: usize = 30_000;
/// Bytes of GitHub's job summary that one step of a job may add, with what other programs of that step have added. Of
/// more than 1 MiB GitHub shows nothing at all; some of it is left to those that come later.
pub const SUMMARY: usize = 1000 << 10;
/// Seconds that something must last to be listed if it is a wait or a command that only reads.
pub const BRIEF: f64 = 1.0;

/// The text up to a length, at a character's end.
pub fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}…", &text[..end])
}
