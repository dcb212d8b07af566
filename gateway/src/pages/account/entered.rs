//! What was typed into the forms of accounts: a password stays as it is, byte for byte; all else is trimmed.

use axum::extract::{FromRequest, RawForm, Request};

use crate::pages::show::PageError;
use crate::web::error::ApiError;
use crate::web::extract::pairs;

/// The fields of the form; those that are absent are empty.
#[derive(Default)]
pub struct Entered {
    pub name: String,
    pub email: String,
    pub password: String,
    /// Where to go on: a path of ours.
    pub next: String,
}

impl<S: Send + Sync> FromRequest<S> for Entered {
    type Rejection = PageError;
    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let RawForm(bytes) =
            RawForm::from_request(request, state).await.map_err(|_| ApiError::invalid("form", "cannot be read"))?;
        Ok(Self::of(pairs(&bytes)?))
    }
}

impl Entered {
    fn of(pairs: Vec<(String, String)>) -> Self {
        let mut entered = Self::default();
        for (field, value) in pairs {
            match field.as_str() {
                "name" => entered.name = value.trim().to_owned(),
                "email" => entered.email = value.trim().to_owned(),
                "password" => entered.password = value,
                "next" => entered.next = onward(&value).to_owned(),
                _ => {}
            }
        }
        entered
    }
}

/// A path of ours, or the account's page: nobody is led to another site after signing in.
pub fn onward(asked: &str) -> &str {
    let plain = asked.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if asked.starts_with('/') && !asked.starts_with("//") && plain && asked.len() <= 500 { asked } else { "/account" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        for path in ["/holds/1", "/me", "/search?q=a%20b"] {
            assert_eq!(onward(path), path);
        }
        for path in ["", "//evil.example", "https://evil.example", "/\\evil.example", "/a b", "javascript:alert(1)", "/\n/evil"] {
            assert_eq!(onward(path), "/account", "{path:?}");
        }
    }

    #[test]
    fn a_password_keeps_its_blanks() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let entered = Entered::of(vec![pair("email", " ada@example.org "), pair("password", "  two words  ")]);
        assert_eq!((entered.email.as_str(), entered.password.as_str()), ("ada@example.org", "  two words  "));
    }
}
