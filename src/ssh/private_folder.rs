//! Temporary folders that nobody else can look into or change, whatever the umask: OpenSSH runs commands of the
//! configuration that is copied into one, and who can connect to the socket in another has the user's agent.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

pub(super) fn private_folder(prefix: &str) -> std::io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).permissions(Permissions::from_mode(0o700)).tempdir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_folder_is_for_this_user_alone() {
        let folder = private_folder("imgctl-").unwrap();
        let mode = folder.path().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
