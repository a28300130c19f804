//! SHA-256 checksums, as `sha256sum` prints them.

use rhai::Blob;
use rhai::plugin::*;
use sha2::{Digest, Sha256};

use crate::Error;
use crate::script::errors::{Fallible, throw};
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
        let path = Script::of(&call)?.run.options.project.join(path);
        let mut digest = Sha256::new();
        std::fs::File::open(&path)
            .and_then(|mut file| std::io::copy(&mut file, &mut digest))
            .map_err(|error| throw(Error::io("read", &path, error)))?;
        Ok(format!("{:x}", digest.finalize()))
    }
}
