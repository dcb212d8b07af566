//! As whom Postgres runs: it refuses root, so root hands it to an unprivileged user.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use super::fault::PostgresFault;

/// The user of the cluster's processes and files; none means ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner(Option<(u32, u32)>);

impl Owner {
    /// Ourselves, unless we are root: then whoever owns the cluster already, else `postgres`, else `nobody`.
    pub fn of(cluster: &Path) -> Result<Self, PostgresFault> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self(None));
        }
        let present = std::fs::metadata(cluster).ok().map(|meta| (meta.uid(), meta.gid())).filter(|(uid, _)| *uid != 0);
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let found = present.or_else(|| ids_of(&passwd, "postgres")).or_else(|| ids_of(&passwd, "nobody"));
        found.map(|ids| Self(Some(ids))).ok_or(PostgresFault::NoUser)
    }

    /// A command that runs as this user, in `dir`, without PG… variables of ours that would mislead it.
    pub fn command(self, program: &Path, dir: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(dir).stdin(std::process::Stdio::null()).env("LC_ALL", "C");
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        if let Self(Some((uid, gid))) = self {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Gives a file or folder to this user.
    pub fn own(self, path: &Path) -> Result<(), PostgresFault> {
        match self {
            Self(Some((uid, gid))) => std::os::unix::fs::chown(path, Some(uid), Some(gid)).map_err(PostgresFault::file(path)),
            Self(None) => Ok(()),
        }
    }

    /// Whether this user may pass through every folder above `path`.
    pub fn reaches(self, path: &Path) -> bool {
        let Self(Some((uid, gid))) = self else { return true };
        path.ancestors()
            .skip(1)
            .filter(|dir| !dir.as_os_str().is_empty())
            .all(|dir| std::fs::metadata(dir).is_ok_and(|meta| may_pass(meta.mode(), meta.uid() == uid, meta.gid() == gid)))
    }
}

/// The search bit of the class that applies: owner, else group, else others (POSIX 1003.1, file access permissions).
fn may_pass(mode: u32, is_owner: bool, in_group: bool) -> bool {
    let bit = match (is_owner, in_group) {
        (true, _) => 0o100,
        (_, true) => 0o010,
        _ => 0o001,
    };
    mode & bit != 0
}

fn ids_of(passwd: &str, name: &str) -> Option<(u32, u32)> {
    let fields = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields.first() == Some(&name))?;
    Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_whole_name() {
        let passwd = "root:x:0:0::/root:/bin/sh\npostgresx:x:5:5::/:/bin/sh\npostgres:x:101:104::/var/lib/postgresql:/bin/bash\n";
        assert_eq!(ids_of(passwd, "postgres"), Some((101, 104)));
        assert_eq!(ids_of(passwd, "nobody"), None);
    }

    #[test]
    fn the_class_that_applies_decides() {
        let table = [
            (0o700, true, false, true),
            (0o700, false, false, false),
            (0o750, false, true, true),
            (0o701, false, false, true),
            (0o077, true, true, false),
            (0o701, false, true, false),
        ];
        for (mode, is_owner, in_group, passes) in table {
            assert_eq!(may_pass(mode, is_owner, in_group), passes, "{mode:o}");
        }
    }
}
