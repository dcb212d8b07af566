//! Making a picture smaller.

use image::imageops::FilterType;
use image::{DynamicImage, Rgba, RgbaImage};

/// The picture in another, smaller size. What is more than twice as wide is averaged down to that first: a few integer sums a pixel, where
/// a filter would hold the whole picture as floating point numbers.
pub fn scaled(pixels: &DynamicImage, width: u32, height: u32) -> DynamicImage {
    match pixels {
        DynamicImage::ImageRgba8(clear) => {
            let mut weighed = clear.clone();
            weighed.pixels_mut().for_each(weigh);
            let mut small = resized(&DynamicImage::ImageRgba8(weighed), width, height).into_rgba8();
            small.pixels_mut().for_each(unweigh);
            DynamicImage::ImageRgba8(small)
        }
        opaque => resized(opaque, width, height),
    }
}

fn resized(pixels: &DynamicImage, width: u32, height: u32) -> DynamicImage {
    if pixels.width() / 2 > width {
        let (twice_wide, twice_high) = (width * 2, (height * 2).min(pixels.height()));
        return pixels.thumbnail_exact(twice_wide, twice_high).resize_exact(width, height, FilterType::CatmullRom);
    }
    pixels.resize_exact(width, height, FilterType::CatmullRom)
}

/// A colour counts as much as it shows: else what is transparent darkens its neighbours.
fn weigh(Rgba([r, g, b, a]): &mut Rgba<u8>) {
    let shown = |colour: &mut u8| *colour = ((u16::from(*colour) * u16::from(*a) + 127) / 255) as u8;
    [r, g, b].into_iter().for_each(shown);
}

fn unweigh(Rgba([r, g, b, a]): &mut Rgba<u8>) {
    if *a > 0 {
        let whole = |colour: &mut u8| *colour = ((u16::from(*colour) * 255 + u16::from(*a) / 2) / u16::from(*a)).min(255) as u8;
        [r, g, b].into_iter().for_each(whole);
    }
}

/// What is transparent becomes white: for formats without transparency.
pub fn on_white(clear: &RgbaImage) -> image::RgbImage {
    image::RgbImage::from_fn(clear.width(), clear.height(), |x, y| {
        let Rgba([r, g, b, a]) = *clear.get_pixel(x, y);
        let mix = |colour: u8| ((u16::from(colour) * u16::from(a) + 255 * (255 - u16::from(a)) + 127) / 255) as u8;
        image::Rgb([mix(r), mix(g), mix(b)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_transparent_does_not_darken_its_neighbours() {
        let half = RgbaImage::from_fn(64, 64, |x, _| if x % 2 == 0 { Rgba([255, 0, 0, 255]) } else { Rgba([0, 0, 0, 0]) });
        let small = scaled(&DynamicImage::ImageRgba8(half), 8, 8).into_rgba8();
        let Rgba([r, _, _, a]) = *small.get_pixel(4, 4);
        assert!(r > 250 && (100..156).contains(&a), "{r} {a}");
        assert_eq!(on_white(&RgbaImage::from_pixel(1, 1, Rgba([0, 0, 0, 0]))).get_pixel(0, 0).0, [255, 255, 255]);
    }
}
