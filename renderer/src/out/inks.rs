//! The 256 colours of a picture, and which of them any other colour becomes.
//!
//! A picture has a few flat colours and their blends at edges. Colours that fall into the same cell of a 32 × 32 × 32 cube
//! are one; the flat ones keep their exact value; what does not fit into 256 goes to the nearest that does.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU16, Ordering};

use tiny_skia::PremultipliedColorU8;

use crate::palette::Colour;

const CUBE: usize = 1 << 15;
const COLOURS: usize = 256;
/// A cell whose colour nobody has asked for.
const UNKNOWN: u16 = u16::MAX;

/// A fixed palette. The same palette gives the same indices, whoever asks in whatever order.
pub struct Inks {
    colours: Vec<Colour>,
    /// Each cell's index; filled when it is asked for.
    table: Vec<AtomicU16>,
}

/// Red, green and blue of a cell's pixels added up, and their number.
type Sum = [u64; 4];

impl Inks {
    /// Chooses colours: all flat ones, then those that a sample shows most.
    pub fn of(flat: &[Colour], sample: &[PremultipliedColorU8]) -> Self {
        let sums = count(sample);
        let exact: HashMap<u16, Colour> = flat.iter().rev().map(|colour| (cell(*colour), *colour)).collect();
        let used = |cell: &u16| sums[usize::from(*cell)][3] > 0 || exact.contains_key(cell);
        let mut used: Vec<u16> = (0..CUBE as u16).filter(used).collect();
        // flat colours come first, so that a crowd of blends never pushes one of them out; the cell itself comes last, so that
        // equal numbers give the same bytes each time
        used.sort_by_key(|cell| (!exact.contains_key(cell), std::cmp::Reverse(sums[usize::from(*cell)][3]), *cell));
        used.truncate(COLOURS);
        let mean = |cell: &u16| exact.get(cell).copied().unwrap_or_else(|| average(sums[usize::from(*cell)]));
        let colours: Vec<Colour> = used.iter().map(mean).collect();
        let table: Vec<AtomicU16> = (0..CUBE).map(|_| AtomicU16::new(UNKNOWN)).collect();
        for (index, cell) in (0..).zip(&used) {
            table[usize::from(*cell)].store(index, Ordering::Relaxed);
        }
        Self { colours, table }
    }

    pub fn colours(&self) -> &[Colour] {
        &self.colours
    }

    pub fn colour(&self, index: u8) -> Colour {
        self.colours.get(usize::from(index)).copied().unwrap_or(Colour(0, 0, 0))
    }

    /// The index of the nearest colour; a palette colour's is its own.
    pub fn index(&self, colour: Colour) -> u8 {
        let cell = cell(colour);
        let known = &self.table[usize::from(cell)];
        match known.load(Ordering::Relaxed) {
            UNKNOWN => {
                // of the cell's middle, so that it does not matter which of its colours was asked for first
                let index = nearest(&self.colours, middle(cell));
                known.store(index.into(), Ordering::Relaxed);
                index
            }
            index => index as u8,
        }
    }
}

/// Each cell's sum. Most pixels are like the one before: those cost one comparison.
fn count(pixels: &[PremultipliedColorU8]) -> Vec<Sum> {
    let mut sums = vec![[0; 4]; CUBE];
    for run in pixels.chunk_by(|a, b| a == b) {
        let (r, g, b) = (run[0].red(), run[0].green(), run[0].blue());
        let length = run.len() as u64;
        let [red, green, blue, number] = &mut sums[usize::from(cell(Colour(r, g, b)))];
        *red += u64::from(r) * length;
        *green += u64::from(g) * length;
        *blue += u64::from(b) * length;
        *number += length;
    }
    sums
}

/// The cell of a colour: five bits per channel.
fn cell(Colour(r, g, b): Colour) -> u16 {
    u16::from(r >> 3) << 10 | u16::from(g >> 3) << 5 | u16::from(b >> 3)
}

fn middle(cell: u16) -> Colour {
    let channel = |shift: u16| ((cell >> shift & 31) << 3 | 4) as u8;
    Colour(channel(10), channel(5), channel(0))
}

fn average([r, g, b, number]: Sum) -> Colour {
    let n = number.max(1);
    Colour((r / n) as u8, (g / n) as u8, (b / n) as u8)
}

fn nearest(palette: &[Colour], Colour(r, g, b): Colour) -> u8 {
    // the eye sees green best and blue least
    let distance = |other: &Colour| {
        let part = |a: u8, b: u8, weight: i32| weight * (i32::from(a) - i32::from(b)).pow(2);
        part(r, other.0, 3) + part(g, other.1, 5) + part(b, other.2, 2)
    };
    palette.iter().enumerate().min_by_key(|(_, other)| distance(other)).map_or(0, |(index, _)| index as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_colours_and_the_palettes_own_stay_themselves() {
        let grey = |level: u8| PremultipliedColorU8::from_rgba(level, level, level, 255).expect("opaque");
        let sample: Vec<_> = (0..=255).map(grey).collect();
        let flat = [Colour(255, 255, 255), Colour(34, 34, 230), Colour(213, 218, 225)];
        let inks = Inks::of(&flat, &sample);
        for colour in flat {
            assert_eq!(inks.colour(inks.index(colour)), colour);
        }
        for (index, colour) in inks.colours().iter().enumerate() {
            assert_eq!(usize::from(inks.index(*colour)), index);
        }
    }

    #[test]
    fn the_order_of_asking_does_not_matter() {
        let flat: Vec<Colour> = (0..40).map(|n| Colour(n * 6, 255 - n * 5, n * 3)).collect();
        let asked: Vec<Colour> = (0..=255).map(|n| Colour(n, n / 2, 255 - n)).collect();
        let (one, other) = (Inks::of(&flat, &[]), Inks::of(&flat, &[]));
        let forwards: Vec<u8> = asked.iter().map(|colour| one.index(*colour)).collect();
        let mut backwards: Vec<u8> = asked.iter().rev().map(|colour| other.index(*colour)).collect();
        backwards.reverse();
        assert_eq!(forwards, backwards);
    }
}
