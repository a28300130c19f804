//! Whether a command line is about several combinations, and which.

use crate::cli::global::{Global, SETTINGS};
use crate::cli::several::Several;
use crate::config::matrix::{Entry, Matrix};
use crate::config::{Lists, Selection};
use crate::run::{Combination, Run};
use crate::{Error, Result};

/// Several combinations, and the tasks for each.
pub struct Wanted {
    pub selections: Vec<Selection>,
    pub matrix: Matrix,
    /// The words without the lists.
    pub words: Vec<String>,
}

/// The task that makes images of all of `matrix:` without being told.
const BAKE: &str = "bake";

/// None: the command is about one combination, which `choice` names.
///
/// # Errors
/// `Code::Usage` for lists at the wrong place, and for combinations that do not exist.
pub fn wanted(
    run: &Run,
    global: &Global,
    options: &Several,
    words: &[String],
) -> Result<Option<Wanted>> {
    let mut lists = Lists::default();
    let given = [&global.cloud, &global.region, &global.distribution];
    for (setting, names) in SETTINGS.iter().zip(given) {
        add(&mut lists, setting, names.as_deref())?;
    }
    let leading = words.iter().take_while(|word| setting(word).is_some()).count();
    let (settings, words) = words.split_at(leading);
    for (name, value) in settings.iter().filter_map(|word| setting(word)) {
        add(&mut lists, name, Some(value))?;
    }
    let has_lists = [&lists.cloud, &lists.region, &lists.distribution].iter().any(|l| l.len() > 1);
    let is_bake = words.iter().any(|word| word.split(':').next() == Some(BAKE));
    let section = run.config.matrix()?;
    let by_itself = is_bake && section.is_some() && lists == Lists::default();
    // A variable that is not set, as in `--region "$REGION"`: all that there is was hardly meant.
    let empty = SETTINGS.iter().zip(given).find(|(_, names)| names.as_deref() == Some(""));
    if let Some((setting, _)) = empty.filter(|_| by_itself || options.matrix) {
        return Err(Error::usage(format!("`--{setting}` is empty"))
            .hint(format!("name a {setting}, or leave it out for all of `matrix:`")));
    }
    let is_chosen = !options.combination.is_empty();
    if is_chosen && (options.matrix || lists != Lists::default()) {
        return Err(Error::usage("`--combination` names cloud, region and distribution itself")
            .hint("leave `--matrix`, `--cloud`, `--region` and `--distribution` out"));
    }
    if !has_lists && !options.matrix && !by_itself && !is_chosen && options.plan.is_none() {
        return one(options, words).map(|()| None);
    }
    if options.matrix && !has_lists && section.is_none() {
        return Err(Error::usage("config.yaml has no `matrix:`").hint(
            "add it, or list combinations: --cloud ec2,gce --distribution debian12,ubuntu2404",
        ));
    }
    if let Some(word) = words.iter().find(|word| setting(word).is_some()) {
        return Err(Error::usage(format!("`{word}` stands after a task"))
            .hint("put `cloud:`, `region:` and `distribution:` before the first task"));
    }
    if words.is_empty() {
        return Err(Error::usage("no task is given for these combinations")
            .hint("add one, such as `bake`; `imgctl list` shows all"));
    }
    let mut matrix = section.unwrap_or_default();
    if is_chosen {
        matrix = Matrix { include: entries(&options.combination)?, ..limits(matrix) };
    } else if !has_lists && !options.matrix && !by_itself {
        // The plan of a single combination.
        matrix = limits(matrix);
    }
    let selections = run.config.combinations(&lists, &matrix)?;
    Ok(Some(Wanted { selections, matrix, words: words.to_vec() }))
}

/// How combinations run, without which they are.
fn limits(matrix: Matrix) -> Matrix {
    let Matrix { jobs, jobs_per_cloud, plan, .. } = matrix;
    Matrix { jobs, jobs_per_cloud, plan, ..Matrix::default() }
}

/// The combinations of `--combination`.
fn entries(names: &[String]) -> Result<Vec<Entry>> {
    let entry = |name: &String| {
        let combination = Combination::parse(name.trim()).ok_or_else(|| {
            Error::usage(format!("`{name}` is not a combination"))
                .hint("write CLOUD/REGION/DISTRIBUTION, or CLOUD/DISTRIBUTION without a region")
        })?;
        let choice = combination.choice();
        let (cloud, region) = (choice.cloud, choice.region);
        Ok(Entry { cloud, region, distribution: choice.distribution })
    };
    names.iter().map(entry).collect()
}

/// What makes no sense for one combination.
fn one(options: &Several, words: &[String]) -> Result<()> {
    if let Some((name, value)) =
        words.iter().filter_map(|word| setting(word)).find(|(_, value)| value.contains(','))
    {
        return Err(Error::usage(format!("`{name}:{value}` stands after a task"))
            .hint("put lists before the first task"));
    }
    let option = match options {
        Several { jobs: Some(_), .. } => "--jobs",
        Several { fail_fast: true, .. } => "--fail-fast",
        _ => return Ok(()),
    };
    Err(Error::usage(format!("`{option}` needs several combinations"))
        .hint("list them (--distribution debian12,ubuntu2404), or add `--matrix`"))
}

fn setting(word: &str) -> Option<(&str, &str)> {
    word.split_once(':').filter(|(name, _)| SETTINGS.contains(name))
}

fn add(lists: &mut Lists, name: &str, value: Option<&str>) -> Result<()> {
    let Some(value) = value else { return Ok(()) };
    let list = match name {
        "cloud" => &mut lists.cloud,
        "region" => &mut lists.region,
        _ => &mut lists.distribution,
    };
    *list = value.split(',').map(|name| name.trim().to_owned()).collect();
    if list.len() > 1 && list.iter().any(String::is_empty) {
        return Err(Error::usage(format!("the list `{name}:{value}` has an empty {name}")));
    }
    // An empty single name is told by its setting.
    list.retain(|name| !name.is_empty());
    Ok(())
}
