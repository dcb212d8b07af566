//! A visit: what the forms of one page carry, so that a browser that has no cookie yet is the same shopper however often it sends one of
//! them. When the answer to the first hold is lost, the cookie in it is lost too; sent again, the form finds its session and its seats.
//!
//! Only what a page of ours was given counts, and only for an hour: a word that anybody could think of must not be anybody's session.

use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::pages::form::new_key;
use crate::web::app::App;

/// What it is sealed for: no cursor is.
const FOR: &str = "\u{0}visit";
const TOKEN: &str = "\u{0}token of a visit";
/// How long the forms of a page keep their shopper, in seconds.
const KEPT: i64 = 3_600;

/// A new visit, for one page.
pub fn new_visit(app: &App) -> String {
    app.keys.cursor.seal(FOR, &(app.clock.now().as_second(), new_key()))
}

/// The token of the visit that a form names in its address, if it is one of ours and young enough.
pub fn token(app: &App, parts: &Parts) -> Option<String> {
    let visit = parts.uri.query()?.split('&').find_map(|pair| pair.strip_prefix("visit="))?;
    let (made, _): (i64, String) = app.keys.cursor.open(FOR, visit).ok()?;
    let age = app.clock.now().as_second() - made;
    // The seal holds a secret of ours: who knows the visit cannot work out the token without asking us.
    let token = || URL_SAFE_NO_PAD.encode(Sha256::digest(app.keys.cursor.seal(TOKEN, &visit)));
    (0..=KEPT).contains(&age).then(token)
}
