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
  imgctl api --markdown > docs/api.md")]
pub struct Options {
    /// A namespace, module, function or part of a name.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,

    /// The whole reference as Markdown.
    #[arg(long, conflicts_with = "name")]
    pub markdown: bool,
}

pub fn api(ui: &Ui, options: &Options) -> Result<()> {
    let entries = docs::entries()?;
    let text = match &options.name {
        _ if options.markdown => docs::markdown(&entries),
        None => docs::overview(&entries),
        Some(name) => {
            let text = docs::matching(&entries, name);
            if text.is_empty() {
                return Err(Error::not_found(format!("nothing is called `{name}`"))
                    .hint("`imgctl api` lists everything"));
            }
            text
        }
    };
    ui.print(text.trim_end());
    Ok(())
}
