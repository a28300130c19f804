//! Takes the marks of the [frame](super::frame) out of a stream of output.

use memchr::memmem::{self, Finder};

use crate::Result;

/// Output before the first mark that is kept; more than this is not the greeting of a login shell.
pub(super) const GREETING: usize = 64 * 1024;

/// The most bytes of the number in a mark with its line end: more is held back for no mark.
const NUMBER: usize = 16;

/// The words of the marks: each is a line of the word, the nonce and a number.
pub(super) struct Mark;

impl Mark {
    pub(super) const BEGIN: &str = "imgctl-begin";
    pub(super) const END: &str = "imgctl-end";
}

/// One stream of a command in its frame.
pub(super) struct Marks {
    begin: Finder<'static>,
    end: Finder<'static>,
    /// What may be the beginning of a mark; before the first mark, everything.
    held: Vec<u8>,
    state: State,
    /// What came before the first mark.
    pub(super) greeting: Vec<u8>,
    /// The number in the first mark.
    pub(super) begun: Option<i32>,
    /// The number in the last mark: the status.
    pub(super) ended: Option<i32>,
    /// The first mark came twice: the login shell has made one stream of the two.
    pub(super) is_merged: bool,
}

#[derive(PartialEq)]
enum State {
    Before,
    /// Just behind the first mark.
    Begun,
    Inside,
    After,
}

impl Marks {
    pub(super) fn new(nonce: &str) -> Self {
        Marks {
            begin: Finder::new(&format!("{} {nonce} ", Mark::BEGIN)).into_owned(),
            end: Finder::new(&format!("{} {nonce} ", Mark::END)).into_owned(),
            held: Vec::new(),
            state: State::Before,
            greeting: Vec::new(),
            begun: None,
            ended: None,
            is_merged: false,
        }
    }

    /// Takes the next bytes and passes on those of the command.
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        out: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        if self.state == State::After {
            return out(bytes);
        }
        if self.held.is_empty() {
            return self.take(bytes, out);
        }
        let mut held = std::mem::take(&mut self.held);
        held.extend_from_slice(bytes);
        self.take(&held, out)
    }

    /// At the end of the stream, passes on what looked like a mark. Without any mark it is all output:
    /// a server may have sent this stream by the other one.
    pub(super) fn finish(&mut self, out: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        out(&std::mem::take(&mut self.held))
    }

    /// True if the greeting has no end.
    pub(super) fn is_flooded(&self) -> bool {
        self.state == State::Before && self.held.len() > GREETING
    }

    /// What came so far before the first mark.
    pub(super) fn before(&self) -> &[u8] {
        if self.state == State::Before { &self.held } else { &self.greeting }
    }

    fn take(&mut self, mut bytes: &[u8], out: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        if self.state == State::Before {
            let Some((at, number, rest)) = find(bytes, &self.begin) else {
                self.held = bytes.to_vec();
                return Ok(());
            };
            self.greeting = bytes[..at].to_vec();
            self.begun = Some(number);
            self.state = State::Begun;
            bytes = &bytes[rest..];
        }
        if self.state == State::Begun && !bytes.is_empty() {
            match second(bytes, self.begin.needle()) {
                Second::Unclear => {
                    self.held = bytes.to_vec();
                    return Ok(());
                }
                Second::No => {}
                Second::Yes(length) => {
                    self.is_merged = true;
                    bytes = &bytes[length..];
                }
            }
            self.state = State::Inside;
        }
        if let Some((at, number, rest)) = find(bytes, &self.end) {
            self.ended = Some(number);
            self.state = State::After;
            out(&bytes[..at])?;
            return if rest < bytes.len() { out(&bytes[rest..]) } else { Ok(()) };
        }
        let held = unfinished(bytes, self.end.needle());
        self.held = bytes[bytes.len() - held..].to_vec();
        out(&bytes[..bytes.len() - held])
    }
}

/// Whether bytes begin with the first mark once more, of this length.
enum Second {
    Yes(usize),
    No,
    /// There are too few.
    Unclear,
}

fn second(bytes: &[u8], mark: &[u8]) -> Second {
    let common = bytes.len().min(mark.len());
    if bytes[..common] != mark[..common] {
        return Second::No;
    }
    let number = &bytes[common..bytes.len().min(common + NUMBER)];
    match number.iter().position(|byte| *byte == b'\n') {
        Some(length) if number[..length].trim_ascii().iter().all(u8::is_ascii_digit) => {
            Second::Yes(common + length + 1)
        }
        None if number.len() < NUMBER => Second::Unclear,
        _ => Second::No,
    }
}

/// Where a complete mark begins, its number, and where it ends. What only begins like one is passed
/// over, however the stream is cut.
fn find(bytes: &[u8], mark: &Finder) -> Option<(usize, i32, usize)> {
    mark.find_iter(bytes).find_map(|at| {
        let start = at + mark.needle().len();
        let number = &bytes[start..bytes.len().min(start + NUMBER)];
        let length = number.iter().position(|byte| *byte == b'\n')?;
        let text = std::str::from_utf8(&number[..length]).ok()?;
        Some((at, text.trim_end().parse().ok()?, start + length + 1))
    })
}

/// How many bytes at the end may belong to a mark that is not complete yet.
fn unfinished(bytes: &[u8], mark: &[u8]) -> usize {
    // One that begins earlier is complete, or none.
    let earliest = bytes.len().saturating_sub(mark.len() + NUMBER - 1);
    if let Some(at) = memmem::rfind(&bytes[earliest..], mark)
        && !bytes[earliest + at..].contains(&b'\n')
    {
        return bytes.len() - earliest - at;
    }
    (1..mark.len()).rev().find(|length| bytes.ends_with(&mark[..*length])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Marks;

    const STREAM: &[u8] =
        b"hello\nimgctl-begin n 1\nimgctl-end m 2\nimgctl-e\xff\nlastimgctl-end n 42\nlate";

    fn through(size: usize, stream: &[u8]) -> (Marks, Vec<u8>) {
        let (mut marks, mut seen) = (Marks::new("n"), Vec::new());
        for piece in stream.chunks(size) {
            marks
                .push(piece, &mut |bytes| {
                    seen.extend_from_slice(bytes);
                    Ok(())
                })
                .unwrap();
        }
        marks
            .finish(&mut |bytes| {
                seen.extend_from_slice(bytes);
                Ok(())
            })
            .unwrap();
        (marks, seen)
    }

    #[test]
    fn marks_are_found_however_the_stream_is_cut() {
        for size in 1..STREAM.len() {
            let (marks, seen) = through(size, STREAM);
            assert_eq!(marks.greeting, b"hello\n");
            assert_eq!((marks.begun, marks.ended), (Some(1), Some(42)));
            assert_eq!(seen, b"imgctl-end m 2\nimgctl-e\xff\nlastlate", "in pieces of {size}");
        }
    }

    #[test]
    fn a_terminal_ends_lines_in_its_own_way() {
        let (marks, seen) = through(3, b"imgctl-begin n 0\r\na\r\nimgctl-end n 3\r\n");
        assert_eq!((marks.ended, seen), (Some(3), b"a\r\n".to_vec()));
    }

    #[test]
    fn a_second_first_mark_is_no_output() {
        let stream = b"imgctl-begin n 0\nimgctl-begin n 0\nimgctl-begin n 0\nimgctl-end n 3\n";
        for size in 1..stream.len() {
            let (marks, seen) = through(size, stream);
            assert_eq!(seen, b"imgctl-begin n 0\n", "in pieces of {size}");
            assert!(marks.is_merged && marks.ended == Some(3), "in pieces of {size}");
        }
        let stream = b"imgctl-begin n 0\nimgctl-begin m 0\nimgctl-begin";
        for size in 1..stream.len() {
            let (marks, seen) = through(size, stream);
            assert_eq!(seen, b"imgctl-begin m 0\nimgctl-begin", "in pieces of {size}");
            assert!(!marks.is_merged);
        }
    }

    #[test]
    fn a_stream_that_ends_early_has_no_end() {
        let (marks, seen) = through(7, b"imgctl-begin n 0\nhalf of imgctl-end");
        assert_eq!((marks.begun, marks.ended), (Some(0), None));
        assert_eq!(seen, b"half of imgctl-end");
    }
}
