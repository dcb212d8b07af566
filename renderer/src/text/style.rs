//! How a text is set: what fonts measure by and layouts choose.

use crate::scene::Weight;

/// How a text is set: its size in pixels of the scene, and how heavy its letters are.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub size: f32,
    pub weight: Weight,
}
