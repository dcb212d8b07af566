//! Generations in an object store: published by the node that builds, pulled by the nodes that only search.
//!
//! ```text
//!  gen-<n>/<file>                  immutable, named by Tantivy after its segment
//!  gen-<n>/at-<opstamp>/meta.json  which of them are one commit
//!  gen-<n>/at-<opstamp>/MANIFEST.json
//!  LATEST.json                     the manifest to serve; written last, read first
//! ```
//!
//! A manifest names every file with its length and SHA-256, and LATEST the manifest's. A node puts a state into its own index
//! directory only when all of it has been read and agrees, so a torn upload or download is never served.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use catalog::index::{Fault, generation};
use futures::TryStreamExt as _;
use object_store::buffered::BufWriter;
use object_store::path::Path as Key;
use object_store::{ObjectMeta, ObjectStore as _, ObjectStoreExt as _, PutPayload};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::blocking::blocking;
use crate::shelf::Shelf;

const LATEST: &str = "LATEST.json";
const META: &str = "meta.json";
/// Bytes read at once.
const CHUNK: usize = 1 << 20;
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
        Ok(Self { shelf: Shelf::open(url, options)?, checked: Arc::default(), published: Arc::default() })
    }

    /// Publishes the live generation at its last commit; only files that are not there yet are sent.
    ///
    /// Gives     what was sent; no files when that state is published already.
    pub async fn publish(&self, dir: &Path) -> Result<Moved, Fault> {
        let place = dir.to_owned();
        let held = blocking(move || Held::take(&place)).await?;
        let Some(held) = held else { return Ok(Moved::default()) };
        let mut moved = Moved { generation: held.generation, opstamp: held.opstamp, ..Moved::default() };
        let at = format!("gen-{}/at-{}", held.generation, held.opstamp);
        let latest = self.latest().await?;
        if latest.as_ref().is_some_and(|latest| latest.manifest == format!("{at}/MANIFEST.json")) {
            return Ok(moved);
        }
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
        self.announce(Manifest { generation: held.generation, opstamp: held.opstamp, files }, &at).await?;
        if self.published.fetch_add(1, Ordering::Relaxed).is_multiple_of(TIDY_EVERY) {
            self.tidy().await?;
        }
        Ok(moved)
    }

    async fn announce(&self, manifest: Manifest, at: &str) -> Result<(), Fault> {
        let body = json(&manifest);
        let latest = Latest { manifest: format!("{at}/MANIFEST.json"), sha256: hex(&Sha256::digest(&body)) };
        self.put(&latest.manifest, body).await?;
        self.put(LATEST, json(&latest)).await
    }

    /// Pulls the latest published state into an index directory and makes it live there.
    ///
    /// Takes     `dir`: a directory to which nobody else writes.  `keep`: generations that stay.
    /// Gives     what was fetched; `None` when that state is live already or nothing was published yet.
    /// Refuses   `Torn` when a file is missing or does not agree with its sum: what was live stays live.
    pub async fn pull(&self, dir: &Path, keep: usize) -> Result<Option<Moved>, Fault> {
        let Some(latest) = self.latest().await? else { return Ok(None) };
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
            if name != META && self.agrees(there, entry).await? || self.agrees(fetched, entry).await? {
                continue;
            }
            self.fetch(name, entry, &staging.join(name)).await?;
            moved.files += 1;
            moved.bytes += entry.bytes;
        }
        let (place, mark_body) = (dir.to_owned(), json(&latest));
        blocking(move || settle(&place, &manifest, &staging, keep, &mark, &mark_body)).await?;
        Ok(Some(moved))
    }

    /// Whether a file is there and is the one meant; one that this process has not read yet is read.
    async fn agrees(&self, path: PathBuf, entry: &Entry) -> Result<bool, Fault> {
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

    async fn latest(&self) -> Result<Option<Latest>, Fault> {
        let Some(body) = self.get(LATEST).await? else { return Ok(None) };
        serde_json::from_slice(&body).map(Some).map_err(|fault| self.torn(LATEST, &fault))
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

    async fn fetch(&self, name: &str, entry: &Entry, into: &Path) -> Result<(), Fault> {
        let got = self.shelf.store.get(&self.key(&entry.key)).await.map_err(|fault| self.fault(&entry.key, &fault))?;
        let mut stream = got.into_stream();
        let mut file = tokio::fs::File::create(into).await.map_err(Fault::file(into))?;
        let (mut sum, mut bytes) = (Sha256::new(), 0);
        while let Some(chunk) = stream.try_next().await.map_err(|fault| self.fault(&entry.key, &fault))? {
            sum.update(&chunk);
            bytes += chunk.len() as u64;
            file.write_all(&chunk).await.map_err(Fault::file(into))?;
        }
        file.sync_all().await.map_err(Fault::file(into))?;
        let sum = hex(&sum.finalize());
        if bytes != entry.bytes || sum != entry.sha256 {
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
        let latest = self.latest().await?.map(|latest| self.key(&latest.manifest));
        let mut wanted = BTreeSet::from([self.key(LATEST)]);
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

/// The live generation's files at one commit, held by hard links while they are sent: merging may remove them meanwhile.
struct Held {
    generation: u64,
    opstamp: u64,
    links: Links,
}

/// A directory of links that goes with this.
struct Links(PathBuf);

impl Drop for Links {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Held {
    fn take(dir: &Path) -> Result<Option<Self>, Fault> {
        let Some(generation) = generation::current(dir)? else { return Ok(None) };
        let home = generation::path(dir, generation);
        loop {
            let links = Links(dir.join("publishing"));
            let _ = std::fs::remove_dir_all(&links.0);
            std::fs::create_dir_all(&links.0).map_err(Fault::file(&links.0))?;
            let meta = std::fs::read(home.join(META)).map_err(Fault::file(home.join(META)))?;
            let metas = generation::open(dir, generation)?.load_metas()?;
            let segments = metas.segments.iter().map(|segment| segment.id().uuid_string()).collect();
            let linked = link_all(&home, &links.0, &segments);
            std::fs::write(links.0.join(META), &meta).map_err(Fault::file(&links.0))?;
            // a commit in between may have removed what the one before names
            if std::fs::read(home.join(META)).is_ok_and(|now| now == meta) {
                linked.map_err(Fault::file(&home))?;
                return Ok(Some(Self { generation, opstamp: metas.opstamp, links }));
            }
        }
    }

    fn files(&self) -> Vec<(String, PathBuf)> {
        let entries = std::fs::read_dir(&self.links.0).into_iter().flatten().flatten();
        let mut files: Vec<_> = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())).collect();
        files.sort();
        files
    }
}

/// Links every file that begins with the name of one of the segments.
fn link_all(from: &Path, to: &Path, segments: &BTreeSet<String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.split('.').next().is_some_and(|segment| segments.contains(segment)) {
            std::fs::hard_link(entry.path(), to.join(&name))?;
        }
    }
    Ok(())
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

/// Moves what was fetched into its generation, the commit's own file last, and makes it live.
fn settle(dir: &Path, manifest: &Manifest, staging: &Path, keep: usize, mark: &Path, body: &[u8]) -> Result<(), Fault> {
    let home = generation::path(dir, manifest.generation);
    std::fs::create_dir_all(&home).map_err(Fault::file(&home))?;
    for name in manifest.files.keys().filter(|name| *name != META) {
        if staging.join(name).exists() {
            std::fs::rename(staging.join(name), home.join(name)).map_err(Fault::file(&home))?;
        }
    }
    std::fs::rename(staging.join(META), home.join(META)).map_err(Fault::file(&home))?;
    std::fs::remove_dir_all(staging).map_err(Fault::file(staging))?;
    generation::open_whole(dir, manifest.generation)?;
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

fn sum_of(path: &Path) -> Result<String, Fault> {
    use std::io::Read as _;
    let mut file = std::fs::File::open(path).map_err(Fault::file(path))?;
    let (mut sum, mut chunk) = (Sha256::new(), vec![0; CHUNK]);
    loop {
        match file.read(&mut chunk).map_err(Fault::file(path))? {
            0 => return Ok(hex(&sum.finalize())),
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
