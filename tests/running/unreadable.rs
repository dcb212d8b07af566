//! A search index that this program cannot read: the server sells all the same, says what is wrong, and mends it where it can.

use std::path::Path;

use acceptance::database;
use serde_json::Value;

use crate::races::program::Program;

/// What `/readyz` says: the status, and of the tasks.
async fn readiness(program: &Program<'_>) -> (u16, String) {
    let answer = acceptance::client().get(format!("{}/readyz", program.base)).send().await.expect("an answer");
    let (status, body) = (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"));
    let tasks = body.pointer("/checks/tasks").or(body.get("tasks")).and_then(Value::as_str).unwrap_or_default();
    (status, tasks.to_owned())
}

async fn becomes_ready(program: &Program<'_>) {
    acceptance::eventually("the index is mended", || async { readiness(program).await.0 == 200 }).await;
}

/// The live generation's file that says which others there are.
fn meta(dir: &Path) -> std::path::PathBuf {
    let live = std::fs::read_to_string(dir.join("index/CURRENT")).expect("a live generation");
    dir.join("index").join(live.trim()).join("meta.json")
}

/// As an upgrade that made the schema another one leaves the index.
fn of_another_version(dir: &Path) {
    let (text, ours) = (std::fs::read_to_string(meta(dir)).expect("read"), r#"{\"schema\":"#);
    assert!(text.contains(ours), "{text}");
    std::fs::write(meta(dir), text.replace(ours, r#"{\"schema\":9"#)).expect("written");
}

fn torn(dir: &Path) {
    std::fs::write(meta(dir), "{").expect("written");
}

#[tokio::test]
async fn a_worker_whose_index_cannot_be_read_sells_and_builds_it_anew() {
    let (dir, shared) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let url = database::fresh().await;
    let mut program = Program::node(dir.path(), &url, shared.path());
    program.start().await;
    assert_eq!(readiness(&program).await.0, 200, "the control: the first index is made before anybody is let in");
    program.stop().await;
    for (damage, live) in [(of_another_version as fn(&Path), "gen-2"), (torn, "gen-3")] {
        damage(dir.path());
        program.start().await;
        let listed = acceptance::client().get(format!("{}/v1/events", program.base)).send().await.expect("an answer");
        assert_eq!(listed.status(), 200, "what Postgres has is there");
        becomes_ready(&program).await;
        assert!(meta(dir.path()).to_string_lossy().contains(live));
        program.stop().await;
    }
    database::drop_database(&url).await;
}

#[tokio::test]
async fn a_node_that_only_searches_says_that_its_index_cannot_be_read_and_pulls_one_that_can() {
    let (worker, node) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let shared = tempfile::tempdir().expect("a directory");
    let (url, store) = (database::fresh().await, shared.path().join("store"));
    let publishes = Program::node(worker.path(), &url, shared.path());
    let published = publishes.run(&["reindex", "--index-store", &store.display().to_string()]).await;
    assert!(published.status.success(), "{}", String::from_utf8_lossy(&published.stderr));
    assert!(store.join("LATEST.json").exists() && !store.join("PUBLISHER.json").exists(), "it kept the seat of nobody");
    let (searches, pulls) = ("--roles=catalog,storefront", format!("--index-store={}", store.display()));
    let alone = || Program::node(node.path(), &url, shared.path()).told(&[searches]);
    let sharing = || Program::node(node.path(), &url, shared.path()).told(&[searches, &pulls]);
    let mut program = sharing();
    program.start().await;
    becomes_ready(&program).await;
    program.stop().await;
    for (damage, says) in [(of_another_version as fn(&Path), "another version"), (torn, "are torn")] {
        damage(node.path());
        let mut program = alone();
        program.start().await;
        let (status, tasks) = readiness(&program).await;
        assert_eq!((status, tasks.contains(says), tasks.contains("`boxoffice reindex`")), (503, true, true), "{tasks}");
        program.stop().await;
        let mut program = sharing();
        program.start().await;
        becomes_ready(&program).await;
        program.stop().await;
    }
    database::drop_database(&url).await;
}
