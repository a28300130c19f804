//! From the lists of a matrix to the combinations that exist.

use std::collections::BTreeSet;

use super::configuration::Config;
use super::decode;
use super::matrix::{Entry, KEY, Matrix};
use super::mistake::Mistake;
use super::path::KeyPath;
use super::schema::{self, CloudSchema};
use super::select::Selection;
use crate::{Error, Result};

/// What the command line lists: it takes the place of the list of the same name in `matrix:`. Empty: not
/// given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists {
    pub cloud: Vec<String>,
    pub region: Vec<String>,
    pub distribution: Vec<String>,
}

impl Config {
    /// The section `matrix:`, if there is one.
    ///
    /// # Errors
    /// `Code::Config` for a variable that is not set, or a value that does not fit.
    pub fn matrix(&self) -> Result<Option<Matrix>> {
        let Some(value) = self.get(KEY)? else { return Ok(None) };
        decode::decode(&value).map(Some).map_err(|misfit| {
            let mistake = Mistake::of(misfit, &KeyPath::of(&[KEY]));
            Error::config(mistake.message)
        })
    }

    /// Every combination of the lists and `include`, without those of `exclude`, in the order of the lists;
    /// what no list gives is the default of its cloud. A region counts for the clouds that have it.
    ///
    /// # Errors
    /// `Code::Usage` and `Code::Config` for lists that give no combination, and for combinations that do
    /// not exist: all of them in one error.
    pub fn combinations(&self, given: &Lists, matrix: &Matrix) -> Result<Vec<Selection>> {
        let lists = Lists {
            cloud: either(&given.cloud, &matrix.cloud),
            region: either(&given.region, &matrix.region),
            distribution: either(&given.distribution, &matrix.distribution),
        };
        let mut wanted = if lists == Lists::default() && !matrix.include.is_empty() {
            Vec::new()
        } else {
            // Regions of several clouds stay divided if the command line takes one of these.
            let narrowed = !given.cloud.is_empty() && given.region.is_empty();
            if !narrowed {
                self.all_regions_are_known(&lists)?;
            }
            let is_divided = lists.cloud.len() > 1 || narrowed && matrix.cloud.len() > 1;
            self.product(&lists, is_divided)?
        };
        wanted.extend(matrix.include.iter().filter(|entry| entry.is_among(given)).cloned());
        let (mut found, mut mistakes) = (Vec::<Selection>::new(), Vec::new());
        let mut left_out = Exclude { items: &matrix.exclude, used: BTreeSet::new() };
        for entry in &wanted {
            let [cloud, region, distribution] = entry.names();
            match self.select(cloud, region, distribution) {
                Ok(new) if left_out.any(|pattern| pattern.matches(&new)) => {}
                Ok(new) if found.iter().any(|known| is_same(known, &new)) => {
                    return Err(twice(&new));
                }
                Ok(new) => found.push(new),
                // What is left out need not exist.
                Err(_) if left_out.any(|pattern| pattern.covers(entry)) => {}
                Err(error) => mistakes.push((entry, error)),
            }
        }
        // The command line may have taken away what an item of `exclude` is about.
        if *given == Lists::default() && mistakes.is_empty() {
            left_out.all_are_used()?;
        }
        match mistakes.split_first() {
            None if found.is_empty() => Err(Error::usage("no combination is left to work on")
                .hint("`exclude` of `matrix:` in config.yaml leaves out all that the lists give")),
            None => Ok(found),
            Some(((_, first), [])) if wanted.len() == 1 => Err(first.clone()),
            Some(((_, first), _)) => {
                let count =
                    format!("{} of {} combinations do not exist", mistakes.len(), wanted.len());
                let error = Error::new(first.code(), count);
                let error = mistakes.iter().fold(error, |error, (entry, mistake)| {
                    let cure = mistake.hint_text().map(|hint| format!(" ({hint})"));
                    let cure = cure.unwrap_or_default();
                    error.cause(format!("{}: {}{cure}", entry.shown(), mistake.message()))
                });
                Err(error.hint(
                    "leave them out with `exclude` of `matrix:` in config.yaml, or correct the lists",
                ))
            }
        }
    }

    fn product(&self, lists: &Lists, is_divided: bool) -> Result<Vec<Entry>> {
        let clouds: Vec<Option<&str>> = or_default(&lists.cloud);
        let mut all = Vec::new();
        for cloud in &clouds {
            for region in self.regions(*cloud, lists, is_divided)? {
                for distribution in or_default(&lists.distribution) {
                    all.push(Entry {
                        cloud: cloud.map(str::to_owned),
                        region: region.map(str::to_owned),
                        distribution: distribution.map(str::to_owned),
                    });
                }
            }
        }
        Ok(all)
    }

    /// The listed regions that one of the listed clouds has. Undivided, they are all of a single cloud, which
    /// says which it has not.
    fn regions<'l>(
        &self,
        cloud: Option<&str>,
        lists: &'l Lists,
        is_divided: bool,
    ) -> Result<Vec<Option<&'l str>>> {
        let Some(schema) = cloud.and_then(schema::cloud) else {
            return Ok(or_default(&lists.region));
        };
        if lists.region.is_empty() || !schema.regions && is_divided {
            return Ok(vec![None]);
        }
        if !is_divided {
            return Ok(or_default(&lists.region));
        }
        let own: Vec<Option<&str>> = lists
            .region
            .iter()
            .filter(|region| self.has_region(schema, region))
            .map(|region| Some(region.as_str()))
            .collect();
        if own.is_empty() {
            let message = format!(
                "cloud {} has none of the regions {}",
                schema.name,
                lists.region.join(", ")
            );
            return Err(Error::usage(message)
                .hint(format!("add a region of {0} to the list, or leave {0} out", schema.name)));
        }
        Ok(own)
    }

    /// A region that none of several clouds has is a slip, which would be left out without a word.
    fn all_regions_are_known(&self, lists: &Lists) -> Result<()> {
        let clouds: Vec<&CloudSchema> =
            lists.cloud.iter().filter_map(|name| schema::cloud(name)).collect();
        if clouds.len() < 2 || clouds.len() < lists.cloud.len() {
            return Ok(());
        }
        let has = |region: &str| {
            clouds.iter().any(|schema| schema.regions && self.has_region(schema, region))
        };
        let Some(region) = lists.region.iter().find(|region| !has(region)) else {
            return Ok(());
        };
        Err(Error::usage(format!(
            "none of the clouds {} has a region {region}",
            lists.cloud.join(", ")
        ))
        .hint("correct its name, remove it, or add the cloud that has it"))
    }

    fn has_region(&self, schema: &CloudSchema, region: &str) -> bool {
        let regions = KeyPath::of(&["clouds", schema.name, "regions"]);
        match regions.find(&self.document).and_then(|known| known.as_object()) {
            Some(known) if !known.is_empty() => known.contains_key(region),
            _ => (schema.region_form)(region),
        }
    }
}

/// The items of `exclude`, and which of them have left something out.
struct Exclude<'m> {
    items: &'m [Entry],
    used: BTreeSet<usize>,
}

impl Exclude<'_> {
    fn any(&mut self, is_about: impl Fn(&Entry) -> bool) -> bool {
        let about = self.items.iter().enumerate().filter(|(_, item)| is_about(item));
        let about: Vec<usize> = about.map(|(at, _)| at).collect();
        self.used.extend(&about);
        !about.is_empty()
    }

    /// An item that leaves nothing out is a slip: what it was meant for would be built.
    fn all_are_used(&self) -> Result<()> {
        let unused = (0..self.items.len()).find(|at| !self.used.contains(at));
        let Some(at) = unused else { return Ok(()) };
        let message =
            format!("matrix.exclude[{at}] ({}) leaves out no combination", self.items[at].shown());
        Err(Error::config(message)
            .hint("correct its names to those of the lists of `matrix:`, or remove it"))
    }
}

fn twice(selection: &Selection) -> Error {
    let names = [&selection.cloud, &selection.region, &selection.distribution];
    let names = names.map(|name| Some(name.clone()).filter(|name| !name.is_empty()));
    let [cloud, region, distribution] = names;
    let shown = Entry { cloud, region, distribution }.shown();
    Error::usage(format!("{shown} is listed twice"))
        .hint("remove it from the lists, or from `include` of `matrix:` in config.yaml")
}

impl Entry {
    fn names(&self) -> [Option<&str>; 3] {
        [&self.cloud, &self.region, &self.distribution].map(Option::as_deref)
    }

    fn shown(&self) -> String {
        self.names().into_iter().flatten().collect::<Vec<_>>().join("/")
    }

    /// Whether an item of `exclude` leaves this combination out.
    fn matches(&self, found: &Selection) -> bool {
        let found = [&found.cloud, &found.region, &found.distribution];
        self.names().into_iter().zip(found).all(|(own, found)| own.is_none_or(|own| own == found))
    }

    /// Whether it leaves out what was asked for, before it is known to exist.
    fn covers(&self, wanted: &Entry) -> bool {
        let pairs = self.names().into_iter().zip(wanted.names());
        pairs.into_iter().all(|(own, wanted)| own.is_none() || own == wanted)
    }

    /// Whether an item of `include` is among what the command line lists.
    fn is_among(&self, lists: &Lists) -> bool {
        let lists = [&lists.cloud, &lists.region, &lists.distribution];
        self.names().into_iter().zip(lists).all(|(own, list)| {
            list.is_empty() || own.is_some_and(|own| list.iter().any(|name| name == own))
        })
    }
}

fn is_same(a: &Selection, b: &Selection) -> bool {
    (&a.cloud, &a.region, &a.distribution) == (&b.cloud, &b.region, &b.distribution)
}

fn either(given: &[String], usual: &[String]) -> Vec<String> {
    if given.is_empty() { usual.to_vec() } else { given.to_vec() }
}

fn or_default(list: &[String]) -> Vec<Option<&str>> {
    match list {
        [] => vec![None],
        list => list.iter().map(|name| Some(name.as_str())).collect(),
    }
}
