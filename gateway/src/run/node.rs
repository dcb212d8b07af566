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

/// Looks whether browsers are the same to all nodes. Cookies of https have another name than those of http, so that behind one balancer a
/// buyer would be another on nodes which differ.
///
/// Gives     the addresses of nodes to which they are others; the log says so.
pub async fn meet(leases: &Leases, config: &Config) -> Vec<String> {
    if config.nodes.is_none() {
        return Vec::new();
    }
    let others = leases.meet(&config.public_url).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "it is not known by which addresses the outside reaches other nodes");
        Vec::new()
    });
    let strangers: Vec<String> = others.into_iter().filter(|other| other.starts_with("https://") != config.is_https()).collect();
    for other in &strangers {
        tracing::warn!(
            other,
            own = config.public_url,
            "another node has the other scheme in its --public-url: who is signed in there is a stranger here. Give all nodes the same"
        );
    }
    strangers
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
    /// The control: one that has the same scheme, and one that is gone.
    #[sqlx::test(migrations = "../migrations")]
    async fn nodes_to_which_a_browser_is_another_buyer_are_named(pool: PgPool) {
        let secret = crate::settings::node_secret::NodeSecret::parse("0123456789abcdef").expect("a secret");
        let words = crate::settings::config::NodeWords { url: "http://node".into(), secret, broker: None };
        let met = async |n: u128, public_url: &str| {
            let leases = Leases::start(pool.clone(), Node { id: Uuid::from_u128(n), url: None }).await.expect("a node");
            let config = Config {
                nodes: Some(words.clone()),
                public_url: public_url.to_owned(),
                ..Config::for_testing(std::path::PathBuf::from("nowhere"))
            };
            let strangers = meet(&leases, &config).await;
            (leases, strangers)
        };
        let (_one, none) = met(1, "https://tickets.example").await;
        let (_two, still_none) = met(2, "https://tickets.example").await;
        assert_eq!((none, still_none), (Vec::<String>::new(), Vec::new()));
        let (three, strangers) = met(3, "http://10.0.0.7:8080").await;
        assert_eq!(strangers, ["https://tickets.example"], "once, however many nodes say it");
        three.shutdown().await;
        assert_eq!(met(4, "https://tickets.example").await.1, Vec::<String>::new(), "it is gone");
    }
}
