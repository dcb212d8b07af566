//! Generations in an object store: published by the node that builds, pulled by the nodes that only search.
//!
//! ```text
//!  gen-<n>/at-<opstamp>-<sum>-<x>/<file>    what one publication sent: immutable, named by Tantivy after its segment
//!  gen-<n>/at-<opstamp>-<sum>-<x>/meta.json which files are one commit; <sum> is of this file, and no other build's commit has it
//!  gen-<n>/at-<opstamp>-<sum>-<x>/MANIFEST.json
//!  LATEST.json                              the manifest to serve; written last, read first
//!  PUBLISHER.json                           which worker publishes
//! ```
//!
//! A manifest names every file with its length and SHA-256, and LATEST the manifest's; what LATEST has already is named again where it
//! lies. All else a publication sends to a place of its own, `x`, where nothing ever lay: so nobody who tidies by what he saw before,
//! however late, deletes what it names. A node puts a state into its own index
//! directory only when all of it has been read and agrees, and opens it beside before it puts it there, so a torn upload or download is
//! never served. What an earlier process has pulled is held against the manifest again, and what has been damaged since is fetched anew.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use catalog::index::generation::META;
use catalog::index::{Fault, generation};
use object_store::buffered::BufWriter;
use object_store::path::Path as Key;
use object_store::{ObjectStoreExt as _, PutPayload};
use rand::Rng as _;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Mutex;

use crate::blocking::blocking;
use crate::checked::{CHUNK, Checked, hex, summed};
use crate::held::Held;
use crate::manifest::{self, LATEST, Latest, MANIFEST, Manifest, ManifestFile};
use crate::seat::{self, Seat, Token};
use crate::shelf::Shelf;
use crate::tidy;

/// Bytes asked for at once: on the slowest line that is of use a small part of the 30 s that one request may take.
const PIECE: u64 = 8 << 20;
/// Publications between two looks for what is no longer wanted.
const TIDY_EVERY: u64 = 100;

/// Where generations are published.
#[derive(Clone)]
pub struct Depot {
    shelf: Shelf,
    /// Files of the local index.
    checked: Checked,
    /// What this process has pulled last, and where to.
    pulled: Arc<Mutex<Option<(PathBuf, Latest)>>>,
    published: Arc<AtomicU64>,
    /// Held by who tidies.
    broom: Arc<Mutex<()>>,
    seat: Arc<Mutex<Seat>>,
}

/// What publishing or pulling did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moved {
    pub generation: u64,
    pub opstamp: u64,
    pub files: u64,
    pub bytes: u64,
}

impl Depot {
    /// Opens a store by its URL: `file:///folder`, a plain folder, or `s3://bucket/prefix` with `options` such as
    /// `aws_endpoint`, `aws_access_key_id`, `aws_region`.
    pub fn open(url: &str, options: impl IntoIterator<Item = (String, String)>) -> Result<Self, Fault> {
        Ok(Self {
            shelf: Shelf::open(url, options)?,
            checked: Checked::default(),
            pulled: Arc::default(),
            published: Arc::default(),
            broom: Arc::default(),
            seat: Arc::default(),
        })
    }

    /// A depot whose seat is free for another worker after this long without a sign of life; ten seconds if nothing is said.
    pub fn with_lease(self, lease: std::time::Duration) -> Self {
        Self { seat: Arc::new(Mutex::new(Seat::with_lease(lease))), ..self }
    }

    /// Publishes the live generation at its last commit; only files that are not there yet are sent.
    ///
    /// Gives     what was sent; no files when that state is published already, `None` while another worker publishes there.
    pub async fn publish(&self, dir: &Path) -> Result<Option<Moved>, Fault> {
        let mut seat = self.seat.lock().await;
        if !seat.taken(&self.shelf, false).await? {
            return Ok(None);
        }
        self.publish_seated(dir, &mut seat, false).await
    }

    /// Publishes the live generation whole, whatever is published and by whom: that worker steps back as soon as it looks.
    pub async fn publish_over(&self, dir: &Path) -> Result<Moved, Fault> {
        let mut seat = self.seat.lock().await;
        seat.taken(&self.shelf, true).await?;
        let placed = self.publish_seated(dir, &mut seat, true).await?;
        placed.ok_or_else(|| self.fault(LATEST, &"another worker has published at the same moment"))
    }

    /// Publishes, and renews the seat meanwhile; `None` when another worker has taken it.
    async fn publish_seated(&self, dir: &Path, seat: &mut Seat, anew: bool) -> Result<Option<Moved>, Fault> {
        let token = seat.token();
        let mut work = std::pin::pin!(self.publish_live(dir, &token, anew));
        loop {
            tokio::select! {
                done = &mut work => return done,
                // a first publication may take minutes
                () = tokio::time::sleep(seat::RENEW) => {
                    if !seat.taken(&self.shelf, false).await? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Lets another worker publish at once.
    pub async fn leave(&self) -> Result<(), Fault> {
        self.seat.lock().await.leave(&self.shelf).await
    }

    /// Takes     `anew`: everything is sent, since what lies in the store may be torn.
    async fn publish_live(&self, dir: &Path, token: &Token, anew: bool) -> Result<Option<Moved>, Fault> {
        let place = dir.to_owned();
        let held = blocking(move || Held::take(&place)).await?;
        let Some(held) = held else { return Ok(Some(Moved::default())) };
        let mut moved = Moved { generation: held.generation, opstamp: held.opstamp, ..Moved::default() };
        let state = held.state();
        let (latest, seen) = manifest::named(&self.shelf).await?.unzip();
        // what cannot be read is published anew
        let latest: Option<Latest> = latest.filter(|_| !anew).and_then(|body| serde_json::from_slice(&body).ok());
        if latest.as_ref().is_some_and(|latest| latest.is_of(&state)) {
            return Ok(Some(moved));
        }
        let before = self.sent_before(latest, held.generation).await;
        let at = format!("{state}-{:016x}", rand::rng().random::<u64>());
        let mut files = BTreeMap::new();
        for (name, path) in &held.files {
            if let Some(known) = before.get(name)
                && is_sent(name, path, known).await?
            {
                files.insert(name.clone(), known.clone());
                continue;
            }
            let key = format!("{at}/{name}");
            let (bytes, sha256) = self.send(path, &key).await?;
            moved.files += 1;
            moved.bytes += bytes;
            files.insert(name.clone(), ManifestFile { key, bytes, sha256 });
        }
        let manifest = Manifest { generation: held.generation, opstamp: held.opstamp, files };
        let (body, manifest) = (json(&manifest), format!("{at}/{MANIFEST}"));
        let latest = Latest { manifest, sha256: hex(&Sha256::digest(&body)) };
        self.put(&latest.manifest, body).await?;
        if !token.place(&self.shelf, LATEST, json(&latest), seen).await? {
            return Ok(None);
        }
        if self.published.fetch_add(1, Ordering::Relaxed).is_multiple_of(TIDY_EVERY) {
            self.tidy();
        }
        Ok(Some(moved))
    }

    /// What the latest publication has that may be named again; of another generation nothing is the same.
    async fn sent_before(&self, latest: Option<Latest>, generation: u64) -> BTreeMap<String, ManifestFile> {
        let Some(latest) = latest else { return BTreeMap::new() };
        let manifest = Manifest::of(&self.shelf, &latest).await.ok().filter(|manifest| manifest.generation == generation);
        manifest.map(|manifest| manifest.files).unwrap_or_default()
    }

    /// Tidies the store beside what is published meanwhile, unless that is under way.
    fn tidy(&self) {
        let Ok(broom) = Arc::clone(&self.broom).try_lock_owned() else { return };
        let shelf = self.shelf.clone();
        tokio::spawn(async move {
            if let Err(fault) = tidy::tidy(&shelf).await {
                tracing::warn!(%fault, "old states of the search index stay in the store for now");
            }
            drop(broom);
        });
    }

    /// Pulls the latest published state into an index directory and makes it live there.
    ///
    /// Takes     `dir`: a directory to which nobody else writes.  `keep`: generations that stay.
    /// Gives     what was fetched; `None` when this process has pulled that state already or nothing was published yet.
    /// Refuses   `Torn` when a file is missing or does not agree with its sum: what was live stays live.
    pub async fn pull(&self, dir: &Path, keep: usize) -> Result<Option<Moved>, Fault> {
        let Some(latest) = manifest::latest(&self.shelf).await? else { return Ok(None) };
        let (now, mut pulled) = (Some((dir.to_owned(), latest.clone())), self.pulled.lock().await);
        if *pulled == now && generation::replaced(dir)?.is_some() {
            return Ok(None);
        }
        let manifest = Manifest::of(&self.shelf, &latest).await?;
        let (place, generation) = (dir.to_owned(), manifest.generation);
        let staging = blocking(move || stage(&place, generation)).await?;
        let mut moved = Moved { generation: manifest.generation, opstamp: manifest.opstamp, ..Moved::default() };
        let home = generation::path(dir, manifest.generation);
        for (name, entry) in &manifest.files {
            let (there, fetched) = (home.join(name), staging.join(name));
            if self.checked.agrees(&fetched, entry.bytes, &entry.sha256).await? {
                continue;
            }
            if name != META && self.checked.agrees(&there, entry.bytes, &entry.sha256).await? {
                let _ = std::fs::remove_file(&fetched);
                std::fs::hard_link(&there, &fetched).map_err(Fault::file(&fetched))?;
                continue;
            }
            if name == META {
                // of another commit: no beginning of this one
                let _ = std::fs::remove_file(&fetched);
            }
            self.fetch(name, entry, &fetched).await?;
            moved.files += 1;
            moved.bytes += entry.bytes;
        }
        let kept: HashSet<PathBuf> = manifest.files.keys().map(|name| home.join(name)).collect();
        let place = dir.to_owned();
        blocking(move || settle(&place, &manifest, &staging, keep)).await?;
        self.checked.retain(|path| kept.contains(path));
        *pulled = now;
        Ok(Some(moved))
    }

    /// Waits until nobody tidies.
    #[cfg(test)]
    pub async fn tidied(&self) {
        drop(self.broom.lock().await);
    }

    async fn send(&self, path: &Path, key: &str) -> Result<(u64, String), Fault> {
        let mut file = tokio::fs::File::open(path).await.map_err(Fault::file(path))?;
        let mut writer = BufWriter::new(Arc::clone(&self.shelf.store), self.key(key));
        let (mut sum, mut bytes, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK]);
        loop {
            let read = file.read(&mut chunk).await.map_err(Fault::file(path))?;
            if read == 0 {
                break;
            }
            sum.update(&chunk[..read]);
            bytes += read as u64;
            writer.write_all(&chunk[..read]).await.map_err(|fault| self.fault(key, &fault))?;
        }
        writer.shutdown().await.map_err(|fault| self.fault(key, &fault))?;
        Ok((bytes, hex(&sum.finalize())))
    }

    /// Fetches a file piece by piece, each asked for by itself, so that what an earlier try has is kept and no piece waits for the whole.
    async fn fetch(&self, name: &str, entry: &ManifestFile, into: &Path) -> Result<(), Fault> {
        let there = self.shelf.store.head(&self.key(&entry.key)).await.map_err(|fault| self.fault(&entry.key, &fault))?;
        if there.size != entry.bytes {
            return Err(self.torn(&entry.key, &format!("{name} has {} bytes, not {}", there.size, entry.bytes)));
        }
        self.checked.forget(into);
        let (mut at, mut sum) = begun(into, entry.bytes).await?;
        let mut file = tokio::fs::File::options().create(true).append(true).open(into).await.map_err(Fault::file(into))?;
        while at < entry.bytes {
            let end = entry.bytes.min(at + PIECE);
            let got = self.shelf.store.get_range(&self.key(&entry.key), at..end).await;
            let piece = got.map_err(|fault| self.fault(&entry.key, &fault))?;
            if piece.len() as u64 != end - at {
                return Err(self.torn(&entry.key, &format!("{name} ends before its {} bytes", entry.bytes)));
            }
            sum.update(&piece);
            file.write_all(&piece).await.map_err(Fault::file(into))?;
            at = end;
        }
        file.sync_all().await.map_err(Fault::file(into))?;
        if hex(&sum.finalize()) != entry.sha256 {
            // what there is of it is no beginning of the right one
            std::fs::remove_file(into).map_err(Fault::file(into))?;
            return Err(self.torn(&entry.key, &format!("{name} does not match its sum")));
        }
        Ok(())
    }

    async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), Fault> {
        let put = self.shelf.store.put(&self.key(key), PutPayload::from(body)).await;
        put.map(|_| ()).map_err(|fault| self.fault(key, &fault))
    }

    fn key(&self, name: &str) -> Key {
        self.shelf.key(name)
    }

    fn fault(&self, key: &str, fault: &dyn std::fmt::Display) -> Fault {
        self.shelf.fault(key, fault)
    }

    fn torn(&self, key: &str, detail: &dyn std::fmt::Display) -> Fault {
        self.shelf.torn(key, detail)
    }
}

/// The directory for what is fetched; what an earlier pull of the same generation fetched is kept, of others not.
fn stage(dir: &Path, generation: u64) -> Result<PathBuf, Fault> {
    std::fs::create_dir_all(dir).map_err(Fault::file(dir))?;
    let staging = dir.join(format!("pulling-{generation}"));
    for entry in std::fs::read_dir(dir).map_err(Fault::file(dir))?.flatten() {
        if entry.path() != staging && entry.file_name().to_string_lossy().starts_with("pulling-") {
            std::fs::remove_dir_all(entry.path()).map_err(Fault::file(entry.path()))?;
        }
    }
    std::fs::create_dir_all(&staging).map_err(Fault::file(&staging))?;
    Ok(staging)
}

/// Opens the state beside, moves it into its generation, the commit's own file last, and makes it live.
fn settle(dir: &Path, manifest: &Manifest, staging: &Path, keep: usize) -> Result<(), Fault> {
    generation::check_beside(staging)?;
    let home = generation::path(dir, manifest.generation);
    std::fs::create_dir_all(&home).map_err(Fault::file(&home))?;
    for name in manifest.files.keys().filter(|name| *name != META) {
        std::fs::rename(staging.join(name), home.join(name)).map_err(Fault::file(&home))?;
    }
    std::fs::rename(staging.join(META), home.join(META)).map_err(Fault::file(&home))?;
    std::fs::remove_dir_all(staging).map_err(Fault::file(staging))?;
    if generation::replaced(dir)? != Some(manifest.generation) {
        generation::publish(dir, manifest.generation)?;
        generation::retire(dir, keep)?;
    }
    for entry in std::fs::read_dir(&home).map_err(Fault::file(&home))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !manifest.files.contains_key(&name) && !name.starts_with('.') {
            std::fs::remove_file(entry.path()).map_err(Fault::file(entry.path()))?;
        }
    }
    Ok(())
}

/// Whether a file lies in the store as it is here. Its name says so, but for what was deleted of a segment: that is named by a count, with
/// which copies of a data directory go on alike.
async fn is_sent(name: &str, path: &Path, known: &ManifestFile) -> Result<bool, Fault> {
    if name == META || std::fs::metadata(path).map_err(Fault::file(path))?.len() != known.bytes {
        return Ok(false);
    }
    if !name.ends_with(".del") {
        return Ok(true);
    }
    let path = path.to_owned();
    blocking(move || summed(&path)).await.map(|sum| hex(&sum.finalize()) == known.sha256)
}

/// What an earlier try has fetched of a file: its length and its sum so far.
async fn begun(path: &Path, bytes: u64) -> Result<(u64, Sha256), Fault> {
    let path = path.to_owned();
    blocking(move || {
        match std::fs::metadata(&path).map(|file| file.len()) {
            Ok(length) if length <= bytes => Ok((length, summed(&path)?)),
            // longer than it may be: another's
            Ok(_) => std::fs::remove_file(&path).map(|()| (0, Sha256::new())).map_err(Fault::file(&path)),
            Err(_) => Ok((0, Sha256::new())),
        }
    })
    .await
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_else(|fault| unreachable!("plain data: {fault}"))
}
