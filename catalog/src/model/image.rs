//! Images: pictures that organisers upload, and what others show of them.

use domain::{ImageId, OrganiserId};
use jiff::Timestamp;
use uuid::Uuid;

/// A picture's bytes as they lie in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFile {
    /// Under which name; never given twice.
    pub file: Uuid,
    /// Of the bytes that are kept.
    pub sha256: [u8; 32],
    /// How they are written: `jpeg` or `png`.
    pub format: String,
    /// Nothing shows through.
    pub opaque: bool,
    pub width: u32,
    pub height: u32,
    pub bytes: u64,
}

/// An image as stored, with its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    pub id: ImageId,
    pub organiser: OrganiserId,
    pub file: ImageFile,
    /// What the picture shows, in words.
    pub alt: String,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Image {
    /// What others show of it.
    pub fn picture(&self) -> Picture {
        let (width, height, alt) = (self.file.width, self.file.height, self.alt.clone());
        Picture { id: self.id, mark: mark(&self.file.sha256), width, height, alt }
    }
}

/// An image as hits, details and pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub id: ImageId,
    /// The beginning of the hash of its bytes: part of its address, which therefore never shows anything else.
    pub mark: u32,
    pub width: u32,
    pub height: u32,
    pub alt: String,
}

impl Picture {
    /// Its address as it is kept: another picture has another. `&width=` makes it smaller.
    pub fn url(&self) -> String {
        format!("/v1/images/{}?v={:08x}", self.id, self.mark)
    }
}

/// The first four bytes of a hash.
pub fn mark(sha256: &[u8]) -> u32 {
    sha256.iter().take(4).fold(0, |mark, byte| mark << 8 | u32::from(*byte))
}

/// The picture of a record: its own, and the one that is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pictured {
    /// What an organiser gave it.
    pub own: Option<ImageId>,
    /// Its own, or what stands in for it: an event shows its series', else the first of its bill's.
    pub shown: Option<Picture>,
}

/// How much of an organiser's is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageLimits {
    pub images: u64,
    pub bytes: u64,
}
