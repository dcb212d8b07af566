//! Pictures that people upload: read within limits, turned upright, made smaller, written without anything but their pixels.
//!
//! ```text
//! bytes ─► kind (by content) ─► limits (bytes, pixels, scans) ─► decode ─► at most 1,920 wide ─► upright ─► sRGB ─► Photo ─► JPEG | PNG | WebP
//! ```
//!
//! JPEG, PNG and WebP are taken, still pictures only. What is read is decoded by Rust; libwebp only writes.

mod colours;
mod kind;
mod limits;
mod logo;
mod markers;
#[allow(clippy::module_inception, reason = "the folder's own noun")]
mod photo;
mod poster;
mod read;
mod scale;
mod wrong;

pub use kind::Format;
pub use limits::{MAX_BYTES, MAX_PIXELS, WIDTHS, width_for};
pub use photo::{Photo, height_in};
pub use poster::{POSTERS, poster};
pub use read::read;
pub use wrong::Wrong;
