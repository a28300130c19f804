//! The bounds of the language itself: Ctrl-C, memory, and functions of Rhai that know neither.

use std::cell::Cell;
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use rhai::{Array, Blob, Dynamic, Engine, FLOAT, INT, ImmutableString, NativeCallContext};

use super::{growing, json, room, split, time};
use crate::config::Limits;
use crate::script::errors::{Fallible, operation_begins};
use crate::script::running::Script;

/// Between two looks at the memory in use.
const LOOK: Duration = Duration::from_millis(1);

thread_local! {
    static LOOKED: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Sets them for an engine.
pub fn set(engine: &mut Engine, script: &Script, limits: &Limits) {
    let cancel = script.run.watch.cancel.clone();
    let most = limits.memory.as_u64();
    engine.on_progress(move |_| {
        operation_begins();
        room::allow(most);
        if cancel.is_cancelled() {
            return Some(Dynamic::UNIT);
        }
        if room::take_exceeded().is_some() {
            return Some(Dynamic::from(ByteSize::b(most).to_string()));
        }
        let now = Instant::now();
        if LOOKED.get().is_some_and(|before| now.duration_since(before) < LOOK) {
            return None;
        }
        LOOKED.set(Some(now));
        (memory() > most).then(|| Dynamic::from(ByteSize::b(most).to_string()))
    });
    sleep(engine);
    pad(engine);
    growing::register(engine);
    split::register(engine);
    // Rhai's own takes any memory, and says less about a mistake.
    engine.register_fn("parse_json", |call: NativeCallContext, text: &str| {
        json::functions::parse(call, text)
    });
}

/// The bytes of memory in use by this process; 0 where the system does not tell.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = resident.and_then(|text| text.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() << 10
}

/// Rhai's own `sleep` cannot be interrupted.
fn sleep(engine: &mut Engine) {
    engine.register_fn("sleep", |call: NativeCallContext, seconds: INT| -> Fallible<()> {
        time::functions::sleep(call, seconds.into())
    });
    engine.register_fn("sleep", |call: NativeCallContext, seconds: FLOAT| -> Fallible<()> {
        time::functions::sleep(call, seconds.into())
    });
}

/// Rhai's own functions that make a long value at once end the process where memory does not suffice.
fn pad(engine: &mut Engine) {
    let fits = |length: INT, size: usize| -> Fallible<usize> {
        let length = usize::try_from(length).unwrap_or_default();
        room::fits(length.saturating_mul(size.max(1))).map(|()| length)
    };
    engine.register_fn(
        "pad",
        move |array: &mut Array, length: INT, item: Dynamic| -> Fallible<()> {
            // A list or map in it is copied each time.
            let length = fits(
                length,
                if item.is_string() { size_of::<Dynamic>() } else { room::size(&item) },
            )?;
            if length > array.len() {
                array.resize(length, item);
            }
            Ok(())
        },
    );
    engine.register_fn("pad", move |blob: &mut Blob, length: INT, value: INT| -> Fallible<()> {
        let length = fits(length, 1)?;
        if length > blob.len() {
            blob.resize(length, low_byte(value));
        }
        Ok(())
    });
    engine.register_fn("blob", move |length: INT| -> Fallible<Blob> {
        Ok(vec![0_u8; fits(length, 1)?])
    });
    engine.register_fn("blob", move |length: INT, value: INT| -> Fallible<Blob> {
        Ok(vec![low_byte(value); fits(length, 1)?])
    });
    let pad = move |text: &mut ImmutableString, length: INT, padding: &str| -> Fallible<()> {
        let length = fits(length, padding.len())?;
        let mut count = text.chars().count();
        let text = text.make_mut();
        let padded = padding.chars().count();
        while padded > 0 && count < length {
            text.push_str(padding);
            count += padded;
        }
        if padded > 0 && count > length {
            let end = text.char_indices().nth(length).map_or(text.len(), |(at, _)| at);
            text.truncate(end);
        }
        Ok(())
    };
    engine.register_fn("pad", move |text: &mut ImmutableString, length: INT, character: char| {
        pad(text, length, &character.to_string())
    });
    engine.register_fn("pad", move |text: &mut ImmutableString, length: INT, padding: &str| {
        pad(text, length, padding)
    });
}

/// As Rhai takes numbers for bytes.
fn low_byte(value: INT) -> u8 {
    value.to_le_bytes()[0]
}
