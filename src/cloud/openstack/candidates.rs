//! Which of the images that a base may be is the best.

use super::architecture;
use super::pattern::Pattern;
use crate::cloud::Image;
use crate::config::openstack::{Base, System, Wanted};
use crate::report::{Level, Watch};

/// Words in the names of images that are made for one purpose. Others are preferred, unless the pattern
/// asks for one.
const SPECIAL: [&str; 10] = [
    "cuda",
    "desktop",
    "docker",
    "gpu",
    "k8s",
    "k8snode",
    "kubernetes",
    "minimal",
    "nvidia",
    "rescue",
];

/// The best image, of equals the newest; `images` are sorted, oldest first.
pub fn newest(base: &Base, images: Vec<Image>, watch: &Watch) -> Option<Image> {
    match &base.what {
        Wanted::Id(id) => images.into_iter().rfind(|image| image.id == *id),
        // Looked for by its tags.
        Wanted::Channel(_) => None,
        Wanted::Name(name) => images.into_iter().rfind(|image| image.name == *name),
        Wanted::Pattern(pattern) => {
            let mut best = best(pattern, &base.system, images);
            let chosen = best.pop()?;
            let others = best.iter().filter(|other| stem(&other.name) != stem(&chosen.name));
            let mut others: Vec<&str> = others.map(|other| other.name.as_str()).collect();
            others.dedup();
            if let [.., another] = others[..] {
                let message = format!(
                    "several kinds of images match `{pattern}`, such as {another}: {} is the newest",
                    chosen.name
                );
                watch.report.log(Level::Info, &message);
            }
            Some(chosen)
        }
    }
}

/// Those that say what they are, of these the ones with a fitting name; else those with a fitting name
/// that do not say something else.
fn best(pattern: &str, system: &System, mut images: Vec<Image>) -> Vec<Image> {
    let wanted = system.architecture.as_deref().or_else(|| architecture::within(pattern));
    let wanted = architecture::normal(wanted.unwrap_or(architecture::USUAL));
    images.retain(|image| architecture::of(image).is_none_or(|it| it == wanted));
    let name = Pattern::new(pattern);
    let named = |image: &Image| name.matches(&image.name);
    let (said, rest): (Vec<_>, Vec<_>) =
        images.into_iter().partition(|image| says(system, image) == Some(true));
    let named_too: Vec<Image> = said.iter().filter(|image| named(image)).cloned().collect();
    let by_name = || {
        let silent = rest.into_iter().filter(|image| says(system, image).is_none());
        silent.filter(|image| named(image)).collect()
    };
    let tiers = match (named_too.is_empty(), said.is_empty()) {
        (false, _) => named_too,
        (true, false) => said,
        (true, true) => by_name(),
    };
    let general = without(tiers, |image| {
        image.tags.get("os_purpose").is_some_and(|purpose| purpose != "generic")
    });
    let asked = pattern.to_lowercase();
    without(general, |image| {
        let name = image.name.to_lowercase();
        let mut words = name.split(|char: char| !char.is_ascii_alphanumeric());
        words.any(|word| SPECIAL.contains(&word) && !asked.contains(word))
    })
}

/// The images without the unwanted ones; all of them, if nothing else is left.
fn without(images: Vec<Image>, unwanted: impl Fn(&Image) -> bool) -> Vec<Image> {
    let wanted: Vec<Image> = images.iter().filter(|image| !unwanted(image)).cloned().collect();
    if wanted.is_empty() { images } else { wanted }
}

/// Whether the properties of an image say that it is this system. None: they do not say it.
fn says(system: &System, image: &Image) -> Option<bool> {
    let property = |key: &str| image.tags.get(key).map(|value| value.trim().to_lowercase());
    let distro = property("os_distro").filter(|_| !system.distros.is_empty());
    let distro = distro.map(|it| system.distros.iter().any(|wanted| wanted.to_lowercase() == it));
    let version = system.version.as_ref().zip(property("os_version"));
    let version = version.map(|(wanted, it)| is_version(wanted, &it));
    match (distro, version) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        (Some(true), None) if system.version.is_none() => Some(true),
        _ => None,
    }
}

/// Whether a version is the wanted one or one of its minor versions.
fn is_version(wanted: &str, version: &str) -> bool {
    let rest = version.strip_prefix(&wanted.to_lowercase());
    rest.is_some_and(|rest| !rest.starts_with(|char: char| char.is_ascii_digit()))
}

/// A name without its numbers: images of one kind differ by dates and minor versions.
fn stem(name: &str) -> String {
    let name = architecture::without_digits(&name.to_lowercase());
    name.split(|char: char| !char.is_alphabetic()).filter(|word| !word.is_empty()).collect()
}
