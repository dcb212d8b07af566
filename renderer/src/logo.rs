//! A small picture of an organiser's, as it stands on its tickets.

use std::fmt;

/// How much room a logo has, in units of a ticket.
const ROOM: [f32; 2] = [320.0, 72.0];

/// Pixels, and the same once more as a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Logo {
    /// How many pixels.
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Red, green, blue and alpha of each, not multiplied with each other.
    pub(crate) pixels: Vec<u8>,
    /// The file as an address that holds all of it: `data:image/png;base64,…`.
    pub(crate) address: String,
    /// Its shape: what it measured before bytes were saved.
    pub(crate) natural: [u32; 2],
    /// What it shows, in words.
    pub(crate) alt: String,
}

impl Logo {
    /// Width and height on a ticket: no larger than there is room, nor than it is.
    pub(crate) fn size(&self) -> [f32; 2] {
        let [width, height] = self.natural.map(|side| side.max(1) as f32);
        let scale = (ROOM[0] / width).min(ROOM[1] / height).min(1.0);
        [width * scale, height * scale]
    }

    /// How much memory it takes.
    pub fn bytes(&self) -> usize {
        self.pixels.len() + self.address.len() + self.alt.len() + size_of::<Self>()
    }
}

impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Logo({:?}, {} × {})", self.alt, self.width, self.height)
    }
}
