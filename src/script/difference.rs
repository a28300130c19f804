//! The difference that writing a file makes, as a unified diff.

use crate::dictionary;

/// The longest text that is compared line by line, in bytes.
pub const MOST: usize = 1 << 20;

/// The diff from what a file holds (`None` if it does not exist) to what it would hold. Of bytes that are not text, and
/// of very long ones, only the sizes.
#[must_use]
pub fn unified(path: &str, before: Option<&[u8]>, after: &[u8]) -> String {
    let old = before.unwrap_or_default();
    let texts = (std::str::from_utf8(old), std::str::from_utf8(after));
    let (Ok(was), Ok(will)) = texts else { return sizes(before, after) };
    if was.len().max(will.len()) > MOST || was.contains('\0') || will.contains('\0') {
        return sizes(before, after);
    }
    let head = if before.is_some() { path } else { "/dev/null" };
    dictionary::unified([head, path], was, will)
}

fn sizes(before: Option<&[u8]>, after: &[u8]) -> String {
    match before {
        Some(before) => format!("{} bytes become {}", before.len(), after.len()),
        None => format!("{} new bytes", after.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_shown_with_the_lines_around_it() {
        let diff = unified("/etc/x", Some(b"a\nb\nc\n"), b"a\nB\nc\n");
        assert_eq!(diff, "--- /etc/x\n+++ /etc/x\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c");
        let new = unified("/etc/x", None, b"a\n");
        assert_eq!(new, "--- /dev/null\n+++ /etc/x\n@@ -0,0 +1 @@\n+a");
        assert_eq!(unified("/x", Some(b"\xff"), b"ab"), "1 bytes become 2");
    }
}
