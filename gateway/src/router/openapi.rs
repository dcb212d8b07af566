//! The document of everything served: `/openapi.json`, and as docs/API.md.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use utoipa::OpenApi as _;
use utoipa::openapi::path::{HttpMethod, Operation, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::server::ServerBuilder;
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};

use crate::web::class::Class;
use crate::web::error::{FieldError, Problem};
use crate::web::policy::CachePolicy;
use crate::web::routes::Routes;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Boxoffice",
        description = "A search-first event catalogue with a booking sidecar. Errors are `application/problem+json` with a stable \
                       `code`, explained at [/docs/errors](/docs/errors). Times are RFC 3339 UTC, money is in minor units, lists page by \
                       an opaque `cursor`.",
        license(name = "Apache-2.0")
    ),
    components(schemas(Problem<'_>, FieldError)),
    tags(
        (name = "search", description = "Find events, series, performers and venues."),
        (name = "catalogue", description = "What can be found; written by organisers."),
        (name = "booking", description = "Hold seats, pay, own tickets."),
        (name = "accounts", description = "Sign up, in and out; one's own account and its sessions."),
        (name = "people", description = "Keys and their quotas; the log of what was changed."),
        (name = "queue", description = "The waiting room before an on-sale: joining, one's place, leaving, and the proof that its order is fair."),
        (name = "drawings", description = "Seat maps and tickets as pictures."),
        (name = "operations", description = "Whether the server lives and what it measures.")
    )
)]
struct BaseDocument;

/// The document's frame; routes are merged into it.
pub fn frame() -> OpenApi {
    let mut document = BaseDocument::openapi();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A buyer's token from POST /v1/sessions, or an API key (bxo_…) of an organiser, partner or admin."));
    let components = document.components.get_or_insert_with(Default::default);
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
    document
}

/// Says on every operation that an error is a problem document, and where the API is.
pub fn finish(document: &mut OpenApi) {
    document.servers =
        Some(vec![ServerBuilder::new().url("/").description(Some("The server that shows this document.")).build()]);
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response =
        ResponseBuilder::new().description("An error: see `code`.").content("application/problem+json", problem).build();
    for item in document.paths.paths.values_mut() {
        for (_, operation) in operations_mut(item) {
            operation.responses.responses.entry("default".to_owned()).or_insert_with(|| RefOr::T(response.clone()));
        }
    }
}

/// The route that shows the document itself; the pages that read it aloud are `pages/docs`.
pub fn routes(document: &OpenApi) -> Routes {
    let json = Bytes::from(document.to_pretty_json().unwrap_or_else(|error| unreachable!("a document is plain data: {error}")));
    let show = move || async move { (CachePolicy::Asset, [(CONTENT_TYPE, "application/json")], json).into_response() };
    Routes::default().get(Class::Reads, "/openapi.json", show)
}

/// Every operation of a path with its method's name.
pub fn operations(item: &PathItem) -> Vec<(&'static str, &Operation)> {
    let all = [("GET", &item.get), ("POST", &item.post), ("PUT", &item.put), ("PATCH", &item.patch), ("DELETE", &item.delete)];
    all.into_iter().filter_map(|(name, operation)| Some((name, operation.as_ref()?))).collect()
}

pub(super) fn operations_mut(item: &mut PathItem) -> Vec<(HttpMethod, &mut Operation)> {
    let all = [
        (HttpMethod::Get, &mut item.get),
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Put, &mut item.put),
        (HttpMethod::Patch, &mut item.patch),
        (HttpMethod::Delete, &mut item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?))).collect()
}

/// docs/API.md: the calls by tag, one line each.
pub fn api_markdown(document: &OpenApi) -> String {
    let mut by_tag: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, item) in &document.paths.paths {
        for (method, operation) in operations(item) {
            let tag = operation.tags.as_ref().and_then(|tags| tags.first()).cloned().unwrap_or_default();
            let summary = operation.summary.as_deref().unwrap_or("").trim_end_matches('.');
            by_tag.entry(tag).or_default().push(format!("| `{method} {path}` | {summary} |\n"));
        }
    }
    let mut text = String::from(
        "# API\n\nGenerated from the routes by `make bless`; the whole of it, with fields and examples, is `/openapi.json`, readable at `/docs`.\n",
    );
    for (tag, lines) in by_tag {
        let _ = write!(text, "\n## {tag}\n\n| call | what it does |\n|---|---|\n{}", lines.concat());
    }
    text
}
