//! From the whole document to the settings of one cloud, region and distribution.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::choose::Chooser;
use super::configuration::Config;
use super::merge::{Nulls, merge};
use super::misfit::Misfit;
use super::mistake::Mistake;
use super::path::{KeyPath, Segment};
use super::schema::{self, CloudSchema};
use super::settings::Common;
use super::{ci_image, decode, expand, in_force, profile, vars};
use crate::{Error, Result};

/// One cloud, region and distribution with their settings.
#[derive(Debug, Clone)]
pub struct Selection {
    pub cloud: String,
    /// Empty: the cloud has no regions, or the provider finds its own default.
    pub region: String,
    pub distribution: String,
    pub common: Common,
    /// The cloud's own settings, all levels merged.
    pub provider: Value,
    /// The folder that relative paths in the settings start from.
    pub project: PathBuf,
}

impl Selection {
    /// The cloud's own settings as the provider's struct; an error names the key.
    pub fn provider<T: DeserializeOwned>(&self) -> Result<T> {
        decode::decode(&self.provider).map_err(|misfit| {
            let mistake = Mistake::of(misfit, &KeyPath::of(&["clouds", &self.cloud]));
            let error = Error::config(mistake.message);
            if let Some(hint) = mistake.hint { error.hint(hint) } else { error }
        })
    }

    /// Base name of instances and images.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.common.name
    }

    /// A path from the settings: `~/` is the home folder, a relative one starts from the project.
    #[must_use]
    pub fn resolve(&self, path: &Path) -> PathBuf {
        resolve(&self.project, std::env::home_dir(), path)
    }
}

fn resolve(project: &Path, home: Option<PathBuf>, path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(below), Some(home)) => home.join(below),
        _ => project.join(path),
    }
}

impl Config {
    /// The settings of one cloud, region and distribution, levels merged and variables filled in.
    /// What is `None` comes from `defaults:`.
    pub fn select(
        &self,
        cloud: Option<&str>,
        region: Option<&str>,
        distribution: Option<&str>,
    ) -> Result<Selection> {
        select(self, cloud, region, distribution)
    }

    /// Refuses a cloud, and a region and distribution of it if they are given, that do not exist. `usual` is the
    /// region where none is given.
    pub fn check_names(
        &self,
        cloud: &str,
        usual: Option<&String>,
        region: Option<&str>,
        distribution: Option<&str>,
    ) -> Result<()> {
        let chooser = Chooser(self);
        let schema = chooser.cloud(Some(cloud))?;
        let level = KeyPath::of(&["clouds", schema.name]);
        if region.is_some() {
            chooser.region(schema, &level, region)?;
        }
        if distribution.is_some() {
            let region = region.or(usual.map(String::as_str)).unwrap_or_default();
            let in_region = level.key("regions").key(region);
            chooser.distribution(schema, [&level, &in_region], distribution)?;
        }
        Ok(())
    }

    /// A path from the settings: `~/` is the home folder, a relative one starts from the project.
    #[must_use]
    pub fn resolve(&self, path: &Path) -> PathBuf {
        resolve(&self.project, std::env::home_dir(), path)
    }

    /// The paths at which a setting of one cloud, region and distribution may stand, the strongest first.
    pub fn places_of(
        &self,
        cloud: Option<&str>,
        region: Option<&str>,
        distribution: Option<&str>,
        key: &str,
    ) -> Result<Vec<String>> {
        let chosen = choose(self, cloud, region, distribution)?;
        // A cloud without regions, or a region that the provider finds itself, has no level of its own.
        let nowhere = Segment::Key(String::new());
        let levels = chosen.levels.iter().filter(|level| !level.0.contains(&nowhere));
        Ok(levels.map(|level| level.key(key).to_string()).collect())
    }

    /// As [`Config::get`], but the sections that every level may have, `ci_image`, `ssh` and `vars`, are those of
    /// one cloud, region and distribution: the section at the top, over it what each level says, and for `ci_image`
    /// below them the shipped settings and the profile.
    pub fn get_for(
        &self,
        cloud: Option<&str>,
        region: Option<&str>,
        distribution: Option<&str>,
        path: &str,
    ) -> Result<Option<Value>> {
        let keys = KeyPath::parse(path)?;
        let Some((Segment::Key(first), inside)) = keys.0.split_first() else {
            return self.get(path);
        };
        if first == schema::VARS {
            let levels = levels_of_section(self, cloud, region, distribution)?;
            return vars::get(self, &levels, inside);
        }
        if first == in_force::SSH {
            let levels = levels_of_section(self, cloud, region, distribution)?;
            let chooser = Chooser(self);
            let schema = chooser.has_cloud(cloud)?.then(|| chooser.cloud(cloud)).transpose()?;
            return in_force::ssh(self, schema, &levels, &keys);
        }
        if first != ci_image::KEY {
            return self.get(path);
        }
        let chosen = choose(self, cloud, region, distribution)?;
        let all = profile::select(self, chosen.schema, &chosen.levels, &chosen.distribution)?;
        let found = KeyPath(inside.to_vec()).find(&all).filter(|value| !value.is_null());
        Ok(found.cloned())
    }
}

impl Config {
    /// Refuses settings of the CI image that would fail in their steps, once the instance of this cloud, region
    /// and distribution runs.
    pub fn check_ci_image(
        &self,
        cloud: Option<&str>,
        region: Option<&str>,
        distribution: Option<&str>,
    ) -> Result<()> {
        let chosen = choose(self, cloud, region, distribution)?;
        profile::check(self, chosen.schema, &chosen.levels, &chosen.distribution)
    }
}

/// What the words of the command line and `defaults:` choose.
struct Chosen {
    schema: &'static CloudSchema,
    region: String,
    distribution: String,
    /// The strongest first, which is the order to look for the origin of a value in. The empty path
    /// stands for `--set` and, at the bottom, for `ssh:`.
    levels: [KeyPath; 6],
}

fn choose(
    config: &Config,
    cloud: Option<&str>,
    region: Option<&str>,
    distribution: Option<&str>,
) -> Result<Chosen> {
    let chooser = Chooser(config);
    let schema = chooser.cloud(cloud)?;
    let level = KeyPath::of(&["clouds", schema.name]);
    let region = chooser.region(schema, &level, region)?;
    let in_region = level.key("regions").key(&region);
    let distribution = chooser.distribution(schema, [&level, &in_region], distribution)?;
    let levels = [
        KeyPath::default(),
        in_region.key("distributions").key(&distribution),
        level.key("distributions").key(&distribution),
        in_region,
        level,
        KeyPath::of(&["defaults"]),
    ];
    Ok(Chosen { schema, region, distribution, levels })
}

/// Where `ssh` and `vars` may stand for a choice besides the top, the strongest first. A project that names no cloud
/// or distribution has them all the same.
fn levels_of_section(
    config: &Config,
    cloud: Option<&str>,
    region: Option<&str>,
    distribution: Option<&str>,
) -> Result<Vec<KeyPath>> {
    let (chooser, defaults) = (Chooser(config), KeyPath::of(&["defaults"]));
    if !chooser.has_cloud(cloud)? {
        return Ok(vec![defaults]);
    }
    let schema = chooser.cloud(cloud)?;
    let level = KeyPath::of(&["clouds", schema.name]);
    let region = chooser.region(schema, &level, region)?;
    let in_region = level.key("regions").key(&region);
    let mut levels = Vec::new();
    if chooser.has_distribution(distribution, &level)? {
        let name = chooser.distribution(schema, [&level, &in_region], distribution)?;
        let of = |level: &KeyPath| level.key("distributions").key(&name);
        levels.extend([of(&in_region), of(&level)]);
    }
    levels.extend([in_region, level, defaults]);
    Ok(levels)
}

fn select(
    config: &Config,
    cloud: Option<&str>,
    region: Option<&str>,
    distribution: Option<&str>,
) -> Result<Selection> {
    let Chosen { schema, region, distribution, levels } =
        choose(config, cloud, region, distribution)?;
    let merged = Merged { config, levels, schema };
    let (common, provider) = merged.split()?;
    let mut common: Common = merged.decode(&common, decode::decode)?;
    merged.decode(&provider, schema.decode)?;

    let chosen = [("cloud", schema.name), ("region", &region), ("distribution", &distribution)];
    common.name = fill_name(&common.name, &chosen)
        .map_err(|problem| merged.error(&KeyPath::of(&["name"]), &problem))?;
    let files = [&mut common.key_file, &mut common.public_key_file, &mut common.user_data_file];
    for file in files.into_iter().flatten() {
        *file = resolve(&config.project, std::env::home_dir(), file);
    }
    Ok(Selection {
        cloud: schema.name.to_owned(),
        region,
        distribution,
        common,
        provider,
        project: config.project.clone(),
    })
}

/// The levels of a selection. What the user gives at any of them is above all that is shipped.
struct Merged<'c> {
    config: &'c Config,
    levels: [KeyPath; 6],
    schema: &'static CloudSchema,
}

impl Merged<'_> {
    /// Common and own settings, variables filled in.
    fn split(&self) -> Result<(Value, Value)> {
        let mut settings = in_force::usual(Some(self.schema));
        let levels = &self.levels[1..];
        let documents = self.config.documents();
        documents.for_each(|document| in_force::lay_over(&mut settings, levels, document));
        merge(&mut settings, self.config.settings.clone(), schema::WHOLE, Nulls::Remove);
        for key in
            ["region", "distribution", "regions", "distributions", ci_image::KEY, schema::VARS]
        {
            settings.shift_remove(key);
        }

        let mut settings = Value::Object(settings);
        let config = self.config;
        expand::expand(&mut settings, &config.environment, config.folder.as_deref())
            .map_err(|(path, problem)| self.error(&path, &problem.message).hint(problem.hint))?;
        let (mut common, mut own) = (Map::new(), Map::new());
        for (key, value) in settings.as_object_mut().map(std::mem::take).unwrap_or_default() {
            if schema::common_fields().contains(&key.as_str()) {
                common.insert(key, value);
            } else if (self.schema.fields)().contains(&key.as_str()) {
                own.insert(key, value);
            } else {
                let of = format!("not a setting of cloud {}", self.schema.name);
                return Err(self.error(&KeyPath::of(&[&key]), &of));
            }
        }
        Ok((Value::Object(common), Value::Object(own)))
    }

    fn decode<T>(&self, value: &Value, decode: impl Fn(&Value) -> Result<T, Misfit>) -> Result<T> {
        decode(value).map_err(|misfit| {
            let misfit = misfit.without_secret(&KeyPath::default());
            let path = KeyPath(misfit.path.clone());
            let error = self.error(&path, &misfit.to_string());
            match misfit.cure() {
                Some(cure) => error.hint(cure),
                None => error,
            }
        })
    }

    /// An error about a setting, with the place of the strongest level that gives it.
    fn error(&self, setting: &KeyPath, problem: &str) -> Error {
        let below = |level: &KeyPath| level.join(setting.0.iter().cloned());
        let mut paths: Vec<KeyPath> = self.levels.iter().map(below).collect();
        if setting.0.first() == Some(&Segment::Key("ssh".to_owned())) {
            // The empty path, which is `--set` for other settings, is the section `ssh` for this one,
            // and that is the weakest.
            paths.rotate_left(1);
        }
        let shown = below(&KeyPath::of(&["clouds", self.schema.name]));
        self.config.error(&paths, &shown, problem)
    }
}

/// `{cloud}`, `{region}` and `{distribution}` in a name.
fn fill_name(template: &str, chosen: &[(&str, &str)]) -> Result<String, String> {
    let mut name = template.to_owned();
    for (key, value) in chosen {
        name = name.replace(&format!("{{{key}}}"), value);
    }
    if name.trim().is_empty() || name.contains(|c: char| "{}".contains(c) || c.is_control()) {
        return Err(format!(
            "`{template}` must be a name, in which {{cloud}}, {{region}} and {{distribution}} are filled in"
        ));
    }
    Ok(name)
}
