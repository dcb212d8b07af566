//! What is published: which files are one state, and which state is the latest.

use std::collections::BTreeMap;

use bytes::Bytes;
use catalog::index::Fault;
use object_store::path::Path as Key;
use object_store::{Error, ObjectStoreExt as _, UpdateVersion};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::checked::hex;
use crate::shelf::Shelf;

pub const LATEST: &str = "LATEST.json";
pub const MANIFEST: &str = "MANIFEST.json";

/// Names one published state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latest {
    pub manifest: String,
    pub sha256: String,
}

/// All files of one commit of one generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub generation: u64,
    pub opstamp: u64,
    pub files: BTreeMap<String, ManifestFile>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    pub key: String,
    pub bytes: u64,
    pub sha256: String,
}

/// What lies where the latest state is named, and which version of that object it is.
pub async fn named(shelf: &Shelf) -> Result<Option<(Bytes, UpdateVersion)>, Fault> {
    let got = match shelf.store.get(&shelf.key(LATEST)).await {
        Err(Error::NotFound { .. }) => return Ok(None),
        got => got.map_err(|fault| shelf.fault(LATEST, &fault))?,
    };
    let version = UpdateVersion { e_tag: got.meta.e_tag.clone(), version: got.meta.version.clone() };
    let body = got.bytes().await.map_err(|fault| shelf.fault(LATEST, &fault))?;
    Ok(Some((body, version)))
}

/// What is to be served.
pub async fn latest(shelf: &Shelf) -> Result<Option<Latest>, Fault> {
    let Some((body, _)) = named(shelf).await? else { return Ok(None) };
    serde_json::from_slice(&body).map(Some).map_err(|fault| shelf.torn(LATEST, &fault))
}

/// Whether a key is that of a file of some publication: `gen-<n>/at-…/<file>`.
pub fn is_of_a_state(shelf: &Shelf, key: &Key) -> bool {
    let Some(parts) = key.prefix_match(shelf.all()) else { return false };
    let parts: Vec<_> = parts.collect();
    let [generation, at, _] = &parts[..] else { return false };
    let numbered = generation.as_ref().strip_prefix("gen-").is_some_and(|number| number.parse::<u64>().is_ok());
    numbered && at.as_ref().starts_with("at-")
}

impl Latest {
    /// Whether it is this state, whichever publication sent it.
    pub fn is_of(&self, state: &str) -> bool {
        self.manifest.strip_prefix(state).is_some_and(|rest| rest.starts_with('-'))
    }
}

impl Manifest {
    /// The manifest that is to be served.
    pub async fn of(shelf: &Shelf, latest: &Latest) -> Result<Self, Fault> {
        let key = &latest.manifest;
        let body = shelf.get(&shelf.key(key)).await?.ok_or_else(|| shelf.torn(key, &"it is missing"))?;
        if hex(&Sha256::digest(&body)) != latest.sha256 {
            return Err(shelf.torn(key, &"it does not match its sum"));
        }
        let manifest: Self = serde_json::from_slice(&body).map_err(|fault| shelf.torn(key, &fault))?;
        match manifest.files.keys().find(|name| name.contains(['/', '\\']) || name.starts_with("..")) {
            Some(name) => Err(shelf.torn(key, &format!("{name:?} is no file's name"))),
            None => Ok(manifest),
        }
    }

    /// The manifest at a place, whatever its sum; none where it is gone.
    pub async fn at(shelf: &Shelf, key: &Key) -> Result<Option<Self>, Fault> {
        let Some(body) = shelf.get(key).await? else { return Ok(None) };
        serde_json::from_slice(&body).map(Some).map_err(|fault| shelf.torn(key.as_ref(), &fault))
    }
}
