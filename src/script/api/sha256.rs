//! SHA-256 checksums, as `sha256sum` prints them.

use std::io::Read;

use rhai::Blob;
use rhai::plugin::*;
use sha2::{Digest, Sha256};

use crate::Error;
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::running::Script;

#[export_module]
pub mod functions {
    /// The checksum of a text.
    ///
    /// ```rhai
    /// let same = host.query("sha256sum /etc/motd").stdout.starts_with(sha256::text("welcome\n"));
    /// ```
    #[rhai_fn(name = "text")]
    pub fn text(text: &str) -> String {
        format!("{:x}", Sha256::digest(text))
    }

    /// The checksum of bytes.
    ///
    /// ```rhai
    /// print(sha256::text(base64::decode_bytes("/+8=")));
    /// ```
    #[rhai_fn(name = "text")]
    pub fn bytes(blob: Blob) -> String {
        format!("{:x}", Sha256::digest(blob))
    }

    /// The checksum of a file of this machine.
    ///
    /// ```rhai
    /// print(sha256::file("files/agent.tar.gz"));
    /// ```
    #[rhai_fn(name = "file", return_raw)]
    pub fn file(call: NativeCallContext, path: &str) -> Fallible<String> {
        let script = Script::of(&call)?;
        script.notes_file(path, false).or_throw()?;
        let path = script.run.options.project.join(path);
        let failed = |error| throw(Error::io("read", &path, error));
        if !std::fs::metadata(&path).map_err(failed)?.is_file() {
            return Err(failed(std::io::Error::other("it is not a regular file")));
        }
        let mut file = std::fs::File::open(&path).map_err(failed)?;
        let mut digest = Sha256::new();
        let mut chunk = vec![0; 1 << 20];
        loop {
            script.run.watch.check().or_throw()?;
            match file.read(&mut chunk).map_err(failed)? {
                0 => return Ok(format!("{:x}", digest.finalize())),
                count => digest.update(&chunk[..count]),
            }
        }
    }
}
