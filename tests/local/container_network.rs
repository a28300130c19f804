//! What a container reaches, and what reaches it.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use imgctl::cloud::Cloud;

use crate::bed::Bed;

/// The ports that a process listens at.
fn listening(pid: &str) -> Vec<u16> {
    let descriptors = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let sockets: Vec<String> = descriptors
        .filter_map(|entry| {
            std::fs::read_link(entry.ok()?.path()).ok()?.into_os_string().into_string().ok()
        })
        .filter_map(|link| Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let tables = ["tcp", "tcp6"].map(|name| std::fs::read_to_string(format!("/proc/net/{name}")));
    let mut ports = Vec::new();
    for line in tables.iter().flatten().flat_map(|table| table.lines().skip(1)) {
        let words: Vec<&str> = line.split_whitespace().collect();
        // Address, state "listening", and the socket's number.
        if words[3] == "0A" && sockets.iter().any(|socket| socket == words[9]) {
            let (_, port) = words[1].rsplit_once(':').unwrap();
            ports.push(u16::from_str_radix(port, 16).unwrap());
        }
    }
    ports
}

/// The process of that program among the children of an instance's processes.
fn networks() -> Vec<String> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().into_string().ok());
    pids.filter(|pid| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.starts_with(b"slirp4netns\0")
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn containers_side_by_side_have_networks_of_their_own() {
    let Some(bed) = Bed::with_containers() else { return };
    let (cloud, call) = (bed.cloud(), &bed.call);
    let base = cloud.find_base(None, call).await.unwrap();
    let one = cloud.create(&bed.launch("build", base.clone()), call).await.unwrap();
    let two = cloud.create(&bed.launch("verify", base), call).await.unwrap();
    let abstract_name = format!("imgctl-test-{}", std::process::id());
    let _socket =
        UnixListener::bind_addr(&SocketAddr::from_abstract_name(&abstract_name).unwrap()).unwrap();
    for instance in [&one, &two] {
        bed.banner(&cloud, instance).await;
        bed.ssh_ok(instance, "systemctl is-system-running --wait");
        // Both serve port 80.
        let page = format!(
            "sudo systemd-run -q --unit=web -p WorkingDirectory=/etc python3 -m http.server 80; \
             until python3 -c \"import urllib.request as r; \
             print(r.urlopen('http://127.0.0.1/hostname').read())\" 2>/dev/null; do :; done; \
             ! grep -q {abstract_name} /proc/net/unix && ! test -e {}",
            bed.folder.path().display()
        );
        bed.ssh_ok(instance, &page);
    }
    // No other port of this computer leads to them.
    let ports: Vec<Vec<u16>> = networks().iter().map(|pid| listening(pid)).collect();
    for instance in [&one, &two] {
        assert!(ports.contains(&vec![instance.ssh_port]), "{} in {ports:?}", instance.ssh_port);
    }

    // Outgoing connections: this computer is 10.0.2.2, as for a virtual machine.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let said = format!(
        "python3 -c \"import socket; socket.create_connection(('10.0.2.2', {port})).send(b'out')\""
    );
    bed.ssh_ok(&one, &said);
    let mut text = String::new();
    listener.accept().unwrap().0.read_to_string(&mut text).unwrap();
    assert_eq!(text, "out");
    cloud.destroy(&call.ledger.resources().unwrap(), call).await.unwrap();
    bed.assert_nothing_left();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_has_no_device_of_this_computer_but_its_own_disk() {
    let Some(bed) = Bed::with_containers() else { return };
    let (cloud, call) = (bed.cloud(), &bed.call);
    let base = cloud.find_base(None, call).await.unwrap();
    let build = cloud.create(&bed.launch("build", base), call).await.unwrap();
    bed.banner(&cloud, &build).await;
    let devices = "for file in $(find /dev); do test -b $file && readlink -f $file; done | sort -u";
    let devices = bed.ssh_ok(&build, devices);
    assert_eq!(devices, bed.ssh_ok(&build, "findmnt -no SOURCE /"));
    assert!(TcpStream::connect(("127.0.0.2", build.ssh_port)).is_err(), "it is for 127.0.0.1");
    // Nor can it make one: its root is no root of this computer.
    let made = bed.ssh(&build, "sudo mknod /dev/other b 254 0");
    assert!(!made.status.success());
    let ids = bed.ssh_ok(&build, "cat /proc/self/uid_map");
    let first: u32 = ids.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(first >= 0x8_0000, "{ids}");
    // The files of its disk belong to the users inside, whose ids are those on the disk.
    assert_eq!(bed.ssh_ok(&build, "stat -c %u /etc/passwd /home/ci"), "0\n1000");
    cloud.destroy(&call.ledger.resources().unwrap(), call).await.unwrap();
    bed.assert_nothing_left();
}
