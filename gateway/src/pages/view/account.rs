//! The pages of accounts.

use askama::Template;

use super::checkout::FieldError;
use super::{Notice, Page};

#[derive(Debug, Default, Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    pub page: Page,
    /// Where to go on.
    pub next: String,
    pub email: String,
    pub errors: Vec<FieldError>,
    pub notice: Option<Notice>,
}

#[derive(Debug, Default, Template)]
#[template(path = "sign_up.html")]
pub struct SignUpPage {
    pub page: Page,
    pub next: String,
    pub name: String,
    pub email: String,
    pub errors: Vec<FieldError>,
    pub notice: Option<Notice>,
}

impl SignInPage {
    /// Whether a field is wrong.
    pub fn wrong(&self, field: &str) -> bool {
        self.errors.iter().any(|error| error.field == field)
    }
}

impl SignUpPage {
    pub fn wrong(&self, field: &str) -> bool {
        self.errors.iter().any(|error| error.field == field)
    }
}

#[derive(Debug, Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    pub page: Page,
    pub name: String,
    pub email: String,
    pub devices: Vec<Device>,
    /// Whether there are others than this browser.
    pub others: bool,
}

/// One session, as people say it.
#[derive(Debug, Clone)]
pub struct Device {
    pub id: String,
    pub name: String,
    pub address: String,
    pub since: String,
    pub seen: String,
    pub current: bool,
}
