//! Pictures as they must be: `golden/<case>.json` draws `<case>.svg` and `<case>.png`, byte for byte; `BLESS=1` rewrites them.

mod support;

use std::path::{Path, PathBuf};

use renderer::Renderer;
use support::case::Case;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

fn cases() -> Vec<(PathBuf, Case)> {
    let files = std::fs::read_dir(folder()).expect("the golden folder").map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|ext| ext == "json")).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let json = std::fs::read(&path).expect("a case");
        let case = serde_json::from_slice(&json).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path, case)
    };
    paths.into_iter().map(read).collect()
}

fn check(path: &Path, drawn: &[u8]) {
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, drawn).expect("a golden file");
    }
    let known = std::fs::read(path).unwrap_or_default();
    assert!(known == drawn, "{} changed; look at it, then BLESS=1 cargo test -p renderer", path.display());
}

#[test]
fn every_golden_picture_comes_out_the_same() {
    let renderer = Renderer::new().expect("a renderer");
    for (path, case) in cases() {
        if let Some(svg) = case.svg(&renderer) {
            check(&path.with_extension("svg"), svg.as_bytes());
        }
        check(&path.with_extension("png"), &case.png(&renderer));
    }
}
