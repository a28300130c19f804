//! Rehearsals: a cloud and hosts without machines, one numbered journal of what is asked of them, and
//! faults injected into it.

pub mod cloud;
pub mod host;
pub mod journal;
mod kept;
mod normalise;
mod open;
mod stage;
pub mod world;

pub use open::Rehearsal;
pub use stage::Stage;
