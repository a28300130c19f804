//! Commands and files on another machine. [`Remote`] is what the other modules see; behind it is a
//! pool of ssh2 sessions ([`Pool`]), or a host of the fake cloud.

mod account;
mod agent;
mod alias;
mod allowed;
mod answer;
mod certificate;
mod command;
mod config;
mod config_copy;
mod connect;
mod environment;
mod frame;
mod framed;
mod handed;
mod hop;
mod host;
mod hostkey;
mod identity;
mod input;
mod job;
mod jump;
mod keeper;
pub mod keys;
mod kill;
mod known_hosts;
mod known_hosts_command;
mod limits;
mod lines;
mod link;
mod link_error;
mod lock;
mod login;
mod login_shell;
mod marks;
mod methods;
mod offers;
mod openssh;
mod own_config;
mod pem;
mod pool;
mod private_folder;
pub mod process_tree;
mod proxy;
mod pulse;
mod quote;
mod remote;
mod revoked;
mod route;
mod run;
mod session;
mod sessions;
mod shell;
mod signal;
mod sink;
mod ssh_remote;
mod stop;
mod sudo;
mod target;
mod tcp;
mod tokens;
mod transfer;
mod trust;
mod watchdog;
mod wire;
mod wire_format;

pub use command::{
    Command, Output, TOO_MUCH, bytes_in_words, command_failed, printed_too_much, shortened,
    too_much,
};
pub use environment::UserEnvironment;
pub use pool::Pool;
pub use quote::quote_path;
pub use remote::{Connect, Difference, PutOptions, Remote};
pub use target::{Identity, Target};
pub use tokens::plain;
pub use trust::Trust;

#[cfg(test)]
#[path = "../../tests/fuzz/ssh.rs"]
mod fuzz;
