//! Signing in and out.

use axum::http::HeaderMap;
use axum::response::Response;
use people::Login;

use crate::api::accounts::caller::Caller;
use crate::pages::account::cookies;
use crate::pages::account::entered::{Entered, onward};
use crate::pages::params::FilledParams;
use crate::pages::shopper::KnownBuyer;
use crate::pages::show::{PageResult, go, show, show_as, words};
use crate::pages::view::account::SignInPage;
use crate::pages::view::checkout::FieldError;
use crate::pages::view::{Notice, Page};
use crate::web::app::App;
use crate::web::error::{ApiError, Code};
use crate::web::policy::CachePolicy;

/// The form.  `GET /account/login`
pub async fn sign_in_page(known: KnownBuyer, asked: FilledParams) -> PageResult<Response> {
    if known.0.is_some_and(|buyer| buyer.signed_in.is_some()) {
        return Ok(go("/account"));
    }
    let notice = asked.has("out", "yes").then(|| Notice::new("good", "You are signed out.", "See you soon."));
    let page = SignInPage {
        page: Page::private("Sign in"),
        next: onward(asked.one("next")).to_owned(),
        notice,
        ..SignInPage::default()
    };
    show(&page, CachePolicy::Private)
}

/// Signs in.  `POST /account/login`
///
/// Gives     303 to where the buyer came from; the same page again with what is wrong, and all that was typed but the password.
pub async fn sign_in(app: App, known: KnownBuyer, caller: Caller, headers: HeaderMap, entered: Entered) -> PageResult<Response> {
    drop(known);
    let next = onward(&entered.next).to_owned();
    match log_in(&app, caller, &headers, &entered).await {
        Ok(cookies) => Ok(cookies.give(go(&next))),
        Err(error) if error.code() == Code::Internal => Err(error.into()),
        Err(error) => refused(&error, entered),
    }
}

/// Signs in with what was typed, from this browser.
pub async fn log_in(app: &App, caller: Caller, headers: &HeaderMap, entered: &Entered) -> Result<cookies::SignedIn, ApiError> {
    let login = Login {
        email: entered.email.clone(),
        password: entered.password.clone(),
        before: caller.token,
        agent: caller.agent,
        address: caller.address,
        device: cookies::device(app, headers, &entered.email),
    };
    let logged_in = app.people.log_in(login).await?;
    Ok(cookies::signed_in(app, &logged_in, &entered.email))
}

fn refused(error: &ApiError, entered: Entered) -> PageResult<Response> {
    let wait = error.retry_after_seconds().unwrap_or(1);
    let errors = match error.code() {
        Code::LoginFailed => vec![FieldError { field: "email", detail: "The e-mail or the password is wrong.".to_owned() }],
        Code::RateLimited => vec![FieldError {
            field: "password",
            detail: format!("That was tried too often. Please wait {wait} seconds and try again; your account is not locked."),
        }],
        _ => Vec::new(),
    };
    let (title, detail) = words(error);
    let notice = errors.is_empty().then(|| Notice::new("bad", format!("{title}."), detail));
    let Entered { email, next, .. } = entered;
    let page = SignInPage { page: Page::private("Sign in"), next: onward(&next).to_owned(), email, errors, notice };
    show_as(error.status(), &page, CachePolicy::Private)
}

/// Signs out.  `POST /account/logout`
pub async fn sign_out(app: App, known: KnownBuyer, caller: Caller) -> PageResult<Response> {
    if let (Some(_), Some(token)) = (known.0, caller.token) {
        app.people.log_out(&token).await?;
    }
    Ok(cookies::signed_out(&app, go("/account/login?out=yes")))
}
