//! `imgctl api`: the reference of the functions for scripts, made from their doc comments.

use clap::{Args, ValueEnum};

use crate::config::json_schema;
use crate::error::nearest;
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
  imgctl api --format markdown > api.md
  imgctl api --format rhai > imgctl.d.rhai
  imgctl api --schema > config.schema.json")]
pub struct Options {
    /// A namespace, module or function, or words to look for in names and first sentences.
    #[arg(value_name = "NAME")]
    pub name: Vec<String>,

    /// The form of it; of those for programs the whole reference is shown.
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,

    /// The same as `--format markdown`.
    #[arg(long, hide = true, conflicts_with_all = ["name", "format"])]
    pub markdown: bool,

    /// The JSON Schema of config.yaml instead, for editors.
    #[arg(long, conflicts_with_all = ["name", "format", "markdown"])]
    pub schema: bool,
}

/// What the reference is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people at a terminal.
    Text,
    /// Pages.
    Markdown,
    /// For programs: one object a function, with its parameters and their types.
    Json,
    /// Definitions as the language servers of Rhai read them.
    Rhai,
}

/// With what the language has by itself.
fn all(mut entries: Vec<docs::Entry>) -> Vec<docs::Entry> {
    entries.extend(docs::of_language());
    entries
}

/// # Errors
/// `Code::Usage` for a name that nothing has, and for a name with a form for programs.
pub fn api(ui: &Ui, options: &Options) -> Result<()> {
    if options.schema {
        ui.print(&json_schema::text());
        return Ok(());
    }
    let format = if options.markdown { Format::Markdown } else { options.format };
    if !options.name.is_empty() && format != Format::Text {
        return Err(Error::usage("a NAME is shown as text only")
            .hint("leave the name out: `--format` is about the whole reference"));
    }
    let entries = docs::entries()?;
    let text = match options.name.is_empty() {
        false => one(&all(entries), &options.name.join(" "))?,
        true => match format {
            Format::Text => docs::overview(&all(entries)),
            Format::Markdown => docs::markdown(&entries),
            Format::Json => docs::json(&entries),
            Format::Rhai => docs::definitions(&entries),
        },
    };
    ui.print(text.trim_end());
    Ok(())
}

/// `package::install` of `package::install(host, names)`.
fn full_name(entry: &docs::Entry) -> &str {
    entry.signature.split('(').next().unwrap_or_default()
}

fn one(entries: &[docs::Entry], name: &str) -> Result<String> {
    let text = docs::matching(entries, name);
    let text = if text.is_empty() { docs::found(entries, name) } else { text };
    match text.is_empty() {
        false => Ok(text),
        true => {
            let error = Error::usage(format!("nothing is called `{name}`, or is about it"));
            let names = entries.iter().flat_map(|entry| [full_name(entry), entry.name.as_str()]);
            Err(match nearest(name, names) {
                Some(near) => {
                    error.hint(format!("did you mean `{near}`? `imgctl api` lists everything"))
                }
                None => error.hint("`imgctl api` lists everything"),
            })
        }
    }
}
