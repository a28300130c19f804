//! Downloads of vendors' images: an interrupted one is resumed, and only a file with the right
//! checksum is used.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use reqwest::header::{CONTENT_RANGE, HeaderValue, RANGE};
use reqwest::{Client, StatusCode};
use sha2::{Digest, Sha256};

use crate::cloud::local::{own, space, store};
use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{proxy, trusted};
use crate::report::{Activity, Watch};
use crate::{Code, Error, Result};

/// Downloads `url` to `file`. A broken connection is retried for `patience`.
///
/// # Errors
/// `NotFound` if the server refuses, `Failed` if the checksum differs, `Timeout`, `Io`.
pub async fn fetch(
    url: &str,
    sha256: &str,
    file: &Path,
    patience: Patience,
    watch: &Watch,
) -> Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    store::create_folder(folder)?;
    let part = file.with_extension("part");
    proxy::check()?;
    trusted::check()?;
    let client = Client::builder()
        .connect_timeout(std::time::Duration::from_secs(30))
        .read_timeout(std::time::Duration::from_secs(60))
        .build()
        .map_err(|error| Error::failed("cannot set up downloads").cause(error))?;
    let activity = watch.report.activity(&format!("downloading {url}"));
    let (client, part, activity) = (&client, part.as_path(), activity.as_ref());
    wait::until(&format!("the download of {url}"), patience, watch, || async move {
        match transfer(client, url, part, folder, activity).await {
            Ok(()) => Ok(Poll::Ready(())),
            Err(error) if error.code() == Code::Connection => Ok(Poll::Pending(error.to_string())),
            Err(error) => Err(error),
        }
    })
    .await
    .map_err(|error| match error.code() {
        Code::Timeout => error.hint(
            "check `url`, and that this computer reaches it, or raise `start_timeout`: the same command \
             continues the download",
        ),
        _ => error,
    })?;
    activity.status("verifying its checksum");
    let found = checksum(part, watch)?;
    if found != sha256 {
        store::remove(part)?;
        return Err(Error::failed(format!("{url} has another checksum"))
            .cause(format!("its sha256 is {found}, and the settings say {sha256}"))
            .hint("compare it with the vendor's published checksum, then set `sha256`"));
    }
    store::move_to(part, file)
}

/// Downloads what is missing of the file. Broken connections are `Code::Connection`.
async fn transfer(
    client: &Client,
    url: &str,
    part: &Path,
    folder: &Path,
    activity: &dyn Activity,
) -> Result<()> {
    let failed = |error| Error::io("write", part, error);
    let broken = |error: reqwest::Error| {
        let code = if error.is_builder() { Code::Config } else { Code::Connection };
        Error::new(code, format!("cannot download {url}")).cause(root_cause(&error))
    };
    let mut file = own::open(part, OpenOptions::new().create(true).append(true))?;
    let mut done = file.metadata().map_err(failed)?.len();
    let mut request = client.get(url);
    if done > 0 {
        request = request.header(RANGE, format!("bytes={done}-"));
    }
    let mut response = request.send().await.map_err(broken)?;
    match response.status() {
        StatusCode::PARTIAL_CONTENT
            if response.headers().get(CONTENT_RANGE).and_then(starts_at) == Some(done) => {}
        // The file may be complete: the checksum decides.
        StatusCode::RANGE_NOT_SATISFIABLE if done > 0 => return Ok(()),
        status if status.is_success() => {
            file.set_len(0).map_err(failed)?;
            done = 0;
        }
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            return Err(Error::new(Code::Connection, format!("{url} answers {status}")));
        }
        status => {
            return Err(Error::not_found(format!("{url} answers {status}"))
                .hint("set `url` to the address where the vendor publishes it now"));
        }
    }
    let total = response.content_length().map(|left| done.saturating_add(left));
    space::require(folder, total.map_or(0, |total| total - done), "the download")?;
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        file.write_all(&chunk).map_err(failed)?;
        done += chunk.len() as u64;
        activity.progress(done, total);
    }
    file.sync_all().map_err(failed)
}

/// The first byte of a partial answer.
fn starts_at(range: &HeaderValue) -> Option<u64> {
    range.to_str().ok()?.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
}

/// The innermost error, such as "connection refused": reqwest's own only repeats the address.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    crate::error::plain(cause.to_string())
}

/// The SHA-256 of a file, in hexadecimal.
fn checksum(path: &Path, watch: &Watch) -> Result<String> {
    let failed = |error| Error::io("read", path, error);
    let mut file = File::open(path).map_err(failed)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        watch.check()?;
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(format!("{:x}", hash.finalize())),
            count => hash.update(&buffer[..count]),
        }
    }
}

#[cfg(test)]
#[path = "../../../../tests/fuzz/download.rs"]
mod fuzz;
