//! What a round has to know about a cloud.

use std::sync::mpsc::Sender;

use super::faulty_proxy::{Fault, FaultyProxy, Moment};
use super::guest::CloudProject;

/// An emulated cloud with nothing in it, and a project that uses it.
pub trait Cloud {
    fn project(&self) -> &CloudProject;

    /// The words that choose it.
    fn words(&self) -> Vec<&'static str>;

    /// Whether its instances can be stopped.
    fn can_stop(&self) -> bool {
        true
    }

    /// The network in front of it; none for the fake cloud.
    fn proxy(&self) -> Option<&FaultyProxy>;

    /// What there is besides images, by the emulator's own books: everything that costs money, lets
    /// somebody in, or belongs to an image that is gone.
    fn left(&self) -> Vec<String>;

    /// The instances that are not being deleted.
    fn instances(&self) -> Vec<String>;

    /// The ids of the account's own images.
    fn images(&self) -> Vec<String>;

    /// Lets everything end that ends by itself.
    fn settle(&self) {}

    /// Looks lag behind no more.
    fn calm(&self) {
        if let Some(proxy) = self.proxy() {
            proxy.lags_by(0);
        }
    }

    /// Has this fault strike the next command. Returns words for it.
    fn arm(&self, moment: Moment, fault: Fault, held: Sender<()>) -> Vec<String> {
        self.proxy().unwrap().plan(Some((moment, fault)), Some(held));
        Vec::new()
    }

    /// Begins to count the changes that the next command asks for.
    fn count(&self) {
        self.proxy().unwrap().plan(None, None);
    }

    /// Those of the last command.
    fn counted(&self) -> usize {
        self.proxy().unwrap().changes()
    }
}

/// Makes one anew for a round.
pub type Open = fn(&mut fastrand::Rng) -> Box<dyn Cloud>;

/// How looks lag behind a creation; see [`FaultyProxy::lags_by`].
pub fn lag(rng: &mut fastrand::Rng) -> u8 {
    // None, not known yet, or flapping.
    *rng.choice(&[0, 0b1, 0b11, 0b10, 0b110]).unwrap()
}
