//! What a checkout asks for: how a hold is paid, and who buys.

use domain::Invalid;
use domain::text::is_blank;
use serde::{Deserialize, Serialize};

/// How a hold is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Method {
    /// Nothing is due.
    Free,
    /// Somebody takes the money. Booking knows nothing of who that is but the name.
    Provider(ProviderName),
}

/// What a provider is called in requests, rows and answers: 1 to 16 small letters and `_`, and not `free`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProviderName {
    letters: [u8; NAME_LETTERS],
    len: usize,
}

const NAME_LETTERS: usize = 16;
const FREE: &str = "free";

impl Method {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Free => FREE,
            Self::Provider(name) => name.as_str(),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        if text == FREE { Some(Self::Free) } else { ProviderName::parse(text).map(Self::Provider) }
    }
}

impl TryFrom<String> for Method {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, &'static str> {
        Self::parse(&text).ok_or("no way of paying")
    }
}

impl From<Method> for String {
    fn from(method: Method) -> Self {
        method.as_str().to_owned()
    }
}

impl ProviderName {
    pub const fn parse(text: &str) -> Option<Self> {
        let (bytes, mut letters, mut at) = (text.as_bytes(), [0; NAME_LETTERS], 0);
        if bytes.is_empty() || bytes.len() > NAME_LETTERS || matches!(bytes, b"free") {
            return None;
        }
        while at < bytes.len() {
            if !matches!(bytes[at], b'a'..=b'z' | b'_') {
                return None;
            }
            letters[at] = bytes[at];
            at += 1;
        }
        Some(Self { letters, len: bytes.len() })
    }

    /// A name that stands in the program. A wrong one does not compile where it is a constant.
    pub const fn of(text: &'static str) -> Self {
        match Self::parse(text) {
            Some(name) => name,
            None => panic!("no name of a provider"),
        }
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.letters[..self.len]).unwrap_or_default()
    }
}

impl std::fmt::Debug for ProviderName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
        self.faults().next().map_or(Ok(()), Err)
    }

    /// All that is wrong with who buys and who will sit there, field by field.
    pub fn faults(&self) -> impl Iterator<Item = Invalid> {
        let contact = [check_name("contact.name", &self.contact.name), check_email("contact.email", &self.contact.email)];
        let attendee = |(n, attendee): (usize, &Attendee)| check_name(&format!("attendees[{n}].name"), &attendee.name);
        contact.into_iter().chain(self.attendees.iter().enumerate().map(attendee)).filter_map(Result::err)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_of_paying_reads_as_it_is_written_and_nothing_else_is_one() {
        const SANDBOX: ProviderName = ProviderName::of("sandbox");
        for (text, method) in [("free", Method::Free), ("sandbox", Method::Provider(SANDBOX))] {
            assert_eq!(Method::parse(text), Some(method));
            assert_eq!(method.as_str(), text);
        }
        for wrong in ["", "Sandbox", "sand box", "sand-box", "sandbox1", "seventeenletters_", "\u{e9}", "free\0"] {
            assert_eq!(Method::parse(wrong), None, "{wrong}");
        }
        assert!(ProviderName::parse("free").is_none(), "nothing due is no provider's");
    }

    #[test]
    fn every_wrong_field_is_named() {
        let contact = |name: &str, email: &str| Contact { name: name.into(), email: email.into() };
        let named = |contact: Contact, attendees: &[&str]| {
            let attendees = attendees.iter().map(|name| Attendee { name: (*name).into() }).collect();
            let checkout = Checkout { method: Method::Free, contact, attendees };
            checkout.faults().map(|fault| fault.field).collect::<Vec<_>>()
        };
        assert!(named(contact("Ada", "ada@example.org"), &["Grace"]).is_empty());
        assert_eq!(named(contact(" ", "ada"), &["Grace", ""]), ["contact.name", "contact.email", "attendees[1].name"]);
        for email in ["ada@", "@example.org", "a da@example.org", "ada\0@example.org", &format!("{}@x.org", "a".repeat(250))] {
            assert_eq!(named(contact("Ada", email), &[]), ["contact.email"], "{email}");
        }
        assert_eq!(named(contact(&"x".repeat(201), "a@b"), &[]), ["contact.name"]);
        assert!(named(contact(&"x".repeat(200), "a@b"), &[]).is_empty());
        let first = |contact: Contact| contact.check().map_err(|fault| fault.field);
        assert_eq!([first(contact("Ada", "a@b")), first(contact("Ada", "ada"))], [Ok(()), Err("contact.email".to_owned())]);
        let alone = Checkout { method: Method::Free, contact: contact("Ada", "ada"), attendees: vec![] };
        assert_eq!(alone.check().map_err(|fault| fault.field), Err("contact.email".to_owned()));
    }
}
