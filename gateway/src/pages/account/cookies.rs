//! What the browser keeps of an account: its session, that it is signed in (which scripts may read, and says nothing else), and that it
//! signed in to this e-mail before, so that strangers who guess at it do not hold it back.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use people::{Device, LoggedIn, email_key};

use crate::web::app::App;
use crate::web::cookie::SessionCookie;

/// Says to scripts that somebody is signed in.
const HINT: &str = "boxoffice_in";
/// Says, signed, to which e-mail this browser signed in before.
const DEVICE: &str = "boxoffice_device";
/// How long a browser is known again.
const DEVICE_SECONDS: i64 = 180 * 24 * 3_600;

/// The cookies of a browser that signed in.
pub struct SignedIn(Vec<HeaderValue>);

impl SignedIn {
    pub fn give(self, mut response: Response) -> Response {
        for cookie in self.0 {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }
}

/// Signed in: the session's cookie first.
pub fn signed_in(app: &App, logged_in: &LoggedIn, email: &str) -> SignedIn {
    let seconds = logged_in.expires_at.as_second() - app.clock.now().as_second();
    let device: Device = rand::random();
    let device = app.keys.cursor.seal(&scope(email), &device);
    let cookies = [
        SessionCookie::of(&app.config).set(&logged_in.token, logged_in.expires_at, &app.clock),
        cookie(app, HINT, "1", seconds, false),
        cookie(app, DEVICE, &device, DEVICE_SECONDS, true),
    ];
    SignedIn(cookies.into_iter().flatten().collect())
}

/// Signed out. That the browser was here before stays: it is no right, only no stranger.
pub fn signed_out(app: &App, mut response: Response) -> Response {
    for gone in [SessionCookie::of(&app.config).clear(), cookie(app, HINT, "", 0, false)].into_iter().flatten() {
        response.headers_mut().append(SET_COOKIE, gone);
    }
    response
}

/// The browser, if it signed in to this e-mail before.
pub fn device(app: &App, headers: &HeaderMap, email: &str) -> Option<Device> {
    let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(';'));
    let mut found = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(name, _)| *name == DEVICE);
    app.keys.cursor.open(&scope(email), found.next()?.1).ok()
}

/// What the signature is bound to: this purpose, this e-mail.
fn scope(email: &str) -> String {
    format!("a known browser of {}", email_key(email))
}

fn cookie(app: &App, name: &str, value: &str, seconds: i64, hidden: bool) -> Option<HeaderValue> {
    let secure = if app.config.is_https() { "; Secure" } else { "" };
    let hidden = if hidden { "; HttpOnly" } else { "" };
    HeaderValue::try_from(format!("{name}={value}; Path=/; Max-Age={seconds}{hidden}; SameSite=Lax{secure}")).ok()
}
