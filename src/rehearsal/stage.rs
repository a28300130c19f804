//! The stage of a test: hosts that it makes up, and answers to commands on this machine.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::cloud::{base, names};
use super::host::{Answers, FakeConnect, Rigour};
use super::journal::{Faults, Journal};
use super::open::Rehearsal;
use super::world::{Account, Entry, Machine, SCHEME, Unit, World};
use crate::config::fake_host::{Host, Rule};
use crate::error::nearest;
use crate::ssh::{Output, Target};
use crate::{Error, Result};

/// A rehearsal in a folder of its own, where every program must be known.
pub struct Stage {
    pub rehearsal: Rehearsal,
    journal: Arc<Journal>,
    calls: std::path::PathBuf,
    here: Mutex<Here>,
}

#[derive(Default)]
struct Here {
    answers: Vec<Answers>,
    answered: BTreeMap<String, u32>,
}

impl Stage {
    /// `folder` is empty and belongs to the caller.
    pub fn open(folder: &Path) -> Result<Stage> {
        Stage::over(folder, Rigour::Exact)
    }

    /// One where programs that are not known succeed and print nothing: for plans.
    pub fn lenient(folder: &Path) -> Result<Stage> {
        Stage::over(folder, Rigour::Lenient)
    }

    /// Whether there is a model of a host of that name.
    #[must_use]
    pub fn knows(os: &str) -> bool {
        base(os).is_some()
    }

    fn over(folder: &Path, rigour: Rigour) -> Result<Stage> {
        let calls = folder.join("calls");
        let journal = Journal::open(&folder.join("world.json"), Some(&calls), Faults::default())?;
        let hosts = FakeConnect::new(journal.clone(), None, rigour)?;
        let rehearsal = Rehearsal::over(journal.clone(), hosts);
        Ok(Stage { rehearsal, journal, calls, here: Mutex::default() })
    }

    /// Makes up a host.
    pub fn host(&self, host: &Host) -> Result<Target> {
        let Some((image, base)) = base(&host.os) else {
            let known: Vec<&str> = names().collect();
            let error = Error::usage(format!("there is no fake host with `{}`", host.os));
            return Err(match nearest(&host.os, known.iter().copied()) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("use one of: {}", known.join(", "))),
            });
        };
        let id = self.journal.arrange(|world| {
            let number = world.number();
            let taken = |name: &str| world.instances.values().any(|it| it.role == name);
            let mut role = host.label.clone();
            for other in 2.. {
                if !taken(&role) {
                    break;
                }
                role = format!("{}-{other}", host.label);
            }
            let mut machine = Machine {
                name: role.clone(),
                role,
                created: World::time(number),
                image,
                architecture: base.architecture,
                username: host.user.clone(),
                open: true,
                disk: base.disk,
                ..Machine::default()
            };
            furnish(&mut machine, host);
            machine.boot();
            let id = format!("i-{number}");
            world.instances.insert(id.clone(), machine);
            Ok(id)
        })?;
        self.rehearsal.answer(&id, Answers::of(host.rules.clone(), &id)?);
        let host = Target {
            host: format!("{SCHEME}{id}"),
            user: Some(host.user.clone()),
            ..Target::default()
        };
        // Its name in the list of calls is that in messages.
        let label = self.rehearsal.remote(host.clone())?.label().to_owned();
        Ok(Target { label, ..host })
    }

    pub fn answer_here(&self, rules: Vec<Rule>) -> Result<()> {
        let mut here = self.given();
        let name = format!("here {}", here.answers.len());
        here.answers.push(Answers::of(rules, &name)?);
        Ok(())
    }

    pub fn here(&self, line: &str) -> Result<Option<Output>> {
        let mut here = self.given();
        let Here { answers, answered } = &mut *here;
        let answer = answers.iter().find_map(|answers| answers.find("here", line, answered));
        let Some(answer) = answer else { return Ok(None) };
        self.journal.call(&format!("local {line}"), |_| Ok(()))?;
        answer.map(Some)
    }

    pub fn calls(&self) -> Result<Vec<String>> {
        let text = std::fs::read_to_string(&self.calls)
            .map_err(|error| Error::io("read", &self.calls, error))?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    fn given(&self) -> MutexGuard<'_, Here> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn furnish(machine: &mut Machine, host: &Host) {
    let account = |name: &str, uid: u32| Account {
        uid,
        home: if name == "root" { "/root".to_owned() } else { format!("/home/{name}") },
        shell: "/bin/bash".to_owned(),
        groups: [name.to_owned()].into(),
    };
    let disk = &mut machine.disk;
    for (uid, name) in (1000..).zip([&host.user].into_iter().chain(&host.users)) {
        let mut account = account(name, uid);
        if *name == host.user {
            account.groups.insert("sudo".to_owned());
        }
        disk.groups.insert(name.clone());
        let owner = format!("{name}:{name}");
        disk.files.insert(account.home.clone(), Entry::folder("755", &owner));
        disk.users.entry(name.clone()).or_insert(account);
    }
    disk.groups.extend(host.groups.iter().cloned());
    disk.packages.extend(host.packages.iter().cloned());
    for name in &host.services {
        disk.units.insert(name.clone(), Unit { enabled: true, active: true });
    }
    for (path, file) in &host.files {
        let entry = Entry::file(file.text.clone(), &file.mode, &file.owner);
        disk.files.insert(path.clone(), entry);
        for folder in Path::new(path).ancestors().skip(1) {
            let folder = folder.display().to_string();
            if folder.len() > 1 {
                disk.files.entry(folder).or_insert_with(|| Entry::folder("755", "root:root"));
            }
        }
    }
}
