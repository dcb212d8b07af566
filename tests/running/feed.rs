//! An index that cannot be followed any more: `/readyz` says so and names the command that repairs it, until somebody has run it.

use std::path::Path;

use acceptance::database;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::races::program::Program;

/// So many lines of the feed are kept, however old.
const LINES: i64 = 10_000;

/// What `/readyz` says once the follower has looked where the index stands.
async fn readiness(program: &Program<'_>) -> (u16, String) {
    let found = tokio::sync::Mutex::new(None);
    let asked = || async {
        let answer = acceptance::client().get(format!("{}/readyz", program.base)).send().await.expect("an answer");
        let (status, body) = (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"));
        let tasks = body.pointer("/checks/tasks").or(body.get("tasks")).and_then(Value::as_str).unwrap_or_default().to_owned();
        let metrics = acceptance::client().get(format!("{}/metrics", program.base)).send().await.expect("an answer");
        // the lag is measured only after that look
        let looked = metrics.text().await.expect("text").contains("search_feed_behind") || status != 200;
        *found.lock().await = Some((status, tasks));
        looked
    };
    acceptance::eventually("the follower looks where the index stands", asked).await;
    found.into_inner().expect("it was asked")
}

async fn done(program: &Program<'_>, arguments: &[&str]) {
    let told = program.run(arguments).await;
    assert!(told.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&told.stderr));
}

/// Serves an index that does not go with its feed, and the same again after the repair that it names.
async fn is_told_and_repaired(program: &mut Program<'_>, why: &str) {
    program.start().await;
    let (status, tasks) = readiness(program).await;
    assert_eq!((status, tasks.contains(why), tasks.contains("`boxoffice reindex`")), (503, true, true), "{tasks}");
    done(program, &["reindex"]).await;
    let mended = || async { readiness(program).await.0 == 200 };
    acceptance::eventually("a server that runs takes the new index up", mended).await;
    program.stop().await;
}

async fn run(url: &str, statement: &str) {
    let mut database = PgConnection::connect(url).await.expect("the database");
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut database).await.expect(statement);
    database.close().await.expect("closed");
}

/// Whether no more than the last lines of long ago are left.
async fn is_purged(url: &str) -> bool {
    let mut database = PgConnection::connect(url).await.expect("the database");
    let old = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM catalog_changes WHERE at < now() - interval '30 days'");
    let left = old.fetch_one(&mut database).await.expect("read");
    database.close().await.expect("closed");
    left <= LINES
}

fn node<'a>(dir: &'a Path, url: &str, shared: &Path) -> Program<'a> {
    Program::node(dir, url, shared)
}

#[tokio::test]
async fn a_purged_feed_and_another_database_are_told_until_somebody_has_reindexed() {
    let (dir, shared) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let (here, there) = (database::fresh().await, database::fresh().await);
    let mut program = node(dir.path(), &here, shared.path());
    done(&program, &["reindex"]).await;
    program.start().await;
    assert_eq!(readiness(&program).await, (200, "ok".to_owned()), "the control");
    program.stop().await;
    let changed = "INSERT INTO catalog_changes (kind, id, at)
        SELECT 'event', id, now() - interval '1 year' FROM (SELECT id FROM events LIMIT 1) AS one, generate_series(1, $1)";
    run(&here, &changed.replace("$1", &LINES.to_string())).await;
    done(&program, &["purge"]).await;
    program.start().await;
    assert_eq!(readiness(&program).await, (200, "ok".to_owned()), "the control: the last lines stay, however old they are");
    program.stop().await;
    run(&here, &changed.replace("$1", &(LINES + 1).to_string())).await;
    let purged = || async {
        done(&program, &["purge"]).await;
        is_purged(&here).await
    };
    // not before every transaction has ended that began before the row was written, in whichever test
    acceptance::eventually("all but the last lines are purged", purged).await;
    is_told_and_repaired(&mut program, "older than what the change feed keeps").await;
    // the same directory, as after a restore into a new database
    let mut program = node(dir.path(), &there, shared.path());
    is_told_and_repaired(&mut program, "another database or before a restore").await;
    for url in [here, there] {
        database::drop_database(&url).await;
    }
}

#[tokio::test]
async fn a_server_that_hides_its_control_file_is_followed_and_told_from_another() {
    let (dir, shared) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let (here, there) = (database::of_a_plain_role().await, database::of_a_plain_role().await);
    let mut refused = PgConnection::connect(&here).await.expect("the database");
    sqlx::query("SELECT pg_control_system()").fetch_one(&mut refused).await.expect_err("the role may not");
    refused.close().await.expect("closed");
    for url in [&here, &there] {
        done(&node(dir.path(), url, shared.path()), &["migrate"]).await;
    }
    let mut program = node(dir.path(), &here, shared.path());
    done(&program, &["reindex"]).await;
    program.start().await;
    assert_eq!(readiness(&program).await, (200, "ok".to_owned()));
    let key = program.run(&["admin", "create-key", "--role", "organiser"]).await;
    let key = String::from_utf8(key.stdout).expect("text").trim().to_owned();
    let new = json!({ "title": "Hidden owls", "starts_at": "2031-06-01T10:00:00Z" });
    let events = acceptance::client().post(format!("{}/v1/events", program.base)).bearer_auth(key);
    assert_eq!(events.json(&new).send().await.expect("an answer").status(), 201);
    let found = || async {
        let address = format!("{}/v1/search?q=hidden+owls", program.base);
        let answer = acceptance::client().get(address).send().await.expect("an answer");
        answer.json::<Value>().await.expect("JSON")["total"] == 1
    };
    acceptance::eventually("what is written is found", found).await;
    program.stop().await;
    let mut program = node(dir.path(), &there, shared.path());
    is_told_and_repaired(&mut program, "another database or before a restore").await;
    for url in [here, there] {
        database::drop_database(&url).await;
    }
}
