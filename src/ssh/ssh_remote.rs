//! A remote reached through the pool: what it can do, each part in a file of its own.

use std::path::Path;

use super::command::{Command, Output};
use super::host::Host;
use super::remote::{Difference, PutOptions, Remote};
use super::{shell, transfer};
use crate::Result;
use crate::report::Watch;

pub(super) struct SshRemote(Host);

impl SshRemote {
    pub(super) fn new(host: Host) -> Self {
        SshRemote(host)
    }
}

impl Remote for SshRemote {
    fn label(&self) -> &str {
        &self.0.hop.label
    }

    fn address(&self) -> String {
        self.0.hop.address()
    }

    fn exec(&self, command: &Command, watch: &Watch) -> Result<Output> {
        self.0.exec(command, watch)
    }

    fn put(&self, local: &Path, remote: &str, options: &PutOptions, watch: &Watch) -> Result<()> {
        transfer::put(&self.0, local, remote, options, watch)
    }

    fn compare(
        &self,
        local: &Path,
        remote: &str,
        options: &PutOptions,
        mirror: bool,
        watch: &Watch,
    ) -> Result<Difference> {
        transfer::compare(&self.0, local, remote, options, mirror, watch)
    }

    fn write(
        &self,
        contents: &[u8],
        remote: &str,
        options: &PutOptions,
        watch: &Watch,
    ) -> Result<()> {
        transfer::write(&self.0, contents, remote, options, watch)
    }

    fn get(&self, remote: &str, local: &Path, sudo: bool, watch: &Watch) -> Result<()> {
        transfer::get(&self.0, remote, local, sudo, watch)
    }

    fn read(&self, remote: &str, sudo: bool, most: usize, watch: &Watch) -> Result<Vec<u8>> {
        transfer::read(&self.0, remote, sudo, most, watch)
    }

    fn probe(&self, watch: &Watch) -> Result<()> {
        self.0.probe(watch)
    }

    fn disconnect(&self) {
        self.0.sessions.disconnect();
    }

    fn shell(&self, command: Option<&str>, watch: &Watch) -> Result<i32> {
        shell::shell(&self.0, command, watch)
    }
}
