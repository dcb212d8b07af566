//! In what an image is given: by `Accept`, read once and written back in one spelling, so that caches keep one answer a format.

use axum::extract::Request;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use renderer::photo::Format;

/// What is wanted of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Representation {
    /// What is known of it.
    Facts,
    Picture(Format),
    /// What every program can read: JPEG, or PNG where something shows through.
    Any,
    Nothing,
}

impl Representation {
    /// Reads `Accept`. WebP is given to who names it: `*/*` is also said by programs that cannot read it.
    pub fn of(headers: &HeaderMap) -> Self {
        let text: Vec<&str> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
        if text.is_empty() {
            return Self::Any;
        }
        let ranges: Vec<Range<'_>> = text.iter().flat_map(|text| text.split(',')).map(Range::of).collect();
        let (jpeg, png) = (weight(&ranges, "image/jpeg"), weight(&ranges, "image/png"));
        let named = |kind: &str| if ranges.iter().any(|range| range.kind == kind) { weight(&ranges, kind) } else { 0 };
        let (webp, facts) = (named("image/webp"), named("application/json"));
        let picture = jpeg.max(png);
        match () {
            () if facts > 0 && facts >= webp.max(picture) => Self::Facts,
            () if webp > 0 && webp >= picture => Self::Picture(Format::WebP),
            () if jpeg > png => Self::Picture(Format::Jpeg),
            () if png > jpeg => Self::Picture(Format::Png),
            () if picture > 0 => Self::Any,
            () => Self::Nothing,
        }
    }

    /// As `Accept` would say it.
    fn spelling(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Facts => "application/json",
            Self::Picture(format) => format.media_type(),
            Self::Any => "image/*",
            Self::Nothing => "none/none",
        })
    }
}

/// One part of `Accept`, with its weight in thousandths.
struct Range<'a> {
    kind: &'a str,
    weight: u32,
}

impl<'a> Range<'a> {
    fn of(text: &'a str) -> Self {
        let mut parts = text.split(';').map(str::trim);
        let kind = parts.next().unwrap_or("");
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let weight = weight.map_or(1.0, |weight| weight.parse::<f32>().unwrap_or(0.0));
        Self { kind, weight: (weight.clamp(0.0, 1.0) * 1_000.0) as u32 }
    }
}

/// What the nearest range says of a kind (RFC 9110, section 12.5.1).
fn weight(ranges: &[Range<'_>], kind: &str) -> u32 {
    let group = kind.split('/').next().unwrap_or("");
    let said =
        |wanted: &str| ranges.iter().filter(|range| range.kind.eq_ignore_ascii_case(wanted)).map(|range| range.weight).max();
    said(kind).or_else(|| said(&format!("{group}/*"))).or_else(|| said("*/*")).unwrap_or(0)
}

/// Writes `Accept` in one spelling, for the cache behind.
pub async fn spell(mut request: Request, next: Next) -> Response {
    let wanted = Representation::of(request.headers());
    request.headers_mut().insert(ACCEPT, wanted.spelling());
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_is_given_what_it_reads_best() {
        let (webp, jpeg, png) =
            (Representation::Picture(Format::WebP), Representation::Picture(Format::Jpeg), Representation::Picture(Format::Png));
        let table = [
            (None, Representation::Any),
            (Some("*/*"), Representation::Any),
            (Some("image/*"), Representation::Any),
            // Chrome and Firefox, for an <img> and for an address that was typed
            (Some("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"), webp),
            (Some("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"), webp),
            (Some("image/webp"), webp),
            (Some("image/webp;q=0.1, image/jpeg"), jpeg),
            (Some("image/jpeg"), jpeg),
            (Some("image/png, image/jpeg;q=0.9"), png),
            (Some("image/png, image/jpeg"), Representation::Any),
            (Some("image/png;q=0, image/*"), jpeg),
            (Some("application/json"), Representation::Facts),
            (Some("application/json, */*;q=0.5"), Representation::Facts),
            (Some("application/json;q=0.2, image/webp"), webp),
            (Some("text/html"), Representation::Nothing),
            (Some("image/webp;q=0"), Representation::Nothing),
            (Some("image/png;q=nonsense"), Representation::Nothing),
        ];
        for (accept, wanted) in table {
            let value = accept.map(|text| (ACCEPT, HeaderValue::from_static(text)));
            let found = Representation::of(&HeaderMap::from_iter(value));
            assert_eq!(found, wanted, "{accept:?}");
            assert_eq!(Representation::of(&HeaderMap::from_iter([(ACCEPT, found.spelling())])), found, "{accept:?} spelt anew");
        }
    }
}
