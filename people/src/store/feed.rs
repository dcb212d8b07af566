//! What the database tells of changed keys and sessions (`people_changed`, migration 0008).

use sqlx::PgPool;
use sqlx::postgres::{PgListener, PgPoolOptions};

use crate::error::Fault;

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    Session([u8; 32]),
    Key {
        hash: [u8; 32],
        partner: bool,
    },
    /// Something that a newer version tells: all may be meant.
    Unknown,
}

/// A connection that is told; one of its own, since it is never given back.
pub struct Listener {
    listener: PgListener,
    own: PgPool,
}

impl Listener {
    pub async fn connect(pool: &PgPool) -> Result<Self, Fault> {
        let options = PgPoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let own = options.connect_with((*pool.connect_options()).clone()).await?;
        let mut listener = PgListener::connect_with(&own).await?;
        listener.listen("people_changed").await?;
        Ok(Self { listener, own })
    }

    /// Asks the connection whether it lives, and gives what it was told since the last time.
    pub async fn told(&mut self) -> Result<Vec<Changed>, Fault> {
        sqlx::query("-- feed.beat\nSELECT 1").execute(&mut self.listener).await?;
        let mut told = Vec::new();
        while let Some(notification) = self.listener.next_buffered() {
            told.push(Changed::read(notification.payload()));
        }
        Ok(told)
    }

    /// Ends the connection.
    pub async fn close(self) {
        let Self { listener, own } = self;
        drop(listener);
        own.close().await;
    }
}

impl Changed {
    fn read(payload: &str) -> Self {
        let mut words = payload.split(' ');
        match (words.next(), words.next().and_then(bytes), words.next()) {
            (Some("session"), Some(hash), None) => Self::Session(hash),
            (Some("key"), Some(hash), Some(role)) => Self::Key { hash, partner: role == "partner" },
            _ => Self::Unknown,
        }
    }
}

fn bytes(hex: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let pairs = hex.as_bytes().chunks_exact(2);
    if hex.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_read_and_what_is_strange_means_everything() {
        let hex = "0f".repeat(32);
        assert_eq!(Changed::read(&format!("session {hex}")), Changed::Session([15; 32]));
        assert_eq!(Changed::read(&format!("key {hex} partner")), Changed::Key { hash: [15; 32], partner: true });
        assert_eq!(Changed::read(&format!("key {hex} admin")), Changed::Key { hash: [15; 32], partner: false });
        for strange in ["", "session", "session 0f", "session zz", &format!("account {hex}")] {
            assert_eq!(Changed::read(strange), Changed::Unknown, "{strange}");
        }
    }
}
