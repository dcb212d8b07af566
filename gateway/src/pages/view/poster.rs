//! Posters: the picture that an organiser handed in, or a small drawing, always the same for the same id.
//!
//! Colour follows the category, composition the id. Presentation attributes only, no `style`: the pages' policy allows no inline styles.

use std::fmt::Write;

use catalog::model::Picture;
use catalog::search::ImageRef;
use renderer::photo::{WIDTHS, height_in};
use renderer::{PosterPalette, poster_palette, poster_seed};

/// A picture of one event, series, performer or venue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poster {
    /// A complete `<svg>` of ratio 1:1, decorative; or an `<img>` that is cut to it, with its text.
    pub svg: String,
    /// The palette's name, for CSS that matches it.
    pub hue: &'static str,
}

/// An uploaded picture as pages show it.
#[derive(Debug, Clone, Copy)]
pub struct Photo<'a> {
    url: &'a str,
    width: u32,
    height: u32,
    alt: &'a str,
}

impl<'a> From<&'a ImageRef> for Photo<'a> {
    fn from(image: &'a ImageRef) -> Self {
        Self { url: &image.url, width: image.width, height: image.height, alt: &image.alt }
    }
}

/// Widths of posters on pages, in pixels of a page; what is drawn is up to three times as wide.
const SMALL: &str = "84px";
const LARGE: &str = "176px";
/// The widest that a poster is asked for.
const WIDEST: u32 = 640;

impl Poster {
    /// The poster of a card: its picture, fetched when it comes near the window, or a drawing.
    pub fn small(image: Option<&ImageRef>, id: uuid::Uuid, category: &str) -> Self {
        match image {
            Some(image) => Self { svg: photo(image.into(), SMALL, true), ..Self::of(id, category) },
            None => Self::of(id, category),
        }
    }

    /// The poster at the head of a page.
    pub fn large(image: Option<&Picture>, id: uuid::Uuid, category: &str) -> Self {
        match image {
            Some(picture) => {
                let url = picture.url();
                let shown = Photo { url: &url, width: picture.width, height: picture.height, alt: &picture.alt };
                Self { svg: photo(shown, LARGE, false), ..Self::of(id, category) }
            }
            None => Self::of(id, category),
        }
    }

    /// Draws the poster of an id within a category.
    pub fn of(id: uuid::Uuid, category: &str) -> Self {
        let seed = poster_seed(id);
        let palette = poster_palette(category, seed);
        let mut svg = format!(
            r#"<svg class="poster" viewBox="0 0 96 96" aria-hidden="true" focusable="false" preserveAspectRatio="xMidYMid slice"><rect width="96" height="96" fill="{}"/>"#,
            palette.ground
        );
        compose(&mut svg, seed, &palette);
        svg.push_str("</svg>");
        Self { svg, hue: palette.name }
    }
}

/// An `<img>` whose size is known before it is there.
fn photo(Photo { url, width, height, alt }: Photo<'_>, sizes: &str, lazy: bool) -> String {
    let url = escaped(url);
    let narrower = WIDTHS.into_iter().filter(|wide| *wide < width && *wide <= WIDEST);
    let widths: Vec<u32> = narrower.chain((width <= WIDEST).then_some(width)).collect();
    let set: Vec<String> = widths.iter().map(|wide| format!("{url}&amp;width={wide} {wide}w")).collect();
    let first = widths.iter().find(|wide| **wide >= 320).or(widths.last()).copied().unwrap_or(width);
    let tall = height_in(width, height, first);
    let when = if lazy { r#" loading="lazy""# } else { r#" fetchpriority="high""# };
    format!(
        r#"<img class="poster poster--photo" src="{url}&amp;width={first}" srcset="{}" sizes="{sizes}" width="{first}" height="{tall}" alt="{}" decoding="async"{when}>"#,
        set.join(", "),
        escaped(alt),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn compose(svg: &mut String, seed: u32, palette: &PosterPalette) {
    let [ground, deep, middle] = [palette.ground, palette.deep, palette.middle].map(|colour| colour.to_string());
    let (ground, deep, middle) = (ground.as_str(), deep.as_str(), middle.as_str());
    let (turn, pick) = ((seed >> 3) % 4 * 90, seed % 6);
    let _ = write!(svg, r#"<g transform="rotate({turn} 48 48)">"#);
    let _ = match pick {
        0 => rings(svg, deep, middle, ground),
        1 => bars(svg, deep, middle, seed),
        2 => horizon(svg, deep, middle, seed),
        3 => house(svg, deep, middle, seed),
        4 => bands(svg, deep, middle),
        _ => petals(svg, deep, middle),
    };
    svg.push_str("</g>");
}

fn rings(svg: &mut String, deep: &str, middle: &str, ground: &str) -> std::fmt::Result {
    [(84, middle), (66, ground), (50, deep), (34, ground), (20, middle)]
        .iter()
        .try_for_each(|(r, fill)| write!(svg, r#"<circle cx="96" cy="96" r="{r}" fill="{fill}"/>"#))
}

fn bars(svg: &mut String, deep: &str, middle: &str, seed: u32) -> std::fmt::Result {
    (0..6_u32).try_for_each(|n| {
        let height = 18 + (seed >> (n * 4)) % 16 * 4;
        let fill = if n % 3 == 1 { deep } else { middle };
        write!(svg, r#"<rect x="{}" y="{}" width="10" height="{height}" rx="5" fill="{fill}"/>"#, 8 + n * 14, 96 - height)
    })
}

fn horizon(svg: &mut String, deep: &str, middle: &str, seed: u32) -> std::fmt::Result {
    let x = 30 + (seed >> 6) % 36;
    write!(svg, r#"<circle cx="{x}" cy="46" r="26" fill="{deep}"/><path d="M0 58q24-14 48 0t48 0v38H0z" fill="{middle}"/>"#)
}

/// Rows of seats seen from above, a few taken.
fn house(svg: &mut String, deep: &str, middle: &str, seed: u32) -> std::fmt::Result {
    (0..25_u32).try_for_each(|n| {
        let fill = if (seed >> (n % 29)) & 3 == 0 { deep } else { middle };
        write!(svg, r#"<circle cx="{}" cy="{}" r="6" fill="{fill}"/>"#, 12 + n % 5 * 18, 12 + n / 5 * 18)
    })
}

fn bands(svg: &mut String, deep: &str, middle: &str) -> std::fmt::Result {
    write!(svg, r#"<path d="M-10 70L70-10h22L-10 92z" fill="{deep}"/><path d="M14 96L96 14v24L38 96z" fill="{middle}"/>"#)
}

fn petals(svg: &mut String, deep: &str, middle: &str) -> std::fmt::Result {
    write!(
        svg,
        r#"<path d="M48 48V0a48 48 0 0 1 48 48z" fill="{deep}"/><path d="M48 48H0A48 48 0 0 1 48 0z" fill="{middle}"/><path d="M48 48v48A48 48 0 0 1 0 48z" fill="{deep}" opacity=".25"/><path d="M48 48h48a48 48 0 0 1-48 48z" fill="{middle}" opacity=".6"/>"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poster_is_stable_and_repeats_nothing_from_outside() {
        let id = uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_1234_5678_9abc);
        let one = Poster::of(id, "<script>");
        assert_eq!(one, Poster::of(id, "<script>"));
        assert!(!one.svg.contains("script") && !one.svg.contains("style="));
        assert_eq!(Poster::of(id, "Music").hue, "blue");
    }

    #[test]
    fn an_uploaded_picture_stands_there_with_its_sizes_and_its_text() {
        let image = |width, height| ImageRef { url: "/v1/images/7?v=ab".into(), width, height, alt: "Owls \"&\" <mice>".into() };
        let html = Poster::small(Some(&image(1_920, 1_080)), uuid::Uuid::nil(), "").svg;
        let set = r#"srcset="/v1/images/7?v=ab&amp;width=160 160w, /v1/images/7?v=ab&amp;width=320 320w, /v1/images/7?v=ab&amp;width=640 640w""#;
        assert!(html.contains(set), "{html}");
        assert!(html.contains(r#"width="320" height="180""#) && html.contains(r#"loading="lazy""#), "{html}");
        assert!(html.contains(r#"alt="Owls &quot;&amp;&quot; &lt;mice&gt;""#), "{html}");
        let narrow = Poster::small(Some(&image(100, 200)), uuid::Uuid::nil(), "").svg;
        assert!(narrow.contains(r#"srcset="/v1/images/7?v=ab&amp;width=100 100w""#), "{narrow}");
        assert!(Poster::small(None, uuid::Uuid::nil(), "").svg.starts_with("<svg"));
    }

    #[test]
    fn every_composition_is_well_formed() {
        for n in 0..200_u128 {
            let svg = Poster::of(uuid::Uuid::from_u128(n * 7919), "").svg;
            assert_eq!(svg.matches("<g ").count(), svg.matches("</g>").count());
            assert!(svg.ends_with("</svg>") && svg.len() < 2_500, "{}", svg.len());
        }
    }
}
