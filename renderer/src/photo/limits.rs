//! What a picture may measure, and the widths in which it is given.

/// Longest file that is read.
pub const MAX_BYTES: usize = 10 << 20;
/// Most pixels of a picture: beyond what most cameras take, and some 300 MiB while a progressive JPEG is decoded.
pub const MAX_PIXELS: u64 = 32_000_000;
/// Longest side of a picture.
pub const MAX_SIDE: u32 = 16_000;
/// Most bytes of a decoded picture: 16 bits a channel are taken as far as this reaches.
pub const MAX_DECODED_BYTES: u64 = MAX_PIXELS * 4;
/// Most passes of a progressive JPEG: each costs a walk over all its blocks, however few bytes it has.
pub const MAX_SCANS: usize = 100;
/// Tallest that a picture is kept.
pub const MAX_HEIGHT: u32 = 3_840;

/// The widths in which pictures are given; none is made wider than it is.
pub const WIDTHS: [u32; 6] = [160, 320, 640, 960, 1280, 1920];

/// The next of [`WIDTHS`] that is not narrower than was asked.
///
/// Gives     `None` for 0 and for more than the widest.
pub fn width_for(asked: u32) -> Option<u32> {
    WIDTHS.into_iter().find(|width| *width >= asked).filter(|_| asked > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asked_width_goes_up_to_the_next() {
        let table = [
            (0, None),
            (1, Some(160)),
            (160, Some(160)),
            (161, Some(320)),
            (1281, Some(1920)),
            (1920, Some(1920)),
            (1921, None),
            (5000, None),
        ];
        for (asked, width) in table {
            assert_eq!(width_for(asked), width, "{asked}");
        }
    }
}
