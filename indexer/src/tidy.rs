//! What a store keeps of states that are no longer the latest, and for how long.

use std::collections::BTreeSet;

use catalog::index::Fault;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use object_store::path::Path as Key;
use object_store::{Error, ObjectMeta, ObjectStore as _};

use crate::manifest::{self, MANIFEST, Manifest};
use crate::shelf::Shelf;

/// How long a state that is no longer the latest stays in the store: a slow node may still be reading it.
const KEPT_SECONDS: i64 = 600;
/// Manifests asked for at once.
const ASKED_AT_ONCE: usize = 16;

/// Deletes old states, and old files that no other state names. What lies there besides is somebody else's, such as pictures.
pub async fn tidy(shelf: &Shelf) -> Result<(), Fault> {
    let gone = unwanted(shelf).await?;
    delete(shelf, gone).await
}

/// What is old, and named by no state that is not, nor by the latest; of a state whose manifest is torn what lies beside it stays. Whatever
/// is published after this was looked at names of it nothing: it names what the latest did, and what it sends itself, to places where
/// nothing lay.
async fn unwanted(shelf: &Shelf) -> Result<Vec<Key>, Fault> {
    let listed = shelf.store.list(Some(shelf.all())).try_collect::<Vec<_>>().await;
    let listed = listed.map_err(|fault| shelf.fault("", &fault))?;
    let Some(newest) = listed.iter().map(|object| object.last_modified).max() else { return Ok(Vec::new()) };
    let old = |object: &ObjectMeta| newest.signed_duration_since(object.last_modified).num_seconds() > KEPT_SECONDS;
    if !listed.iter().any(old) {
        return Ok(Vec::new());
    }
    let mut wanted = BTreeSet::new();
    let young = listed.iter().filter(|object| !old(object) && object.location.as_ref().ends_with(MANIFEST));
    let latest = manifest::latest(shelf).await?.map(|latest| shelf.key(&latest.manifest));
    let manifests: BTreeSet<Key> = young.map(|object| object.location.clone()).chain(latest.clone()).collect();
    let read = |key: Key| async move {
        let found = Manifest::at(shelf, &key).await;
        (key, found)
    };
    let mut asked = stream::iter(manifests).map(read).buffer_unordered(ASKED_AT_ONCE);
    while let Some((key, found)) = asked.next().await {
        match found {
            Ok(Some(manifest)) => {
                wanted.extend(manifest.files.values().map(|entry| shelf.key(&entry.key)));
                wanted.insert(key);
            }
            // another worker tidies, too
            Ok(None) => {}
            Err(Fault::Store { .. }) if Some(&key) != latest.as_ref() => {
                let beside = key.as_ref().trim_end_matches(MANIFEST).to_owned();
                wanted
                    .extend(listed.iter().map(|object| object.location.clone()).filter(|key| key.as_ref().starts_with(&beside)));
            }
            Err(fault) => return Err(fault),
        }
    }
    drop(asked);
    let gone = listed.into_iter().filter(old).map(|object| object.location);
    Ok(gone.filter(|key| manifest::is_of_a_state(shelf, key) && !wanted.contains(key)).collect())
}

async fn delete(shelf: &Shelf, keys: Vec<Key>) -> Result<(), Fault> {
    let mut gone = shelf.store.delete_stream(stream::iter(keys.into_iter().map(Ok)).boxed());
    while let Some(answer) = gone.next().await {
        match answer {
            Ok(_) | Err(Error::NotFound { .. }) => {}
            Err(fault) => return Err(shelf.fault("", &fault)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::depot::Depot;
    use crate::fixture::build;
    use crate::seat;
    use catalog::index::generation;

    /// Every file of a folder was written an hour ago.
    fn age(folder: &Path) {
        for entry in std::fs::read_dir(folder).expect("readable").flatten() {
            if entry.path().is_dir() {
                age(&entry.path());
            } else {
                let file = std::fs::File::options().append(true).open(entry.path()).expect("opened");
                file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).expect("set");
            }
        }
    }

    #[tokio::test]
    async fn who_tidies_late_deletes_nothing_that_was_published_meanwhile() {
        let (folder, worker) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
        let node = tempfile::tempdir().expect("a directory");
        let depot = || Depot::open(&folder.path().display().to_string(), []).expect("opened");
        let (slow, quick) = (depot(), depot());
        let first = build(worker.path(), 1);
        slow.publish(worker.path()).await.expect("published").expect("nobody else publishes");
        build(worker.path(), 2);
        slow.publish(worker.path()).await.expect("published").expect("nobody else publishes");
        slow.tidied().await;
        age(folder.path());
        // something young, by which the others are old
        quick.leave().await.expect("left");
        slow.leave().await.expect("left");
        std::fs::write(folder.path().join(seat::NAME), "{}").expect("written");
        let shelf = Shelf::open(&folder.path().display().to_string(), []).expect("opened");
        let gone = unwanted(&shelf).await.expect("looked");
        assert!(gone.iter().any(|key| key.as_ref().ends_with("MANIFEST.json")), "the first state is old: {gone:?}");
        // while it sleeps, another goes back to just that state
        generation::publish(worker.path(), first).expect("went back");
        quick.publish_over(worker.path()).await.expect("published");
        delete(&shelf, gone.clone()).await.expect("deleted");
        let moved = quick.pull(node.path(), 2).await.expect("whole").expect("something new");
        assert_eq!(moved.generation, first);
        // the control: what was to go is gone, and the state from before it is whole no more
        for key in gone {
            assert_eq!(shelf.get(&key).await.expect("asked"), None, "{key}");
        }
    }

    /// The control: beside them an old state goes.
    #[tokio::test]
    async fn what_is_no_state_of_an_index_stays_wherever_it_lies() {
        let (folder, worker) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
        let url = folder.path().display().to_string();
        let depot = Depot::open(&url, []).expect("opened");
        for documents in 1..=2 {
            build(worker.path(), documents);
            depot.publish(worker.path()).await.expect("published").expect("nobody else publishes");
            depot.tidied().await;
        }
        let others = [
            "00/picture-320.webp",
            "gen-1.zip",
            "gen-1/notes.txt",
            "at-1/gen-1",
            "gen-x/at-1/a",
            "backup/gen-1/at-1-0-1/meta.json",
        ];
        for other in others {
            let path = folder.path().join(other);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, "another's").expect("written");
        }
        age(folder.path());
        std::fs::write(folder.path().join(seat::NAME), "{}").expect("written");
        let shelf = Shelf::open(&url, []).expect("opened");
        let gone = unwanted(&shelf).await.expect("looked");
        assert!(gone.iter().any(|key| key.as_ref().ends_with(MANIFEST)), "{gone:?}");
        tidy(&shelf).await.expect("tidied");
        assert!(others.iter().all(|other| folder.path().join(other).exists()), "{gone:?}");
        assert!(folder.path().join(manifest::LATEST).exists());
    }

    /// The control: what nothing young names goes, as long as the latest state can be read.
    #[tokio::test]
    async fn a_torn_manifest_keeps_what_lies_beside_it_and_nobody_from_tidying() {
        let (folder, worker) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
        let depot = Depot::open(&folder.path().display().to_string(), []).expect("opened");
        let shelf = Shelf::open(&folder.path().display().to_string(), []).expect("opened");
        let mut states = Vec::new();
        for documents in 1..=3 {
            build(worker.path(), documents);
            depot.publish(worker.path()).await.expect("published").expect("nobody else publishes");
            states.push(manifest::latest(&shelf).await.expect("readable").expect("published").manifest);
        }
        depot.tidied().await;
        age(folder.path());
        let tear = |state: &str| std::fs::write(folder.path().join(state), "{").expect("written");
        // young and torn
        tear(&states[1]);
        let gone: Vec<String> = unwanted(&shelf).await.expect("looked").iter().map(ToString::to_string).collect();
        let of = |state: &str| gone.iter().filter(|key| key.contains(state.trim_end_matches(MANIFEST))).count();
        assert!(of(&states[0]) > 1 && of(&states[1]) == 0 && of(&states[2]) == 0, "{gone:?}");
        tear(&states[2]);
        unwanted(&shelf).await.expect_err("what is served is not known");
    }
}
