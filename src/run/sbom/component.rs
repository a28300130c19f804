//! The parts that a bill lists: each package once, however often it was found.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Inventory, Package};
use super::purl;

/// A package and all its places, under its purl.
pub struct Component {
    pub purl: String,
    pub package: Package,
    pub paths: BTreeSet<String>,
}

/// Each package once, in the order of its purl.
pub fn components(inventory: &Inventory) -> Vec<Component> {
    let mut found: BTreeMap<String, Component> = BTreeMap::new();
    for package in &inventory.packages {
        let purl = purl::of(package, &inventory.os);
        let known = found.entry(purl.clone()).or_insert_with(|| Component {
            purl,
            package: package.clone(),
            paths: BTreeSet::new(),
        });
        let path = Some(&package.path).filter(|path| !path.is_empty());
        known.paths.extend(path.cloned());
        known.package.licences.extend(package.licences.iter().cloned());
    }
    let mut components: Vec<Component> = found.into_values().collect();
    for component in &mut components {
        let licences = &mut component.package.licences;
        licences.retain(|licence| !licence.trim().is_empty());
        licences.sort();
        licences.dedup();
    }
    components
}
