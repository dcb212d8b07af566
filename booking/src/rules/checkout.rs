//! What a checkout asks for: how a hold is paid, and who buys.

use domain::text::is_blank;
use serde::{Deserialize, Serialize};

use crate::rules::invalid::Invalid;

/// How a hold is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Nothing is due.
    Free,
    /// Our own hosted page.
    Sandbox,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Sandbox => "sandbox",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Free, Self::Sandbox].into_iter().find(|method| method.as_str() == text)
    }
}

/// Who buys, as tickets and mails will say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub name: String,
    pub email: String,
}

/// Who will sit there: one per place, in the order of the hold's seats; missing ones are the contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    pub method: Method,
    pub contact: Contact,
    pub attendees: Vec<Attendee>,
}

const MAX_NAME_CHARS: usize = 200;
/// Source: RFC 5321, section 4.5.3.1.3, less the angle brackets.
const MAX_EMAIL_BYTES: usize = 254;

impl Contact {
    /// Refuses   a name that nothing is seen of or of more than 200 characters, and what is no e-mail address.
    pub fn check(&self) -> Result<(), Invalid> {
        check_name("contact.name", &self.name)?;
        check_email("contact.email", &self.email)
    }
}

impl Checkout {
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        self.contact.check()?;
        self.attendees
            .iter()
            .enumerate()
            .try_for_each(|(n, attendee)| check_name(&format!("attendees[{n}].name"), &attendee.name))
    }
}

fn check_name(field: &str, name: &str) -> Result<(), Invalid> {
    if is_blank(name) || name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
        return Err(Invalid::new(field, format!("must be 1 to {MAX_NAME_CHARS} characters, none of them control characters")));
    }
    Ok(())
}

fn check_email(field: &str, email: &str) -> Result<(), Invalid> {
    let plain = email.len() <= MAX_EMAIL_BYTES && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    match email.rsplit_once('@') {
        Some((local, host)) if plain && !local.is_empty() && !host.is_empty() => Ok(()),
        _ => Err(Invalid::new(field, "must be an e-mail address")),
    }
}
