//! Base images: downloads from a server on loopback, files, and what is refused.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use imgctl::Code;
use imgctl::cloud::Cloud;
use imgctl::config::local::Base;
use sha2::{Digest, Sha256};

use crate::bed::{Bed, qemu_img};

/// A web server for one file. The first answer ends in the middle.
struct Server {
    url: String,
    /// The `Range` of each request, if it had one.
    ranges: Arc<Mutex<Vec<Option<String>>>>,
}

impl Server {
    fn start(file: Vec<u8>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/image.qcow2", listener.local_addr().unwrap());
        let ranges: Arc<Mutex<Vec<Option<String>>>> = Arc::default();
        let seen = ranges.clone();
        // Ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = Vec::new();
                let mut buffer = [0; 1024];
                while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                    let count = stream.read(&mut buffer).unwrap();
                    request.extend_from_slice(&buffer[..count]);
                }
                let request = String::from_utf8(request).unwrap().to_lowercase();
                let range = request
                    .lines()
                    .find_map(|line| line.strip_prefix("range: bytes="))
                    .map(str::to_owned);
                let is_first = seen.lock().unwrap().is_empty();
                seen.lock().unwrap().push(range.clone());
                let from: usize =
                    range.map_or(0, |range| range.trim_end_matches('-').parse().unwrap());
                let status = if from > 0 {
                    format!(
                        "206 Partial Content\r\nContent-Range: bytes {from}-{}/{}",
                        file.len() - 1,
                        file.len()
                    )
                } else {
                    "200 OK".to_owned()
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    file.len() - from
                );
                let end = if is_first { file.len() / 2 } else { file.len() };
                stream.write_all(head.as_bytes()).unwrap();
                stream.write_all(&file[from..end]).unwrap();
            }
        });
        Server { url, ranges }
    }
}

/// A bed with a cache of its own.
fn bed() -> Bed {
    let mut bed = Bed::new();
    bed.settings.cache = Some(bed.folder.path().join("cache"));
    bed
}

fn small_image(folder: &Path) -> Vec<u8> {
    let file = folder.join("small.qcow2");
    qemu_img(&["create", "-q", "-f", "qcow2", file.to_str().unwrap(), "16M"]);
    std::fs::read(file).unwrap()
}

fn files_below(folder: &Path) -> usize {
    std::fs::read_dir(folder).map(|entries| entries.count()).unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_download_is_resumed_and_its_file_is_kept() {
    let mut bed = bed();
    let file = small_image(bed.folder.path());
    let sha256 = format!("{:x}", Sha256::digest(&file));
    let server = Server::start(file.clone());
    bed.settings.base = Some(Base::Url { url: server.url.clone(), sha256, handover: None });
    let base = bed.cloud().find_base(None, &bed.call).await.unwrap();
    assert_eq!(base.name, "debian12");
    let ranges = server.ranges.lock().unwrap().clone();
    assert_eq!(ranges, [None, Some(format!("{}-", file.len() / 2))]);
    assert_eq!(bed.cloud().find_base(None, &bed.call).await.unwrap(), base);
    assert_eq!(server.ranges.lock().unwrap().len(), 2, "downloaded again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_put_into_the_cache_is_not_used() {
    let mut bed = bed();
    let file = small_image(bed.folder.path());
    let sha256 = format!("{:x}", Sha256::digest(&file));
    let server = Server::start(file.clone());
    let url = server.url.clone();
    bed.settings.base = Some(Base::Url { url, sha256: sha256.clone(), handover: None });
    let cache = bed.settings.cache.clone().unwrap();
    let (downloads, bases) = (cache.join("downloads"), cache.join("bases"));
    std::fs::create_dir_all(&downloads).unwrap();
    std::fs::create_dir_all(&bases).unwrap();
    let elsewhere = bed.folder.path().join("elsewhere");
    std::fs::write(&elsewhere, &file).unwrap();
    for path in [
        bases.join(format!("debian12-{}.lock", &sha256[..12])),
        bases.join(format!("debian12-{}.json", &sha256[..12])),
        downloads.join(format!("{sha256}.part")),
        downloads.join(format!("{sha256}.img")),
    ] {
        let refused = async |why: &str| {
            let error = bed.cloud().find_base(None, &bed.call).await.unwrap_err();
            assert_eq!(error.code(), Code::Config, "{error}");
            assert!(error.to_string().contains(why), "{}: {error}", path.display());
            std::fs::remove_file(&path).unwrap();
        };
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        refused("it is a link").await;
        assert!(std::fs::read(&elsewhere).unwrap() == file, "written through {}", path.display());
        std::fs::copy(&elsewhere, &path).unwrap();
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&path, Some(65_534), None).unwrap();
            refused("it belongs to another user").await;
        }
    }
    // Left by one that was killed: begun again in its place, for this user only.
    let _ = std::fs::remove_file(downloads.join(format!("{sha256}.img")));
    std::fs::write(downloads.join(format!("{sha256}.part")), &file[..7]).unwrap();
    bed.cloud().find_base(None, &bed.call).await.unwrap();
    assert!(std::fs::read(downloads.join(format!("{sha256}.img"))).unwrap() == file);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_another_checksum_is_not_kept() {
    let mut bed = bed();
    let file = small_image(bed.folder.path());
    let found = format!("{:x}", Sha256::digest(&file));
    let wanted = "0".repeat(64);
    let server = Server::start(file);
    bed.settings.base = Some(Base::Url { url: server.url, sha256: wanted.clone(), handover: None });
    let error = bed.cloud().find_base(None, &bed.call).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&found) && text.contains(&wanted), "{text}");
    let cache = bed.settings.cache.as_ref().unwrap();
    assert_eq!(files_below(&cache.join("downloads")), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_a_download_and_the_next_one_resumes() {
    let mut bed = bed();
    // Accepts, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/image", silent.local_addr().unwrap());
    bed.settings.base = Some(Base::Url { url, sha256: "0".repeat(64), handover: None });
    let cloud = bed.cloud();
    let cancel = bed.call.watch.cancel.clone();
    let (result, ()) = tokio::join!(cloud.find_base(None, &bed.call), async {
        tokio::task::spawn_blocking(move || silent.accept().unwrap()).await.unwrap();
        cancel.cancel();
    });
    assert_eq!(result.unwrap_err().code(), Code::Interrupted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_reached_is_told_with_the_cure() {
    let mut bed = bed();
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{gone}/image");
    bed.settings.base = Some(Base::Url { url, sha256: "0".repeat(64), handover: None });
    bed.settings.start_timeout = jiff::SignedDuration::from_secs(1);
    let error = bed.cloud().find_base(None, &bed.call).await.unwrap_err();
    assert_eq!(error.code(), Code::Timeout);
    assert!(error.hint_text().unwrap().contains("the same command continues"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_cannot_be_a_base_are_refused() {
    let mut bed = bed();
    let folder = bed.folder.path().to_owned();
    small_image(&folder);
    let part = folder.join("part.qcow2");
    qemu_img(&[
        "create",
        "-q",
        "-f",
        "qcow2",
        "-b",
        folder.join("small.qcow2").to_str().unwrap(),
        "-F",
        "qcow2",
        part.to_str().unwrap(),
    ]);
    let packed = folder.join("image.xz");
    std::fs::write(&packed, b"\xfd7zXZ\0 and so on").unwrap();
    // What broke off, and what a server says in place of an image.
    let (full, half) = (folder.join("full.raw"), folder.join("half.qcow2"));
    std::fs::write(&full, vec![7; 4 << 20]).unwrap();
    let words = ["convert", "-f", "raw", "-O", "qcow2"];
    qemu_img(&[&words[..], &[full.to_str().unwrap(), half.to_str().unwrap()]].concat());
    let file = std::fs::OpenOptions::new().write(true).open(&half).unwrap();
    file.set_len(2 << 20).unwrap();
    let mut table = vec![0; 1 << 20];
    table[510..520].copy_from_slice(b"\x55\xaaEFI PART");
    table[560..568].copy_from_slice(&4095_u64.to_le_bytes());
    let raw = folder.join("half.raw");
    std::fs::write(&raw, table).unwrap();
    let page = folder.join("page.img");
    std::fs::write(&page, "<html>404 Not Found</html>".repeat(100)).unwrap();
    for (file, expected) in [
        (folder.join("none.qcow2"), "does not exist"),
        (part, "it is incomplete"),
        (packed, "it is compressed (xz)"),
        (half, "its end is missing"),
        (raw, "its partitions may reach to byte 2097152, and the file has 1048576 bytes"),
        (page, "it is no disk image"),
        (folder.clone(), "it is not a file"),
    ] {
        bed.settings.base = Some(Base::File { file, handover: None });
        let error = bed.cloud().find_base(None, &bed.call).await.unwrap_err();
        assert_eq!(error.code(), Code::Config);
        assert!(error.to_string().contains(expected), "{error}");
    }
    bed.settings.base = Some(Base::Image { image: "none".into() });
    let error = bed.cloud().find_base(None, &bed.call).await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
    bed.settings.base = None;
    let centos = imgctl::cloud::local::Local::new(bed.settings.clone(), "centos7".into(), None);
    let error = centos.unwrap().find_base(None, &bed.call).await.unwrap_err();
    assert!(error.message().contains("centos7"), "{error}");
}
