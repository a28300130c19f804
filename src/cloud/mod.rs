//! What imgctl asks of a cloud, in its own small types. Each provider translates at its door.

mod capability;
pub mod channel;
pub mod console;
#[cfg(feature = "ec2")]
pub mod ec2;
#[cfg(feature = "gce")]
pub mod gce;
pub mod grace;
pub mod http;
mod http_request;
mod image;
mod instance;
#[cfg(feature = "local")]
pub mod local;
mod logins;
#[cfg(feature = "openstack")]
pub mod openstack;
pub mod pages;
pub mod patience;
mod provider;
pub mod proxy;
#[cfg(feature = "rackspace")]
pub mod rackspace;
mod redirect;
pub mod refusals;
mod resource;
#[cfg(any(feature = "openstack", feature = "gce"))]
mod shared_http;
mod sought;
mod stillness;
mod traffic;
pub mod trusted;
pub mod units;
pub mod user_data;
pub mod wait;

pub use capability::Capability;
pub use channel::{Channel, Held, Promoted};
pub use grace::{Absence, Grace};
pub use image::{CopyTarget, Image, ImageScope, ImageSpec, ImageState, Share};
pub use instance::{HostKey, Instance, InstanceState, Launch};
pub use logins::Logins;
pub use provider::Cloud;
pub use resource::{
    CONTAINER, Call, Ledger, MACHINE, NAME_TAG, RUN_TAG, Resource, ResourceKind, Tags, UNFINISHED,
};
#[cfg(any(feature = "openstack", feature = "gce"))]
pub use shared_http::SharedHttp;
pub use sought::Sought;
pub use stillness::Stillness;
