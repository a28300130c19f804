//! A boot that ends where nobody can log in, seen on the console while SSH is waited for.

use std::time::{Duration, Instant};

use crate::cloud::{Call, Capability, Stillness, console};
use crate::report::Level;
use crate::run::Run;
use crate::run::known::instances::record;
use crate::{Error, Result};

/// How often the console is read: a boot takes longer, and clouds count requests.
const INTERVAL: Duration = Duration::from_secs(10);

/// In how many looks in a row an end must stand there: a cloud may show the console of an earlier boot for
/// a while.
const LOOKS: u32 = 3;

/// How often a boot whose kernel died or hangs is begun again.
const ATTEMPTS: u32 = 2;

/// What was seen so far.
pub struct Boot {
    looked: Instant,
    begun_again: u32,
    ends_seen: u32,
    stillness: Stillness,
}

impl Boot {
    pub fn new() -> Boot {
        Boot {
            looked: Instant::now(),
            begun_again: 0,
            ends_seen: 0,
            stillness: Stillness::default(),
        }
    }

    /// Whether it is time to look.
    pub fn is_due(&mut self) -> bool {
        let due = self.looked.elapsed() >= INTERVAL;
        if due {
            self.looked = Instant::now();
        }
        due
    }

    /// Fails if the instance will never let anybody in. Where its processor is emulated and its kernel
    /// died or hangs, which need not happen again, the boot is begun again, at most twice.
    pub async fn check(&mut self, run: &Run, role: Option<&str>) -> Result<()> {
        let (cloud, Some(role)) = (run.cloud()?, role) else { return Ok(()) };
        if !cloud.can(Capability::Console) {
            return Ok(());
        }
        let record = record(run, role)?;
        let (id, call) = (record.id.unwrap_or_default(), run.call()?);
        // SSH decides; a console that cannot be read explains nothing.
        let Ok(text) = cloud.console(&id, &call).await else { return Ok(()) };
        let Some(end) = console::dead_end(&text) else {
            self.ends_seen = 0;
            if let Some(line) = self.stillness.look(&text, Instant::now()) {
                let what = format!("its kernel hangs since `{line}`");
                self.begin_again(run, &record.name, &what, &id, &call).await?;
            }
            return Ok(());
        };
        self.ends_seen += 1;
        if end.is_panic && self.begin_again(run, &record.name, end.what, &id, &call).await? {
            return Ok(());
        }
        if self.ends_seen < LOOKS {
            return Ok(());
        }
        let error = Error::failed(format!("{} does not boot: {}", record.name, end.what));
        let error =
            end.lines.iter().fold(error, |error, line| error.cause(format!("console: {line}")));
        Err(error.hint(
            "correct what it boots from; `imgctl down up` tries it once more, and `imgctl destroy` removes it",
        ))
    }

    /// Whether the boot is begun again, and says so.
    async fn begin_again(
        &mut self,
        run: &Run,
        name: &str,
        what: &str,
        id: &str,
        call: &Call,
    ) -> Result<bool> {
        if self.begun_again >= ATTEMPTS || !run.cloud()?.begin_boot_again(id, call).await? {
            return Ok(false);
        }
        self.begun_again += 1;
        self.ends_seen = 0;
        self.stillness = Stillness::default();
        let message = format!(
            "{name}: {what}; emulated processors do that at times: the boot is begun again ({} of {ATTEMPTS})",
            self.begun_again
        );
        run.watch.report.log(Level::Warning, &message);
        Ok(true)
    }
}
