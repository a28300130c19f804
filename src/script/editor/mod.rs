//! What editors ask about a script while it is typed. It works on texts, of which none need be whole, and runs
//! nothing; `cli/lsp` speaks with the editors.

mod catalogue;
mod complete;
mod cursor;
mod definition;
mod desk;
mod diagnose;
mod hover;
mod kinds;
pub mod lex;
mod modules;
mod outline;
mod signature;

pub use complete::{Offer, Offers, What};
pub use definition::{Place, Target};
pub use desk::{Desk, Script};
pub use diagnose::config;
pub use hover::Hover;
pub use signature::{Help, Signature};
