//! Reads the sources, checks each, and lays one over the other.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::configuration::Config;
use super::merge::{Nulls, merge};
use super::path::{KeyPath, Segment};
use super::source::{SHIPPED, Source};
use super::{check, ci_image, gcloud, inventory, profile, schema, shape};
use crate::{Error, Result, read};

/// The file that is read where no other is named.
pub const USUAL: &str = "config.yaml";

/// What the command line says of the configuration. Of each kind, a later one is above an earlier one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given<'a> {
    /// `--config FILE`. None: `config.yaml` in the project folder, if there is one.
    pub files: &'a [PathBuf],
    /// `--vars FILE`: maps of YAML or JSON over the `vars` of all files and levels.
    pub vars: &'a [PathBuf],
    /// `--set KEY=VALUE`: a dotted path in the document, or a setting of the selected cloud
    /// (`memory=4GiB`); the value is YAML. They are above all files.
    pub overrides: &'a [(String, String)],
    /// The text of the usual file while it is edited, in place of what is on the disk.
    pub edited: Option<&'a str>,
}

impl Config {
    /// Reads the shipped defaults, and over them what is given.
    ///
    /// # Errors
    /// `Code::Config` for a file that cannot be read or is wrong, with its name and line.
    pub fn load(project: &Path, given: &Given<'_>) -> Result<Config> {
        load(project, given)
    }
}

fn load(project: &Path, given: &Given<'_>) -> Result<Config> {
    let mut config = Config {
        project: project.to_path_buf(),
        document: Value::Object(Map::new()),
        own: Value::Object(Map::new()),
        settings: Map::new(),
        sources: Vec::new(),
        // A variable that is not UTF-8 cannot become a value: it counts as unset.
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        folder: std::env::current_dir().ok(),
    };
    gcloud::add_region(&mut config.environment);
    let mut shipped = Source::file(SHIPPED, ci_image::SHIPPED)?;
    if let Some(section) = shipped.document.get_mut(ci_image::KEY) {
        shape::without_any(section);
    }
    add(&mut config, shipped)?;
    let usual = given.files.is_empty().then_some(None);
    for file in usual.into_iter().chain(given.files.iter().map(|file| Some(file.as_path()))) {
        let edited = given.edited.filter(|_| file.is_none());
        let found = match edited {
            Some(text) => Some((USUAL.to_owned(), text.to_owned())),
            None => read_file(project, file)?,
        };
        if let Some((name, text)) = found {
            add(&mut config, Source::file(&name, &text)?)?;
        }
    }
    for file in given.vars {
        let (name, text) = (file.display().to_string(), read_vars(file)?);
        let source = Source::section(&name, &text, schema::VARS)?;
        refuse_nested(&name, &source.document)?;
        add_above(&mut config, source)?;
    }
    for (key, value) in given.overrides {
        set(&mut config, key, value)?;
    }
    profile::check_choices(&config)?;
    inventory::check_names(&config)?;
    Ok(config)
}

/// The name for messages and the text. None: no file was asked for, and the usual one does not exist.
fn read_file(project: &Path, file: Option<&Path>) -> Result<Option<(String, String)>> {
    let path = file.map_or_else(|| project.join(USUAL), Path::to_path_buf);
    let name = match file {
        Some(file) => file.display().to_string(),
        None => USUAL.to_owned(),
    };
    let cannot = |why: String| {
        Error::config(format!("cannot read {}", path.display()))
            .cause(why)
            .hint("check --config, or write a new file with `imgctl init`")
    };
    match read::bytes(&path, read::MOST, &|| false) {
        Ok(bytes) => {
            let text = read::utf8(bytes).map_err(|error| cannot(error.to_string()))?;
            Ok(Some((name, text)))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && file.is_none() => {
            match path.is_symlink() {
                true => Err(cannot("it is a link to a file that does not exist".to_owned())),
                false => Ok(None),
            }
        }
        Err(error) => Err(cannot(error.to_string())),
    }
}

/// A file of `--vars` is what stands below `vars:`: with that line it would be `vars.vars`, where nobody asks.
fn refuse_nested(name: &str, document: &Value) -> Result<()> {
    let given = document.get(schema::VARS).and_then(Value::as_object);
    match given.is_some_and(|given| given.len() == 1 && given.contains_key(schema::VARS)) {
        true => Err(Error::config(format!("{name} has its values below `{}:`", schema::VARS))
            .hint("leave that line out: --vars takes a map of your own values itself")),
        false => Ok(()),
    }
}

/// A file of `--vars`.
fn read_vars(path: &Path) -> Result<String> {
    let cannot = |why: String| {
        Error::config(format!("cannot read {}", path.display()))
            .cause(why)
            .hint("check --vars: it takes a file of YAML or JSON with a map of your own values")
    };
    let bytes = read::bytes(path, read::MOST, &|| false);
    let bytes = bytes.map_err(|error| cannot(error.to_string()))?;
    read::utf8(bytes).map_err(|error| cannot(error.to_string()))
}

/// A source above every level of what is selected.
fn add_above(config: &mut Config, source: Source) -> Result<()> {
    let settings = source.document.clone();
    add(config, source)?;
    if let Value::Object(given) = settings {
        merge(&mut config.settings, given, &[], Nulls::Keep);
    }
    Ok(())
}

fn add(config: &mut Config, mut source: Source) -> Result<()> {
    let mistakes = check::document(&source.document);
    if !mistakes.is_empty() {
        return Err(source.errors(mistakes));
    }
    fill_structure(&mut source.document);
    lay_over(&mut config.document, &source.document);
    // The first source is what imgctl ships.
    if !config.sources.is_empty() {
        lay_over(&mut config.own, &source.document);
    }
    config.sources.push(source);
    Ok(())
}

fn lay_over(lower: &mut Value, upper: &Value) {
    let (Value::Object(lower), Value::Object(upper)) = (lower, upper) else { return };
    for (section, value) in upper.clone() {
        let whole = if section == "clouds" { schema::WHOLE } else { &[] };
        merge(lower, Map::from_iter([(section, value)]), whole, Nulls::Keep);
    }
}

/// `--set KEY=VALUE`.
fn set(config: &mut Config, key: &str, value: &str) -> Result<()> {
    let name = format!("--set {key}");
    let path = KeyPath::parse(key).map_err(|error| error.context(name.clone()))?;
    let Some(Segment::Key(first)) = path.0.first() else {
        return Err(Error::usage("--set names no key")
            .hint("write --set key=value, such as --set ci_image.umask.value=027"));
    };
    let is_ci_image = first == ci_image::KEY;
    // `--set ci_image.umask.value=027` means these three characters.
    let source = match is_ci_image && ci_image::is_text(&path) {
        true => Source::text(name, &path, value)?,
        false => Source::given(name, &path, value)?,
    };
    // Each level has a section of this name, and all of them are below the command line.
    if first == "ssh"
        && let Value::Object(settings) = &source.document
    {
        merge(&mut config.settings, settings.clone(), schema::WHOLE, Nulls::Keep);
    }
    if schema::SECTIONS.contains(&first.as_str()) {
        let is_of_levels = is_ci_image || first == schema::VARS;
        return if is_of_levels { add_above(config, source) } else { add(config, source) };
    }
    if ["cloud", "region", "distribution"].contains(&first.as_str()) {
        return Err(Error::usage(format!("`{first}` is not a setting"))
            .hint(format!("choose it with `{first}:NAME`, or set defaults.{first}")));
    }
    let Value::Object(settings) = &source.document else { return Ok(()) };
    let mistakes = check::setting(settings);
    if !mistakes.is_empty() {
        return Err(source.errors(mistakes));
    }
    merge(&mut config.settings, settings.clone(), schema::WHOLE, Nulls::Keep);
    config.sources.push(source);
    Ok(())
}

/// Makes empty sections, clouds, regions and distributions maps: they do not unset what a weaker
/// source gives.
fn fill_structure(document: &mut Value) {
    for section in entries(document).values_mut() {
        entries(section);
    }
    if let Some(clouds) = document.get_mut("clouds") {
        entries(clouds).values_mut().for_each(fill_level);
    }
}

fn fill_level(level: &mut Value) {
    for (key, value) in entries(level) {
        if key == "regions" || key == "distributions" {
            entries(value).values_mut().for_each(fill_level);
        }
    }
}

/// The entries of a value that was checked to be a map or empty.
fn entries(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    #[expect(clippy::expect_used, reason = "the lines above make it a map")]
    value.as_object_mut().expect("a map")
}
