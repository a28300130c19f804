//! Reading a file that somebody else may have chosen: up to a limit, and without waiting for ever.

use std::fs::OpenOptions;
use std::io::{Error, ErrorKind, Read, Result};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;

/// The most that is read of a file of settings, a key or a script: `/dev/zero` ends here.
pub const MOST: u64 = 16 << 20;

/// How long a pipe may say nothing, in looks of `LOOK`.
const LOOKS: u32 = 100;
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// The bytes of a file of at most `most` bytes. `cancelled` is asked while a pipe says nothing.
///
/// # Errors
/// `FileTooLarge`; `TimedOut` for a pipe that says nothing for ten seconds; `Interrupted` if
/// cancelled; else what the system says.
pub fn bytes(path: &Path, most: u64, cancelled: &dyn Fn() -> bool) -> Result<Vec<u8>> {
    let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
    let mut file = OpenOptions::new().read(true).custom_flags(nonblocking).open(path)?;
    let found = file.metadata()?;
    let too_large = || {
        let message = format!("it is larger than {}, the most that is read", shown(most));
        Error::new(ErrorKind::FileTooLarge, message)
    };
    if found.is_file() && found.len() > most {
        return Err(too_large());
    }
    let waits = found.file_type().is_fifo() || found.file_type().is_socket();
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 64 << 10];
    loop {
        if waits {
            wait(&file, cancelled)?;
        }
        let count = match file.read(&mut chunk) {
            Ok(0) => return Ok(bytes),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock && !waits => {
                wait(&file, cancelled)?;
                continue;
            }
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
            {
                continue;
            }
            Err(error) => return Err(error),
        };
        bytes.extend_from_slice(&chunk[..count]);
        if bytes.len() as u64 > most {
            return Err(too_large());
        }
        if cancelled() {
            return Err(ErrorKind::Interrupted.into());
        }
    }
}

/// [`bytes`] of UTF-8 text, before there is anything to cancel.
///
/// # Errors
/// Also `InvalidData` for what is no UTF-8.
pub fn text(path: &Path) -> Result<String> {
    text_of(path, MOST, &|| false)
}

/// [`bytes`] of UTF-8 text.
///
/// # Errors
/// Also `InvalidData` for what is no UTF-8.
pub fn text_of(path: &Path, most: u64, cancelled: &dyn Fn() -> bool) -> Result<String> {
    utf8(bytes(path, most, cancelled)?)
}

/// Bytes as UTF-8 text.
///
/// # Errors
/// `InvalidData`, with the line where the text ends to be UTF-8.
pub fn utf8(bytes: Vec<u8>) -> Result<String> {
    let wrong = |why: String| Err(Error::new(ErrorKind::InvalidData, why));
    let is_utf16 = match bytes.as_slice() {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [a, b, c, d, ..] => {
            let zero = [*a == 0, *b == 0, *c == 0, *d == 0];
            zero == [true, false, true, false] || zero == [false, true, false, true]
        }
        _ => false,
    };
    if is_utf16 {
        return wrong("it is not UTF-8 text but UTF-16: save it as UTF-8".to_owned());
    }
    String::from_utf8(bytes).or_else(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
        wrong(format!("it is not UTF-8 text (at byte {at}, in line {line})"))
    })
}

/// Waits until there is something to read, or the end.
fn wait(file: &std::fs::File, cancelled: &dyn Fn() -> bool) -> Result<()> {
    for _ in 0..LOOKS {
        match poll(&mut [PollFd::new(file, PollFlags::IN)], Some(&LOOK)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            Ok(_) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        if cancelled() {
            return Err(ErrorKind::Interrupted.into());
        }
    }
    Err(Error::new(ErrorKind::TimedOut, "it is a pipe to which nothing was written for 10 s"))
}

fn shown(bytes: u64) -> String {
    match bytes {
        0..=0xfffff => format!("{bytes} bytes"),
        _ => format!("{} MiB", bytes >> 20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_end_and_one_that_is_too_large_are_refused() {
        for path in ["/dev/zero", "/proc/self/mem"] {
            let error = bytes(Path::new(path), 1 << 20, &|| false).unwrap_err();
            assert_ne!(error.kind(), ErrorKind::Interrupted, "{path}: {error}");
        }
        let error = bytes(Path::new("/dev/zero"), 1 << 20, &|| false).unwrap_err();
        assert_eq!(error.to_string(), "it is larger than 1 MiB, the most that is read");
        assert_eq!(bytes(Path::new("/dev/null"), 10, &|| false).unwrap(), b"");
    }

    #[test]
    fn waiting_for_a_pipe_can_be_cancelled() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mkfifoat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        )
        .unwrap();
        let error = bytes(&pipe, 10, &|| true).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        let writer = pipe.clone();
        let thread = std::thread::spawn(move || std::fs::write(writer, "text").unwrap());
        assert_eq!(text_of(&pipe, 10, &|| false).unwrap(), "text");
        thread.join().unwrap();
    }
}
