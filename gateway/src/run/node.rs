//! Which node this process is: an id that is the same after a restart on the same data directory.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use booking::{Broker, Neighbours, Nodes};
use lease::{Leases, Node};
use sqlx::PgPool;
use uuid::Uuid;

use crate::run::outcome::Outcome;
use crate::settings::config::Config;
use crate::settings::values::{Role, Roles};
use crate::web::broker::Nats;
use crate::web::neighbours::Wires;

/// The way to other nodes, where they share a secret.
pub fn wires(config: &Config) -> Outcome<Option<Wires>> {
    Ok(config.nodes.as_ref().map(|words| Wires::new(words.secret.clone())).transpose()?)
}

/// Where others can ask this node, once it takes connections; who does not sell is asked nothing.
pub fn address(config: &Config) -> Option<String> {
    config.nodes.as_ref().filter(|_| config.roles.has(Role::Booking)).map(|words| words.url.clone())
}

/// Enters the installation as one of its nodes, without an address: it takes no connections yet.
pub async fn enter(pool: &PgPool, config: &Config, wires: Option<Wires>) -> Outcome<Nodes> {
    let sells = config.roles.has(Role::Booking);
    let leases = Leases::start(pool.clone(), Node { id: id(&config.data_dir, config.roles)?, url: None }).await?;
    let neighbours = wires.map(|wires| Arc::new(wires) as Arc<dyn Neighbours>);
    let broker = config.nodes.as_ref().and_then(|words| words.broker.clone());
    let broker = broker.map(|address| Arc::new(Nats::begin(address)) as Arc<dyn Broker>);
    Ok(Nodes { leases, neighbours, broker, sells })
}

/// The id of the process that serves these roles of a data directory: of each role there is one process, so the first names it.
fn id(data_dir: &Path, roles: Roles) -> io::Result<Uuid> {
    let role = roles.iter().next().map_or("none", Role::as_str);
    let path = data_dir.join(format!("node-{role}.id"));
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    match fs::read_to_string(&path) {
        Ok(text) => text.trim().parse().map_err(|error| named(io::Error::new(io::ErrorKind::InvalidData, error))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(&path).map_err(named),
        Err(error) => Err(named(error)),
    }
}

/// Makes an id that is whole on disk, or not there.
fn make(path: &Path) -> io::Result<Uuid> {
    let id = uuid::Builder::from_random_bytes(rand::random()).into_uuid();
    let begun = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&begun)?;
    writeln!(file, "{id}")?;
    file.sync_all()?;
    fs::rename(&begun, path)?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_the_same_after_a_restart_and_another_process_of_its_directory_is_another() {
        let home = tempfile::tempdir().expect("a directory");
        let one = id(home.path(), Roles::ALL).expect("made");
        assert_eq!(id(home.path(), Roles::ALL).expect("read"), one);
        assert_ne!(id(home.path(), "worker".parse().expect("a role")).expect("made"), one);
        let path = home.path().join("node-worker.id");
        fs::write(&path, "nonsense").expect("written");
        let told = id(home.path(), "worker".parse().expect("a role")).expect_err("refused").to_string();
        assert!(told.contains("node-worker.id"), "{told}");
    }
}
