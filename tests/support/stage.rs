//! A fake world in a folder, with a ledger in a file, as several processes would share them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use imgctl::Result;
use imgctl::cloud::{
    Call, Cloud, HostKey, Image, ImageSpec, Instance, Launch, Ledger, Resource, ResourceKind,
};
use imgctl::rehearsal::cloud::Fake;
use imgctl::rehearsal::host::{FakeConnect, Rigour};
use imgctl::rehearsal::journal::{Faults, Journal};
use imgctl::report::{Silent, Watch};
use imgctl::ssh::{Command, Connect, Identity, Output, PutOptions, Remote, Target};
use tokio_util::sync::CancellationToken;

/// A ledger in a file, as the real one is, so that it survives a kill.
pub struct FileLedger(pub PathBuf, pub Mutex<()>);

impl FileLedger {
    fn change<T>(&self, change: impl FnOnce(&mut Vec<Resource>) -> T) -> T {
        let _one = self.1.lock().unwrap();
        let text = std::fs::read_to_string(&self.0).unwrap_or_else(|_| "[]".to_owned());
        let mut resources: Vec<Resource> = serde_json::from_str(&text).unwrap();
        let value = change(&mut resources);
        let beside = self.0.with_extension("new");
        std::fs::write(&beside, serde_json::to_string(&resources).unwrap()).unwrap();
        std::fs::rename(beside, &self.0).unwrap();
        value
    }
}

impl Ledger for FileLedger {
    fn intend(&self, kind: ResourceKind, role: &str, _: &[(&str, &str)]) -> Result<Resource> {
        Ok(self.change(|all| {
            if let Some(known) = all.iter().find(|one| one.kind == kind && one.role == role) {
                return known.clone();
            }
            let resource = Resource {
                kind,
                role: role.to_owned(),
                token: format!("t-{}-{role}", all.len() + 1),
                id: None,
                region: "r1".to_owned(),
                attributes: Default::default(),
            };
            all.push(resource.clone());
            resource
        }))
    }

    fn created(&self, token: &str, id: &str, _: &[(&str, &str)]) -> Result<()> {
        self.change(|all| {
            let known = all.iter_mut().find(|one| one.token == token).unwrap();
            known.id = Some(id.to_owned());
        });
        Ok(())
    }

    fn gone(&self, token: &str) -> Result<()> {
        self.change(|all| all.retain(|one| one.token != token));
        Ok(())
    }

    fn resources(&self) -> Result<Vec<Resource>> {
        Ok(self.change(|all| all.clone()))
    }
}

/// Forgets what it is told to write down.
pub struct Forgetful(pub FileLedger);

impl Ledger for Forgetful {
    fn intend(&self, kind: ResourceKind, role: &str, a: &[(&str, &str)]) -> Result<Resource> {
        let resource = self.0.intend(kind, role, a)?;
        self.0.gone(&resource.token)?;
        Ok(resource)
    }
    fn created(&self, _: &str, _: &str, _: &[(&str, &str)]) -> Result<()> {
        Ok(())
    }
    fn gone(&self, _: &str) -> Result<()> {
        Ok(())
    }
    fn resources(&self) -> Result<Vec<Resource>> {
        self.0.resources()
    }
}

pub fn key(folder: &Path) -> ssh_key::PrivateKey {
    let path = folder.join("key");
    if let Ok(text) = std::fs::read_to_string(&path) {
        return ssh_key::PrivateKey::from_openssh(text).unwrap();
    }
    let data = ssh_key::private::Ed25519Keypair::from_seed(&[7; 32]);
    let key = ssh_key::PrivateKey::from(data);
    std::fs::write(path, key.to_openssh(ssh_key::LineEnding::LF).unwrap()).unwrap();
    key
}

/// One process' view of the fake world in a folder.
pub struct Stage {
    pub folder: PathBuf,
    pub journal: Arc<Journal>,
    pub cloud: Fake,
    pub call: Call,
    pub connect: FakeConnect,
}

impl Stage {
    pub fn new(folder: &Path, faults: Faults) -> Stage {
        let journal =
            Journal::open(&folder.join("world"), Some(&folder.join("journal")), faults).unwrap();
        let watch = Watch { report: Arc::new(Silent), cancel: CancellationToken::new() };
        let ledger = Arc::new(FileLedger(folder.join("ledger"), Mutex::new(())));
        let answers = Some(folder.join("answers")).filter(|path| path.exists());
        Stage {
            folder: folder.to_owned(),
            cloud: Fake::new(Arc::clone(&journal), "r1", "debian12", &[]),
            call: Call { run: "run-0042".to_owned(), ledger, watch, only_looks: false },
            connect: FakeConnect::new(Arc::clone(&journal), answers.as_deref(), Rigour::Strict)
                .unwrap(),
            journal,
        }
    }

    pub fn create(&self, role: &str, image: Image) -> Result<Instance> {
        let key = key(&self.folder);
        let public = key.public_key().to_openssh().unwrap();
        let launch = Launch {
            role: role.to_owned(),
            name: format!("ci-{role}-{}", self.call.run),
            image,
            username: "admin".to_owned(),
            authorized_keys: vec![format!("{public} me@here")],
            key_pair: None,
            host_key: Some(HostKey {
                private: key.to_openssh(ssh_key::LineEnding::LF).unwrap().to_string(),
                public,
            }),
            user_data: None,
            boot: None,
            tags: Default::default(),
        };
        block_on(self.cloud.create(&launch, &self.call))
    }

    pub fn base(&self) -> Result<Image> {
        block_on(self.cloud.find_base(None, &self.call))
    }

    pub fn target(&self, instance: &Instance) -> Target {
        Target {
            host: instance.address.clone().unwrap(),
            user: Some("admin".to_owned()),
            identities: vec![Identity::File(self.folder.join("key"))],
            host_keys: vec![key(&self.folder).public_key().to_openssh().unwrap()],
            ..Target::default()
        }
    }

    pub fn host(&self, instance: &Instance) -> Arc<dyn Remote> {
        self.connect.remote(self.target(instance)).unwrap()
    }

    /// A bake in small: every kind of call is in it, and it may be begun again at any point.
    pub fn bake(&self) -> Result<Image> {
        let watch = &self.call.watch;
        let instance = self.create("build", self.base()?)?;
        let instance = block_on(self.cloud.start(&instance.id, &self.call))?;
        let host = self.host(&instance);
        host.probe(watch)?;
        run(&*host, "apt-get install -y nginx", Some("root"))?;
        host.write(b"made by run-0042\n", "/etc/slave_config", &sudo(), watch)?;
        let spec = ImageSpec { name: "ci".to_owned(), ..ImageSpec::default() };
        block_on(self.cloud.create_image(&instance.id, &spec, &self.call))
    }

    pub fn destroy(&self) -> Result<()> {
        let all = self.call.ledger.resources()?;
        block_on(self.cloud.destroy(&all, &self.call))
    }

    pub fn nothing_is_left(&self) -> bool {
        let world = self.journal.look(Clone::clone).unwrap();
        world.instances.is_empty()
            && world.images.is_empty()
            && world.key_pairs.is_empty()
            && self.call.ledger.resources().unwrap().is_empty()
    }

    pub fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.join("journal")).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

pub fn run(host: &dyn Remote, line: &str, sudo: Option<&str>) -> Result<Output> {
    let watch = Watch { report: Arc::new(Silent), cancel: CancellationToken::new() };
    let sudo = sudo.map(str::to_owned);
    host.exec(&Command { line: line.to_owned(), sudo, ..Command::default() }, &watch)
}

pub fn answer(host: &dyn Remote, line: &str) -> (i32, String) {
    let output = run(host, line, None).unwrap();
    (output.status, String::from_utf8(output.stdout).unwrap())
}

pub fn sudo() -> PutOptions {
    PutOptions { sudo: true, ..PutOptions::default() }
}
