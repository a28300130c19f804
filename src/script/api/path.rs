//! Paths as text, of this machine or of a host: nothing is looked up.

use std::path::Path;

use rhai::plugin::*;

/// Paths of scripts are UTF-8, so are their parts.
fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[export_module]
pub mod functions {
    /// The second path, seen from the first; an absolute one stays as it is.
    ///
    /// ```rhai
    /// host.put("files/agent", path::join("/opt", "agent"), #{ sudo: true });
    /// ```
    #[rhai_fn(name = "join")]
    pub fn join(folder: &str, path: &str) -> String {
        text(&Path::new(folder).join(path))
    }

    /// The last part of a path: `git.tar.gz` of `/tmp/git.tar.gz`; empty for `/`.
    ///
    /// ```rhai
    /// let name = path::name("https://example.org/git-2.51.0.tar.gz");
    /// ```
    #[rhai_fn(name = "name")]
    pub fn name(path: &str) -> String {
        Path::new(path).file_name().map(|name| text(Path::new(name))).unwrap_or_default()
    }

    /// Everything before the last part: `/tmp` of `/tmp/git.tar.gz`; `.` when there is no slash.
    ///
    /// ```rhai
    /// host.sudo(["mkdir", "-p", path::folder("/etc/docker/daemon.json")]);
    /// ```
    #[rhai_fn(name = "folder")]
    pub fn folder(path: &str) -> String {
        match Path::new(path).parent() {
            Some(parent) if parent != Path::new("") => text(parent),
            Some(_) => ".".to_owned(),
            None if path.is_empty() => ".".to_owned(),
            None => path.to_owned(),
        }
    }

    /// What follows the last dot of the last part: `gz` of `git.tar.gz`; empty without a dot.
    ///
    /// ```rhai
    /// if path::extension("agent.deb") == "deb" { print("for dpkg"); }
    /// ```
    #[rhai_fn(name = "extension")]
    pub fn extension(path: &str) -> String {
        Path::new(path).extension().map(|text_| text(Path::new(text_))).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::functions::{extension, folder, join, name};

    #[test]
    fn the_parts_of_a_path() {
        for (path, parts) in [
            ("/tmp/git.tar.gz", ["/tmp", "git.tar.gz", "gz"]),
            ("/etc/", ["/", "etc", ""]),
            ("agent", [".", "agent", ""]),
            ("a/.hidden", ["a", ".hidden", ""]),
            ("/", ["/", "", ""]),
            ("", [".", "", ""]),
        ] {
            assert_eq!([folder(path), name(path), extension(path)], parts, "{path:?}");
        }
        assert_eq!(join("/opt", "agent"), "/opt/agent");
        assert_eq!(join("/opt/", "agent"), "/opt/agent");
        assert_eq!(join("/opt", "/agent"), "/agent");
    }
}
