//! The local cloud, against real virtual machines.

#[path = "local/bases.rs"]
mod bases;
#[path = "local/bed.rs"]
mod bed;
#[path = "local/guests.rs"]
mod guests;
#[path = "local/images.rs"]
mod images;
#[path = "local/instances.rs"]
mod instances;
