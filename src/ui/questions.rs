//! Questions to the user, and their answers without a terminal.

use tokio_util::sync::CancellationToken;

use super::ask;
use super::interface::Ui;
use crate::{Error, Result};

impl Ui {
    /// `--yes` answers yes; without a terminal it is an error.
    pub fn confirm(&self, question: &str, default: bool) -> Result<bool> {
        if self.printer.options.yes {
            return Ok(true);
        }
        let choice = if default { "[Y/n]" } else { "[y/N]" };
        loop {
            let hint = "pass --yes to answer all questions with yes";
            let answer = self.ask(&format!("{question} {choice}"), true, question, hint)?;
            match answer.trim().to_lowercase().as_str() {
                "" => return Ok(default),
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => {}
            }
        }
    }

    /// Which of these is wanted, by name or by its first letter; each has a name and what it means.
    ///
    /// # Errors
    /// `Usage` without a terminal, `Interrupted` after Ctrl-C.
    pub fn choose(&self, question: &str, options: &[(&str, &str)]) -> Result<usize> {
        let lines = options.iter().map(|(name, about)| format!("  {name:<8} {about}\n"));
        let names: Vec<&str> = options.iter().map(|(name, _)| *name).collect();
        let shown = format!("{question}\n{}{}:", lines.collect::<String>(), names.join(", "));
        loop {
            let answer = self.ask(&shown, true, question, "run imgctl at a terminal")?;
            let answer = answer.trim().to_lowercase();
            let is_it = |name: &&str| !answer.is_empty() && name.starts_with(&answer);
            if let Some(at) = names.iter().position(is_it) {
                return Ok(at);
            }
        }
    }

    /// `--yes`: nobody is asked.
    #[must_use]
    pub fn assumes_yes(&self) -> bool {
        self.printer.options.yes
    }

    /// Empty input means the default; so does `--yes`.
    pub fn prompt(&self, question: &str, default: Option<&str>) -> Result<String> {
        if let (true, Some(default)) = (self.printer.options.yes, default) {
            return Ok(default.to_owned());
        }
        let hint = match default {
            Some(default) => format!("pass --yes to use the default, `{default}`"),
            None => "pass the value as an argument or in the environment".to_owned(),
        };
        let shown = default
            .map_or_else(|| format!("{question}:"), |default| format!("{question} [{default}]:"));
        let answer = self.ask(&shown, true, question, &hint)?;
        Ok(match (answer.trim(), default) {
            ("", Some(default)) => default.to_owned(),
            (answer, _) => answer.to_owned(),
        })
    }

    /// Typed without echo, and redacted from then on.
    pub fn password(&self, question: &str) -> Result<String> {
        let hint = "run imgctl at a terminal, or pass the secret in an environment variable";
        let answer = self.ask(&format!("{question}:"), false, question, hint)?;
        self.printer.secrets.add(&answer);
        Ok(answer)
    }

    /// What ends this command.
    #[must_use]
    pub fn cancel(&self) -> CancellationToken {
        self.printer.options.cancel.clone()
    }

    fn ask(&self, shown: &str, echo: bool, question: &str, hint: &str) -> Result<String> {
        if !self.interactive() {
            let message = format!("cannot ask \"{question}\": there is no terminal");
            return Err(Error::usage(message).hint(hint));
        }
        let shown = self.printer.text(shown);
        let cancel = self.interrupts.innermost().unwrap_or_else(|| self.cancel());
        self.printer.screen.exclusively(|screen| ask::line(screen, &shown, echo, &cancel))
    }
}
