//! Addresses of files, `file:///home/me/a%20b.rhai`, and paths.

use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use lsp_types::Uri;

/// None: it is not a file of this machine, such as a text that was never saved.
#[must_use]
pub fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    // An authority, such as `localhost`, ends where the path begins.
    let path = &rest[rest.find('/')?..];
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|it| std::str::from_utf8(it).ok());
        let coded =
            digits.filter(|_| *first == b'%').and_then(|it| u8::from_str_radix(it, 16).ok());
        bytes.push(coded.unwrap_or(*first));
        rest = if coded.is_some() { &after[2..] } else { after };
    }
    Some(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
}

/// The address of an absolute path.
#[must_use]
pub fn of(path: &Path) -> Option<Uri> {
    let mut text = String::from("file://");
    let path: &OsStr = path.as_os_str();
    for byte in path.as_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => text.push(char::from(*byte)),
            // Writing to a String cannot fail.
            byte => drop(write!(text, "%{byte:02X}")),
        }
    }
    Uri::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_paths_are_the_same_files() {
        for file in ["/a/b.rhai", "/a b/ä%23.rhai", "/x/[y]#?.rhai"] {
            assert_eq!(path(&of(Path::new(file)).unwrap()).unwrap(), Path::new(file));
        }
        let uri = |text: &str| Uri::from_str(text).unwrap();
        assert_eq!(path(&uri("file://localhost/a%20b")).unwrap(), Path::new("/a b"));
        assert_eq!(path(&uri("untitled:Untitled-1")), None);
    }
}
