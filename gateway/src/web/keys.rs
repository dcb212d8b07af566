//! The installation's secrets, kept in the data directory: made once, mode 0600, never printed.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::CursorKey;
use ed25519_dalek::SigningKey;
use rand::TryRngCore as _;

/// What signs cursors, tickets and webhooks.
#[derive(Clone)]
pub struct Keys {
    pub cursor: CursorKey,
    /// Signs the codes on tickets.
    pub ticket: Arc<SigningKey>,
    /// `whsec_…`, as Standard Webhooks spells it.
    pub webhook: Arc<str>,
}

impl Keys {
    /// Reads the keys, making those that are not there.
    ///
    /// Takes     `webhook`: a secret from the configuration instead of the kept one.
    pub fn open(dir: &Path, webhook: Option<&str>) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let ticket = SigningKey::from_bytes(&secret(&dir.join("ticket.key"))?);
        let webhook = match webhook {
            Some(secret) => secret.to_owned(),
            None => format!("whsec_{}", STANDARD.encode(secret(&dir.join("webhook.key"))?)),
        };
        Ok(Self { cursor: CursorKey::new(secret(&dir.join("cursor.key"))?), ticket: Arc::new(ticket), webhook: webhook.into() })
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// Reads 32 secret bytes, or makes them: written beside and linked into place, so that of two programs one wins and both read the same.
fn secret(path: &Path) -> io::Result<[u8; 32]> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return exact(path, &read?),
    }
    let mut fresh = [0_u8; 32];
    rand::rngs::OsRng.try_fill_bytes(&mut fresh).map_err(io::Error::other)?;
    let beside = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(&fresh)?;
    file.sync_all()?;
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => exact(path, &fs::read(path)?),
    }
}

fn exact(path: &Path, bytes: &[u8]) -> io::Result<[u8; 32]> {
    bytes.try_into().map_err(|_| io::Error::other(format!("{} does not hold 32 bytes", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn keys_are_made_once_and_stay_private() {
        let home = tempfile::tempdir().expect("a directory");
        let dir = home.path().join("keys");
        let first = Keys::open(&dir, None).expect("made");
        let second = Keys::open(&dir, None).expect("read");
        assert_eq!(first.ticket.to_bytes(), second.ticket.to_bytes());
        assert_eq!(first.webhook, second.webhook);
        assert!(first.webhook.starts_with("whsec_"));
        let cursor = first.cursor.seal("q", &1);
        assert_eq!(second.cursor.open::<i32>("q", &cursor), Ok(1));
        for file in fs::read_dir(&dir).expect("readable") {
            let mode = file.expect("an entry").metadata().expect("its mode").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(&*Keys::open(&dir, Some("whsec_AAAA")).expect("read").webhook, "whsec_AAAA");
    }

    #[test]
    fn a_damaged_key_is_said_and_not_replaced() {
        let home = tempfile::tempdir().expect("a directory");
        fs::write(home.path().join("ticket.key"), b"short").expect("written");
        assert!(Keys::open(home.path(), None).is_err());
    }
}
