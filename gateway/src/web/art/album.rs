//! Where pictures lie: a folder beside the index, or a server that speaks the S3 protocol.
//!
//! ```text
//!  <last byte of the file's id>/<file's id>/kept.jpeg     what was uploaded, upright and without what cameras write beside it
//!                                          /640.webp      made of it when somebody first asked for that
//! ```
//!
//! A file's id is never given twice, so that what lies under a name never changes and nothing that is removed was meant to stay.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use indexer::{Fault, Shelf};
use moka::future::Cache;
use object_store::{ObjectStore as _, ObjectStoreExt as _, PutMode, PutPayload};
use renderer::photo::Format;
use uuid::Uuid;

/// Memory for pictures that were just made: who asks at the same time waits for one.
const FRESH_BYTES: u64 = 16 << 20;
/// Names read at once while one folder is looked through.
pub const FILES: usize = 10_000;

/// The store of pictures.
#[derive(Clone)]
pub struct Album {
    shelf: Shelf,
    fresh: Cache<Name, Bytes>,
    /// Which folder is looked through next.
    next: Arc<AtomicU8>,
}

/// One picture of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name {
    pub file: Uuid,
    /// None: as it is kept.
    pub width: Option<u32>,
    pub format: Format,
}

impl Name {
    fn key(self) -> String {
        let what = self.width.map_or_else(|| "kept".to_owned(), |width| width.to_string());
        format!("{}/{what}.{}", folder(self.file), self.format.as_str())
    }
}

/// `7f/01990b7e-…7f`: the last byte of an id is random, so that no folder holds more than a 256th of all.
fn folder(file: Uuid) -> String {
    format!("{:02x}/{file}", file.as_bytes()[15])
}

impl Album {
    /// Opens a store by its URL or path.
    pub fn open(url: &str, options: impl IntoIterator<Item = (String, String)>) -> Result<Self, Fault> {
        let weight = |_: &Name, bytes: &Bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let fresh = Cache::builder().weigher(weight).max_capacity(FRESH_BYTES).build();
        Ok(Self { shelf: Shelf::durable(url, options)?, fresh, next: Arc::new(AtomicU8::new(rand::random())) })
    }

    pub async fn put(&self, name: Name, bytes: Vec<u8>) -> Result<(), Fault> {
        let key = name.key();
        let put = self.shelf.store.put(&self.shelf.key(&key), PutPayload::from(bytes)).await;
        put.map(|_| ()).map_err(|fault| self.shelf.fault(&key, &fault))
    }

    /// Puts a picture where none lies under its name. Gives false where another node was quicker: it has put the same.
    pub async fn put_new(&self, name: Name, bytes: Bytes) -> Result<bool, Fault> {
        let key = name.key();
        let put = self.shelf.store.put_opts(&self.shelf.key(&key), bytes.clone().into(), PutMode::Create.into()).await;
        match put {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => Ok(false),
            // a store that cannot tell
            Err(object_store::Error::NotImplemented { .. } | object_store::Error::NotSupported { .. }) => {
                self.put(name, bytes.into()).await.map(|()| true)
            }
            Err(fault) => Err(self.shelf.fault(&key, &fault)),
        }
    }

    pub async fn get(&self, name: Name) -> Result<Option<Bytes>, Fault> {
        let key = name.key();
        match self.shelf.store.get(&self.shelf.key(&key)).await {
            Ok(got) => got.bytes().await.map(Some).map_err(|fault| self.shelf.fault(&key, &fault)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(fault) => Err(self.shelf.fault(&key, &fault)),
        }
    }

    /// A picture that is there, or that one of those who ask for it at the same time makes.
    pub async fn get_or<E: Clone + Send + Sync + 'static>(
        &self,
        name: Name,
        make: impl Future<Output = Result<Bytes, E>>,
    ) -> Result<Bytes, E> {
        self.fresh.try_get_with(name, make).await.map_err(|fault| E::clone(&fault))
    }

    /// Removes a file and all that was made of it.
    pub async fn remove(&self, file: Uuid) -> Result<(), Fault> {
        self.remove_those(file, |_| true).await
    }

    /// Removes what was made of a file.
    pub async fn remove_made(&self, file: Uuid) -> Result<(), Fault> {
        self.remove_those(file, |name| !name.starts_with("kept.")).await
    }

    async fn remove_those(&self, file: Uuid, goes: impl Fn(&str) -> bool + Send) -> Result<(), Fault> {
        let (folder, store) = (folder(file), &self.shelf.store);
        let fault = |fault: object_store::Error| self.shelf.fault(&folder, &fault);
        let found = store.list(Some(&self.shelf.key(&folder))).map_ok(|object| object.location);
        let found: Vec<_> = found.try_collect().await.map_err(fault)?;
        let found: Vec<_> = found.into_iter().filter(|path| path.filename().is_some_and(&goes)).map(Ok).collect();
        let removed = store.delete_stream(futures::stream::iter(found).boxed()).map(|deleted| match deleted {
            // somebody else was quicker
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            other => other.map(drop),
        });
        removed.try_collect::<Vec<()>>().await.map(drop).map_err(fault)
    }

    /// The folder that is looked through now: one after the other, over and over.
    pub fn next_folder(&self) -> u8 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// The files of one of the 256 folders.
    pub async fn files(&self, folder: u8) -> Result<Vec<Uuid>, Fault> {
        let key = format!("{folder:02x}");
        let listed = self.shelf.store.list_with_delimiter(Some(&self.shelf.key(&key))).await;
        let listed = match listed {
            Ok(listed) => listed,
            Err(object_store::Error::NotFound { .. }) => return Ok(Vec::new()),
            Err(fault) => return Err(self.shelf.fault(&key, &fault)),
        };
        let ids = listed.common_prefixes.iter().filter_map(|path| path.filename()?.parse().ok());
        Ok(ids.take(FILES).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(file: Uuid, width: Option<u32>) -> Name {
        Name { file, width, format: Format::Png }
    }

    #[tokio::test]
    async fn a_file_lies_in_its_folder_and_goes_with_all_that_was_made_of_it() {
        let home = tempfile::tempdir().expect("a directory");
        let album = Album::open(&home.path().join("images").display().to_string(), []).expect("opened");
        let (one, two) = (Uuid::from_u128(0x17f), Uuid::from_u128(0x27f));
        for name in [name(one, None), name(one, Some(160)), name(two, None)] {
            album.put(name, vec![7; 9]).await.expect("put");
        }
        assert_eq!(album.get(name(one, Some(160))).await.expect("read").as_deref(), Some(&[7; 9][..]));
        assert_eq!(album.get(name(one, Some(320))).await.expect("read"), None);
        assert!(album.put_new(name(one, Some(320)), vec![8; 9].into()).await.expect("put"), "none lay there");
        assert!(!album.put_new(name(one, Some(320)), vec![9; 9].into()).await.expect("looked"), "one does");
        album.remove_made(one).await.expect("removed");
        let left = [None, Some(160), Some(320)].map(|width| album.get(name(one, width)));
        let left = futures::future::join_all(left).await.into_iter().map(|bytes| bytes.expect("read").is_some());
        assert_eq!(left.collect::<Vec<_>>(), [true, false, false], "what was uploaded stays");
        let mut files = album.files(0x7f).await.expect("listed");
        files.sort();
        assert_eq!((files, album.files(0x7e).await.expect("listed")), (vec![one, two], Vec::new()));
        album.remove(one).await.expect("removed");
        album.remove(one).await.expect("nothing to remove");
        assert_eq!(album.files(0x7f).await.expect("listed"), [two]);
        assert_eq!(album.get(name(one, None)).await.expect("read"), None);
    }

    #[tokio::test]
    async fn who_asks_at_the_same_time_waits_for_one_that_makes_it() {
        let home = tempfile::tempdir().expect("a directory");
        let album = Album::open(&home.path().display().to_string(), []).expect("opened");
        let made = std::sync::atomic::AtomicU32::new(0);
        let (made, album) = (&made, &album);
        let make = || async move {
            made.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok::<_, String>(Bytes::from_static(b"x"))
        };
        let asked = (0..20).map(|_| album.get_or(name(Uuid::nil(), None), make()));
        let got = futures::future::join_all(asked).await;
        assert!(got.iter().all(|bytes| bytes.as_deref() == Ok(b"x")));
        assert_eq!(made.load(std::sync::atomic::Ordering::SeqCst), 1);
        let failed = album.get_or(name(Uuid::nil(), Some(1)), async { Err("no".to_owned()) }).await;
        assert_eq!(failed, Err("no".to_owned()));
    }
}
