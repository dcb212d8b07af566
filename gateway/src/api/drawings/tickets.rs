//! A ticket, as SVG, PNG and PDF: drawn for its buyer and for who has the key of its order's link, always in the present edition.

use axum::extract::Path as Segment;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use booking::TicketView;
use domain::TicketId;
use domain::ticket_code::short;
use renderer::{CodeForm, DrawError, Renderer, TicketDrawing};

use crate::api::booking::tickets::TicketBody;
use crate::api::refusals::{BadToken, Refuses, no};
use crate::drawing::pass;
use crate::drawing::ticket::Show;
use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::{Json, Params};
use crate::web::order_key::{KEY, OrderReader};
use crate::web::policy::{self, CachePolicy};
use crate::web::studio::Drawn;

const DEFAULT_SCALE: u32 = 2;
const SVG: &str = "image/svg+xml";
const PNG: &str = "image/png";
const PASS: &str = "application/vnd.apple.pkpass";
pub(super) const PDF: &str = "application/pdf";

/// Which code is drawn.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only its description is used")]
pub(super) struct CodeParam {
    /// `qr` or `aztec`; else as the organiser's theme says.
    code: Option<String>,
}

/// Who asks without a token.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only its description is used")]
pub(super) struct KeyParam {
    /// The key of the order's link, instead of a token.
    key: Option<String>,
}

/// Shows a ticket: to its buyer, or to who has the key of its order's link.
#[utoipa::path(
    get, path = "/v1/tickets/{id}", operation_id = "get_ticket", tag = "booking",
    security(("bearer" = []), ()),
    params(("id" = Uuid, Path, description = "The ticket."), KeyParam),
    responses((status = 200, body = TicketBody), Refuses<(BadToken, no::NotFound)>),
)]
async fn get_ticket(app: App, ticket: TicketView, by: &OrderReader) -> ApiResult<Response> {
    let key = by.key_for(ticket.buyer_id);
    Ok((CachePolicy::Private, Json(TicketBody::read_by(&app, ticket, key))).into_response())
}

/// Draws a ticket, for its buyer or for who has the key of its order's link, as SVG, in the event's present edition.
#[utoipa::path(
    get, path = "/v1/tickets/{id}.svg", operation_id = "get_ticket_svg", tag = "drawings",
    security(("bearer" = []), ()),
    params(("id" = Uuid, Path, description = "The ticket."), CodeParam, KeyParam),
    responses((status = 200, body = String, content_type = "image/svg+xml"), Refuses<(BadToken, no::NotFound, no::Invalid, no::Conflict, no::Busy)>),
)]
async fn get_ticket_svg(app: App, ticket: TicketView, params: &Params) -> ApiResult<Response> {
    draw(&app, ticket, params, SVG, |renderer, drawing| renderer.ticket_svg(drawing).map(String::into_bytes)).await
}

/// Draws a ticket, for its buyer or for who has the key of its order's link, as PNG, in the event's present edition.
#[utoipa::path(
    get, path = "/v1/tickets/{id}.png", operation_id = "get_ticket_png", tag = "drawings",
    security(("bearer" = []), ()),
    params(
        ("id" = Uuid, Path, description = "The ticket."),
        ("scale" = Option<u32>, Query, minimum = 1, maximum = 4, description = "1 to 4, default 2."),
        CodeParam,
        KeyParam,
    ),
    responses((status = 200, body = Vec<u8>, content_type = "image/png"), Refuses<(BadToken, no::NotFound, no::Invalid, no::Conflict, no::Busy)>),
)]
async fn get_ticket_png(app: App, ticket: TicketView, params: &Params) -> ApiResult<Response> {
    let scale = params.within("scale", 1..=renderer::MAX_SCALE)?.unwrap_or(DEFAULT_SCALE);
    draw(&app, ticket, params, PNG, move |renderer, drawing| renderer.ticket_png(drawing, scale)).await
}

/// Draws a ticket, for its buyer or for who has the key of its order's link, as a PDF of one page, in the event's present edition: its text can be selected and read aloud.
#[utoipa::path(
    get, path = "/v1/tickets/{id}.pdf", operation_id = "get_ticket_pdf", tag = "drawings",
    security(("bearer" = []), ()),
    params(("id" = Uuid, Path, description = "The ticket."), CodeParam, KeyParam),
    responses((status = 200, body = Vec<u8>, content_type = "application/pdf"), Refuses<(BadToken, no::NotFound, no::Invalid, no::Conflict, no::Busy)>),
)]
async fn get_ticket_pdf(app: App, ticket: TicketView, params: &Params) -> ApiResult<Response> {
    draw(&app, ticket, params, PDF, |renderer, drawing| renderer.tickets_pdf(std::slice::from_ref(drawing))).await
}

/// Gives a ticket, to its buyer or to who has the key of its order's link, as a pass for Apple's wallet, in the event's present edition; 404 where no certificate is configured.
#[utoipa::path(
    get, path = "/v1/tickets/{id}.pkpass", operation_id = "get_ticket_pass", tag = "drawings",
    security(("bearer" = []), ()),
    params(("id" = Uuid, Path, description = "The ticket."), CodeParam, KeyParam),
    responses((status = 200, body = Vec<u8>, content_type = "application/vnd.apple.pkpass"), Refuses<(BadToken, no::NotFound, no::Invalid, no::Conflict, no::Busy)>),
)]
async fn get_ticket_pass(app: App, ticket: TicketView, params: &Params) -> ApiResult<Response> {
    let show = Show::read(&app, ticket.event_id).await?.with_code(code(params)?);
    let (edition, name) = (show.event.edition, format!("ticket-{}", short(ticket.id)));
    let drawing = show.ticket(&app, ticket)?;
    let (shared, now) = (app.clone(), app.clock.now());
    let pass = move || {
        let wallet = shared.wallet.as_ref().ok_or_else(ApiError::not_found)?;
        pass::archive(wallet, &shared.renderer, &show, &drawing, now)
    };
    let archive = app.studio.draw(Drawn::Ticket, pass).await??;
    Ok(answer(PASS, edition, &name, archive))
}

/// The forms of a ticket, which the router cannot tell apart: `{id}`, `{id}.svg`, `{id}.png`, `{id}.pdf`, `{id}.pkpass`.
pub async fn get_ticket_form(app: App, Segment(form): Segment<String>, by: OrderReader, params: Params) -> ApiResult<Response> {
    let (id, form) = form.split_once('.').unwrap_or((&form, ""));
    params.only(match form {
        "" => &[KEY],
        "pkpass" if app.wallet.is_none() => return Err(ApiError::not_found().detail("this server signs no wallet passes")),
        "svg" | "pdf" | "pkpass" => &["code", KEY],
        "png" => &["scale", "code", KEY],
        _ => return Err(ApiError::not_found()),
    })?;
    let id: TicketId = id.parse().map_err(|_| ApiError::not_found())?;
    let ticket = app.booking.get_ticket(id, by.reader.clone()).await?;
    match form {
        "svg" => get_ticket_svg(app, ticket, &params).await,
        "png" => get_ticket_png(app, ticket, &params).await,
        "pdf" => get_ticket_pdf(app, ticket, &params).await,
        "pkpass" => get_ticket_pass(app, ticket, &params).await,
        _ => get_ticket(app, ticket, &by).await,
    }
}

async fn draw(
    app: &App,
    ticket: TicketView,
    params: &Params,
    kind: &'static str,
    draw: impl FnOnce(&Renderer, &TicketDrawing) -> Result<Vec<u8>, DrawError> + Send + 'static,
) -> ApiResult<Response> {
    let show = Show::read(app, ticket.event_id).await?.with_code(code(params)?);
    let (edition, name) = (show.event.edition, format!("ticket-{}", short(ticket.id)));
    let drawing = show.ticket(app, ticket)?;
    let shared = app.clone();
    let drawn = app.studio.draw(Drawn::Ticket, move || draw(&shared.renderer, &drawing)).await?.map_err(ApiError::fault)?;
    Ok(answer(kind, edition, &name, drawn))
}

/// Which code is asked for.
pub(super) fn code(params: &Params) -> ApiResult<Option<CodeForm>> {
    match params.one("code")? {
        None => Ok(None),
        Some("qr") => Ok(Some(CodeForm::Qr)),
        Some("aztec") => Ok(Some(CodeForm::Aztec)),
        Some(_) => Err(ApiError::invalid("code", "must be qr or aztec")),
    }
}

/// What was drawn, for nobody but who asked; its ETag names the edition.
pub(super) fn answer(kind: &'static str, edition: u32, name: &str, drawn: Vec<u8>) -> Response {
    let hash = policy::etag(&drawn);
    let hash = hash.to_str().unwrap_or_default().trim_matches('"');
    let text =
        |text: String| HeaderValue::try_from(text).unwrap_or_else(|_| unreachable!("digits and letters make a header value"));
    let ending = if kind == SVG { "svg" } else { kind.rsplit(['/', '.']).next().unwrap_or_default() };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (ETAG, text(format!("\"e{edition}-{hash}\""))),
        (CONTENT_DISPOSITION, text(format!("inline; filename=\"{name}.{ending}\""))),
    ];
    (CachePolicy::Private, headers, drawn).into_response()
}

/// The documents of the forms, which are one route.
#[derive(utoipa::OpenApi)]
#[openapi(paths(get_ticket, get_ticket_svg, get_ticket_png, get_ticket_pdf, get_ticket_pass))]
pub struct TicketForms;
