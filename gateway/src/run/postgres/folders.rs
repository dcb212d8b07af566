//! Where the cluster and its socket lie.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rand::TryRngCore as _;
use sha2::{Digest as _, Sha256};

use super::fault::PostgresFault;
use super::owner::Owner;

/// The longest path of a Unix socket, without its final zero. Source: unix(7), sun_path of 108 bytes.
const MAX_SOCKET_PATH: usize = 107;
const SOCKET_NAME: &str = ".s.PGSQL.5432";

/// For a data directory that Postgres's user cannot reach.
const SYSTEM_HOME: &str = "/var/lib/boxoffice";

/// The folders of one cluster.
#[derive(Debug, Clone)]
pub struct ClusterFolders {
    /// `<data-dir>/postgres`: the folder of all this, or a link to it.
    link: PathBuf,
    /// PGDATA.
    pub cluster: PathBuf,
    pub socket_dir: PathBuf,
    /// What Postgres says before its own log begins.
    pub start_log: PathBuf,
    pub owner: Owner,
}

impl ClusterFolders {
    /// Makes the folders around the cluster, not the cluster itself.
    ///
    /// Where a folder above the data directory is closed to Postgres's user (root's home), the cluster is put under
    /// /var/lib/boxoffice and `<data-dir>/postgres` is a link to it.
    pub fn prepare(data_dir: &Path) -> Result<Self, PostgresFault> {
        fs::create_dir_all(data_dir).map_err(PostgresFault::file(data_dir))?;
        let data_dir = data_dir.canonicalize().map_err(PostgresFault::file(data_dir))?;
        let link = data_dir.join("postgres");
        let owner = Owner::of(&link.join("cluster"))?;
        if link.symlink_metadata().is_err() && !owner.reaches(&link) {
            place_elsewhere(&link)?;
        }
        private_dir(&link, owner)?;
        let home = link.canonicalize().map_err(PostgresFault::file(&link))?;
        if !owner.reaches(&home) {
            let detail = "a folder above it is closed to the user that Postgres runs as".to_owned();
            return Err(PostgresFault::Foreign { path: home, detail });
        }
        let socket_dir = short_enough(home.join("run"));
        private_dir(&socket_dir, owner)?;
        Ok(Self { link, cluster: home.join("cluster"), socket_dir, start_log: home.join("start.log"), owner })
    }
}

impl ClusterFolders {
    /// The socket that Postgres listens on; its lock file stands beside it.
    pub fn socket(&self) -> PathBuf {
        self.socket_dir.join(SOCKET_NAME)
    }

    /// Removes the socket's folder if it stands under /tmp, and a cluster under the system's home if it was for throwing away.
    pub fn tidy(&self, thrown_away: bool) {
        if self.socket_dir.parent() == Some(Path::new("/tmp")) {
            let _ = fs::remove_dir(&self.socket_dir);
        }
        if let Some(home) = self.cluster.parent().filter(|home| thrown_away && home.parent() == Some(Path::new(SYSTEM_HOME))) {
            let _ = fs::remove_dir_all(home);
            let _ = fs::remove_file(&self.link);
        }
    }
}

/// Makes a folder under the system's home and links to it; its name is random, so that no other cluster is ever taken for this one.
fn place_elsewhere(link: &Path) -> Result<(), PostgresFault> {
    let mut random = [0_u8; 8];
    rand::rngs::OsRng
        .try_fill_bytes(&mut random)
        .map_err(|e| PostgresFault::File { path: link.to_owned(), source: std::io::Error::other(e) })?;
    let home = Path::new(SYSTEM_HOME).join(hex::encode(random));
    fs::create_dir_all(&home).map_err(PostgresFault::file(&home))?;
    fs::set_permissions(Path::new(SYSTEM_HOME), fs::Permissions::from_mode(0o755)).map_err(PostgresFault::file(&home))?;
    tracing::warn!(
        data_dir = %link.display(), cluster = %home.display(),
        "the user that Postgres runs as cannot reach the data directory; the cluster is kept elsewhere and linked"
    );
    std::os::unix::fs::symlink(&home, link).map_err(PostgresFault::file(link))
}

/// The folder, or one with a short name of its own where the socket's path would be too long.
fn short_enough(dir: PathBuf) -> PathBuf {
    if dir.as_os_str().len() + 1 + SOCKET_NAME.len() <= MAX_SOCKET_PATH {
        return dir;
    }
    let digest = Sha256::digest(dir.as_os_str().as_encoded_bytes());
    Path::new("/tmp").join(format!("boxoffice-{}", hex::encode(&digest[..8])))
}

/// Makes a folder for the owner alone; one that is there must be the owner's (a stranger could have made it under /tmp).
fn private_dir(path: &Path, owner: Owner) -> Result<(), PostgresFault> {
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(PostgresFault::file(path)(error)),
        _ => {}
    }
    let ours = rustix::process::geteuid().as_raw();
    let meta = fs::metadata(path).map_err(PostgresFault::file(path))?;
    if !meta.is_dir() || (ours != 0 && meta.uid() != ours) {
        return Err(PostgresFault::Foreign { path: path.to_owned(), detail: format!("it belongs to user {}", meta.uid()) });
    }
    owner.own(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(PostgresFault::file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_gets_a_short_socket() {
        let short = PathBuf::from("/srv/data/postgres/run");
        assert_eq!(short_enough(short.clone()), short);
        let long = Path::new("/srv").join("x".repeat(90)).join("run");
        let instead = short_enough(long.clone());
        assert!(instead.join(SOCKET_NAME).as_os_str().len() <= MAX_SOCKET_PATH);
        assert_eq!(short_enough(long), instead, "the same every time");
    }

    #[test]
    fn what_is_there_and_is_no_folder_is_refused() {
        let home = tempfile::tempdir().expect("a directory");
        fs::write(home.path().join("postgres"), b"").expect("written");
        assert!(matches!(ClusterFolders::prepare(home.path()), Err(PostgresFault::Foreign { .. } | PostgresFault::File { .. })));
    }
}
