//! What commands are given and print, for `-vv` and `--log`.

use crate::script::running::Script;
use crate::ssh::{Command, Output};
use crate::ui::Direction;

/// What the command was given, and what it printed where that is not shown as it comes.
pub fn tell(script: &Script, label: &str, shown: &str, command: &Command, output: &Output) {
    if command.secret {
        return;
    }
    let (ui, text) = (&script.run.ui, |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned());
    if let Some(stdin) = &command.stdin {
        ui.exchange(Direction::Sent, label, &format!("to `{shown}`"), || text(stdin));
    }
    if !(command.live || output.stdout.is_empty() && output.stderr.is_empty()) {
        let printed = || format!("{}{}", text(&output.stdout), text(&output.stderr));
        ui.exchange(Direction::Read, label, &format!("from `{shown}`"), printed);
    }
}
