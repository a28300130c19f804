//! The clouds and connections of this binary: from a name to what stands behind it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::cloud::Cloud;
use crate::cloud::fake::Fake;
use crate::config::{Selection, fake};
use crate::fault::{Journal, SCHEME};
use crate::script::Backends;
use crate::script::trust::StateTrust;
use crate::ssh::fake::FakeConnect;
use crate::ssh::{Connect, Pool, Remote, Target};
use crate::state::Store;
use crate::ui::Ui;
use crate::{Error, Result};

pub struct RealBackends {
    pool: Pool,
    /// Opened once: its calls are numbered through all that a process does.
    fake: Mutex<Option<(Arc<Journal>, Arc<FakeConnect>)>>,
}

impl RealBackends {
    pub fn new(store: &Arc<Store>, ui: &Arc<Ui>) -> RealBackends {
        let trust = Arc::new(StateTrust { store: store.clone(), ui: ui.clone() });
        RealBackends { pool: Pool::new(trust), fake: Mutex::default() }
    }

    fn open_fake(&self, selection: &Selection) -> Result<Arc<dyn Cloud>> {
        let settings: fake::Settings = selection.provider()?;
        let mut fake = self.fake.lock().unwrap_or_else(PoisonError::into_inner);
        let journal = match &*fake {
            Some((journal, _)) => journal.clone(),
            None => {
                let journal = settings.journal(selection)?;
                let answers = settings.answers.as_deref().map(|path| selection.resolve(path));
                let connect = FakeConnect::new(journal.clone(), answers.as_deref())?;
                *fake = Some((journal.clone(), Arc::new(connect)));
                journal
            }
        };
        Ok(Arc::new(Fake::open(journal, selection)?))
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
fn open_ec2(selection: &Selection) -> Result<Arc<dyn Cloud>> {
    let settings: crate::config::ec2::Settings = selection.provider()?;
    let (region, distribution) = (&selection.region, &selection.distribution);
    Ok(Arc::new(crate::cloud::ec2::Ec2::new(settings, region, distribution)))
}

#[cfg(feature = "openstack")]
fn openstack_options(selection: &Selection) -> crate::cloud::openstack::Options {
    let ssh = &selection.common.ssh;
    crate::cloud::openstack::Options {
        region: selection.region.clone(),
        goes_through_others: !ssh.jump.is_empty() || ssh.proxy_command.is_some(),
        public_key_file: None,
        has_key_file: selection.common.key_file.is_some(),
    }
}

#[cfg(feature = "openstack")]
fn open_openstack(selection: &Selection) -> Result<Arc<dyn Cloud>> {
    let settings: crate::config::openstack::Settings = selection.provider()?;
    let options = openstack_options(selection);
    Ok(Arc::new(crate::cloud::openstack::open(settings, options, &selection.project)?))
}

#[cfg(feature = "rackspace")]
fn open_rackspace(selection: &Selection) -> Result<Arc<dyn Cloud>> {
    let settings: crate::config::rackspace::Settings = selection.provider()?;
    let mut options = openstack_options(selection);
    options.public_key_file.clone_from(&selection.common.public_key_file);
    Ok(Arc::new(crate::cloud::rackspace::open(&settings, options)?))
}

#[cfg(feature = "gce")]
fn open_gce(selection: &Selection) -> Result<Arc<dyn Cloud>> {
    let mut settings: crate::config::gce::Settings = selection.provider()?;
    settings.resolve_paths(|path| selection.resolve(path));
    Ok(Arc::new(crate::cloud::gce::Gce::new(settings, &selection.region)?))
}

impl Backends for RealBackends {
    fn cloud(&self, selection: &Selection) -> Result<Arc<dyn Cloud>> {
        match selection.cloud.as_str() {
            #[cfg(feature = "local")]
            "local" => open_local(selection),
            #[cfg(feature = "ec2")]
            "ec2" => open_ec2(selection),
            #[cfg(feature = "openstack")]
            "openstack" => open_openstack(selection),
            #[cfg(feature = "rackspace")]
            "rackspace" => open_rackspace(selection),
            #[cfg(feature = "gce")]
            "gce" => open_gce(selection),
            "fake" => self.open_fake(selection),
            other => Err(Error::usage(format!("this imgctl was built without cloud `{other}`"))
                .hint(format!("build it with `cargo build --features {other}`"))),
        }
    }

    fn remote(&self, target: Target) -> Result<Arc<dyn Remote>> {
        if !target.host.starts_with(SCHEME) {
            return self.pool.remote(target);
        }
        let fake = self.fake.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (_, fake) = fake.ok_or_else(|| {
            Error::usage(format!("{} is a host of the fake cloud", target.host))
                .hint("use it with cloud:fake")
        })?;
        fake.remote(target)
    }
}
