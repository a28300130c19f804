//! What commands are given and print, for `-vv` and `--log`.

use crate::script::running::Script;
use crate::ssh::{Command, Output};
use crate::ui::Direction;

/// What the command was given, and what it printed where that is not shown as it comes.
pub fn tell(script: &Script, label: &str, shown: &str, command: &Command, output: &Output) {
    if command.secret {
        return;
    }
    if let Some(stdin) = &command.stdin {
        let ui = &script.run.ui;
        ui.exchange(Direction::Sent, label, &format!("to `{shown}`"), || text(stdin));
    }
    if !command.live {
        tell_output(script, label, shown, output);
    }
}

/// What a command printed that was not shown as it came.
pub fn tell_output(script: &Script, label: &str, shown: &str, output: &Output) {
    if output.stdout.is_empty() && output.stderr.is_empty() {
        return;
    }
    let printed = || format!("{}{}", text(&output.stdout), text(&output.stderr));
    script.run.ui.exchange(Direction::Read, label, &format!("from `{shown}`"), printed);
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
