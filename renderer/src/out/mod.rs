//! A scene as bytes: SVG as it stands, or painted and packed as PNG.

pub mod png;
pub mod raster;
pub mod svg;
