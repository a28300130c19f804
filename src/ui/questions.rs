//! What is asked, who answers if nobody is there, and what counts as an answer.

use super::{Ui, ask};
use crate::{Error, Result};

impl Ui {
    /// `--yes` answers yes; with nobody to ask, an error that says so.
    pub fn confirm(&self, question: &str, default: bool) -> Result<bool> {
        if self.shared.options.yes {
            return Ok(true);
        }
        let choice = if default { "[Y/n]" } else { "[y/N]" };
        loop {
            let hint = "--yes answers every such question with yes";
            let answer = self.ask(&format!("{question} {choice}"), true, question, hint)?;
            match answer.trim().to_lowercase().as_str() {
                "" => return Ok(default),
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => {}
            }
        }
    }

    /// Empty input takes the default; so does `--yes`.
    pub fn prompt(&self, question: &str, default: Option<&str>) -> Result<String> {
        if let (true, Some(default)) = (self.shared.options.yes, default) {
            return Ok(default.to_owned());
        }
        let hint = match default {
            Some(default) => format!("--yes takes the default, `{default}`"),
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
        let hint = "run it at a terminal, or pass the secret in an environment variable";
        let answer = self.ask(&format!("{question}:"), false, question, hint)?;
        self.shared.secrets.add(&answer);
        Ok(answer)
    }

    fn ask(&self, shown: &str, echo: bool, question: &str, hint: &str) -> Result<String> {
        if !self.interactive() {
            let message = format!("cannot ask \"{question}\": there is no terminal");
            return Err(Error::usage(message).hint(hint));
        }
        let shown = self.shared.text(shown);
        let cancel = &self.shared.options.cancel;
        self.shared.screen.exclusively(|screen| ask::line(screen, &shown, echo, cancel))
    }
}
