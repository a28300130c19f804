//! The clouds and connections of this binary: from a name to what stands behind it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::cloud::Cloud;
use crate::cloud::fake::Fake;
use crate::config::{Selection, fake};
use crate::fault::SCHEME;
use crate::script::Backends;
use crate::script::trust::StateTrust;
use crate::ssh::fake::FakeConnect;
use crate::ssh::{Connect, Pool, Remote, Target};
use crate::state::Store;
use crate::ui::Ui;
use crate::{Error, Result};

pub struct RealBackends {
    pool: Pool,
    /// Made together with the fake cloud, whose journal it shares.
    fake: Mutex<Option<Arc<FakeConnect>>>,
}

impl RealBackends {
    pub fn new(store: &Arc<Store>, ui: &Arc<Ui>) -> RealBackends {
        let trust = Arc::new(StateTrust { store: store.clone(), ui: ui.clone() });
        RealBackends { pool: Pool::new(trust), fake: Mutex::default() }
    }

    fn open_fake(&self, selection: &Selection) -> Result<Arc<dyn Cloud>> {
        let settings: fake::Settings = selection.provider()?;
        let journal = settings.journal(selection)?;
        let connect = FakeConnect::new(
            journal.clone(),
            settings.answers.as_deref().map(|path| selection.resolve(path)).as_deref(),
        )?;
        *self.fake.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(connect));
        let (region, distribution) = (&selection.region, &selection.distribution);
        Ok(Arc::new(Fake::new(journal, region, distribution, &settings.lacks)?))
    }
}

impl Backends for RealBackends {
    fn cloud(&self, selection: &Selection) -> Result<Arc<dyn Cloud>> {
        match selection.cloud.as_str() {
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
        let fake = fake.ok_or_else(|| {
            Error::usage(format!("{} is a host of the fake cloud", target.host))
                .hint("use it with cloud:fake")
        })?;
        fake.remote(target)
    }
}
