//! Generations in an object store: published by the node that builds, pulled by the nodes that only search.
//!
//! ```text
//!  gen-<n>/<file>                  immutable, named by Tantivy after its segment
//!  gen-<n>/at-<opstamp>/meta.json  which of them are one commit
//!  gen-<n>/at-<opstamp>/MANIFEST.json
//!  LATEST.json                     the manifest to serve; written last, read first
//!  PUBLISHER.json                  which worker publishes
//! ```
//!
//! A manifest names every file with its length and SHA-256, and LATEST the manifest's. A node puts a state into its own index
//! directory only when all of it has been read and agrees, and opens it beside before it puts it there, so a torn upload or download is
//! never served.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use catalog::index::{Fault, generation};
use futures::TryStreamExt as _;
use object_store::buffered::BufWriter;
use object_store::path::Path as Key;
use object_store::{ObjectMeta, ObjectStore as _, ObjectStoreExt as _, PutPayload, UpdateVersion};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::blocking::blocking;
use crate::held::{Held, META};
use crate::seat::{self, Seat, Token};
use crate::shelf::Shelf;

const LATEST: &str = "LATEST.json";
/// Bytes read at once.
const CHUNK: usize = 1 << 20;
/// Bytes asked for at once: on the slowest line that is of use a small part of the 30 s that one request may take.
const PIECE: u64 = 8 << 20;
/// How long a state that is no longer the latest stays in the store: a slow node may still be reading it.
const KEPT_SECONDS: i64 = 600;
/// Publications between two looks for what is no longer wanted.
const TIDY_EVERY: u64 = 100;

/// Where generations are published.
#[derive(Clone)]
pub struct Depot {
    shelf: Shelf,
    /// Files of the local index that this process has read and found to agree.
    checked: Arc<std::sync::Mutex<HashSet<String>>>,
    published: Arc<AtomicU64>,
    seat: Arc<tokio::sync::Mutex<Seat>>,
}

/// Names one published state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Latest {
    manifest: String,
    sha256: String,
}

/// All files of one commit of one generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub generation: u64,
    pub opstamp: u64,
    files: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    key: String,
    bytes: u64,
    sha256: String,
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
        Ok(Self { shelf: Shelf::open(url, options)?, checked: Arc::default(), published: Arc::default(), seat: Arc::default() })
    }

    /// A depot whose seat is free for another worker after this long without a sign of life; ten seconds if nothing is said.
    pub fn with_lease(self, lease: std::time::Duration) -> Self {
        Self { seat: Arc::new(tokio::sync::Mutex::new(Seat::with_lease(lease))), ..self }
    }

    /// Publishes the live generation at its last commit; only files that are not there yet are sent.
    ///
    /// Gives     what was sent; no files when that state is published already, `None` while another worker publishes there.
    pub async fn publish(&self, dir: &Path) -> Result<Option<Moved>, Fault> {
        let mut seat = self.seat.lock().await;
        if !seat.taken(&self.shelf, false).await? {
            return Ok(None);
        }
        let token = seat.token();
        let mut work = std::pin::pin!(self.publish_live(dir, &token));
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

    /// Publishes the live generation, whoever published before: that worker steps back as soon as it looks.
    pub async fn publish_over(&self, dir: &Path) -> Result<Moved, Fault> {
        let mut seat = self.seat.lock().await;
        seat.taken(&self.shelf, true).await?;
        let placed = self.publish_live(dir, &seat.token()).await?;
        placed.ok_or_else(|| self.fault(LATEST, &"another worker has published at the same moment"))
    }

    /// Lets another worker publish at once.
    pub async fn leave(&self) -> Result<(), Fault> {
        self.seat.lock().await.leave(&self.shelf).await
    }

    async fn publish_live(&self, dir: &Path, token: &Token) -> Result<Option<Moved>, Fault> {
        let place = dir.to_owned();
        let held = blocking(move || Held::take(&place)).await?;
        let Some(held) = held else { return Ok(Some(Moved::default())) };
        let mut moved = Moved { generation: held.generation, opstamp: held.opstamp, ..Moved::default() };
        let at = format!("gen-{}/at-{}", held.generation, held.opstamp);
        let latest = self.latest().await?;
        if latest.as_ref().is_some_and(|(latest, _)| latest.manifest == format!("{at}/MANIFEST.json")) {
            return Ok(Some(moved));
        }
        let (latest, seen) = latest.unzip();
        let before = match latest {
            Some(latest) => self.manifest(&latest).await.map(|manifest| manifest.files).unwrap_or_default(),
            None => BTreeMap::new(),
        };
        let mut files = BTreeMap::new();
        for (name, path) in held.files() {
            let key = if name == META { format!("{at}/{META}") } else { format!("gen-{}/{name}", held.generation) };
            if let Some(known) = before.get(&name).filter(|known| known.key == key) {
                files.insert(name, known.clone());
                continue;
            }
            let (bytes, sha256) = self.send(&path, &key).await?;
            moved.files += 1;
            moved.bytes += bytes;
            files.insert(name, Entry { key, bytes, sha256 });
        }
        let manifest = Manifest { generation: held.generation, opstamp: held.opstamp, files };
        let (body, manifest) = (json(&manifest), format!("{at}/MANIFEST.json"));
        let latest = Latest { manifest, sha256: hex(&Sha256::digest(&body)) };
        self.put(&latest.manifest, body).await?;
        if !token.place(&self.shelf, LATEST, json(&latest), seen).await? {
            return Ok(None);
        }
        if self.published.fetch_add(1, Ordering::Relaxed).is_multiple_of(TIDY_EVERY) {
            self.tidy().await?;
        }
        Ok(Some(moved))
    }

    /// Pulls the latest published state into an index directory and makes it live there.
    ///
    /// Takes     `dir`: a directory to which nobody else writes.  `keep`: generations that stay.
    /// Gives     what was fetched; `None` when that state is live already or nothing was published yet.
    /// Refuses   `Torn` when a file is missing or does not agree with its sum: what was live stays live.
    pub async fn pull(&self, dir: &Path, keep: usize) -> Result<Option<Moved>, Fault> {
        let Some((latest, _)) = self.latest().await? else { return Ok(None) };
        let mark = dir.join("PULLED.json");
        if std::fs::read(&mark).is_ok_and(|held| held == json(&latest)) && generation::replaced(dir)?.is_some() {
            return Ok(None);
        }
        let manifest = self.manifest(&latest).await?;
        let (place, generation) = (dir.to_owned(), manifest.generation);
        let staging = blocking(move || stage(&place, generation)).await?;
        let mut moved = Moved { generation: manifest.generation, opstamp: manifest.opstamp, ..Moved::default() };
        let home = generation::path(dir, manifest.generation);
        for (name, entry) in &manifest.files {
            let (there, fetched) = (home.join(name), staging.join(name));
            if self.agrees(&fetched, entry).await? {
                continue;
            }
            if name != META && self.agrees(&there, entry).await? {
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
        let kept: HashSet<String> = manifest.files.keys().map(|name| home.join(name).display().to_string()).collect();
        let (place, mark_body) = (dir.to_owned(), json(&latest));
        blocking(move || settle(&place, &manifest, &staging, keep, &mark, &mark_body)).await?;
        self.checked.lock().unwrap_or_else(std::sync::PoisonError::into_inner).retain(|name| kept.contains(name));
        Ok(Some(moved))
    }

    /// Whether a file is there and is the one meant; one that this process has not read yet is read.
    async fn agrees(&self, path: &Path, entry: &Entry) -> Result<bool, Fault> {
        let path = path.to_owned();
        if std::fs::metadata(&path).map(|file| file.len()).ok() != Some(entry.bytes) {
            return Ok(false);
        }
        let name = path.display().to_string();
        let known = |checked: &mut HashSet<String>| checked.contains(&name);
        if known(&mut self.checked.lock().unwrap_or_else(std::sync::PoisonError::into_inner)) {
            return Ok(true);
        }
        let agrees = blocking(move || sum_of(&path)).await? == entry.sha256;
        if agrees {
            self.checked.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(name);
        }
        Ok(agrees)
    }

    /// What is to be served, and which version of that object says so.
    async fn latest(&self) -> Result<Option<(Latest, UpdateVersion)>, Fault> {
        let got = match self.shelf.store.get(&self.key(LATEST)).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            got => got.map_err(|fault| self.fault(LATEST, &fault))?,
        };
        let version = UpdateVersion { e_tag: got.meta.e_tag.clone(), version: got.meta.version.clone() };
        let body = got.bytes().await.map_err(|fault| self.fault(LATEST, &fault))?;
        serde_json::from_slice(&body).map(|latest| Some((latest, version))).map_err(|fault| self.torn(LATEST, &fault))
    }

    async fn manifest(&self, latest: &Latest) -> Result<Manifest, Fault> {
        let body = self.get(&latest.manifest).await?.ok_or_else(|| self.torn(&latest.manifest, &"it is missing"))?;
        if hex(&Sha256::digest(&body)) != latest.sha256 {
            return Err(self.torn(&latest.manifest, &"it does not match its sum"));
        }
        let manifest: Manifest = serde_json::from_slice(&body).map_err(|fault| self.torn(&latest.manifest, &fault))?;
        match manifest.files.keys().find(|name| name.contains(['/', '\\']) || name.starts_with("..")) {
            Some(name) => Err(self.torn(&latest.manifest, &format!("{name:?} is no file's name"))),
            None => Ok(manifest),
        }
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
    async fn fetch(&self, name: &str, entry: &Entry, into: &Path) -> Result<(), Fault> {
        let there = self.shelf.store.head(&self.key(&entry.key)).await.map_err(|fault| self.fault(&entry.key, &fault))?;
        if there.size != entry.bytes {
            return Err(self.torn(&entry.key, &format!("{name} has {} bytes, not {}", there.size, entry.bytes)));
        }
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

    /// Deletes old states, and old files that no other state names.
    async fn tidy(&self) -> Result<(), Fault> {
        let listed = self.shelf.store.list(Some(self.shelf.all())).try_collect::<Vec<_>>().await;
        let listed = listed.map_err(|fault| self.fault("", &fault))?;
        let Some(newest) = listed.iter().map(|object| object.last_modified).max() else { return Ok(()) };
        let old = |object: &ObjectMeta| newest.signed_duration_since(object.last_modified).num_seconds() > KEPT_SECONDS;
        if !listed.iter().any(old) {
            return Ok(());
        }
        let latest = self.latest().await?.map(|(latest, _)| self.key(&latest.manifest));
        let mut wanted = BTreeSet::from([self.key(LATEST), self.key(seat::NAME)]);
        let manifests = listed.iter().filter(|object| object.location.as_ref().ends_with("MANIFEST.json"));
        for object in manifests.filter(|object| !old(object) || Some(&object.location) == latest.as_ref()) {
            wanted.insert(object.location.clone());
            let body = self.read(&object.location).await?;
            let manifest: Manifest =
                serde_json::from_slice(&body).map_err(|fault| self.torn(object.location.as_ref(), &fault))?;
            wanted.extend(manifest.files.values().map(|entry| self.key(&entry.key)));
        }
        for object in listed.iter().filter(|object| old(object) && !wanted.contains(&object.location)) {
            self.shelf.store.delete(&object.location).await.map_err(|fault| self.fault(object.location.as_ref(), &fault))?;
        }
        Ok(())
    }

    async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), Fault> {
        let put = self.shelf.store.put(&self.key(key), PutPayload::from(body)).await;
        put.map(|_| ()).map_err(|fault| self.fault(key, &fault))
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, Fault> {
        match self.shelf.store.get(&self.key(key)).await {
            Ok(got) => got.bytes().await.map(Some).map_err(|fault| self.fault(key, &fault)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(fault) => Err(self.fault(key, &fault)),
        }
    }

    async fn read(&self, key: &Key) -> Result<Bytes, Fault> {
        let fault = |fault| self.fault(key.as_ref(), &fault);
        self.shelf.store.get(key).await.map_err(fault)?.bytes().await.map_err(|error| self.fault(key.as_ref(), &error))
    }

    fn key(&self, name: &str) -> Key {
        self.shelf.key(name)
    }

    fn fault(&self, key: &str, fault: &dyn std::fmt::Display) -> Fault {
        self.shelf.fault(key, fault)
    }

    fn torn(&self, key: &str, detail: &dyn std::fmt::Display) -> Fault {
        Fault::Store { url: self.shelf.url.clone(), detail: format!("{key}: {detail}") }
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
fn settle(dir: &Path, manifest: &Manifest, staging: &Path, keep: usize, mark: &Path, body: &[u8]) -> Result<(), Fault> {
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
    std::fs::write(mark, body).map_err(Fault::file(mark))
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

fn sum_of(path: &Path) -> Result<String, Fault> {
    summed(path).map(|sum| hex(&sum.finalize()))
}

fn summed(path: &Path) -> Result<Sha256, Fault> {
    use std::io::Read as _;
    let mut file = std::fs::File::open(path).map_err(Fault::file(path))?;
    let (mut sum, mut chunk) = (Sha256::new(), vec![0; CHUNK]);
    loop {
        match file.read(&mut chunk).map_err(Fault::file(path))? {
            0 => return Ok(sum),
            read => sum.update(&chunk[..read]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |hex, byte| hex + &format!("{byte:02x}"))
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_else(|fault| unreachable!("plain data: {fault}"))
}
