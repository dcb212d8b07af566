//! Pictures as people send them: cameras, screenshots, and what should not be a picture at all.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use renderer::photo::{self, Format, Photo, Wrong};

/// Red above, blue below, green at the left edge.
fn scene(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| match (x < width / 8, y < height / 2) {
        (true, _) => Rgb([0, 200, 0]),
        (false, true) => Rgb([200, 0, 0]),
        (false, false) => Rgb([0, 0, 200]),
    })
}

fn jpeg(pixels: &RgbImage, exif: Option<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
    exif.into_iter().for_each(|exif| encoder.set_exif_metadata(exif).expect("exif"));
    encoder.write_image(pixels, pixels.width(), pixels.height(), ExtendedColorType::Rgb8).expect("written");
    bytes
}

fn png(pixels: &DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    pixels.write_with_encoder(PngEncoder::new(&mut bytes)).expect("written");
    bytes
}

/// A TIFF of one entry: the orientation, and a name that must not be passed on.
fn exif(orientation: u16) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    tiff.extend(orientation.to_le_bytes());
    tiff.extend(b"\0\0\0\0\0\0Ada at 52.5 13.4");
    tiff
}

fn pixels(photo: &Photo, format: Format) -> RgbaImage {
    let bytes = photo.write(format).expect("written");
    let wanted = match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::WebP => ImageFormat::WebP,
    };
    assert_eq!(image::guess_format(&bytes).expect("a format"), wanted);
    image::load(Cursor::new(bytes), wanted).expect("readable").into_rgba8()
}

fn is_near(found: Rgba<u8>, wanted: [u8; 3]) -> bool {
    found.0.iter().zip(wanted).all(|(found, wanted)| found.abs_diff(wanted) < 40)
}

#[test]
fn a_picture_comes_out_in_every_format_and_width() {
    let photo = photo::read(&jpeg(&scene(2_000, 1_000), None)).expect("a picture");
    assert_eq!((photo.width(), photo.height(), photo.is_opaque()), (1_920, 960, true));
    for format in Format::ALL {
        let small = photo.clone().in_width(320);
        let seen = pixels(&small, format);
        assert_eq!((seen.width(), seen.height()), (320, 160));
        assert!(is_near(*seen.get_pixel(200, 40), [200, 0, 0]) && is_near(*seen.get_pixel(200, 120), [0, 0, 200]), "{format:?}");
    }
    let (kept, bytes) = photo.kept().expect("kept");
    let again = photo::read(&bytes).expect("readable");
    assert_eq!((kept, again.width(), again.height()), (Format::Jpeg, 1_920, 960));
    let narrow = photo::read(&jpeg(&scene(100, 50), None)).expect("a picture").in_width(640);
    assert_eq!((narrow.width(), narrow.height()), (100, 50), "never made wider");
}

#[test]
fn a_camera_s_note_turns_the_picture_and_is_not_passed_on() {
    // where green is after each of the eight turns: left, right, top, bottom
    let green = ["left", "right", "right", "left", "top", "top", "bottom", "bottom"];
    for (orientation, edge) in (1..=8).zip(green) {
        let file = jpeg(&scene(400, 200), Some(exif(orientation)));
        assert!(file.windows(3).any(|part| part == b"Ada"));
        let photo = photo::read(&file).expect("a picture");
        let upright = orientation < 5;
        assert_eq!((photo.width(), photo.height()), if upright { (400, 200) } else { (200, 400) }, "{orientation}");
        let seen = pixels(&photo, Format::Png);
        let (w, h) = (photo.width(), photo.height());
        let at = match edge {
            "left" => (3, h / 4),
            "right" => (w - 4, h / 4),
            "top" => (w / 4, 3),
            _ => (w / 4, h - 4),
        };
        assert!(is_near(*seen.get_pixel(at.0, at.1), [0, 200, 0]), "{orientation}: {:?}", seen.get_pixel(at.0, at.1));
        for bytes in
            Format::ALL.map(|format| photo.write(format).expect("written")).iter().chain([&photo.kept().expect("kept").1])
        {
            assert!(!bytes.windows(3).any(|part| part == b"Ada"));
        }
    }
}

/// Some pixels as each of the three formats, with a profile or without.
fn with_profile(pixels: &RgbImage, profile: Option<&[u8]>) -> [Vec<u8>; 3] {
    fn written(mut encoder: impl ImageEncoder, pixels: &RgbImage, profile: Option<&[u8]>) {
        profile.into_iter().for_each(|profile| encoder.set_icc_profile(profile.to_vec()).expect("a profile"));
        encoder.write_image(pixels, pixels.width(), pixels.height(), ExtendedColorType::Rgb8).expect("written");
    }
    let mut files = [const { Vec::new() }; 3];
    let [jpeg, png, webp] = &mut files;
    written(JpegEncoder::new_with_quality(jpeg, 95), pixels, profile);
    written(PngEncoder::new(png), pixels, profile);
    written(WebPEncoder::new_lossless(webp), pixels, profile);
    files
}

#[test]
fn colours_look_the_same_whatever_profile_they_came_with_and_none_is_passed_on() {
    let orange = RgbImage::from_pixel(64, 32, Rgb([200, 120, 60]));
    let wide = moxcms::ColorProfile::new_display_p3().encode().expect("a profile");
    // the same numbers mean a fuller orange on a wider screen; the control has no profile
    for (profile, wanted) in [(Some(&wide[..]), [213, 115, 42]), (Some(&b"broken"[..]), [200, 120, 60]), (None, [200, 120, 60])] {
        for file in with_profile(&orange, profile) {
            let photo = photo::read(&file).expect("a picture");
            let seen = pixels(&photo, Format::Png).get_pixel(30, 15).0;
            assert!(seen.iter().zip(wanted).all(|(seen, wanted)| seen.abs_diff(wanted) <= 4), "{seen:?}, not {wanted:?}");
            let (_, kept) = photo.kept().expect("kept");
            assert!(!kept.windows(4).any(|part| part == b"iCCP" || part == b"ICC_"));
        }
    }
}

#[test]
fn what_shows_through_stays_so_where_it_can() {
    let clear = RgbaImage::from_fn(64, 64, |x, _| if x < 32 { Rgba([10, 20, 200, 255]) } else { Rgba([0, 0, 0, 0]) });
    let photo = photo::read(&png(&DynamicImage::ImageRgba8(clear))).expect("a picture");
    assert!(!photo.is_opaque());
    assert_eq!(photo.kept().expect("kept").0, Format::Png);
    for (format, alpha, red) in [(Format::Png, 0, 0), (Format::WebP, 0, 0), (Format::Jpeg, 255, 255)] {
        let seen = pixels(&photo, format);
        let at = seen.get_pixel(60, 30);
        assert_eq!(at.0[3], alpha, "{format:?}");
        assert!(alpha == 0 || at.0[0].abs_diff(red) < 5, "{format:?}: {at:?}");
    }
    let solid = DynamicImage::ImageRgba8(RgbaImage::from_pixel(8, 8, Rgba([1, 2, 3, 255])));
    assert!(photo::read(&png(&solid)).expect("a picture").is_opaque());
    for deep in [DynamicImage::new_rgba16(9, 9), DynamicImage::new_luma16(9, 9), DynamicImage::new_luma8(9, 9)] {
        assert_eq!(photo::read(&png(&deep)).expect("a picture").width(), 9);
    }
    let mut lossless = Vec::new();
    WebPEncoder::new_lossless(&mut lossless).write_image(&scene(40, 20), 40, 20, ExtendedColorType::Rgb8).expect("written");
    assert_eq!(photo::read(&lossless).expect("a picture").height(), 20);
}

/// A PNG whose head promises so many pixels, and whose body is a few bytes.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header().expect("a head").write_chunk(png::chunk::IDAT, b"x").expect("a body");
    bytes
}

#[test]
fn what_is_too_large_is_refused_by_its_head() {
    for (width, height) in [(65_000, 65_000), (8_001, 4_000), (16_001, 1), (1, 16_001), (u32::MAX >> 1, 1)] {
        let refused = photo::read(&bomb(width, height)).expect_err("refused");
        assert!(matches!(refused, Wrong::TooManyPixels(..) | Wrong::TooDeep), "{width} × {height}: {refused}");
    }
    assert_eq!(photo::read(&vec![0xff; photo::MAX_BYTES + 1]).expect_err("refused"), Wrong::TooLong);
    // the control: the same head within the limit is decoded, and then the body is wrong
    assert!(matches!(photo::read(&bomb(4_000, 4_000)), Err(Wrong::Broken(_) | Wrong::CutOff)));
}

#[test]
fn what_is_cut_off_is_refused_wherever_it_ends() {
    let noise = RgbImage::from_fn(300, 200, |x, y| Rgb([(x * 7 + y * 13) as u8, (x * y) as u8, (x ^ y) as u8]));
    let mut webp = Vec::new();
    WebPEncoder::new_lossless(&mut webp).write_image(&noise, 300, 200, ExtendedColorType::Rgb8).expect("written");
    for whole in [jpeg(&noise, None), png(&DynamicImage::ImageRgb8(noise.clone())), webp] {
        photo::read(&whole).expect("whole");
        for part in [1, 10, 25, 50, 75, 90, 99] {
            let cut = &whole[..whole.len() * part / 100];
            assert!(photo::read(cut).is_err(), "{part} % of {:?}", &whole[..4]);
        }
    }
}

#[test]
fn what_moves_is_refused() {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 2, 2);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_animated(2, 0).expect("animated");
    let mut writer = encoder.write_header().expect("a head");
    (0..2).for_each(|_| writer.write_image_data(&[7; 12]).expect("a frame"));
    writer.finish().expect("whole");
    assert_eq!(photo::read(&bytes).expect_err("refused"), Wrong::Animated);
    // the head of an animated WebP: VP8X with the flag, then ANIM
    let body = b"WEBPVP8X\x0a\0\0\0\x02\0\0\0\x01\0\0\x01\0\0ANIM\x06\0\0\0\0\0\0\0\0\0ANMF\x10\0\0\0";
    let webp = [b"RIFF", &(body.len() as u32 + 16).to_le_bytes()[..], body, &[0; 16]].concat();
    assert!(photo::read(&webp).is_err());
}
