//! The memory that a script may have, asked for before one call makes a value that is many times as large as what
//! it was given. Between calls, what the process has is looked at instead (`bounds.rs`).

use std::cell::Cell;

use bytesize::ByteSize;
use rhai::{Array, Blob, Dynamic, FnPtr, ImmutableString, Map};

use crate::Error;
use crate::script::captured::{Followed, Way};
use crate::script::errors::{Fallible, out_of_memory, throw};

/// An item of an array that is a text of its own, besides its bytes.
pub const ITEM: usize = 64;
/// A map with its first entries.
const MAP: usize = 512;
/// Each further entry.
const ENTRY: usize = 48;

thread_local! {
    /// `limits.memory` of the script that this thread runs.
    static MOST: Cell<u64> = const { Cell::new(u64::MAX) };
    /// Whether a text was left out that would exceed it.
    static EXCEEDED: Cell<bool> = const { Cell::new(false) };
}

/// Sets the limit for what this thread calls.
pub fn allow(most: u64) {
    MOST.set(most);
}

/// # Errors
/// If a value of so many bytes would exceed the limit.
pub fn fits(bytes: usize) -> Fallible<()> {
    match bytes as u64 > MOST.get() {
        true => Err(throw(exceeded())),
        false => Ok(()),
    }
}

fn exceeded() -> Error {
    out_of_memory(&ByteSize::b(MOST.get()).to_string())
}

/// Leaves a text out that would exceed the limit. Where Rhai asks for the text of a value, it answers an error by
/// writing the text itself; so the script is ended by its next operation, or by whoever looks behind its last one.
pub fn leave_out() -> String {
    EXCEEDED.set(true);
    String::new()
}

/// Whether this thread has left a text out: what it calls has another value than the script means.
#[must_use]
pub fn is_exceeded() -> bool {
    EXCEEDED.get()
}

/// The error of a text that was left out, once.
pub fn take_exceeded() -> Option<Error> {
    EXCEEDED.take().then(exceeded)
}

/// [`fits`] for an array of so many texts with so many bytes together.
pub fn fits_parts(parts: usize, bytes: usize) -> Fallible<()> {
    fits(parts.saturating_mul(ITEM).saturating_add(bytes))
}

/// [`fits`] for the value of a text in JSON or YAML, where a byte or two may stand for a whole list or map. What is
/// in quotes is no sign.
pub fn fits_document(text: &str) -> Fallible<()> {
    let (mut bytes, mut is_quoted, mut is_escaped) = (text.len().saturating_mul(2), false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            b'{' => bytes = bytes.saturating_add(MAP),
            b'[' | b',' | b'\n' => bytes = bytes.saturating_add(ITEM),
            _ => {}
        }
    }
    fits(bytes)
}

/// The bytes of a value with all that is in it, as often as it is in it: copies of a text share their memory until
/// they are written or converted.
#[must_use]
pub fn size(value: &Dynamic) -> usize {
    size_within(value, Followed::default().begin())
}

/// [`size`] of the items of a list together.
#[must_use]
pub fn size_of_items<'v>(items: impl IntoIterator<Item = &'v Dynamic>) -> usize {
    sum(items.into_iter().map(size))
}

/// [`size`] of the entries of a map together.
#[must_use]
pub fn size_of_entries(map: &Map) -> usize {
    entries(map, Followed::default().begin())
}

fn sum(sizes: impl Iterator<Item = usize>) -> usize {
    sizes.fold(0, usize::saturating_add)
}

fn entries(map: &Map, way: Way<'_>) -> usize {
    let entry = |(key, value): (&rhai::Identifier, &Dynamic)| {
        key.len().saturating_add(ENTRY).saturating_add(size_within(value, way))
    };
    sum(map.iter().map(entry))
}

fn size_within(value: &Dynamic, way: Way<'_>) -> usize {
    let inside = if let Some(list) = value.read_lock::<Array>() {
        sum(list.iter().map(|item| size_within(item, way)))
    } else if let Some(map) = value.read_lock::<Map>() {
        entries(&map, way)
    } else if let Some(function) = value.read_lock::<FnPtr>() {
        let inside = |way| sum(function.iter_curry().map(|value| size_within(value, way)));
        way.inside().map_or(0, inside)
    } else if let Some(text) = value.read_lock::<ImmutableString>() {
        text.len()
    } else {
        value.read_lock::<Blob>().map_or(0, |blob| blob.len())
    };
    inside.saturating_add(size_of::<Dynamic>())
}
