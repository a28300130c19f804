//! The requests a real provider would send: each is one line of the journal and one chance to fail.

mod channel;
mod images;
mod instances;
mod publish;
mod records;
mod resources;

pub(super) use channel::{accepts, enter, held, leave};
pub(super) use images::{
    create_image, delete_image, export_image, find_image, image_users, list_images,
};
pub(super) use instances::{
    console, create_instance, create_key_pair, describe, reboot, start, stop,
};
pub(super) use publish::{copy_image, deprecate_image, find_copy, share_image};
pub(super) use resources::{delete, find_by_token, find_run};
