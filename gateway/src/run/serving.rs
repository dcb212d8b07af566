//! Who serves a data directory: one process a role; a second one is told who holds it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;

use crate::settings::values::{Role, Roles};

#[derive(Debug, thiserror::Error)]
pub enum ServingFault {
    #[error("the role {role} of this data directory is served already, by {holder}")]
    Held { role: &'static str, holder: String },
    #[error("{path}: {source}")]
    File { path: String, source: io::Error },
}

impl ServingFault {
    fn file(path: &Path) -> impl FnOnce(io::Error) -> ServingFault + '_ {
        move |source| ServingFault::File { path: path.display().to_string(), source }
    }
}

/// The roles of a data directory that this process serves, until it is dropped or the process dies.
#[derive(Debug)]
pub struct Serving(Vec<File>);

impl Serving {
    pub fn claim(data_dir: &Path, roles: Roles) -> Result<Self, ServingFault> {
        let dir = data_dir.join("locks");
        fs::create_dir_all(&dir).map_err(ServingFault::file(&dir))?;
        roles.iter().map(|role| claim_one(&dir, role)).collect::<Result<_, _>>().map(Self)
    }

    /// Writes down where we listen, for a second one to read.
    pub fn announce(&mut self, address: &str) -> io::Result<()> {
        for file in &mut self.0 {
            file.set_len(0)?;
            write!(file, "process {}, listening on {address}", std::process::id())?;
        }
        Ok(())
    }
}

fn claim_one(dir: &Path, role: Role) -> Result<File, ServingFault> {
    let path = dir.join(format!("serving-{}", role.as_str()));
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(&path).map_err(ServingFault::file(&path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::Error(error)) => return Err(ServingFault::file(&path)(error)),
        Err(TryLockError::WouldBlock) => {
            let holder = fs::read_to_string(&path).unwrap_or_default();
            let holder = if holder.is_empty() { "another process".to_owned() } else { holder };
            return Err(ServingFault::Held { role: role.as_str(), holder });
        }
    }
    let written = file.set_len(0).and_then(|()| write!(file, "process {}, starting", std::process::id()));
    written.map_err(ServingFault::file(&path))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_server_is_told_who_holds_the_directory() {
        let home = tempfile::tempdir().expect("a directory");
        let mut first = Serving::claim(home.path(), Roles::ALL).expect("free");
        first.announce("http://127.0.0.1:8080").expect("written");
        let told = Serving::claim(home.path(), Roles::ALL).expect_err("held").to_string();
        assert!(told.contains(&format!("process {}, listening on http://127.0.0.1:8080", std::process::id())), "{told}");
        drop(first);
        assert!(Serving::claim(home.path(), Roles::ALL).is_ok());
    }

    #[test]
    fn other_roles_may_be_served_beside_it() {
        let home = tempfile::tempdir().expect("a directory");
        let _booking = Serving::claim(home.path(), "booking".parse().expect("a role")).expect("free");
        assert!(Serving::claim(home.path(), "catalog,worker".parse().expect("roles")).is_ok());
        assert!(Serving::claim(home.path(), "booking,worker".parse().expect("roles")).is_err());
    }
}
