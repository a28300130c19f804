//! The clouds and connections of this binary, by name.

use std::path::Path;
use std::sync::Arc;
#[cfg(feature = "fake")]
use std::sync::PoisonError;

use super::environment;
use crate::cloud::{Cloud, Sought};
use crate::config::{Config, Selection};
#[cfg(feature = "fake")]
use crate::rehearsal::Rehearsal;
use crate::run::Backends;
use crate::run::known::trust::StateTrust;
use crate::ssh::{Connect, Pool, Remote, Target};
use crate::state::Store;
use crate::ui::Ui;
use crate::{Error, Result};

/// What the process has logged in with, on each cloud.
#[derive(Default)]
struct Logins {
    #[cfg(feature = "ec2")]
    ec2: crate::cloud::Logins<crate::cloud::ec2::Login>,
    #[cfg(feature = "openstack")]
    openstack: crate::cloud::Logins<crate::cloud::openstack::client::Login>,
    #[cfg(feature = "rackspace")]
    rackspace: crate::cloud::Logins<crate::cloud::openstack::client::Login>,
    #[cfg(feature = "gce")]
    gce: crate::cloud::Logins<crate::cloud::gce::Credentials>,
}

pub struct RealBackends {
    pool: Pool,
    trust: Arc<StateTrust>,
    logins: Arc<Logins>,
    /// Opened once: the calls of the whole process are numbered in sequence.
    #[cfg(feature = "fake")]
    rehearsal: Arc<std::sync::Mutex<Option<Arc<Rehearsal>>>>,
    #[cfg(feature = "fake")]
    planned: super::planned::Planned,
}

impl RealBackends {
    pub fn new(store: &Arc<Store>, ui: &Arc<Ui>) -> RealBackends {
        let trust = Arc::new(StateTrust::new(store.clone(), ui.clone()));
        RealBackends {
            pool: Pool::new(trust.clone(), ui.cancel()),
            trust,
            logins: Arc::default(),
            #[cfg(feature = "fake")]
            rehearsal: Arc::default(),
            #[cfg(feature = "fake")]
            planned: super::planned::Planned::default(),
        }
    }

    #[cfg(feature = "fake")]
    fn rehearsal(&self, selection: &Selection) -> Result<Arc<Rehearsal>> {
        let mut opened = self.rehearsal.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rehearsal) = &*opened {
            return Ok(rehearsal.clone());
        }
        let rehearsal = Arc::new(Rehearsal::open(selection)?);
        *opened = Some(rehearsal.clone());
        Ok(rehearsal)
    }

    /// Hosts of a fake world are reached through it, and only under its cloud.
    #[cfg(feature = "fake")]
    fn rehearsed(&self, target: Target, selection: &Selection) -> Result<Arc<dyn Remote>> {
        if selection.cloud != "fake" {
            let message = format!("{} is a host of the fake cloud", target.host);
            return Err(Error::usage(message).hint("add cloud:fake"));
        }
        self.rehearsal(selection)?.remote(target)
    }
}

#[cfg(feature = "local")]
fn open_local(selection: &Selection) -> Result<Arc<dyn Cloud>> {
    let mut settings: crate::config::local::Settings = selection.provider()?;
    settings.resolve_paths(|path| selection.resolve(path));
    let distribution = selection.distribution.clone();
    Ok(Arc::new(crate::cloud::local::Local::new(settings, distribution, None)?))
}

#[cfg(feature = "ec2")]
fn open_ec2(selection: &Selection, logins: &Logins) -> Result<Arc<dyn Cloud>> {
    let settings: crate::config::ec2::Settings = selection.provider()?;
    let (region, distribution) = (&selection.region, &selection.distribution);
    Ok(Arc::new(crate::cloud::ec2::Ec2::new(settings, region, distribution, &logins.ec2)))
}

#[cfg(feature = "openstack")]
fn openstack_options(selection: &Selection) -> crate::cloud::openstack::Options {
    let ssh = &selection.common.ssh;
    crate::cloud::openstack::Options {
        region: selection.region.clone(),
        goes_through_others: !ssh.jump.is_empty() || ssh.proxy_command.is_some(),
        has_jump_host: !ssh.jump.is_empty(),
        public_key_file: None,
        has_key_file: selection.common.key_file.is_some(),
        automation: None,
    }
}

#[cfg(feature = "openstack")]
fn open_openstack(selection: &Selection, logins: &Logins) -> Result<Arc<dyn Cloud>> {
    let settings: crate::config::openstack::Settings = selection.provider()?;
    let options = openstack_options(selection);
    Ok(Arc::new(crate::cloud::openstack::open(
        settings,
        options,
        &selection.project,
        &logins.openstack,
    )?))
}

#[cfg(feature = "rackspace")]
fn open_rackspace(selection: &Selection, logins: &Logins) -> Result<Arc<dyn Cloud>> {
    let settings: crate::config::rackspace::Settings = selection.provider()?;
    let mut options = openstack_options(selection);
    options.public_key_file.clone_from(&selection.common.public_key_file);
    Ok(Arc::new(crate::cloud::rackspace::open(&settings, options, &logins.rackspace)?))
}

#[cfg(feature = "gce")]
fn open_gce(selection: &Selection, logins: &Logins) -> Result<Arc<dyn Cloud>> {
    let mut settings: crate::config::gce::Settings = selection.provider()?;
    settings.resolve_paths(|path| selection.resolve(path));
    Ok(Arc::new(crate::cloud::gce::Gce::new(settings, &selection.region, &logins.gce)?))
}

/// A setting of a cloud, as it is for all its regions and distributions.
#[cfg(any(feature = "ec2", feature = "openstack"))]
fn text(config: Option<&Config>, cloud: &str, key: &str) -> Option<String> {
    config.and_then(|config| config.setting_of(cloud, key))
}

#[cfg(feature = "openstack")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where a cloud's credentials would come from, and the variables that are read for them; nobody is asked.
/// None: it is not in this binary. Without a configuration, its settings are the defaults.
pub fn credentials(
    cloud: &str,
    config: Option<&Config>,
    project: &Path,
) -> Option<(Sought, &'static [&'static str])> {
    // Not every cloud asks for them.
    let _ = (config, project);
    match cloud {
        #[cfg(feature = "local")]
        "local" => Some((Sought::NotNeeded, &[])),
        #[cfg(feature = "ec2")]
        "ec2" => {
            use crate::cloud::ec2::credential_sources::{READ, sought};
            // It reads files, which the SDK does in its own way.
            let runtime = tokio::runtime::Builder::new_current_thread().build().ok()?;
            Some((runtime.block_on(sought(text(config, cloud, "profile").as_deref())), &READ))
        }
        #[cfg(feature = "openstack")]
        "openstack" => {
            use crate::cloud::openstack::{READ, sought};
            Some((sought(text(config, cloud, "cloud").as_deref(), project, &variable), &READ))
        }
        #[cfg(feature = "rackspace")]
        "rackspace" => {
            use crate::cloud::rackspace::{READ, RackspaceIdentity};
            Some((RackspaceIdentity::sought(&variable), &READ))
        }
        #[cfg(feature = "gce")]
        "gce" => {
            use crate::cloud::gce::{Credentials, READ};
            use tokio_util::sync::CancellationToken;

            use crate::report::{Silent, Watch};
            let given = config.and_then(|config| config.setting_of(cloud, "credentials"));
            let watch = Watch { report: Arc::new(Silent), cancel: CancellationToken::new() };
            Some((Credentials::new(given.unwrap_or_default(), false).sought(&watch), &READ))
        }
        _ => None,
    }
}

impl Backends for RealBackends {
    fn cloud(&self, selection: &Selection) -> Result<Arc<dyn Cloud>> {
        environment::readable(&selection.cloud)?;
        match selection.cloud.as_str() {
            #[cfg(feature = "local")]
            "local" => open_local(selection),
            #[cfg(feature = "ec2")]
            "ec2" => open_ec2(selection, &self.logins),
            #[cfg(feature = "openstack")]
            "openstack" => open_openstack(selection, &self.logins),
            #[cfg(feature = "rackspace")]
            "rackspace" => open_rackspace(selection, &self.logins),
            #[cfg(feature = "gce")]
            "gce" => open_gce(selection, &self.logins),
            #[cfg(feature = "fake")]
            "fake" => self.rehearsal(selection)?.cloud(selection),
            other => Err(Error::usage(format!("this imgctl was built without cloud `{other}`"))
                .hint(format!("build it with `cargo build --features {other}`"))),
        }
    }

    fn remote(
        &self,
        target: Target,
        selection: &dyn Fn() -> Result<Selection>,
    ) -> Result<Arc<dyn Remote>> {
        #[cfg(feature = "fake")]
        if Rehearsal::has_host(&target.host) {
            return self.rehearsed(target, &selection()?);
        }
        let _ = selection;
        self.pool.remote(target)
    }

    #[cfg(feature = "fake")]
    fn planned(&self, selection: &Selection, role: &str) -> Option<Result<Arc<dyn Remote>>> {
        self.planned.host(selection, role)
    }

    fn unlock(&self, key: &Path) -> Result<()> {
        self.pool.unlock(key)
    }

    fn beside(&self, store: &Arc<Store>, ui: &Arc<Ui>) -> Box<dyn Backends> {
        let mut other = RealBackends::new(store, ui);
        other.logins.clone_from(&self.logins);
        #[cfg(feature = "fake")]
        other.rehearsal.clone_from(&self.rehearsal);
        Box::new(other)
    }
}

impl Drop for RealBackends {
    fn drop(&mut self) {
        self.trust.sum_up();
    }
}
