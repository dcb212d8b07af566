//! Drawings of an event's seat map, as SVG and PNG.
//!
//! Drawing is work for blocking threads: few at once, some more in a line, the rest is told to come back. The seat map goes through
//! the edge cache, where equal requests wait for one drawing.

use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use domain::EventId;
use renderer::{Detail, Theme};

use crate::api::refusals::{Refuses, no};
use crate::drawing::seat_map::{self, Subject};
use crate::web::app::App;
use crate::web::easels::DrawnPicture;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Params, Path};
use crate::web::policy::CachePolicy;

const DEFAULT_WIDTH: u32 = 1_200;
/// Seats one by one cost some 210 bytes each; more would be a picture that no reader opens.
const MAX_DETAILED_SEATS: u32 = 60_000;
/// The version of the event's seats that a drawing shows.
const VERSION: HeaderName = HeaderName::from_static("boxoffice-version");
const SVG: HeaderValue = HeaderValue::from_static("image/svg+xml");
const PNG: HeaderValue = HeaderValue::from_static("image/png");

/// Draws an event's seat map as SVG, with the present state of every seat.
///
/// Text is drawn as outlines, with a layer of letters to select and to read aloud; seats are grouped by section and row.
#[utoipa::path(
    get, path = "/v1/events/{id}/seatmap.svg", operation_id = "get_seat_map_svg", tag = "drawings",
    params(("id" = Uuid, Path, description = "The event."), ThemeParam, DetailParam),
    responses(
        (status = 200, body = String, content_type = "image/svg+xml",
         headers(("Boxoffice-Version" = u64, description = "The version of the event's seats that is drawn."))),
        Refuses<(no::NotFound, no::Invalid, no::Busy)>,
    ),
)]
pub async fn get_seat_map_svg(app: App, event: Path<EventId>, params: Params) -> ApiResult<Response> {
    params.only(&["theme", "detail"])?;
    let (theme, detail) = (theme(&params)?, detail(&params)?);
    let subject = seat_map::subject(&app, *event).await?;
    if detail == Detail::Seats && subject.drawing.map.seat_count() > MAX_DETAILED_SEATS {
        return Err(ApiError::invalid("detail", format!("seats are drawn one by one in maps of at most {MAX_DETAILED_SEATS}")));
    }
    let answer = seat_map::svg(&app, subject, theme, detail).await?;
    let form = format!("{}{}.svg", theme.word(), if detail == Detail::Seats { ".seats" } else { "" });
    Ok(seat_map_answer(*event, answer, &form, SVG))
}

/// Draws an event's seat map as PNG.
#[utoipa::path(
    get, path = "/v1/events/{id}/seatmap.png", operation_id = "get_seat_map_png", tag = "drawings",
    params(
        ("id" = Uuid, Path, description = "The event."),
        ("width" = Option<u32>, Query, minimum = 320, maximum = 4096, description = "Pixels: 320 to 4096, default 1200."),
        ThemeParam,
    ),
    responses(
        (status = 200, body = Vec<u8>, content_type = "image/png",
         headers(("Boxoffice-Version" = u64, description = "The version of the event's seats that is drawn."))),
        Refuses<(no::NotFound, no::Invalid, no::Busy)>,
    ),
)]
pub async fn get_seat_map_png(app: App, event: Path<EventId>, params: Params) -> ApiResult<Response> {
    params.only(&["width", "theme"])?;
    let theme = theme(&params)?;
    let width = params.within("width", renderer::MIN_WIDTH..=renderer::MAX_WIDTH)?.unwrap_or(DEFAULT_WIDTH);
    let answer = seat_map::png(&app, seat_map::subject(&app, *event).await?, theme, width).await?;
    let form = format!("{}.{width}", theme.word());
    Ok(seat_map_answer(*event, answer, &form, PNG))
}

fn seat_map_answer(event: EventId, answer: DrawnPicture, form: &str, kind: HeaderValue) -> Response {
    let policy = CachePolicy::Live.tagged([format!("event-{event}")]);
    // a venue may be renamed without a new version of the event
    let tag = quoted(&format!("{}.{form}.{}", Subject::tag(&answer.version), answer.digest));
    (policy, [(CONTENT_TYPE, kind), (ETAG, tag), (VERSION, HeaderValue::from(answer.version.seats))], answer.bytes)
        .into_response()
}

/// How a seat map is coloured.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only its description is used")]
struct ThemeParam {
    /// `light` (the default), `dark`, or `contrast`: black on white, without tints, for those who see little.
    #[param(inline, schema_with = themes)]
    theme: Option<String>,
}

/// How much an SVG says of each seat.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only its description is used")]
struct DetailParam {
    /// `seats`: each seat is an element of its own with its id, a title and a label; for maps of at most 60,000 seats.
    #[param(inline, schema_with = details)]
    detail: Option<String>,
}

fn words(words: Vec<&'static str>) -> utoipa::openapi::schema::Object {
    utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::schema::Type::String).enum_values(Some(words)).build()
}

fn themes() -> utoipa::openapi::schema::Object {
    words(Theme::ALL.map(Theme::word).to_vec())
}

fn details() -> utoipa::openapi::schema::Object {
    words(vec!["seats"])
}

fn theme(params: &Params) -> ApiResult<Theme> {
    let unknown = || ApiError::invalid("theme", format!("must be one of {}", Theme::ALL.map(Theme::word).join(", ")));
    params.one("theme")?.map_or(Ok(Theme::default()), |word| Theme::from_word(word).ok_or_else(unknown))
}

fn detail(params: &Params) -> ApiResult<Detail> {
    match params.one("detail")? {
        None => Ok(Detail::Rows),
        Some("seats") => Ok(Detail::Seats),
        Some(_) => Err(ApiError::invalid("detail", "must be seats")),
    }
}

fn quoted(tag: &str) -> HeaderValue {
    HeaderValue::try_from(format!("\"{tag}\"")).unwrap_or_else(|_| unreachable!("digits and letters make a header value"))
}
