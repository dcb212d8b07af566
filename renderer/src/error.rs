//! Why a picture cannot be drawn.

use crate::size::{MAX_SCALE, MAX_WIDTH, MIN_WIDTH};

/// What [`crate::Renderer`] refuses, and what it could not do.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    #[error("width must be {min} to {max}, not {0}", min = MIN_WIDTH, max = MAX_WIDTH)]
    Width(u32),
    #[error("scale must be 1 to {max}, not {0}", max = MAX_SCALE)]
    Scale(u32),
    #[error("the ticket's code does not fit into a QR code")]
    Code,
    #[error("an embedded font cannot be read: {0}")]
    Font(&'static str),
    #[error("this is no font of outlines")]
    Added(usize),
    #[error("a picture of {0} × {1} pixels is more than the limit")]
    TooLarge(u32, u32),
    #[error("the PDF could not be written: {0}")]
    Pdf(String),
    #[error("the PNG could not be written")]
    Png(#[from] ::png::EncodingError),
    #[error("the picture could not be written")]
    Photo(#[source] image::ImageError),
    #[error("the WebP could not be written: {0}")]
    WebP(String),
}
