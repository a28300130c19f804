//! The local cloud, against real virtual machines.

#[path = "local/bed.rs"]
mod bed;

use bed::{Bed, read_banner};
use imgctl::cloud::{Cloud, ImageSpec, InstanceState};

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_lives_becomes_an_image_and_leaves_nothing() {
    let bed = Bed::new();
    let cloud = bed.cloud();
    let call = &bed.call;
    let t = std::time::Instant::now();
    let base = cloud.find_base(None, call).await.unwrap();
    eprintln!("base {:.1?} {base:?}", t.elapsed());
    let t = std::time::Instant::now();
    let build = cloud.create(&bed.launch("build", base), call).await.unwrap();
    eprintln!("create {:.1?} {build:?}", t.elapsed());
    bed.banner(&cloud, &build).await;
    eprintln!("banner {:.1?}", t.elapsed());
    assert_eq!(bed.ssh_ok(&build, "sudo -n id -un"), "root");
    eprintln!("ssh {:.1?}", t.elapsed());
    eprintln!("{}", bed.ssh_ok(&build, "systemd-analyze blame | head -30; systemctl --failed; cat /proc/cmdline; df -h /; ls -la ~/.ssh /etc/ssh; sudo journalctl -b -p warning --no-pager; systemctl list-units --state=active --type=service --no-pager --plain; cat /etc/resolv.conf; sudo ls -la /run/credentials/@system; time sudo apt-get update"));
    cloud.stop(&build.id, call).await.unwrap();
    eprintln!("stopped {:.1?}", t.elapsed());
    let _ = (read_banner(1), InstanceState::Stopped, ImageSpec::default());
}
