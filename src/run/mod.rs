//! The domain of a run, without any scripting language: starting, reaching, imaging and removing
//! instances, with what the state file knows of them.

pub mod access;
mod backends;
mod chain;
mod changes;
pub mod channel;
mod choice;
pub mod combination;
pub mod destroy;
pub mod destroy_outlook;
pub mod digest;
pub mod finished;
pub mod forge;
pub mod git;
pub mod image_outlook;
pub mod images;
pub mod keys;
pub mod known;
mod ledger;
pub mod manifest;
pub mod offers;
mod plans;
pub mod power;
pub mod program;
pub mod progress;
pub mod proof;
pub mod provenance;
pub mod publish;
#[expect(clippy::module_inception, reason = "the room is named after its subject")]
mod run;
pub mod sbom;
mod stage;
mod told;
pub mod up;
pub mod up_outlook;
mod user_data;
pub mod values;

pub use backends::Backends;
pub use choice::Choice;
pub use combination::Combination;
pub use plans::{Kind, Outlook};
pub use run::{Options, Run};
pub use stage::{Differed, Stage};
