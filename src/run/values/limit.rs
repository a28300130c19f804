//! How large a value may be.

/// Bytes of a value, written as JSON.
pub const MOST: usize = 64 << 20;
