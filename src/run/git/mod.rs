//! A branch of a git repository, edited beside the user's own work: in a worktree that is temporary, by the
//! `git` program, so that the user's hooks, signing and credentials count.

mod edit;
mod program;
mod remote;
mod repository;
mod scratch;
mod target;

pub use edit::{Edit, Edited, Wanted, check};
pub use remote::Address;
pub use repository::Repository;
pub use scratch::{leads_out, shown};
