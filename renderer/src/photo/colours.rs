//! Colours as every screen shows them: what a file's profile (ICC) says its numbers mean is brought to sRGB.

use std::sync::Arc;

use image::DynamicImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, ParsingOptions, Transform8BitExecutor, TransformOptions};

/// Longest profile that is read; those of cameras and screens have some kilobytes, tables some hundred.
const MAX_PROFILE: usize = 2 << 20;
/// Most numbers of a table: 65 steps a channel.
const MAX_TABLE: usize = 1_000_000;

/// Brings pixels to sRGB.
///
/// Takes     RGB or RGBA of 8 bits, and the profile that stood in their file.
/// Gives     pixels as they are, where the profile cannot be read or speaks of other channels: a broken note changes nothing.
/// Cost      some nanoseconds a pixel, and one row beside them.
pub fn to_srgb(pixels: &mut DynamicImage, profile: &[u8]) {
    let (bytes, channels) = match pixels {
        DynamicImage::ImageRgb8(opaque) => (&mut **opaque, 3),
        DynamicImage::ImageRgba8(clear) => (&mut **clear, 4),
        _ => return,
    };
    let Some((transform, grey)) = transform(profile, channels) else { return };
    // by pieces: the transform needs its source beside its target
    for piece in bytes.chunks_mut(channels * 4_096) {
        let source: Vec<u8> = if grey { greys(piece, channels) } else { piece.to_vec() };
        if transform.transform(&source, piece).is_err() {
            return;
        }
    }
}

/// The way to sRGB, and whether it begins at shades of grey.
fn transform(profile: &[u8], channels: usize) -> Option<(Arc<Transform8BitExecutor>, bool)> {
    let limits = ParsingOptions { max_profile_size: MAX_PROFILE, max_allowed_clut_size: MAX_TABLE, ..ParsingOptions::default() };
    let profile = ColorProfile::new_from_slice_with_options(profile, limits).ok()?;
    let (from, to) = match (profile.color_space, channels) {
        (DataColorSpace::Rgb, 3) => (Layout::Rgb, Layout::Rgb),
        (DataColorSpace::Rgb, _) => (Layout::Rgba, Layout::Rgba),
        (DataColorSpace::Gray, 3) => (Layout::Gray, Layout::Rgb),
        (DataColorSpace::Gray, _) => (Layout::GrayAlpha, Layout::Rgba),
        _ => return None,
    };
    let way = profile.create_transform_8bit(from, &ColorProfile::new_srgb(), to, TransformOptions::default()).ok()?;
    Some((way, profile.color_space == DataColorSpace::Gray))
}

/// Pixels whose three colours are one, as that one, with what shows through.
fn greys(piece: &[u8], channels: usize) -> Vec<u8> {
    let grey = |pixel: &[u8]| pixel[..1].iter().chain(&pixel[3..]).copied().collect::<Vec<u8>>();
    piece.chunks_exact(channels).flat_map(grey).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    fn written(profile: &ColorProfile) -> Vec<u8> {
        profile.encode().expect("a profile")
    }

    fn opaque(profile: &[u8], colour: [u8; 3]) -> [u8; 3] {
        let mut pixels = DynamicImage::ImageRgb8(RgbImage::from_pixel(100, 50, Rgb(colour)));
        to_srgb(&mut pixels, profile);
        let pixels = pixels.into_rgb8();
        assert!(pixels.pixels().all(|pixel| pixel == pixels.get_pixel(0, 0)), "every piece alike");
        pixels.get_pixel(99, 49).0
    }

    fn near(found: [u8; 3], wanted: [u8; 3]) {
        assert!(found.iter().zip(wanted).all(|(found, wanted)| found.abs_diff(wanted) <= 3), "{found:?}, not {wanted:?}");
    }

    #[test]
    fn numbers_of_wider_colours_become_those_that_look_the_same() {
        // Display P3's own orange in sRGB, and Adobe RGB's green that sRGB cannot show
        near(opaque(&written(&ColorProfile::new_display_p3()), [200, 120, 60]), [213, 115, 42]);
        near(opaque(&written(&ColorProfile::new_adobe_rgb()), [0, 255, 0]), [0, 255, 0]);
        near(opaque(&written(&ColorProfile::new_adobe_rgb()), [100, 150, 100]), [66, 151, 97]);
        near(opaque(&written(&ColorProfile::new_srgb()), [200, 120, 60]), [200, 120, 60]);
    }

    #[test]
    fn shades_of_grey_have_curves_of_their_own() {
        let linear = ColorProfile::new_gray_with_gamma(1.0);
        near(opaque(&written(&linear), [55, 55, 55]), [128, 128, 128]);
    }

    #[test]
    fn what_shows_through_stays() {
        let mut pixels = DynamicImage::ImageRgba8(RgbaImage::from_pixel(3, 3, Rgba([200, 120, 60, 77])));
        to_srgb(&mut pixels, &written(&ColorProfile::new_display_p3()));
        let Rgba([r, g, b, a]) = *pixels.into_rgba8().get_pixel(1, 1);
        near([r, g, b], [213, 115, 42]);
        assert_eq!(a, 77);
    }

    #[test]
    fn a_broken_profile_or_one_of_other_channels_changes_nothing() {
        let mut cmyk = ColorProfile::new_display_p3();
        cmyk.color_space = DataColorSpace::Cmyk;
        let whole = written(&ColorProfile::new_display_p3());
        for wrong in [vec![], b"no profile".to_vec(), vec![0xff; 4_000], whole[..whole.len() / 2].to_vec(), written(&cmyk)] {
            assert_eq!(opaque(&wrong, [200, 120, 60]), [200, 120, 60], "{} bytes", wrong.len());
        }
    }
}
