//! Ports of 127.0.0.1, on which instances answer SSH.

use std::net::{Ipv4Addr, TcpListener};

use crate::{Code, Error, Result};

/// How often a port is chosen: another program may take it before the machine does.
pub const TRIES: u32 = 5;

/// The previous port if it is free, else any.
pub fn free(previous: u16) -> Result<u16> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listener = bind(previous).or_else(|_| bind(0));
    listener
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Error::new(Code::Io, "there is no free port on 127.0.0.1").cause(error))
}

/// Whether another program has that port: neither QEMU nor slirp4netns has a code of its own for
/// this failure.
pub fn is_taken(port: u16) -> bool {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    bound.is_err_and(|error| error.kind() == std::io::ErrorKind::AddrInUse)
}
