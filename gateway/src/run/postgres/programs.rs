//! Finding the machine's PostgreSQL programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::fault::PostgresFault;

/// A folder with `postgres` and `initdb` of one major version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    pub dir: PathBuf,
    pub major: u32,
}

impl Programs {
    /// Takes     `named`: the only folder to look at; `wanted`: the major version of a cluster that is there already.
    /// Gives     the newest, or the one of the wanted version.
    pub fn find(named: Option<&Path>, wanted: Option<u32>) -> Result<Self, PostgresFault> {
        let folders = named.map_or_else(folders, |dir| vec![dir.to_owned()]);
        let found = folders.into_iter().filter_map(|dir| Some(Self { major: major(&dir)?, dir }));
        let fitting = found.filter(|programs| wanted.is_none_or(|major| major == programs.major));
        let of_version = || wanted.map_or(String::new(), |major| format!(" of version {major}, which made the cluster"));
        fitting.max_by_key(|programs| programs.major).ok_or_else(|| PostgresFault::NoPrograms { wanted: of_version() })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

/// Where distributions put them: what pg_config says, Debian's and Red Hat's versioned folders, the PATH.
fn folders() -> Vec<PathBuf> {
    let config = Command::new("pg_config").arg("--bindir").output().ok().filter(|output| output.status.success());
    let said = config.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let versioned = |parent: &str, prefix: &str| {
        let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
        let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
        named.map(|entry| entry.path().join("bin")).collect::<Vec<_>>()
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = said.into_iter().collect();
    folders.extend(versioned("/usr/lib/postgresql", ""));
    folders.extend(versioned("/usr", "pgsql-"));
    folders.extend(versioned("/opt/homebrew/opt", "postgresql"));
    folders.extend(std::env::split_paths(&path));
    folders.dedup();
    folders
}

/// The major version of the programs in a folder that has both.
fn major(dir: &Path) -> Option<u32> {
    if !dir.join("initdb").is_file() {
        return None;
    }
    let output = Command::new(dir.join("postgres")).arg("--version").output().ok()?;
    major_of(&String::from_utf8_lossy(&output.stdout))
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` is 15.
fn major_of(said: &str) -> Option<u32> {
    let version = said.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_they_are_printed() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 19beta1\n"), Some(19));
        assert_eq!(major_of("what?"), None);
    }

    #[test]
    fn a_folder_without_programs_says_what_to_install() {
        let empty = tempfile::tempdir().expect("a directory");
        let fault = Programs::find(Some(empty.path()), Some(15)).expect_err("nothing there").to_string();
        assert!(fault.contains("apt-get install postgresql") && fault.contains("version 15"), "{fault}");
    }
}
