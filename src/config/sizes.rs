//! Sizes, counts and ports that something can have: not nothing, and not more than any computer has.

use bytesize::ByteSize;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

const LARGEST: ByteSize = ByteSize::pib(1);

/// More processors than QEMU or any cloud offers.
const MOST_CPUS: u32 = 1024;

pub fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ByteSize, D::Error> {
    check(ByteSize::deserialize(deserializer)?)
}

pub fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ByteSize>, D::Error> {
    Option::<ByteSize>::deserialize(deserializer)?.map(check).transpose()
}

fn check<E: Error>(size: ByteSize) -> Result<ByteSize, E> {
    match size.as_u64() {
        0 => Err(E::custom("must be more than 0, such as 512MiB or 20GiB")),
        _ if size > LARGEST => Err(E::custom("must be at most 1PiB, such as 512MiB or 20GiB")),
        _ => Ok(size),
    }
}

pub fn cpus<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        count @ 1..=MOST_CPUS => Ok(count),
        count => Err(D::Error::custom(format!(
            "must be a whole number from 1 to {MOST_CPUS}, not {count}"
        ))),
    }
}

pub fn port<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    match Option::<u16>::deserialize(deserializer)? {
        Some(0) => Err(D::Error::custom("must be a port from 1 to 65535, not 0")),
        port => Ok(port),
    }
}
