//! An index folder with a torn or missing file: refused with the reason and the repair, while a running server keeps what it has.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use catalog::index::generation;
use catalog::search::Catalog;
use domain::CursorKey;
use indexer::{ReindexOptions, reindex};
use sqlx::PgPool;
use support::{clock, event, open, titles, venue};

fn opened(dir: &Path) -> Result<Catalog, String> {
    Catalog::open(dir, CursorKey::new([7; 32]), clock(), 1 << 20).map_err(|fault| fault.to_string())
}

/// The files of a generation that say something.
fn files(home: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(home).expect("a generation").flatten().map(|entry| entry.path());
    let mut files: Vec<_> =
        files.filter(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))).collect();
    files.sort();
    files
}

#[sqlx::test(migrations = "../migrations")]
async fn a_torn_or_missing_file_refuses_the_start_and_names_the_repair(pool: PgPool) {
    let dir = tempfile::tempdir().expect("a directory");
    let hall = venue(&pool, "Tivoli").await;
    for day in 1..=50 {
        event(&pool, &format!("Evening {day}"), day, hall, None).await;
    }
    reindex(&pool, dir.path(), ReindexOptions::default(), |_| {}).await.expect("built");
    let running = open(dir.path());
    let files = files(&generation::path(dir.path(), 1));
    assert!(files.len() > 5, "{files:?}");
    for file in files {
        let whole = fs::read(&file).expect("readable");
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        let mut damages = vec![Some(&whole[..whole.len() / 2]), Some(&whole[..0]), None];
        if !file.ends_with("meta.json") {
            damages.extend([Some(&flipped[..]), Some(&whole[..whole.len() - 1])]);
        }
        for damage in damages {
            // a new file: the running one has the old one mapped
            let _ = fs::remove_file(&file);
            if let Some(bytes) = damage {
                fs::write(&file, bytes).expect("written");
            }
            let said =
                opened(dir.path()).err().unwrap_or_else(|| panic!("{file:?} with {:?} bytes is served", damage.map(<[u8]>::len)));
            assert!(said.contains("boxoffice reindex"), "{said}");
            assert_eq!(titles(&running, "evening").await.len(), 50, "who runs keeps what it has");
        }
        let _ = fs::remove_file(&file);
        fs::write(&file, &whole).expect("written");
        assert!(opened(dir.path()).is_ok(), "the control: whole again");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_running_server_does_not_take_up_a_torn_generation(pool: PgPool) {
    let dir = tempfile::tempdir().expect("a directory");
    let hall = venue(&pool, "Tivoli").await;
    event(&pool, "First", 1, hall, None).await;
    reindex(&pool, dir.path(), ReindexOptions::default(), |_| {}).await.expect("built");
    let running = open(dir.path());
    event(&pool, "Second", 2, hall, None).await;
    reindex(&pool, dir.path(), ReindexOptions::default(), |_| {}).await.expect("built");
    let store =
        files(&generation::path(dir.path(), 2)).into_iter().find(|file| file.extension().is_some_and(|end| end == "store"));
    let store = store.expect("a card file");
    let whole = fs::read(&store).expect("readable");
    fs::remove_file(&store).expect("removed");
    fs::write(&store, &whole[..whole.len() / 2]).expect("written");
    let said = running.reload_if_changed().expect_err("torn").to_string();
    assert!(said.contains("boxoffice reindex"), "{said}");
    assert_eq!((running.generation(), titles(&running, "").await), (1, vec!["First".to_owned()]));
    // the repair that the message names
    reindex(&pool, dir.path(), ReindexOptions::default(), |_| {}).await.expect("built");
    assert!(running.reload_if_changed().expect("readable"));
    assert_eq!((running.generation(), titles(&running, "").await.len()), (3, 2));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_file_that_names_no_generation_is_repaired_by_the_command_it_names(pool: PgPool) {
    let dir = tempfile::tempdir().expect("a directory");
    let hall = venue(&pool, "Tivoli").await;
    event(&pool, "First", 1, hall, None).await;
    reindex(&pool, dir.path(), ReindexOptions::default(), |_| {}).await.expect("built");
    let running = open(dir.path());
    for rubbish in ["", "rubbish", "gen-"] {
        fs::write(dir.path().join("CURRENT"), rubbish).expect("written");
        let said = opened(dir.path()).err().expect("refused");
        assert!(said.contains("boxoffice reindex"), "{said}");
        assert!(running.reload_if_changed().is_err());
        assert_eq!(titles(&running, "first").await.len(), 1, "who runs keeps what it has");
        reindex(&pool, dir.path(), ReindexOptions::default(), |_| {}).await.expect("repaired");
        assert_eq!(titles(&open(dir.path()), "first").await.len(), 1, "{rubbish:?}");
        assert!(running.reload_if_changed().expect("whole again"), "a number of its own, so that who runs takes it up");
    }
}
