//! A scene as bytes: SVG as it stands, painted and packed as PNG, or set as a page of a PDF.
//!
//! ```text
//! ground   what stands still of a seat map, painted once a map, theme and size; atlas: its seats' marks, inks: its colours
//! easel    a ground with its seats as they are now: a change repaints the stripes that it touches
//! outline  the outlines of shapes, the same for pixels and pages
//! shrink   the same in a width between two of the ladder's
//! ```

mod atlas;
pub mod easel;
pub mod ground;
mod inks;
mod outline;
pub mod pdf;
pub mod png;
pub mod raster;
pub mod shrink;
pub mod svg;
