//! Pixels as a PNG of 256 colours, or of all where a picture is in them, in stripes of 16 rows that can each be packed anew.
//!
//! ```text
//! signature  IHDR  sRGB  PLTE  iTXt  IDAT 78 01  IDAT … one a stripe …  IDAT 03 00 adler  IEND
//! ```
//! Each stripe is deflated alone and ends on a byte (a sync flush), so that stripes can stand behind each other in any state;
//! the checksum of the whole is put together from theirs.

use flate2::{Compress, Compression, Crc, FlushCompress};
use tiny_skia::{Pixmap, PremultipliedColorU8};

use super::inks::Inks;
use crate::error::DrawError;
use crate::palette::Colour;
use crate::scene::{Scene, Shape};

/// Rows of one stripe.
pub const STRIPE: usize = 16;
/// Half the bytes of level 1 for twice its time; higher levels gain little on flat pictures.
const LEVEL: u32 = 3;
/// Of a block that says nothing and ends the stream. Source: RFC 1951, 3.2.6.
const LAST_BLOCK: [u8; 2] = [3, 0];
/// Colour types. Source: PNG, 11.2.1.
const TRUE_COLOUR: u8 = 2;
const PALETTE: u8 = 3;
/// The filter of lines that say how they differ from the one above. Source: PNG, 9.2.
const UP: u8 = 2;
/// A zlib stream's head. Source: RFC 1950, 2.2.
const ZLIB: [u8; 2] = [0x78, 0x01];

/// Encodes an opaque picture.
///
/// Cost      about 4 ns a pixel, half of it deflating.
pub fn encode(pixmap: &Pixmap, scene: &Scene) -> Result<Vec<u8>, DrawError> {
    if scene.shapes.iter().any(|shape| matches!(shape, Shape::Inset(_))) {
        return encode_all_colours(pixmap, scene);
    }
    let inks = Inks::of(&flat_colours(scene), pixmap.pixels());
    let (width, height) = (pixmap.width() as usize, pixmap.height() as usize);
    let mut packer = Packer::default();
    let stripes = pixmap.pixels().chunks(width * STRIPE).map(|rows| {
        let mut lines = Vec::with_capacity(rows.len() + STRIPE);
        for row in rows.chunks(width) {
            lines.push(0); // no filter: neighbouring indices are no neighbouring colours
            lines.extend(row.iter().map(|pixel| inks.index(Colour(pixel.red(), pixel.green(), pixel.blue()))));
        }
        packer.pack(&lines)
    });
    let stripes: Vec<Stripe> = stripes.collect::<Result<_, _>>()?;
    Ok(assemble(&head(width, height, &inks), &scene.title, &scene.desc, &stripes))
}

/// Each line as what it differs from the one above: most of a ticket is like that.
fn encode_all_colours(pixmap: &Pixmap, scene: &Scene) -> Result<Vec<u8>, DrawError> {
    let (width, height) = (pixmap.width() as usize, pixmap.height() as usize);
    let blank = vec![PremultipliedColorU8::TRANSPARENT; width];
    let mut above = &blank[..];
    let mut packer = Packer::default();
    let stripes = pixmap.pixels().chunks(width * STRIPE).map(|rows| {
        let mut lines = Vec::with_capacity(3 * rows.len() + STRIPE);
        for row in rows.chunks(width) {
            lines.push(UP);
            let channels = |pixel: &PremultipliedColorU8| [pixel.red(), pixel.green(), pixel.blue()];
            let pairs = row.iter().zip(above).map(|(pixel, over)| (channels(pixel), channels(over)));
            lines.extend(pairs.flat_map(|([r, g, b], [over_r, over_g, over_b])| {
                [r.wrapping_sub(over_r), g.wrapping_sub(over_g), b.wrapping_sub(over_b)]
            }));
            above = row;
        }
        packer.pack(&lines)
    });
    let stripes: Vec<Stripe> = stripes.collect::<Result<_, _>>()?;
    Ok(assemble(&start(width, height, TRUE_COLOUR), &scene.title, &scene.desc, &stripes))
}

/// One stripe of a picture, as it stands in the file.
#[derive(Debug, Clone, Default)]
pub struct Stripe {
    /// The whole chunk.
    chunk: Vec<u8>,
    /// Of the bytes before they were packed, and their number.
    adler: u32,
    length: usize,
}

impl Stripe {
    pub fn bytes(&self) -> usize {
        self.chunk.capacity() + size_of::<Self>()
    }
}

/// Packs stripes one after the other; its memory is some 300 KB.
pub struct Packer(Compress);

impl Default for Packer {
    fn default() -> Self {
        Self(Compress::new(Compression::new(LEVEL), false))
    }
}

impl Packer {
    /// Packs lines, each with its filter byte.
    pub fn pack(&mut self, lines: &[u8]) -> Result<Stripe, DrawError> {
        self.0.reset();
        let mut packed = Vec::with_capacity(lines.len() / 4 + 256);
        loop {
            let done = self.0.total_in() as usize;
            let status = self.0.compress_vec(&lines[done..], &mut packed, FlushCompress::Sync);
            status.map_err(|error| DrawError::Png(::png::EncodingError::IoError(error.into())))?;
            // room left means that nothing more waits to be written
            if self.0.total_in() as usize == lines.len() && packed.len() < packed.capacity() {
                break;
            }
            packed.reserve(packed.capacity().max(1_024));
        }
        let mut stripe = Stripe { chunk: Vec::with_capacity(packed.len() + 12), adler: adler(lines), length: lines.len() };
        chunk(&mut stripe.chunk, b"IDAT", &[&packed]);
        Ok(stripe)
    }
}

/// Everything before what changes: signature, size, palette.
pub fn head(width: usize, height: usize, inks: &Inks) -> Vec<u8> {
    let mut out = start(width, height, PALETTE);
    let colours: Vec<u8> = inks.colours().iter().flat_map(|Colour(r, g, b)| [*r, *g, *b]).collect();
    chunk(&mut out, b"PLTE", &[&colours]);
    out
}

/// Signature and size.
fn start(width: usize, height: usize, colour_type: u8) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let (width, height) = ((width as u32).to_be_bytes(), (height as u32).to_be_bytes());
    // eight bits a channel or index; deflated, filtered by line, not interlaced
    chunk(&mut out, b"IHDR", &[&width, &height, &[8, colour_type, 0, 0, 0]]);
    chunk(&mut out, b"sRGB", &[&[0]]);
    out
}

/// Puts a file together.
///
/// Cost      copies what is packed: some 20 µs for 300 KB.
pub fn assemble(head: &[u8], title: &str, desc: &str, stripes: &[Stripe]) -> Vec<u8> {
    let packed: usize = stripes.iter().map(|stripe| stripe.chunk.len()).sum();
    let mut out = Vec::with_capacity(head.len() + packed + title.len() + desc.len() + 160);
    out.extend_from_slice(head);
    for (keyword, text) in [("Title", title), ("Description", desc)].into_iter().filter(|(_, text)| !text.is_empty()) {
        // not packed, no language, no translated keyword
        chunk(&mut out, b"iTXt", &[keyword.as_bytes(), &[0; 5], text.as_bytes()]);
    }
    chunk(&mut out, b"IDAT", &[&ZLIB]);
    let mut sum = 1;
    for stripe in stripes {
        out.extend_from_slice(&stripe.chunk);
        sum = combined(sum, stripe.adler, stripe.length);
    }
    chunk(&mut out, b"IDAT", &[&LAST_BLOCK, &sum.to_be_bytes()]);
    chunk(&mut out, b"IEND", &[]);
    out
}

fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    out.extend_from_slice(&(length as u32).to_be_bytes());
    let mut crc = Crc::new();
    for part in std::iter::once(&kind[..]).chain(parts.iter().copied()) {
        crc.update(part);
        out.extend_from_slice(part);
    }
    out.extend_from_slice(&crc.sum().to_be_bytes());
}

/// The modulus of Adler-32. Source: RFC 1950, 8.2.
const BASE: u32 = 65_521;

fn adler(bytes: &[u8]) -> u32 {
    let mut sum = simd_adler32::Adler32::new();
    sum.write(bytes);
    sum.finish()
}

/// The checksum of two texts behind each other from theirs; the second is `length` long.
///
/// Source    zlib's `adler32_combine`.
fn combined(first: u32, second: u32, length: usize) -> u32 {
    let (a1, b1, a2, b2) = (first & 0xFFFF, first >> 16, second & 0xFFFF, second >> 16);
    let long = (length as u64 % u64::from(BASE)) as u32;
    let a = (a1 + a2 + BASE - 1) % BASE;
    let b = (u64::from(b1) + u64::from(b2) + u64::from(long) * u64::from(a1 + BASE - 1)) % u64::from(BASE);
    (b as u32) << 16 | a
}

/// The scene's own colours, which must come out exactly.
pub fn flat_colours(scene: &Scene) -> Vec<Colour> {
    let mut colours = vec![scene.background];
    for shape in &scene.shapes {
        match shape {
            Shape::Marks(marks) => colours.push(marks.colour),
            Shape::Path(path) => colours.extend(path.fill.into_iter().chain(path.stroke.map(|stroke| stroke.0))),
            Shape::RoundRect(rect) => colours.extend(rect.fill.into_iter().chain(rect.stroke.map(|stroke| stroke.0))),
            Shape::Text(text) => colours.push(text.colour),
            Shape::Inset(_) => {}
        }
    }
    colours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_add_up() {
        let bytes: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for cut in [0, 1, 65_521, 100_000, 200_000] {
            let (front, back) = bytes.split_at(cut);
            assert_eq!(combined(adler(front), adler(back), back.len()), adler(&bytes), "{cut}");
            assert_eq!(combined(1, adler(&bytes), bytes.len()), adler(&bytes));
        }
    }

    #[test]
    fn noise_that_does_not_pack_is_kept_whole() {
        let lines: Vec<u8> = (0..70_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 23) as u8).collect();
        let stripe = Packer::default().pack(&lines).expect("packed");
        let mut stream = ZLIB.to_vec();
        stream.extend_from_slice(&stripe.chunk[8..stripe.chunk.len() - 4]);
        stream.extend(LAST_BLOCK);
        stream.extend(adler(&lines).to_be_bytes());
        let mut read = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::ZlibDecoder::new(&stream[..]), &mut read).expect("a zlib stream");
        assert_eq!(read, lines);
    }
}
