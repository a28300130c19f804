//! `config.yaml`: layers, environment variables, the known keys.

pub mod local;
