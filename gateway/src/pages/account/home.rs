//! The account's page: who it is, and where it is signed in.

use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use domain::SessionId;
use people::{SessionLine, SignedIn};

use crate::pages::account::cookies;
use crate::pages::shopper::KnownBuyer;
use crate::pages::show::{PageResult, go, show};
use crate::pages::view::Page;
use crate::pages::view::account::{AccountPage, Device};
use crate::web::app::App;
use crate::web::error::ApiError;
use crate::web::policy::CachePolicy;

/// Sessions on the page; there are never more.
const SESSIONS: u32 = 100;

/// The account, or where to sign in.  `GET /account`
pub async fn account_page(app: App, known: KnownBuyer) -> PageResult<Response> {
    let Some(me) = known.0.and_then(|buyer| buyer.signed_in) else { return Ok(go("/account/login")) };
    let account = app.people.account(me).await?;
    let lines = app.people.my_sessions(me, None, SESSIONS).await?;
    let devices: Vec<Device> = lines.into_iter().map(|line| device(line, me)).collect();
    let page = AccountPage {
        page: Page::private("Your account"),
        name: account.name,
        email: account.email,
        others: devices.iter().any(|device| !device.current),
        devices,
    };
    show(&page, CachePolicy::Private)
}

/// Ends all other sessions.  `POST /account/sessions/end`
pub async fn end_others(app: App, known: KnownBuyer) -> PageResult<Response> {
    let Some(me) = known.0.and_then(|buyer| buyer.signed_in) else { return Ok(go("/account/login")) };
    app.people.end_my_other_sessions(me).await?;
    Ok(go("/account"))
}

/// Ends one session.  `POST /account/sessions/{id}/end`
pub async fn end_one(app: App, Path(id): Path<String>, known: KnownBuyer) -> PageResult<Response> {
    let Some(me) = known.0.and_then(|buyer| buyer.signed_in) else { return Ok(go("/account/login")) };
    let id: SessionId = id.parse().map_err(|_| ApiError::not_found())?;
    app.people.end_my_session(me, id).await?;
    if id != me.session {
        return Ok(go("/account"));
    }
    Ok(cookies::signed_out(&app, go("/account/login")))
}

/// Where somebody lands who reloads what a form answered.  `GET /account/sessions/…`
pub async fn back() -> Response {
    go("/account").into_response()
}

fn device(line: SessionLine, me: SignedIn) -> Device {
    let day = |at: jiff::Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%-d %B %Y, %H:%M UTC").to_string();
    Device {
        id: line.id.to_string(),
        name: called(&line.agent),
        address: line.address,
        since: day(line.created_at),
        seen: day(line.last_seen_at),
        current: line.id == me.session,
    }
}

/// A browser by its name and system, as its owner would say it.
fn called(agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    // the order matters: most call themselves by several names
    let browser =
        first(&[("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "A program".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_called_as_its_owner_calls_it() {
        let table = [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                "Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1",
                "Safari on iPhone",
            ),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Windows"),
            ("curl/8.5.0", "A program"),
        ];
        for (agent, name) in table {
            assert_eq!(called(agent), name);
        }
    }
}
