//! How far functions are followed into what they capture: one that captures itself, or a map that it is in, has no
//! end.

use std::cell::Cell;

/// Functions within functions.
const DEEPEST: usize = 32;
/// Functions that hold each other many times over have too many ways through them.
const MOST: usize = 10_000;

/// All that has been followed from one value.
#[derive(Default)]
pub struct Followed(Cell<usize>);

/// The way to one value.
#[derive(Clone, Copy)]
pub struct Way<'f> {
    followed: &'f Followed,
    depth: usize,
}

impl Followed {
    #[must_use]
    pub fn begin(&self) -> Way<'_> {
        Way { followed: self, depth: 0 }
    }
}

impl Way<'_> {
    /// The way into what a function captures. None: it is not followed any further.
    #[must_use]
    pub fn inside(self) -> Option<Self> {
        let count = self.followed.0.get() + 1;
        self.followed.0.set(count);
        let goes_on = self.depth < DEEPEST && count < MOST;
        goes_on.then_some(Way { depth: self.depth + 1, ..self })
    }
}
