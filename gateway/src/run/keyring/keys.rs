//! The installation's keys: those that the database says are good, read from the folder, and followed while the server runs.

use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use sqlx::{Connection as _, PgConnection, PgPool};

use crate::run::key_folder::{Fingerprint, KeyFolder, KeyKind};
use crate::run::store::signing_keys::{self, Scheduled};
use crate::web::keys::{Keys, Ring, WebhookSecret};

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringFault {
    #[error(
        "the key folder {} lacks the {kind} key {fingerprint} of this installation: copy the folder from a node that has it, or name that \
         one with --keys-dir; if it is lost for good, `boxoffice admin rotate-signing-keys --forget` begins anew with the keys of this \
         folder, and what was signed before is refused from then on",
        dir.display()
    )]
    Lacks { dir: PathBuf, kind: &'static str, fingerprint: Fingerprint },
    #[error("the key {0} is still to come: wait until it signs before the next one is made")]
    ToCome(&'static str),
    #[error("the keys cannot be read: {0}")]
    Folder(#[from] std::io::Error),
    #[error("the database does not say which keys are good: {0}")]
    Database(#[from] sqlx::Error),
}

/// Where keys come from.
#[derive(Clone)]
pub struct Source {
    pub dir: PathBuf,
    /// A secret from the configuration, instead of the kept ones.
    pub webhook: Option<WebhookSecret>,
}

impl Source {
    pub fn new(dir: &Path, webhook: Option<&str>) -> Self {
        Self { dir: dir.to_owned(), webhook: webhook.map(WebhookSecret::spelt) }
    }

    /// Opens the installation's keys; the first node makes them.
    ///
    /// Refuses   a folder that lacks a key which is good: this node would refuse what others signed, and they what it signs.
    pub async fn open(&self, pool: &PgPool) -> Result<Keys, KeyringFault> {
        let mut conn = pool.acquire().await?;
        let mut folder = KeyFolder::read(&self.dir)?;
        let mut good = signing_keys::good(&mut conn).await?;
        if good.is_empty() {
            begin(&mut conn, &mut folder).await?;
            good = signing_keys::good(&mut conn).await?;
        }
        Ok(Keys::new(self.ring(&folder, &good)?))
    }

    fn ring(&self, folder: &KeyFolder, good: &[Scheduled]) -> Result<Ring, KeyringFault> {
        let of = |kind: KeyKind| {
            let wanted = good.iter().filter(move |key| key.kind == kind);
            wanted
                .map(|key| folder.get(kind, &key.fingerprint).copied().ok_or_else(|| lacks(folder, key)))
                .collect::<Result<Vec<_>, _>>()
        };
        let (cursors, tickets, kept) = (of(KeyKind::Cursor)?, of(KeyKind::Ticket)?, of(KeyKind::Webhook)?);
        let webhooks = match &self.webhook {
            Some(secret) => vec![secret.clone()],
            None => kept.iter().map(WebhookSecret::from).collect(),
        };
        Ok(Ring { cursors, tickets, webhooks })
    }
}

fn lacks(folder: &KeyFolder, key: &Scheduled) -> KeyringFault {
    KeyringFault::Lacks { dir: folder.dir().to_owned(), kind: key.kind.as_str(), fingerprint: key.fingerprint.clone() }
}

/// Notes the keys of this folder as the installation's first, all of them or none.
async fn begin(conn: &mut PgConnection, folder: &mut KeyFolder) -> Result<(), KeyringFault> {
    let mut transaction = conn.begin().await?;
    // two nodes that begin at once would else note some keys each
    signing_keys::lock(&mut transaction).await?;
    if signing_keys::good(&mut transaction).await?.is_empty() {
        for (kind, fingerprint) in folder.first_keys()? {
            signing_keys::begin(&mut transaction, kind, &fingerprint).await?;
        }
    }
    Ok(transaction.commit().await?)
}

/// Keys that are followed: what was good when they were looked at last.
pub struct Followed {
    source: Source,
    pool: PgPool,
    keys: Keys,
    last: Vec<Scheduled>,
}

impl Followed {
    pub fn new(source: Source, pool: PgPool, keys: Keys) -> Self {
        Self { source, pool, keys, last: Vec::new() }
    }

    /// Takes up what has changed.
    ///
    /// Gives     whether anything had.
    pub async fn look(&mut self) -> Result<bool, KeyringFault> {
        let good = signing_keys::good(&mut *self.pool.acquire().await?).await?;
        if good == self.last {
            return Ok(false);
        }
        let folder = KeyFolder::read(&self.source.dir)?;
        self.keys.turn(self.source.ring(&folder, &good)?);
        self.last = good;
        Ok(true)
    }
}

/// A key that was made by a rotation.
#[derive(Debug)]
pub struct Rotated {
    pub kind: KeyKind,
    pub fingerprint: Fingerprint,
}

/// Makes a new key of each kind: it signs after `lead`, and the one before it verifies for `overlap` beyond that.
///
/// Refuses   while a key of that kind is still to come, and a folder that lacks the present keys.
pub async fn rotate(
    pool: &PgPool,
    dir: &Path,
    kinds: &[KeyKind],
    lead: SignedDuration,
    overlap: SignedDuration,
) -> Result<Vec<Rotated>, KeyringFault> {
    let source = Source::new(dir, None);
    source.open(pool).await?;
    let mut folder = KeyFolder::read(dir)?;
    let mut transaction = pg::begin(pool).await?;
    signing_keys::lock(&mut transaction).await?;
    let expired = signing_keys::forget_expired(&mut transaction).await?;
    let mut made = Vec::new();
    for kind in kinds {
        // the file first: a key without a line is good for nothing, a line without its key stops every node
        let fingerprint = folder.add(*kind)?;
        if !signing_keys::rotate(&mut transaction, *kind, &fingerprint, lead, overlap).await? {
            made.push(Rotated { kind: *kind, fingerprint });
            made.iter().try_for_each(|key| folder.remove(key.kind, &key.fingerprint))?;
            return Err(KeyringFault::ToCome(kind.as_str()));
        }
        made.push(Rotated { kind: *kind, fingerprint });
    }
    transaction.commit().await?;
    expired.iter().try_for_each(|(kind, fingerprint)| folder.remove(*kind, fingerprint))?;
    Ok(made)
}

/// Begins anew with the keys of a folder: what any other key signed is refused from now on.
pub async fn forget(pool: &PgPool, dir: &Path) -> Result<(), KeyringFault> {
    let mut folder = KeyFolder::read(dir)?;
    let mut conn = pool.acquire().await?;
    let mut transaction = conn.begin().await?;
    signing_keys::lock(&mut transaction).await?;
    signing_keys::forget_all(&mut transaction).await?;
    begin(&mut transaction, &mut folder).await?;
    Ok(transaction.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SignedDuration = SignedDuration::ZERO;
    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn copied(from: &Path) -> tempfile::TempDir {
        let copy = tempfile::tempdir().expect("a directory");
        for file in std::fs::read_dir(from).expect("readable").flatten() {
            std::fs::copy(file.path(), copy.path().join(file.file_name())).expect("copied");
        }
        copy
    }

    fn followed(dir: &Path, pool: &PgPool, keys: &Keys) -> Followed {
        Followed::new(Source::new(dir, None), pool.clone(), keys.clone())
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_node_with_a_copy_of_the_folder_starts_and_one_with_keys_of_its_own_is_told_what_to_do(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let first = Source::new(home.path(), None).open(&pool).await.expect("the first node makes them");
        let copy = copied(home.path());
        let second = Source::new(copy.path(), None).open(&pool).await.expect("a copy will do");
        assert_eq!(second.cursor.open::<i32>("q", &first.cursor.seal("q", &7)), Ok(7));
        assert_eq!(second.ticket_keys(), first.ticket_keys());
        assert!(second.webhook() == first.webhook());
        let stranger = tempfile::tempdir().expect("a directory");
        let said = Source::new(stranger.path(), None).open(&pool).await.expect_err("refused").to_string();
        assert!(said.contains("copy the folder from a node that has it") && said.contains("--keys-dir"), "{said}");
        assert_eq!(std::fs::read_dir(stranger.path()).expect("readable").count(), 0, "no keys are made that nobody would know");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn of_two_nodes_that_begin_at_once_one_has_the_keys(pool: PgPool) {
        let (one, other) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
        let (first, second) = (Source::new(one.path(), None), Source::new(other.path(), None));
        let begun = tokio::join!(first.open(&pool), second.open(&pool));
        assert_eq!(u8::from(begun.0.is_ok()) + u8::from(begun.1.is_ok()), 1);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_rotation_reaches_running_nodes_before_the_new_keys_sign(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let keys = Source::new(home.path(), None).open(&pool).await.expect("keys");
        let mut followed = followed(home.path(), &pool, &keys);
        assert!(followed.look().await.expect("looked"));
        assert!(!followed.look().await.expect("looked"), "nothing has changed");
        let before = (keys.ticket_keys(), keys.cursor.seal("q", &7), keys.webhook());
        rotate(&pool, home.path(), &KeyKind::ALL, DAY, DAY).await.expect("rotated");
        assert!(followed.look().await.expect("looked"));
        assert_eq!(keys.ticket_keys().len(), 2, "both are published");
        assert_eq!(keys.ticket_keys()[0], before.0[0], "the old one signs until the new one's hour has come");
        assert!(keys.webhook() == before.2 && keys.webhooks().len() == 2);
        let said = rotate(&pool, home.path(), &KeyKind::ALL, NOW, DAY).await.expect_err("one at a time");
        assert!(matches!(said, KeyringFault::ToCome("cursor")), "{said}");
        assert_eq!(std::fs::read_dir(home.path()).expect("readable").count(), 6, "what was not noted is not left behind");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn after_a_rotation_the_new_keys_sign_and_the_old_ones_verify_until_their_time_is_over(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        let keys = Source::new(home.path(), None).open(&pool).await.expect("keys");
        let mut followed = followed(home.path(), &pool, &keys);
        let (old, cursor, webhook) = (keys.ticket_keys(), keys.cursor.seal("q", &7), keys.webhook());
        rotate(&pool, home.path(), &KeyKind::ALL, NOW, DAY).await.expect("rotated");
        followed.look().await.expect("looked");
        assert!(keys.ticket_keys()[0] != old[0] && keys.ticket_keys()[1] == old[0]);
        assert_eq!(keys.cursor.open::<i32>("q", &cursor), Ok(7));
        assert!(keys.webhook() != webhook && keys.webhooks().contains(&webhook));
        // the overlap ends: with a schedule in the past the old keys are good for nothing
        let over = "UPDATE signing_keys SET signs_from = signs_from - interval '9 days', verifies_until = verifies_until - interval '2 days'";
        sqlx::query(over).execute(&pool).await.expect("moved");
        followed.look().await.expect("looked");
        assert_eq!(keys.ticket_keys().len(), 1);
        assert!(keys.cursor.open::<i32>("q", &cursor).is_err() && !keys.webhooks().contains(&webhook));
        rotate(&pool, home.path(), &KeyKind::ALL, NOW, DAY).await.expect("rotated");
        assert_eq!(std::fs::read_dir(home.path()).expect("readable").count(), 6, "the expired ones are deleted");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_node_whose_copy_lacks_the_new_keys_says_so_and_goes_on_with_the_old(pool: PgPool) {
        let home = tempfile::tempdir().expect("a directory");
        Source::new(home.path(), None).open(&pool).await.expect("keys");
        let copy = copied(home.path());
        let keys = Source::new(copy.path(), None).open(&pool).await.expect("a copy");
        let (mut followed, before) = (followed(copy.path(), &pool, &keys), keys.ticket_keys());
        followed.look().await.expect("looked");
        rotate(&pool, home.path(), &KeyKind::ALL, NOW, DAY).await.expect("rotated");
        assert!(matches!(followed.look().await, Err(KeyringFault::Lacks { .. })));
        assert_eq!(keys.ticket_keys(), before);
        for file in std::fs::read_dir(home.path()).expect("readable").flatten() {
            std::fs::copy(file.path(), copy.path().join(file.file_name())).expect("copied");
        }
        assert!(followed.look().await.expect("copied in time"), "what failed is tried again");
        assert_eq!(keys.ticket_keys().len(), 2);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn lost_keys_can_be_given_up(pool: PgPool) {
        let (lost, new) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
        let old = Source::new(lost.path(), None).open(&pool).await.expect("keys");
        forget(&pool, new.path()).await.expect("begun anew");
        let keys = Source::new(new.path(), None).open(&pool).await.expect("the new ones");
        assert!(keys.ticket_keys() != old.ticket_keys());
        assert!(Source::new(lost.path(), None).open(&pool).await.is_err());
    }
}
