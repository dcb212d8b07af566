//! One hold an event: who holds seats already and asks for others is asked first, and then gets these instead of those.

use axum::http::StatusCode;
use booking::HoldView;

use crate::pages::buy::held::{left, places};
use crate::pages::buy::hold::{event_line, lines};
use crate::pages::form::new_key;
use crate::pages::params::FilledParams;
use crate::pages::show::PageResult;
use crate::pages::view::Page;
use crate::pages::view::checkout::ReplacePage;
use crate::web::app::App;
use crate::web::error::{ApiError, Code};

/// The question as a page: everything that was asked for goes along in it.
pub async fn question(
    app: &App,
    event: &catalog::model::Event,
    fields: &FilledParams,
    old: &HoldView,
) -> PageResult<ReplacePage> {
    Ok(ReplacePage {
        page: Page::private("You hold seats already"),
        event: event_line(event),
        lines: lines(app, old, event).await?,
        left: left(old),
        places: places(old),
        href: format!("/holds/{}", old.id),
        action: format!("/events/{}/hold", event.row.id),
        fields: fields.without(&["key", "replace"]).with("replace", &old.id.to_string()).with("key", &new_key()).pairs().to_vec(),
    })
}

/// The question for a script.
pub fn asked_as_json(old: &HoldView) -> ApiError {
    let told =
        serde_json::json!({ "id": old.id, "href": format!("/holds/{}", old.id), "places": places(old), "left": left(old) });
    let detail = format!("You hold {} here already ({} minutes left).", places(old), left(old));
    ApiError::new(Code::Conflict).detail(detail).with("held", told)
}

/// What is said beside a refusal of the seats that he has, and keeps.
pub fn of_the_old(error: &ApiError, old: Option<&HoldView>) -> &'static str {
    // the same form, sent twice, may be at it
    let decided = error.status() == StatusCode::CONFLICT && error.code() != Code::InProgress;
    if decided && old.is_some() { " The seats you hold are still yours." } else { "" }
}
