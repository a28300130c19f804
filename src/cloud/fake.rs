//! An in-memory cloud that journals calls and injects faults.
