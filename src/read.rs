//! Reading a file that somebody else may have chosen: up to a limit, and without waiting for ever.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Read, Result};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;

/// The most that is read of a file of settings, a key or a script: `/dev/zero` ends here.
pub const MOST: u64 = 16 << 20;

/// How long a pipe may say nothing, in looks of `LOOK`.
const LOOKS: u32 = 80;
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// Nobody waits for a pipe any more, whoever reads it: the process was told to end.
static ENDED: AtomicBool = AtomicBool::new(false);

/// From now on no pipe is waited for.
pub fn end_waiting() {
    ENDED.store(true, Ordering::Relaxed);
}

/// The bytes of a file of at most `most` bytes. `cancelled` is asked while a pipe says nothing.
///
/// # Errors
/// `FileTooLarge`; `TimedOut` for a pipe that says nothing for eight seconds; `Interrupted` if
/// cancelled, or after [`end_waiting`]; else what the system says.
pub fn bytes(path: &Path, most: u64, cancelled: &dyn Fn() -> bool) -> Result<Vec<u8>> {
    let mut file = open(path)?;
    let found = file.metadata()?;
    if found.is_file() && found.len() > most {
        return Err(too_large(most));
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
            return Err(too_large(most));
        }
        if cancelled() {
            return Err(ErrorKind::Interrupted.into());
        }
    }
}

/// Opens a file for reading. What has no contents yet is an error then: nothing that reads it waits.
///
/// # Errors
/// What the system says.
pub fn open(path: &Path) -> Result<File> {
    let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
    OpenOptions::new().read(true).custom_flags(nonblocking).open(path)
}

/// What was read of something up to a byte more than `most`.
///
/// # Errors
/// `FileTooLarge` if there was that byte.
pub fn whole(bytes: Vec<u8>, most: u64) -> Result<Vec<u8>> {
    if bytes.len() as u64 > most { Err(too_large(most)) } else { Ok(bytes) }
}

fn too_large(most: u64) -> Error {
    let message = format!("it is larger than {}, the most that is read", shown(most));
    Error::new(ErrorKind::FileTooLarge, message)
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

/// Names the settings of the library that SSH and TLS encrypt by.
pub const OPENSSL: &str = "OPENSSL_CONF";

/// Refuses what a variable names if a library would open it and could not read it to its end. A file that is not
/// there is the library's to pass over.
///
/// # Errors
/// `Code::Config`, with the name of the variable.
pub fn of_variable(name: &str) -> crate::Result<()> {
    let Some(path) = std::env::var_os(name).filter(|value| !value.is_empty()) else {
        return Ok(());
    };
    let path = Path::new(&path);
    regular(path).map_err(|why| {
        let message = format!("{name} names {}, which cannot be used", path.display());
        crate::Error::config(message)
            .cause(why)
            .hint(format!("let {name} name a file, or unset it"))
    })
}

/// Whether a path leads to a file that can be read and has an end, or to nothing; else what it leads to, in words.
///
/// # Errors
/// The reason.
pub fn regular(path: &Path) -> std::result::Result<(), String> {
    let found = match path.metadata() {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    let kind = found.file_type();
    let what = match () {
        () if kind.is_file() && found.len() > MOST => return Err(too_large(MOST).to_string()),
        () if kind.is_file() => {
            return OpenOptions::new()
                .read(true)
                .open(path)
                .map(drop)
                .map_err(|error| error.to_string());
        }
        () if kind.is_dir() => "a folder",
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    };
    Err(format!("it is {what}"))
}

/// Standard input, where reading waits for whoever writes to it, but not any longer than somebody wants it.
pub struct Stdin<F> {
    /// Whether nobody wants it any more.
    pub cancelled: F,
}

impl<F: Fn() -> bool> Read for Stdin<F> {
    /// Fails once cancelled; not with `Interrupted`, after which callers try again.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let input = std::io::stdin();
        loop {
            if (self.cancelled)() {
                return Err(Error::other("nobody waits for it any more"));
            }
            match poll(&mut [PollFd::new(&input, PollFlags::IN)], Some(&LOOK)) {
                Ok(0) | Err(Errno::INTR) => continue,
                Ok(_) => {}
                Err(error) => return Err(error.into()),
            }
            match rustix::io::read(&input, &mut *buffer) {
                Err(Errno::INTR | Errno::AGAIN) => {}
                other => return other.map_err(Error::from),
            }
        }
    }
}

/// Waits until there is something to read, or the end.
fn wait(file: &File, cancelled: &dyn Fn() -> bool) -> Result<()> {
    for _ in 0..LOOKS {
        match poll(&mut [PollFd::new(file, PollFlags::IN)], Some(&LOOK)) {
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        if cancelled() || ENDED.load(Ordering::Relaxed) {
            return Err(ErrorKind::Interrupted.into());
        }
    }
    Err(Error::new(ErrorKind::TimedOut, "it is a pipe to which nothing was written for 8 s"))
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
    fn what_a_library_would_wait_for_is_told_without_opening_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        rustix::fs::mkfifoat(rustix::fs::CWD, path("pipe"), rustix::fs::Mode::RUSR).unwrap();
        std::fs::write(path("file"), "text").unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        let told = |path: &Path| regular(path).err().unwrap_or_default();
        assert_eq!(told(&path("pipe")), "it is a pipe");
        assert_eq!(told(&path("socket")), "it is a socket");
        assert_eq!(told(folder.path()), "it is a folder");
        assert_eq!(told(Path::new("/dev/zero")), "it is a device");
        assert_eq!(told(&path("file")), "");
        assert_eq!(told(&path("none")), "");
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
