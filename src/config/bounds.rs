//! The limits in force.

use super::configuration::Config;
use super::decode;
use super::limits::{KEY, Limits};
use super::mistake::Mistake;
use super::path::KeyPath;
use crate::{Error, Result};

impl Config {
    /// The limits in force.
    ///
    /// # Errors
    /// `Code::Config` for a variable that is not set or gives no size.
    pub fn limits(&self) -> Result<Limits> {
        let Some(value) = self.get(KEY)? else { return Ok(Limits::default()) };
        let mut value = value;
        if let Some(limits) = value.as_object_mut() {
            // A key without a value unsets the setting.
            limits.retain(|_, limit| !limit.is_null());
        }
        decode::decode(&value).map_err(|misfit| {
            let mistake = Mistake::of(misfit, &KeyPath::of(&[KEY]));
            Error::config(mistake.message)
        })
    }
}
