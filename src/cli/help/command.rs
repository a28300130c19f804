//! The page of a command, which clap knows.

use std::iter::Peekable;

/// The page of a command, or of the part of it that the next name is.
pub fn page<'n>(
    command: &mut clap::Command,
    names: &mut Peekable<impl Iterator<Item = &'n str>>,
) -> String {
    let part = names.next_if(|name| command.find_subcommand(name).is_some());
    let name = format!("imgctl {}", command.get_name());
    let (command, name) = match part.and_then(|part| command.find_subcommand_mut(part)) {
        Some(part) => {
            let name = format!("{name} {}", part.get_name());
            (part.clone(), name)
        }
        None => (command.clone(), name),
    };
    command.bin_name(name).render_long_help().to_string().trim_end().to_owned()
}
