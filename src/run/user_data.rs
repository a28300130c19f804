//! The user's own cloud-init data, from config.yaml or from a file that it names.

use crate::cloud::user_data;
use crate::config::Common;
use crate::ui::Secrets;
use crate::{Error, Result};

/// The text for a new instance, if any is configured.
///
/// # Errors
/// `Code::Config` also for a text with a secret: the state file keeps it, and so does the cloud.
pub fn of(settings: &Common, secrets: &Secrets) -> Result<Option<String>> {
    let (text, what) = match (&settings.user_data, &settings.user_data_file) {
        (None, None) => return Ok(None),
        (Some(_), Some(file)) => {
            return Err(Error::config("user_data and user_data_file are both set")
                .hint(format!("remove one of them; the file is {}", file.display())));
        }
        (Some(text), None) => (text.clone(), "user_data".to_owned()),
        (None, Some(file)) => {
            let text = crate::read::text(file).map_err(|error| {
                Error::config(format!("cannot read user_data_file {}", file.display())).cause(error)
            })?;
            (text, format!("user_data_file {}", file.display()))
        }
    };
    let is_path = settings.user_data.is_some() && text.lines().count() == 1;
    user_data::check(&text, &what).map_err(|error| match is_path {
        true => error.hint("set `user_data` to the text itself, or `user_data_file` to a file"),
        false => error,
    })?;
    if secrets.redact(&text) != text {
        return Err(Error::config(format!("{what} contains a secret"))
            .cause("the state file and the cloud would keep it in clear")
            .hint("write it once the instance runs: host.write(path, secret, #{ secret: true })"));
    }
    Ok(Some(text))
}
