//! Why a file is not taken as a picture.

use super::limits::{MAX_BYTES, MAX_PIXELS, MAX_SCANS, MAX_SIDE};

/// What is wrong with a file, in words for who sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("is empty")]
    Empty,
    #[error("has more than {MAX_BYTES} bytes")]
    TooLong,
    #[error("is {0}; send JPEG, PNG or WebP")]
    Kind(&'static str),
    #[error("moves; send a still picture")]
    Animated,
    #[error("has {0} × {1} pixels; at most {MAX_PIXELS} and {MAX_SIDE} a side are taken")]
    TooManyPixels(u32, u32),
    #[error("takes too much memory to decode; send 8 bits a channel")]
    TooDeep,
    #[error("has more than {MAX_SCANS} passes; save it as a baseline JPEG")]
    TooManyScans,
    #[error("breaks off: the file is not whole")]
    CutOff,
    #[error("cannot be read: {0}")]
    Broken(String),
}
