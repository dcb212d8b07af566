//! An object store by its URL: a folder, or a server that speaks the S3 protocol.

use std::sync::Arc;

use bytes::Bytes;
use catalog::index::Fault;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{Error, ObjectStore, ObjectStoreExt as _};

/// A store, the place in it that is ours, and what it is called in messages.
#[derive(Clone)]
pub struct Shelf {
    pub store: Arc<dyn ObjectStore>,
    prefix: Key,
    pub url: String,
}

impl Shelf {
    /// Opens a store: `file:///folder`, a plain folder, or `s3://bucket/prefix` with `options` such as `aws_endpoint`,
    /// `aws_access_key_id`, `aws_region`.
    pub fn open(url: &str, options: impl IntoIterator<Item = (String, String)>) -> Result<Self, Fault> {
        let wrong = |fault: &dyn std::fmt::Display| Fault::Internal(format!("the store {url}: {fault}"));
        let full = if url.contains("://") { url.to_owned() } else { folder_url(url)? };
        let parsed = reqwest::Url::parse(&full).map_err(|fault| wrong(&fault))?;
        // another provider may have been installed by whoever embeds us; either will do
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (store, prefix) = object_store::parse_url_opts(&parsed, options).map_err(|fault| wrong(&fault))?;
        Ok(Self { store: Arc::from(store), prefix, url: url.to_owned() })
    }

    /// Opens a store whose folder keeps what it was given when the power fails, and no empty folders.
    pub fn durable(url: &str, options: impl IntoIterator<Item = (String, String)>) -> Result<Self, Fault> {
        let folder = url.strip_prefix("file://").unwrap_or(url);
        if folder.contains("://") {
            return Self::open(url, options);
        }
        std::fs::create_dir_all(folder).map_err(Fault::file(folder))?;
        let opened = LocalFileSystem::new_with_prefix(folder);
        let store = opened.map_err(|fault| Fault::Internal(format!("the store {url}: {fault}")))?;
        let store = store.with_fsync(true).with_automatic_cleanup(true);
        Ok(Self { store: Arc::new(store), prefix: Key::default(), url: url.to_owned() })
    }

    /// Where a name lies.
    pub fn key(&self, name: &str) -> Key {
        Key::from_iter(self.prefix.parts().chain(Key::from(name).parts()).map(|part| part.as_ref().to_owned()))
    }

    /// Where all of ours lies.
    pub fn all(&self) -> &Key {
        &self.prefix
    }

    /// Reads an object; `None` where there is none.
    pub async fn get(&self, key: &Key) -> Result<Option<Bytes>, Fault> {
        let fault = |fault| self.fault(key.as_ref(), &fault);
        match self.store.get(key).await {
            Ok(got) => got.bytes().await.map(Some).map_err(fault),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(other) => Err(fault(other)),
        }
    }

    /// What lies there is not what was published.
    pub fn torn(&self, key: &str, detail: &dyn std::fmt::Display) -> Fault {
        Fault::Store { url: self.url.clone(), detail: format!("{key}: {detail}") }
    }

    pub fn fault(&self, key: &str, fault: &dyn std::fmt::Display) -> Fault {
        Fault::Internal(format!("the store {}/{key}: {fault}", self.url))
    }
}

fn folder_url(path: &str) -> Result<String, Fault> {
    std::fs::create_dir_all(path).map_err(Fault::file(path))?;
    let full = std::fs::canonicalize(path).map_err(Fault::file(path))?;
    let url = reqwest::Url::from_directory_path(&full);
    url.map(String::from).map_err(|()| Fault::Internal(format!("{path} is no folder's path")))
}
