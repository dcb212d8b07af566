//! Generated documents: what the code says, held against what lies in docs/.

use std::path::Path;

use edge::{EdgeConfig, EdgeLayer};

use crate::router::{openapi, router};
use crate::settings::config_page::config_markdown;
use crate::settings::values::Roles;
use crate::web::error;

/// The documents that are generated from this crate: file name and text.
fn generated() -> Vec<(&'static str, String)> {
    let (_, document) = router::documented(Roles::ALL, true, &EdgeLayer::new(EdgeConfig::default()));
    vec![("ERRORS.md", error::errors_markdown()), ("CONFIG.md", config_markdown()), ("API.md", openapi::api_markdown(&document))]
}

/// `BLESS=1` rewrites them instead.
#[test]
fn documents_say_what_the_code_says() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    for (name, text) in generated() {
        let path = docs.join(name);
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &text).expect("written");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == text, "docs/{name} differs from the code: run `make bless`");
    }
}
