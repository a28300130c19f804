//! Tokens for logins that only gcloud can read: it prints them, or something else writes them for it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;

use super::exchange::Token;
use super::program;
use crate::config::gcloud::variable_of;
use crate::report::Watch;
use crate::{Code, Error, Result, said};

/// gcloud renews a token in its last five minutes, so one that it prints lasts at least this long.
pub const LASTS: Duration = Duration::from_secs(300);
/// gcloud is slow to start, and may have to renew the token.
const TIMEOUT: Duration = Duration::from_secs(60);

pub struct GcloudToken {
    program: PathBuf,
    account: String,
    folder: PathBuf,
}

impl GcloudToken {
    /// None without gcloud on the PATH.
    pub fn find(account: &str, folder: &Path) -> Option<GcloudToken> {
        let path = std::env::var_os("PATH")?;
        let program = std::env::split_paths(&path)
            .map(|folder| folder.join("gcloud"))
            .find(|it| it.is_file())?;
        Some(GcloudToken { program, account: account.to_owned(), folder: folder.to_owned() })
    }

    pub async fn token(&self, watch: &Watch) -> Result<Token> {
        let failed = |why: String| {
            Error::new(Code::Authentication, "`gcloud auth print-access-token` printed no token")
                .cause(why)
                .hint(format!("run `gcloud auth login {}`", self.account))
        };
        let mut command = Command::new(&self.program);
        command
            .args(["auth", "print-access-token"])
            .env("CLOUDSDK_CONFIG", &self.folder)
            .env("CLOUDSDK_CORE_ACCOUNT", &self.account)
            .env("CLOUDSDK_CORE_DISABLE_PROMPTS", "1");
        let output = program::output(command, TIMEOUT, watch).await?.map_err(failed)?;
        let printed = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        watch.report.secret(&printed);
        if !output.status.success() || printed.is_empty() || printed.contains(char::is_whitespace) {
            let told = said::lines(&output.stderr).into_iter().next();
            return Err(failed(told.unwrap_or_else(|| output.status.to_string())));
        }
        Ok(Token::new(printed, LASTS))
    }
}

/// The token in a file that something else keeps fresh.
pub async fn token_in(path: &Path) -> Result<String> {
    let text = crate::read::text(path).map_err(|error| {
        Error::io("read", path, error).hint(format!(
            "correct {}: it names a file with a token",
            variable_of("auth", "access_token_file")
        ))
    })?;
    Ok(text.trim().to_owned())
}
