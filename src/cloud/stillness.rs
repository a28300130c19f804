//! A kernel that stopped in the middle of its first second, which no line on the console tells.

use std::time::{Duration, Instant};

/// How long a kernel says nothing in its first second before it counts as hung. Emulated, and beside
/// others, that second takes a few.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the console said last, and since when.
#[derive(Debug, Default)]
pub struct Stillness {
    said: String,
    since: Option<Instant>,
}

impl Stillness {
    /// The last line of a kernel that hangs: the console ends in its first second, as the kernel counts
    /// it, and did so a minute ago. A kernel whose timer never ticks ends like that, without a panic.
    pub fn look(&mut self, console: &str, now: Instant) -> Option<String> {
        let last = console.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
        if !is_first_second(last) || last != self.said {
            *self = Stillness { said: last.to_owned(), since: Some(now) };
            return None;
        }
        let since = *self.since.get_or_insert(now);
        (now.duration_since(since) >= PATIENCE).then(|| last.to_owned())
    }
}

/// Whether a line begins with the kernel's time, and that is below a second: `[    0.000000] ACPI: …`.
fn is_first_second(line: &str) -> bool {
    let time = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    time.is_some_and(|(time, _)| {
        time.trim().strip_prefix("0.").is_some_and(|digits| {
            digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the same console hangs when it is looked at for two minutes.
    fn hangs(console: &str) -> bool {
        let (mut stillness, start) = (Stillness::default(), Instant::now());
        let look = |seconds| stillness.look(console, start + Duration::from_secs(seconds));
        (0..=120).step_by(10).map(look).any(|found| found.is_some())
    }

    #[test]
    fn a_kernel_that_stops_in_its_first_second_hangs() {
        assert!(hangs(
            "[    0.000000] Linux version 6.12\n[    0.000000] ACPI: Core revision\r\n\r\n"
        ));
        assert!(hangs("[    0.217031] Freeing SMP alternatives memory: 40K"));
    }

    #[test]
    fn a_console_that_is_quiet_for_other_reasons_does_not() {
        for console in [
            "",
            "imgctl: a boot begins",
            "Booting `Debian GNU/Linux'",
            "[    1.912800] Run /init as init process",
            "[  OK  ] Started getty",
            "[0.5] a program's own line",
        ] {
            assert!(!hangs(console), "{console}");
        }
    }

    #[test]
    fn a_line_more_begins_the_count_anew() {
        let (mut stillness, start) = (Stillness::default(), Instant::now());
        for seconds in (0..600).step_by(30) {
            let line = format!("[    0.{seconds:06}] a line");
            assert_eq!(stillness.look(&line, start + Duration::from_secs(seconds)), None);
        }
    }
}
