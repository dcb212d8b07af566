//! Pixels as a PNG of 256 colours.
//!
//! A picture has a few flat colours and their blends at edges. Colours that fall into the same cell of a 32 × 32 × 32 cube
//! are one; the flat ones keep their exact value; what does not fit into 256 goes to the nearest that does.

use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::collections::HashMap;
use std::io::Write as _;

use tiny_skia::PremultipliedColorU8;

use crate::error::DrawError;
use crate::palette::Colour;
use crate::scene::{Scene, Shape};

const CUBE: usize = 1 << 15;
const COLOURS: usize = 256;
/// Half the bytes of level 1 for twice its time; higher levels gain little on flat pictures.
const LEVEL: u32 = 3;

/// Encodes an opaque picture.
///
/// Cost      about 4 ns a pixel, half of it deflating.
pub fn encode(pixmap: &tiny_skia::Pixmap, scene: &Scene) -> Result<Vec<u8>, DrawError> {
    let (cells, sums) = count(pixmap.pixels());
    let (palette, table) = palette(&sums, &flat_colours(scene));
    let width = pixmap.width() as usize;
    let mut lines = Vec::with_capacity(cells.len() + cells.len() / width.max(1));
    for line in cells.chunks_exact(width) {
        lines.push(0); // no filter: neighbouring indices are no neighbouring colours
        lines.extend(line.iter().map(|cell| table[usize::from(*cell)]));
    }
    write(pixmap, &palette, &lines)
}

/// Red, green and blue of a cell's pixels added up, and their number.
type Sum = [u64; 4];

/// Gives each pixel's cell, and each cell's sum. Most pixels are like the one before: those cost one comparison.
fn count(pixels: &[PremultipliedColorU8]) -> (Vec<u16>, Vec<Sum>) {
    let (mut cells, mut sums) = (Vec::with_capacity(pixels.len()), vec![[0; 4]; CUBE]);
    for run in pixels.chunk_by(|a, b| a == b) {
        let (r, g, b) = (run[0].red(), run[0].green(), run[0].blue());
        let (cell, length) = (cell(Colour(r, g, b)), run.len() as u64);
        let [red, green, blue, number] = &mut sums[usize::from(cell)];
        *red += u64::from(r) * length;
        *green += u64::from(g) * length;
        *blue += u64::from(b) * length;
        *number += length;
        cells.resize(cells.len() + run.len(), cell);
    }
    (cells, sums)
}

fn write(pixmap: &tiny_skia::Pixmap, palette: &[Colour], lines: &[u8]) -> Result<Vec<u8>, DrawError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
    encoder.set_palette(palette.iter().flat_map(|Colour(r, g, b)| [*r, *g, *b]).collect::<Vec<u8>>());
    let mut writer = encoder.write_header()?;
    let mut deflate = ZlibEncoder::new(Vec::with_capacity(lines.len() / 8), Compression::new(LEVEL));
    deflate.write_all(lines).map_err(png::EncodingError::IoError)?;
    writer.write_chunk(png::chunk::IDAT, &deflate.finish().map_err(png::EncodingError::IoError)?)?;
    // `finish` counts pixels that went through the writer, and these did not; dropping it writes the end
    drop(writer);
    Ok(bytes)
}

/// The cell of a colour: five bits per channel.
fn cell(Colour(r, g, b): Colour) -> u16 {
    u16::from(r >> 3) << 10 | u16::from(g >> 3) << 5 | u16::from(b >> 3)
}

/// The scene's own colours, which must come out exactly.
fn flat_colours(scene: &Scene) -> Vec<Colour> {
    let mut colours = vec![scene.background];
    for shape in &scene.shapes {
        match shape {
            Shape::Marks(marks) => colours.push(marks.colour),
            Shape::Path(path) => colours.extend(path.fill.into_iter().chain(path.stroke.map(|stroke| stroke.0))),
            Shape::RoundRect(rect) => colours.extend(rect.fill.into_iter().chain(rect.stroke.map(|stroke| stroke.0))),
            Shape::Text(text) => colours.push(text.colour),
        }
    }
    colours
}

/// Chooses at most 256 colours and maps every used cell to one of them.
fn palette(sums: &[Sum], flat: &[Colour]) -> (Vec<Colour>, Vec<u8>) {
    let exact: HashMap<u16, Colour> = flat.iter().rev().map(|colour| (cell(*colour), *colour)).collect();
    let mut used: Vec<u16> = (0..CUBE as u16).filter(|cell| sums[usize::from(*cell)][3] > 0).collect();
    // the scene's own colours come first, so that a crowd of blends never pushes one of them out of the palette;
    // the cell itself comes last, so that equal numbers give the same bytes each time
    used.sort_by_key(|cell| (!exact.contains_key(cell), std::cmp::Reverse(sums[usize::from(*cell)][3]), *cell));
    let mean = |cell: u16| exact.get(&cell).copied().unwrap_or_else(|| average(sums[usize::from(cell)]));
    let palette: Vec<Colour> = used.iter().take(COLOURS).map(|cell| mean(*cell)).collect();
    let mut table = vec![0; CUBE];
    for (index, cell) in used.iter().enumerate() {
        table[usize::from(*cell)] = if index < COLOURS { index as u8 } else { nearest(&palette, mean(*cell)) };
    }
    (palette, table)
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
