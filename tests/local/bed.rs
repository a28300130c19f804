//! For the tests of the local cloud: one base image for all of them, a ledger in memory, and a folder
//! each, in which nothing is left running.

use std::io::Read;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use imgctl::Result;
use imgctl::cloud::console::dead_end;
use imgctl::cloud::local::Local;
use imgctl::cloud::{
    Call, Cloud, HostKey, Image, Instance, Launch, Ledger, Resource, ResourceKind, Stillness, Tags,
};
use imgctl::config::local::{Base, MachineKind, Settings as LocalSettings};
use imgctl::report::{Silent, Watch};
use tokio_util::sync::CancellationToken;

/// A loaded machine without KVM took 205 s to boot a guest.
const PATIENCE: Duration = Duration::from_secs(900);

/// A ledger in memory.
#[derive(Default)]
pub struct Notes(Mutex<Vec<Resource>>);

impl Ledger for Notes {
    fn intend(&self, kind: ResourceKind, role: &str, _: &[(&str, &str)]) -> Result<Resource> {
        let mut notes = self.0.lock().unwrap();
        if let Some(known) = notes.iter().find(|known| known.kind == kind && known.role == role) {
            return Ok(known.clone());
        }
        let resource = Resource {
            kind,
            role: role.to_owned(),
            token: uuid::Uuid::new_v4().simple().to_string(),
            id: None,
            region: String::new(),
            attributes: Default::default(),
        };
        notes.push(resource.clone());
        Ok(resource)
    }

    fn created(&self, token: &str, id: &str, _: &[(&str, &str)]) -> Result<()> {
        let mut notes = self.0.lock().unwrap();
        let known = notes.iter_mut().find(|known| known.token == token).unwrap();
        known.id = Some(id.to_owned());
        Ok(())
    }

    fn gone(&self, token: &str) -> Result<()> {
        self.0.lock().unwrap().retain(|known| known.token != token);
        Ok(())
    }

    fn resources(&self) -> Result<Vec<Resource>> {
        Ok(self.0.lock().unwrap().clone())
    }
}

/// A key pair made by ssh-keygen.
pub struct Key {
    pub file: PathBuf,
    pub private: String,
    pub public: String,
}

/// The folder, settings and keys of one test.
pub struct Bed {
    pub folder: tempfile::TempDir,
    pub settings: LocalSettings,
    pub notes: Arc<Notes>,
    pub call: Call,
    pub user_key: Key,
    pub host_key: Key,
}

impl Bed {
    pub fn new() -> Bed {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let settings = LocalSettings {
            folder: Some(folder.path().join("data")),
            cache: Some(cache()),
            machine: MachineKind::Vm,
            ..LocalSettings::default()
        };
        let notes = Arc::new(Notes::default());
        let watch = Watch { report: Arc::new(Silent), cancel: CancellationToken::new() };
        let ledger = notes.clone();
        let call = Call { run: "run-1".into(), ledger, watch, only_looks: false };
        let (user_key, host_key) = (key(folder.path(), "user"), key(folder.path(), "host"));
        Bed { folder, settings, notes, call, user_key, host_key }
    }

    /// A bed whose instances are containers; none where they cannot be: only root can mount their
    /// disks.
    pub fn with_containers() -> Option<Bed> {
        if !rustix::process::geteuid().is_root() {
            println!("skipped: containers need root");
            return None;
        }
        let mut bed = Bed::new();
        bed.settings.machine = MachineKind::Container;
        Some(bed)
    }

    /// Kills the processes of an instance, and waits for their end.
    pub fn kill(&self, id: &str) {
        assert!(!self.processes().is_empty(), "{id} does not run");
        while !self.processes().is_empty() {
            for pid in self.processes().into_iter().filter_map(rustix::process::Pid::from_raw) {
                // It may have ended by itself.
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        }
    }

    /// A bed whose base is an empty disk: nothing boots from it, but QEMU runs.
    pub fn with_empty_base() -> Bed {
        let mut bed = Bed::new();
        let file = bed.folder.path().join("empty.qcow2");
        qemu_img(&["create", "-q", "-f", "qcow2", file.to_str().unwrap(), "16M"]);
        bed.settings.base = Some(Base::File { file, handover: None });
        bed.settings.cache = Some(bed.folder.path().join("cache"));
        bed.settings.disk.size = bytesize::ByteSize::mib(64);
        bed.settings.memory = bytesize::ByteSize::mib(128);
        bed
    }

    pub fn local(&self) -> Result<Local> {
        Local::new(self.settings.clone(), "debian12".into(), None)
    }

    pub fn cloud(&self) -> Local {
        self.local().unwrap()
    }

    /// New instances get other keys from now on.
    pub fn new_keys(&mut self) {
        self.user_key = key(self.folder.path(), "new-user");
        self.host_key = key(self.folder.path(), "new-host");
    }

    pub fn launch(&self, role: &str, image: Image) -> Launch {
        Launch {
            role: role.into(),
            name: format!("test {role}"),
            image,
            username: "ci".into(),
            authorized_keys: vec![self.user_key.public.clone()],
            key_pair: None,
            host_key: Some(HostKey {
                private: self.host_key.private.clone(),
                public: self.host_key.public.clone(),
            }),
            user_data: None,
            boot: None,
            tags: Tags::new(),
        }
    }

    /// Waits for the SSH banner, which only the guest's sshd sends.
    pub async fn banner(&self, cloud: &Local, instance: &Instance) -> String {
        let (started, mut stillness) = (Instant::now(), Stillness::default());
        loop {
            if let Some(banner) = read_banner(instance.ssh_port) {
                return banner;
            }
            let console = cloud.console(&instance.id, &self.call).await.unwrap();
            let state = cloud.describe(&instance.id, &self.call).await.unwrap();
            assert!(started.elapsed() < PATIENCE, "no banner; console:\n{console}");
            assert!(state.is_some_and(|state| state.address.is_some()), "it died:\n{console}");
            // As `up` does for an emulated processor.
            let died = dead_end(&console).is_some_and(|end| end.is_panic);
            if died || stillness.look(&console, Instant::now()).is_some() {
                println!("begun again after:\n{console}");
                assert!(cloud.begin_boot_again(&instance.id, &self.call).await.unwrap());
                stillness = Stillness::default();
            }
            // QEMU refuses or closes the connection until sshd listens.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Runs a command by the system's ssh, which accepts no host key but the instance's.
    pub fn ssh(&self, instance: &Instance, command: &str) -> std::process::Output {
        let known = self.folder.path().join("known_hosts");
        let line = format!("[127.0.0.1]:{} {}\n", instance.ssh_port, self.host_key.public);
        std::fs::write(&known, line).unwrap();
        Command::new("ssh")
            .args(["-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"])
            .args(["-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"])
            .arg("-o")
            .arg(format!("UserKnownHostsFile={}", known.display()))
            .arg("-i")
            .arg(&self.user_key.file)
            .args(["-p", &instance.ssh_port.to_string(), "ci@127.0.0.1", command])
            .output()
            .unwrap()
    }

    /// [`Bed::ssh`] for a command that must succeed; returns its output.
    pub fn ssh_ok(&self, instance: &Instance, command: &str) -> String {
        let output = self.ssh(instance, command);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {error}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The files under the data folder, without locks.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.settings.folder.clone().unwrap()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if entry.file_name() != "lock" {
                    found.push(path);
                }
            }
        }
        found
    }

    /// Nothing is left of the instances and images.
    pub fn assert_nothing_left(&self) {
        assert_eq!(self.processes(), Vec::<i32>::new(), "processes");
        assert_eq!(self.files(), Vec::<PathBuf>::new(), "files");
        assert_eq!(self.notes.resources().unwrap(), Vec::<Resource>::new(), "notes");
    }

    /// The machines of this bed's instances: QEMU, or the first process of a container.
    pub fn machines(&self) -> usize {
        let is_machine =
            |line: &&String| line.contains("qemu-system") || line.starts_with("unshare\0");
        let lines = self.processes().into_iter().map(command_line);
        // The shell that starts QEMU again after a reboot is none.
        lines.filter(|line| !line.starts_with("sh\0")).filter(|line| is_machine(&line)).count()
    }

    /// The processes of this bed's instances.
    pub fn processes(&self) -> Vec<i32> {
        let folder = self.folder.path();
        let mut found = Vec::new();
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let Ok(pid) = entry.file_name().to_string_lossy().parse() else { continue };
            let line = command_line(pid);
            let place = std::fs::read_link(entry.path().join("cwd")).unwrap_or_default();
            let is_here = place.starts_with(folder) || line.contains(&*folder.to_string_lossy());
            if is_here && line.contains("imgctl-vm-") {
                found.push(pid);
            }
        }
        found
    }
}

/// The program and its arguments, each with a NUL after it; empty for one that has ended.
fn command_line(pid: i32) -> String {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).into_owned()
}

impl Drop for Bed {
    /// Also a test that fails leaves nothing running.
    fn drop(&mut self) {
        for pid in self.processes() {
            if let Some(pid) = rustix::process::Pid::from_raw(pid) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        }
    }
}

/// The base image is kept for the next run: building it takes a minute.
pub fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("local-cache")
}

fn key(folder: &Path, name: &str) -> Key {
    let file = folder.join(name);
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"])
        .arg(&file)
        .status()
        .unwrap();
    assert!(made.success());
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let public = read(&file.with_extension("pub")).trim().to_owned();
    Key { private: read(&file), public, file }
}

/// The banner of the guest's sshd; none while it does not listen.
pub fn read_banner(port: u16) -> Option<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    // A connection made before the guest's network is up may hang; a new one does not.
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let mut buffer = [0; 64];
    let count = stream.read(&mut buffer).ok()?;
    let banner = String::from_utf8_lossy(&buffer[..count]).into_owned();
    banner.starts_with("SSH-2.0").then_some(banner)
}

/// Runs qemu-img and returns its output.
pub fn qemu_img(words: &[&str]) -> String {
    let output = Command::new("qemu-img").args(words).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Ends an instance's QEMU as if the guest had powered off.
pub fn power_off(bed: &Bed, id: &str) {
    let folder = bed.settings.folder.as_ref().unwrap().join("instances").join(id);
    let folder = std::fs::File::open(folder).unwrap();
    use std::os::fd::AsRawFd;
    let path = format!("/proc/self/fd/{}/qmp.sock", folder.as_raw_fd());
    let mut socket = std::os::unix::net::UnixStream::connect(path).unwrap();
    use std::io::Write;
    socket.write_all(b"{\"execute\": \"qmp_capabilities\"}{\"execute\": \"quit\"}\n").unwrap();
    let mut said = String::new();
    // Until QEMU closes the connection.
    let _ = socket.read_to_string(&mut said);
    assert!(said.contains("SHUTDOWN"), "{said}");
    let started = Instant::now();
    while !bed.processes().is_empty() {
        assert!(started.elapsed() < PATIENCE, "QEMU does not end");
        std::thread::yield_now();
    }
}
