//! Counts the bytes that are sent.

use std::io::Read;

use crate::report::Activity;

/// A reader that moves a bar.
pub(super) struct Counted<R> {
    inner: R,
    activity: Box<dyn Activity>,
    done: u64,
    total: u64,
}

impl<R: Read> Counted<R> {
    pub(super) fn new(inner: R, activity: Box<dyn Activity>, total: u64) -> Self {
        activity.progress(0, Some(total));
        Counted { inner, activity, done: 0, total }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.done += length as u64;
        self.activity.progress(self.done, Some(self.total.max(self.done)));
        Ok(length)
    }
}
