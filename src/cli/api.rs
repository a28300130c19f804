//! `imgctl api`: the reference of the functions for scripts, made from their doc comments.

use clap::Args;

use crate::script::docs;
use crate::ui::Ui;
use crate::{Error, Result};

/// Show the functions that scripts can call.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl api
  imgctl api cloud
  imgctl api host.run
  imgctl api restart
  imgctl api --markdown > docs/api.md")]
pub struct Options {
    /// A namespace, module or function, or a word to look for in names and first sentences.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,

    /// The whole reference as Markdown.
    #[arg(long, conflicts_with = "name")]
    pub markdown: bool,
}

/// With what the language has by itself.
fn all(mut entries: Vec<docs::Entry>) -> Vec<docs::Entry> {
    entries.extend(docs::of_language());
    entries
}

pub fn api(ui: &Ui, options: &Options) -> Result<()> {
    let entries = docs::entries()?;
    let text = match &options.name {
        _ if options.markdown => docs::markdown(&entries),
        None => docs::overview(&all(entries)),
        Some(name) => {
            let entries = all(entries);
            let text = docs::matching(&entries, name);
            let text = if text.is_empty() { docs::found(&entries, name) } else { text };
            if text.is_empty() {
                return Err(Error::not_found(format!(
                    "nothing is called `{name}`, or is about it"
                ))
                .hint("`imgctl api` lists everything"));
            }
            text
        }
    };
    ui.print(text.trim_end());
    Ok(())
}
