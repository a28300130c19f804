//! Rounds on the fake cloud, which has no network: its own faults stand for those of one.

use std::cell::Cell;
use std::sync::mpsc::Sender;

use serde_json::Value;

use super::cloud::Cloud;
use super::faulty_proxy::{Fault, FaultyProxy, Moment};
use super::guest::CloudProject;

struct Fake {
    project: CloudProject,
    /// The lines of the journal before the command that is counted.
    before: Cell<usize>,
}

const CONFIG: &str = "\
defaults: {cloud: fake, distribution: debian12}
ssh: {ready_timeout: 3s}
clouds: {fake: {world: world.json, journal: journal.txt, strict: true}}
";

pub fn open(_: &mut fastrand::Rng) -> Box<dyn Cloud> {
    let project = CloudProject::new(CONFIG);
    // The shipped ones, which the fake host knows.
    for folder in ["scripts", "stdlib"] {
        std::fs::remove_dir_all(project.path().join(folder)).unwrap();
    }
    Box::new(Fake { project, before: Cell::new(0) })
}

impl Cloud for Fake {
    fn project(&self) -> &CloudProject {
        &self.project
    }

    fn words(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn proxy(&self) -> Option<&FaultyProxy> {
        None
    }

    fn left(&self) -> Vec<String> {
        [self.ids("instances"), self.ids("key_pairs")].concat()
    }

    fn instances(&self) -> Vec<String> {
        self.ids("instances")
    }

    fn images(&self) -> Vec<String> {
        self.ids("images")
    }

    /// Each call counts, looks too.
    fn arm(&self, moment: Moment, fault: Fault, _: Sender<()>) -> Vec<String> {
        let key = match fault {
            Fault::HoldAfter => "kill_after",
            Fault::HoldBefore(_) => "kill_at",
            Fault::DropBefore | Fault::Reset | Fault::Refused(_) | Fault::Burst { .. } => "fail_at",
            _ => "fail_after",
        };
        let setting = format!("clouds.fake.{key}={}", moment.change + moment.after);
        vec!["--set".to_owned(), setting]
    }

    fn count(&self) {
        self.before.set(self.calls());
    }

    fn counted(&self) -> usize {
        self.calls() - self.before.get()
    }
}

impl Fake {
    fn calls(&self) -> usize {
        let journal = std::fs::read_to_string(self.project.path().join("journal.txt"));
        journal.unwrap_or_default().lines().count()
    }

    fn ids(&self, kind: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.project.path().join("world.json"));
        let world: Value = serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default();
        world[kind].as_object().into_iter().flatten().map(|(id, _)| id.clone()).collect()
    }
}
