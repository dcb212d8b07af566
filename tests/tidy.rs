//! The house rules that a compiler does not check: who may name what, and that documents name only what exists.

#[path = "tidy/floors.rs"]
mod floors;
#[path = "tidy/paths.rs"]
mod paths;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

/// A source file of the workspace: path from its root, and text without the unit tests at the bottom.
struct Source {
    path: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the workspace").to_owned()
}

fn files(dir: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    let skipped = ["target", "data", "node_modules"];
    for entry in std::fs::read_dir(dir).expect("a readable folder").flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() && !skipped.contains(&name.as_str()) && !name.starts_with('.') {
            files(&path, ending, found);
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}

fn sources(ending: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    files(&root(), ending, &mut paths);
    paths.sort();
    let all: Vec<Source> = paths.into_iter().map(|path| read(&path)).collect();
    let tests: HashSet<String> = all.iter().flat_map(test_modules).collect();
    all.into_iter().filter(|source| !tests.contains(&source.path)).collect()
}

/// Files that a source takes in for its tests only: `#[cfg(test)] mod fixture;`.
fn test_modules(source: &Source) -> Vec<String> {
    let path = Path::new(&source.path);
    let own = path.file_stem().filter(|stem| !["lib", "mod", "main"].contains(&&*stem.to_string_lossy()));
    let dir = path.parent().map(|dir| own.map_or(dir.to_owned(), |stem| dir.join(stem))).unwrap_or_default();
    let lines: Vec<&str> = source.text.lines().collect();
    let marked = lines.windows(2).filter(|two| two[0].trim() == "#[cfg(test)]").filter_map(|two| two[1].trim().strip_suffix(';'));
    let names = marked.filter_map(|line| line.rsplit_once("mod ")).map(|(_, name)| name);
    names.map(|name| dir.join(format!("{name}.rs")).to_string_lossy().into_owned()).collect()
}

fn read(path: &Path) -> Source {
    let text = std::fs::read_to_string(path).expect("readable text");
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
    Source { path: path.strip_prefix(root()).expect("inside the workspace").to_string_lossy().into_owned(), text }
}

/// Code lines with their numbers: comments are free to name anything.
fn code(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    source.text.lines().enumerate().map(|(n, line)| (n + 1, line)).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn product(source: &Source) -> bool {
    !source.path.starts_with("tests/")
        && !source.path.starts_with("benches/")
        && !source.path.contains("/tests/")
        && !source.path.contains("/examples/")
}

/// Lines that hold one of `words` in product files that `allowed` does not pass.
fn named_outside(sources: &[Source], words: &[&str], allowed: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| product(source) && !allowed(&source.path)) {
        for (n, line) in code(source).filter(|(_, line)| words.iter().any(|word| line.contains(word))) {
            found.push(format!("{}:{n}: {}", source.path, line.trim()));
        }
    }
    found
}

/// Tables of the migrations and the product files whose SQL names them.
fn tables_by_file(migrations: &[Source], sources: &[Source]) -> BTreeMap<String, Vec<String>> {
    let created = migrations.iter().flat_map(|m| m.text.lines()).filter_map(|line| line.strip_prefix("CREATE TABLE "));
    let tables = created.filter_map(|rest| rest.split([' ', '(']).next()).map(str::to_owned);
    tables.map(|table| (table.clone(), files_naming(&table, sources))).collect()
}

fn files_naming(table: &str, sources: &[Source]) -> Vec<String> {
    let verbs = ["FROM ", "JOIN ", "INTO ", "UPDATE ", "COPY ", "TABLE "];
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let names = |line: &str| {
        verbs.iter().any(|verb| line.match_indices(&format!("{verb}{table}")).any(|(at, hit)| ends(&line[at + hit.len()..])))
    };
    let naming = sources.iter().filter(|source| product(source)).filter(|source| code(source).any(|(_, line)| names(line)));
    naming.map(|source| source.path.clone()).collect()
}

/// Paths in backticks that look like files or folders of the workspace and are not there.
fn missing_paths(document: &Source, exists: impl Fn(&str) -> bool, tops: &[String]) -> Vec<String> {
    let quoted = document.text.split('`').skip(1).step_by(2);
    let paths = quoted.filter(|text| text.contains('/') && !text.contains([' ', '{', '<', '*', '…', '=', '$', ':', '(']));
    let ours = paths.filter(|path| path.split('/').next().is_some_and(|top| tops.iter().any(|known| known == top)));
    ours.filter(|path| !exists(path.trim_end_matches('/'))).map(|path| format!("{}: {path}", document.path)).collect()
}

fn nothing(found: Vec<String>) {
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

fn dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line == "[dependencies]";
        } else if inside && let Some(name) = line.split(['.', ' ', '=']).next().filter(|name| !name.is_empty()) {
            names.push(name.to_owned());
        }
    }
    names
}

#[test]
fn only_the_gateway_names_axum_and_environment_variables() {
    let words = ["axum::", "use axum", "std::env::var", "env::vars", "env::var("];
    nothing(named_outside(&sources(".rs"), &words, |path| path.starts_with("gateway/")));
}

#[test]
fn only_gateway_and_edge_name_http() {
    nothing(named_outside(&sources(".rs"), &["http::", "use http;"], |path| {
        path.starts_with("gateway/") || path.starts_with("edge/")
    }));
}

#[test]
fn renderer_and_domain_are_plain_functions_without_a_database() {
    let quiet = |path: &str| !path.starts_with("renderer/") && !path.starts_with("domain/");
    nothing(named_outside(&sources(".rs"), &["async fn", "async move", "tokio::", "sqlx::"], quiet));
}

/// Statements that stand elsewhere than under a store; a test may make what it looks at.
fn sql_elsewhere(sources: &[Source]) -> Vec<String> {
    named_outside(sources, &["sqlx::query", "QueryBuilder::new", "sqlx::raw_sql"], |path| path.contains("/store/"))
}

#[test]
fn sql_stands_under_store_alone() {
    nothing(sql_elsewhere(&sources(".rs")));
}

/// A folder with more files is not seen through at a glance.
const FILES: usize = 16;

/// Folders that are fuller, and how full each may be: none that can be parted by a noun is left here for long.
const FULLER: &[(&str, usize)] = &[("assets/storefront/js", 28), ("gateway/templates", 21), ("tests/journeys", 19)];

/// Folders of code, pages and scripts with more files than they may have, and exceptions that are none any more.
fn crowded(paths: &[String], fuller: &[(&str, usize)]) -> Vec<String> {
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    for path in paths {
        *folders.entry(path.rsplit_once('/').map_or("", |(folder, _)| folder)).or_default() += 1;
    }
    let most = |folder: &str| fuller.iter().find(|(known, _)| *known == folder).map_or(FILES, |(_, most)| *most);
    let over = folders.iter().filter(|(folder, files)| **files > most(folder));
    let over = over.map(|(folder, files)| format!("{folder} has {files} files, and may have {}", most(folder)));
    let spare = fuller.iter().filter(|(folder, _)| folders.get(folder).is_none_or(|files| *files <= FILES));
    over.chain(spare.map(|(folder, _)| format!("{folder} needs no exception"))).collect()
}

#[test]
fn no_folder_has_more_files_than_a_glance_takes_in() {
    let mut paths = Vec::new();
    for ending in [".rs", ".html", ".js"] {
        files(&root(), ending, &mut paths);
    }
    let inside = |path: PathBuf| path.strip_prefix(root()).expect("inside the workspace").to_string_lossy().into_owned();
    let paths: Vec<String> = paths.into_iter().map(inside).filter(|path| !path.starts_with("migrations/")).collect();
    nothing(crowded(&paths, FULLER));
}

#[test]
fn a_table_is_named_in_one_store_file() {
    let tables = tables_by_file(&sources(".sql"), &sources(".rs"));
    assert!(tables.len() > 10, "the migrations create tables: {tables:?}");
    nothing(
        tables
            .into_iter()
            .filter(|(_, files)| files.len() > 1)
            .map(|(table, files)| format!("{table}: {}", files.join(", ")))
            .collect(),
    );
}

#[test]
fn nobody_reads_a_clock_but_domain() {
    // clippy.toml bans the standard Instant too; tokio's serves timers only, and tests can stop it
    let words = ["SystemTime::now(", "Timestamp::now(", "Zoned::now(", "std::time::Instant::now(", "Uuid::now_v7("];
    nothing(named_outside(&sources(".rs"), &words, |path| path == "domain/src/time.rs"));
}

#[test]
fn crates_know_only_what_the_arrows_allow() {
    let table = [
        ("domain", vec![]),
        ("pg", vec![]),
        ("catalog", vec!["domain", "pg"]),
        ("lease", vec!["domain", "pg"]),
        ("booking", vec!["domain", "lease", "pg"]),
        ("queue", vec!["domain", "lease", "pg"]),
        ("people", vec!["domain", "pg"]),
        ("renderer", vec!["domain"]),
        ("edge", vec![]),
        ("indexer", vec!["catalog", "domain", "pg"]),
    ];
    let rooms = ["domain", "catalog", "indexer", "booking", "queue", "people", "pg", "lease", "renderer", "edge", "gateway"];
    for (room, allowed) in table {
        let manifest = std::fs::read_to_string(root().join(room).join("Cargo.toml")).expect("a manifest");
        let known: Vec<_> = dependencies(&manifest).into_iter().filter(|name| rooms.contains(&name.as_str())).collect();
        assert!(known.iter().all(|name| allowed.contains(&name.as_str())), "{room} knows {known:?}, allowed is {allowed:?}");
    }
}

#[test]
fn nothing_is_left_marked_undone() {
    let marks = [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("TO", "DO"), concat!("FIX", "ME")];
    nothing(named_outside(&sources(".rs"), &marks, |_| false));
}

#[test]
fn every_path_a_document_names_exists() {
    let tops: Vec<String> = std::fs::read_dir(root())
        .expect("the workspace")
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    let documents = sources(".md");
    assert!(documents.iter().any(|document| document.path == "README.md"));
    let exists = |document: &Source, path: &str| {
        let beside = Path::new(&document.path).parent().map(|dir| root().join(dir).join(path));
        root().join(path).exists() || beside.is_some_and(|path| path.exists())
    };
    nothing(documents.iter().flat_map(|document| missing_paths(document, |path| exists(document, path), &tops)).collect());
}

mod controls {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_word_in_the_wrong_room_is_found_and_a_comment_is_not() {
        let sources = [source("booking/src/a.rs", "// axum::\nuse axum::Router;"), source("tests/b.rs", "use axum::Router;")];
        assert_eq!(named_outside(&sources, &["axum::"], |_| false), ["booking/src/a.rs:2: use axum::Router;"]);
    }

    #[test]
    fn a_statement_beside_a_store_is_found_and_one_of_a_test_is_not() {
        let text = "sqlx::query(\"SELECT 1\")";
        let sources = ["booking/src/store/a.rs", "booking/src/desk/b.rs", "tests/c.rs"].map(|path| source(path, text));
        assert_eq!(sql_elsewhere(&sources), [format!("booking/src/desk/b.rs:1: {text}")]);
    }

    #[test]
    fn a_folder_that_is_too_full_is_found_and_so_is_an_exception_that_is_none() {
        let paths: Vec<String> = (0..=FILES).map(|n| format!("a/{n}.rs")).chain(["b/0.rs".to_owned()]).collect();
        assert_eq!(crowded(&paths, &[]), ["a has 17 files, and may have 16"]);
        assert_eq!(crowded(&paths, &[("a", 17)]), Vec::<String>::new());
        assert_eq!(crowded(&paths, &[("a", 17), ("b", 17), ("c", 17)]), ["b needs no exception", "c needs no exception"]);
    }

    #[test]
    fn what_only_tests_take_in_is_told_apart() {
        let found = |path: &str| test_modules(&source(path, "#[cfg(test)]\npub(crate) mod fixture;\nmod real;"));
        assert_eq!(found("booking/src/lib.rs"), ["booking/src/fixture.rs"]);
        assert_eq!(found("booking/src/store/mod.rs"), ["booking/src/store/fixture.rs"]);
        assert_eq!(found("catalog/src/search.rs"), ["catalog/src/search/fixture.rs"]);
    }

    #[test]
    fn a_table_named_in_two_files_is_found() {
        let migrations = [source("migrations/1.sql", "CREATE TABLE holds (\n);")];
        let sources = [
            source("booking/src/store/holds.rs", "\"SELECT 1 FROM holds WHERE\""),
            source("booking/src/store/orders.rs", "\"UPDATE holds SET\""),
            source("booking/src/store/other.rs", "\"SELECT 1 FROM holds_archive\""),
        ];
        assert_eq!(tables_by_file(&migrations, &sources)["holds"].len(), 2);
    }

    #[test]
    fn a_document_that_names_a_lost_file_is_found() {
        let document = source("README.md", "see `docs/LOST.md`, `docs/KEPT.md` and `GET /v1/search`");
        let missing = missing_paths(&document, |path| path == "docs/KEPT.md", &["docs".to_owned()]);
        assert_eq!(missing, ["README.md: docs/LOST.md"]);
    }

    #[test]
    fn dependencies_are_read_from_their_own_table() {
        assert_eq!(
            dependencies("[package]\nname = \"x\"\n[dependencies]\na.workspace = true\nb = \"1\"\n[dev-dependencies]\nc = \"1\""),
            ["a", "b"]
        );
    }
}
