//! Concerts: events of general admission that belong to the interface's own organiser.

use std::sync::Arc;

use axum::Extension;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use catalog::model::{Concert, ConcertPatch, ConcertStatus, NewConcert};
use catalog::write;
use domain::EventId;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::array::{Pages, array};
use super::asked::{Named, id, object, said};
use super::base::Base;
use super::memory::Memory;
use super::refused::{FacadeResult, Refused};
use crate::web::app::App;
use crate::web::error::ApiError;
use crate::web::extract::Json;

/// Concerts that one reading gives.
const PAGE: u32 = 500;

/// A concert as the interface shows it.
#[derive(Debug, Serialize)]
pub struct ConcertBody {
    id: Uuid,
    name: String,
    venue: String,
    date: String,
    capacity: u32,
    status: &'static str,
}

impl From<Concert> for ConcertBody {
    fn from(concert: Concert) -> Self {
        let Concert { id, name, venue, date, capacity, status } = concert;
        Self { id: id.0, name, venue, date: date.to_string(), capacity, status: status.as_str() }
    }
}

/// YYYY-MM-DD, and a day that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Day(Date);

impl TryFrom<String> for Day {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let plain = |(n, byte): (usize, u8)| if matches!(n, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
        let formed = text.len() == 10 && text.bytes().enumerate().all(plain);
        let day = if formed { text.parse().ok() } else { None };
        day.map(Self).ok_or("a date must be a day written as YYYY-MM-DD")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Word(ConcertStatus);

impl TryFrom<String> for Word {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        ConcertStatus::parse(&text).map(Self).ok_or("a status must be ACTIVE, CANCELLED or SOLD_OUT")
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewBody {
    name: String,
    venue: String,
    date: Day,
    capacity: u32,
    status: Word,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PatchBody {
    #[serde(default, deserialize_with = "said")]
    name: Option<String>,
    #[serde(default, deserialize_with = "said")]
    venue: Option<String>,
    #[serde(default, deserialize_with = "said")]
    date: Option<Day>,
    #[serde(default, deserialize_with = "said")]
    status: Option<Word>,
}

/// Makes a concert.  `POST /api/v1/concerts`
pub async fn create(
    app: App,
    Base(base): Base,
    Extension(facade): Extension<Arc<Memory>>,
    request: Request,
) -> FacadeResult<Response> {
    let NewBody { name, venue, date: Day(date), capacity, status: Word(status) } = object(request).await?;
    let by = facade.known.organiser(&app).await?;
    let new = NewConcert { name, venue, date, capacity, status };
    let _turn = facade.writing.acquire().await.map_err(ApiError::fault)?;
    let made = write::concerts::create(&app.pool, &app.clock, &by, new).await?;
    let at = format!("{base}/concerts/{}", made.id);
    Ok((StatusCode::CREATED, [(LOCATION, at)], Json(ConcertBody::from(made))).into_response())
}

/// Changes a concert, and makes all that was printed of it NOT_PRINTED.  `PUT /api/v1/concerts/{id}`
pub async fn change(
    app: App,
    Extension(facade): Extension<Arc<Memory>>,
    Named(text): Named,
    request: Request,
) -> FacadeResult<Json<ConcertBody>> {
    let id = event(&text)?;
    let PatchBody { name, venue, date, status } = object(request).await?;
    let by = facade.known.organiser(&app).await?;
    let patch = ConcertPatch { name, venue, date: date.map(|day| day.0), status: status.map(|word| word.0) };
    let _turn = facade.writing.acquire().await.map_err(ApiError::fault)?;
    Ok(Json(write::concerts::change(&app.pool, &app.clock, &by, id, patch).await?.into()))
}

/// One concert.  `GET /api/v1/concerts/{id}`
pub async fn get(app: App, Named(text): Named) -> FacadeResult<Json<ConcertBody>> {
    Ok(Json(app.reads.concert(event(&text)?).await?.into()))
}

/// All concerts, in the order of their making.  `GET /api/v1/concerts`
pub async fn list(app: App) -> FacadeResult<Response> {
    array(Concerts { app, after: None }).await
}

/// The event that a path names; a malformed id is as unknown as another.
pub fn event(text: &str) -> FacadeResult<EventId> {
    id(text).map(EventId).ok_or(Refused::Unknown)
}

struct Concerts {
    app: App,
    after: Option<EventId>,
}

impl Pages for Concerts {
    async fn next(&mut self, to: &mut Vec<u8>) -> FacadeResult<bool> {
        let page = self.app.reads.concerts(self.after, PAGE).await?;
        let more = page.len() == PAGE as usize;
        self.after = page.last().map(|last| last.id);
        for concert in page {
            to.push(b',');
            serde_json::to_writer(&mut *to, &ConcertBody::from(concert)).map_err(ApiError::fault)?;
        }
        Ok(more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_a_day_that_there_is() {
        for (text, there) in [
            ("2027-03-12", true),
            ("2024-02-29", true),
            ("2023-02-29", false),
            ("2023-02-30", false),
            ("2023-13-01", false),
            ("2023-00-10", false),
            ("2023-1-01", false),
            ("23-01-01", false),
            ("2023-01-01T00:00:00Z", false),
            ("2023/01/01", false),
            ("+002023-01", false),
            ("２023-01-0", false),
            ("", false),
        ] {
            assert_eq!(Day::try_from(text.to_owned()).is_ok(), there, "{text}");
        }
    }
}
