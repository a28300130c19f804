//! The local cloud: real virtual machines by QEMU in user mode.
