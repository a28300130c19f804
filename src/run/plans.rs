//! What `--dry-run` would have made so far: what it tells, and what counts as existing from then on: things
//! on hosts, and values that scripts keep.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

/// What a change would be made to, for the count at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    File,
    Command,
    Instance,
    Image,
    Other,
}

impl Kind {
    /// One of them, and several.
    #[must_use]
    pub fn names(self) -> [&'static str; 2] {
        match self {
            Kind::File => ["file", "files"],
            Kind::Command => ["command", "commands"],
            Kind::Instance => ["instance", "instances"],
            Kind::Image => ["image", "images"],
            Kind::Other => ["other", "others"],
        }
    }
}

/// Things by host, kind and name. Without `--dry-run` it stays empty: hosts themselves tell.
pub struct Plans {
    dry_run: bool,
    state: Mutex<State>,
    /// What stands for images that would be copies by now, which places that are worked in side by side share.
    copies: Arc<Mutex<BTreeSet<String>>>,
}

#[derive(Default)]
struct State {
    /// By host, kind and name: what is known of the thing, or nothing.
    things: BTreeMap<[String; 3], String>,
    /// By host and path. None: it would have been removed.
    files: BTreeMap<[String; 2], Option<Vec<u8>>>,
    /// Those that scripts keep. None: it would have been removed.
    values: BTreeMap<String, Option<Value>>,
    changes: BTreeMap<Kind, usize>,
    /// Addresses of the hosts that would be changed.
    hosts: BTreeSet<String>,
    /// Of other places that are worked in on the way: their hosts and files are others, their changes count here.
    places: Vec<Arc<Plans>>,
    /// What instances would be by now, by role.
    instances: BTreeMap<String, Outlook>,
    /// Those without an entry would be gone as well.
    all_gone: bool,
    /// Some instance would have been started, however it went on.
    any_started: bool,
}

/// What an instance would be by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    Started,
    Stopped,
    Gone,
}

impl Plans {
    #[must_use]
    pub fn new(dry_run: bool) -> Plans {
        Plans { dry_run, state: Mutex::default(), copies: Arc::default() }
    }

    /// Those of another place that is worked in on the way.
    #[must_use]
    pub fn beside(&self) -> Plans {
        Plans { copies: self.copies.clone(), ..Plans::new(self.dry_run) }
    }

    /// An image would be copied. Returns what stands for the copy.
    pub fn add_copy(&self, of: &str) -> String {
        let copy = format!("copy-of-{of}");
        self.copies.lock().unwrap_or_else(PoisonError::into_inner).insert(copy.clone());
        copy
    }

    /// Whether this stands for an image that would be a copy by now.
    #[must_use]
    pub fn has_copy(&self, id: &str) -> bool {
        self.copies.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }

    pub fn add(&self, host: &str, kind: &str, name: &str) {
        if self.dry_run {
            self.state().things.entry([host, kind, name].map(str::to_owned)).or_default();
        }
    }

    /// As `add`, with what is known of the thing from now on.
    pub fn add_value(&self, host: &str, kind: &str, name: &str, value: &str) {
        if self.dry_run {
            let thing = [host, kind, name].map(str::to_owned);
            self.state().things.insert(thing, value.to_owned());
        }
    }

    /// What is known of a thing that would exist by now; an empty text if nothing was said of it.
    #[must_use]
    pub fn thing(&self, host: &str, kind: &str, name: &str) -> Option<String> {
        self.state().things.get(&[host, kind, name].map(str::to_owned)).cloned()
    }

    /// A host would have been changed.
    pub fn change(&self, host: &str) {
        if self.dry_run {
            self.state().hosts.insert(host.to_owned());
        }
    }

    /// Whether a host would have been changed by now.
    #[must_use]
    pub fn has_changed(&self, host: &str) -> bool {
        self.state().hosts.contains(host)
    }

    pub fn set_value(&self, name: &str, value: Option<Value>) {
        if self.dry_run {
            self.state().values.insert(name.to_owned(), value);
        }
    }

    /// The value that would be kept under a name by now; none if nothing would have changed.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Option<Value>> {
        self.state().values.get(name).cloned()
    }

    /// The names of values that would have changed, and whether each would be there.
    #[must_use]
    pub fn values(&self) -> Vec<(String, bool)> {
        self.state().values.iter().map(|(name, value)| (name.clone(), value.is_some())).collect()
    }

    #[must_use]
    pub fn has(&self, host: &str, kind: &str, name: &str) -> bool {
        self.state().things.contains_key(&[host, kind, name].map(str::to_owned))
    }

    /// A file would hold this from now on.
    pub fn write(&self, host: &str, path: &str, contents: &[u8]) {
        if self.dry_run {
            let contents = Some(contents.to_vec());
            self.state().files.insert([host, path].map(str::to_owned), contents);
        }
    }

    /// A file would be gone from now on.
    pub fn remove(&self, host: &str, path: &str) {
        if self.dry_run {
            self.state().files.insert([host, path].map(str::to_owned), None);
        }
    }

    /// What a file would hold by now. None: nothing would have been written there.
    #[must_use]
    pub fn file(&self, host: &str, path: &str) -> Option<Vec<u8>> {
        self.state().files.get(&[host, path].map(str::to_owned)).cloned().flatten()
    }

    /// Whether a file, or a folder that it is in, would have been removed.
    #[must_use]
    pub fn has_removed(&self, host: &str, path: &str) -> bool {
        let state = self.state();
        let is_gone = |path: &Path| {
            let key = [host.to_owned(), path.to_string_lossy().into_owned()];
            state.files.get(&key).is_some_and(Option::is_none)
        };
        Path::new(path).ancestors().any(is_gone)
    }

    /// A thing would be gone from now on.
    pub fn forget(&self, host: &str, kind: &str, name: &str) {
        self.state().things.remove(&[host, kind, name].map(str::to_owned));
    }

    /// The instance of this role would be started.
    pub fn start(&self, role: &str) {
        let mut state = self.state();
        state.any_started = true;
        state.instances.insert(role.to_owned(), Outlook::Started);
    }

    /// The instance of this role would be stopped.
    pub fn stop(&self, role: &str) {
        self.state().instances.insert(role.to_owned(), Outlook::Stopped);
    }

    /// The instance of this role, or all, would be removed.
    pub fn end(&self, role: Option<&str>) {
        let mut state = self.state();
        match role {
            Some(role) => {
                state.instances.insert(role.to_owned(), Outlook::Gone);
            }
            None => {
                state.instances.clear();
                state.all_gone = true;
            }
        }
    }

    /// What the instance of this role would be by now. None: nothing would have happened to it.
    #[must_use]
    pub fn outlook(&self, role: &str) -> Option<Outlook> {
        let state = self.state();
        let all = state.all_gone.then_some(Outlook::Gone);
        state.instances.get(role).copied().or(all)
    }

    /// Whether all that this run had made would be gone, and nothing started since.
    #[must_use]
    pub fn is_all_gone(&self) -> bool {
        let state = self.state();
        state.all_gone && state.instances.values().all(|outlook| *outlook == Outlook::Gone)
    }

    /// Whether the instance of this role would have been started, or any was.
    #[must_use]
    pub fn has_started(&self, role: Option<&str>) -> bool {
        let state = self.state();
        role.map_or(state.any_started, |role| state.instances.get(role) == Some(&Outlook::Started))
    }

    /// One more change would be made.
    pub fn count(&self, kind: Kind) {
        *self.state().changes.entry(kind).or_default() += 1;
    }

    /// The changes of work in another place are counted with these.
    pub fn include(&self, place: &Arc<Plans>) {
        if self.dry_run {
            self.state().places.push(place.clone());
        }
    }

    /// Changes by kind, and things by kind, with those of other places.
    fn totals(&self) -> (BTreeMap<Kind, usize>, BTreeMap<String, usize>) {
        let state = self.state();
        let (mut changes, mut things) = (state.changes.clone(), BTreeMap::new());
        for [_, kind, _] in state.things.keys() {
            *things.entry(kind.clone()).or_default() += 1;
        }
        let places = state.places.clone();
        drop(state);
        for place in places {
            let (of_place, made) = place.totals();
            of_place.into_iter().for_each(|(kind, count)| {
                *changes.entry(kind).or_default() += count;
            });
            made.into_iter().for_each(|(kind, count)| {
                *things.entry(kind).or_default() += count;
            });
        }
        (changes, things)
    }

    /// Whether a change would be made so far.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        !self.totals().0.is_empty()
    }

    /// `12 changes: 3 files, 9 commands (2 packages, 1 user)`
    #[must_use]
    pub fn counted(&self) -> String {
        let (changes, things) = self.totals();
        let all: usize = changes.values().sum();
        if all == 0 {
            return "nothing would be changed".to_owned();
        }
        let number = |count: usize, [one, several]: [&str; 2]| match count {
            1 => format!("1 {one}"),
            _ => format!("{count} {several}"),
        };
        let changes = changes.iter().map(|(kind, count)| number(*count, kind.names()));
        let changes: Vec<String> = changes.collect();
        let made = [["package", "packages"], ["user", "users"], ["group", "groups"]];
        let made: Vec<String> = made
            .into_iter()
            .map(|names| (things.get(names[0]).copied().unwrap_or_default(), names))
            .filter(|(count, _)| *count > 0)
            .map(|(count, names)| number(count, names))
            .collect();
        let made = if made.is_empty() { String::new() } else { format!(" ({})", made.join(", ")) };
        let all = number(all, ["change", "changes"]);
        format!("{all}: {}{made}", changes.join(", "))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_counted_by_kind_with_what_they_make() {
        let plans = Plans::new(true);
        assert_eq!(plans.counted(), "nothing would be changed");
        plans.count(Kind::File);
        assert_eq!(plans.counted(), "1 change: 1 file");
        plans.count(Kind::Command);
        plans.count(Kind::Command);
        plans.add("h", "package", "git");
        plans.add("h", "package", "curl");
        plans.add("h", "user", "ci");
        assert_eq!(plans.counted(), "3 changes: 1 file, 2 commands (2 packages, 1 user)");
        let place = Arc::new(Plans::new(true));
        plans.include(&place);
        place.count(Kind::Image);
        place.add("h", "package", "git");
        assert!(plans.has("h", "user", "ci") && !place.has("h", "user", "ci"));
        plans.add_value("h", "user", "ci", "ci:x:2000");
        plans.add("h", "user", "ci");
        assert_eq!(plans.thing("h", "user", "ci").as_deref(), Some("ci:x:2000"));
        assert_eq!(plans.thing("h", "package", "git").as_deref(), Some(""));
        let all = "4 changes: 1 file, 2 commands, 1 image (3 packages, 1 user)";
        assert_eq!(plans.counted(), all);
    }

    #[test]
    fn instances_are_what_was_planned_last() {
        let plans = Plans::new(true);
        assert_eq!(plans.outlook("build"), None);
        plans.start("build");
        assert!(plans.has_started(Some("build")) && !plans.has_started(Some("verify")));
        plans.stop("build");
        assert_eq!(plans.outlook("build"), Some(Outlook::Stopped));
        plans.end(None);
        assert_eq!(plans.outlook("verify"), Some(Outlook::Gone));
        assert!(plans.is_all_gone() && plans.has_started(None));
        plans.start("build");
        assert!(!plans.is_all_gone());
    }
}
