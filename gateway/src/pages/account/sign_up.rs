//! Signing up: the account is made, and this browser signs in to it at once.

use axum::http::HeaderMap;
use axum::response::Response;
use people::NewAccount;

use crate::api::accounts::caller::Caller;
use crate::pages::account::entered::{Entered, onward};
use crate::pages::account::sign_in::log_in;
use crate::pages::params::FilledParams;
use crate::pages::shopper::KnownBuyer;
use crate::pages::show::{PageResult, go, show, show_as, words};
use crate::pages::view::account::{SignInPage, SignUpPage};
use crate::pages::view::checkout::FieldError;
use crate::pages::view::{Notice, Page};
use crate::web::app::App;
use crate::web::error::{ApiError, Code};
use crate::web::policy::CachePolicy;

/// The form.  `GET /account/new`
pub async fn sign_up_page(known: KnownBuyer, asked: FilledParams) -> PageResult<Response> {
    if known.0.is_some_and(|buyer| buyer.signed_in.is_some()) {
        return Ok(go("/account"));
    }
    let next = onward(asked.one("next")).to_owned();
    show(&SignUpPage { page: Page::private("Create an account"), next, ..SignUpPage::default() }, CachePolicy::Private)
}

/// Makes the account and signs in.  `POST /account/new`
///
/// Gives     303 to where the buyer came from; for an e-mail that has an account with another password, the page to sign in.
pub async fn sign_up(app: App, known: KnownBuyer, caller: Caller, headers: HeaderMap, entered: Entered) -> PageResult<Response> {
    let next = onward(&entered.next).to_owned();
    let buyer = known.0.filter(|buyer| buyer.signed_in.is_none()).map(|buyer| buyer.id);
    let Entered { name, email, password, .. } = &entered;
    let new = NewAccount { email: email.clone(), password: password.clone(), name: name.clone(), buyer };
    if let Err(error) = app.people.sign_up(new, caller.address).await.map_err(ApiError::from) {
        return refused(&error, entered);
    }
    match log_in(&app, caller, &headers, &entered).await {
        Ok(cookies) => Ok(cookies.give(go(&next))),
        Err(error) if error.code() == Code::LoginFailed => {
            let notice =
                Notice::new("warn", "Please sign in.", "If there is an account for this e-mail, it opens with its own password.");
            let Entered { email, .. } = entered;
            let page = SignInPage { page: Page::private("Sign in"), next, email, errors: Vec::new(), notice: Some(notice) };
            show(&page, CachePolicy::Private)
        }
        Err(error) if error.code() == Code::Internal => Err(error.into()),
        Err(error) => refused(&error, entered),
    }
}

fn refused(error: &ApiError, entered: Entered) -> PageResult<Response> {
    if error.code() == Code::Internal {
        return Err(error.clone().into());
    }
    let problem = error.problem("");
    let errors: Vec<FieldError> = problem.errors.iter().filter_map(|error| told(&error.field, &error.detail)).collect();
    let (title, detail) = words(error);
    let notice = errors.is_empty().then(|| Notice::new("bad", format!("{title}."), detail));
    let Entered { name, email, next, .. } = entered;
    let page =
        SignUpPage { page: Page::private("Create an account"), next: onward(&next).to_owned(), name, email, errors, notice };
    show_as(error.status(), &page, CachePolicy::Private)
}

/// What is wrong with a field, in words for people.
fn told(field: &str, detail: &str) -> Option<FieldError> {
    let (field, detail) = match field {
        "name" => ("name", "Please give your name.".to_owned()),
        "email" => ("email", "That does not look like an email address.".to_owned()),
        "password" => ("password", format!("The password {detail}.")),
        _ => return None,
    };
    Some(FieldError { field, detail })
}
