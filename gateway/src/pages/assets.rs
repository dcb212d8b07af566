//! Static files inside the binary, under addresses that change with their content.
//!
//! All files share one digest in the path, `/assets/<digest>/js/event.js`, so that modules import each other by relative path and every
//! file may be kept for ever.

use std::sync::LazyLock;

use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../assets/storefront"]
struct Files;

/// The digest over names and contents of all files.
pub static DIGEST: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort();
    let mut hasher = Sha256::new();
    for name in names {
        hasher.update(name.as_bytes());
        hasher.update(Files::get(&name).map(|file| file.data).unwrap_or_default());
    }
    hex::encode(&hasher.finalize()[..6])
});

/// The address of a file.
pub fn url(path: &str) -> String {
    debug_assert!(Files::get(path).is_some(), "there is no assets/storefront/{path}");
    format!("/assets/{}/{path}", *DIGEST)
}

/// A file's bytes and media type.
pub fn file(path: &str) -> Option<(std::borrow::Cow<'static, [u8]>, &'static str)> {
    let media = match path.rsplit_once('.')?.1 {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        "png" => "image/png",
        _ => return None,
    };
    Some((Files::get(path)?.data, media))
}
