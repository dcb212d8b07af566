//! A posted form: its fields, and the key that makes sending it twice do it once.

use axum::extract::{FromRequest, RawForm, Request};
use booking::Idempotency;
use sha2::{Digest, Sha256};

use crate::pages::params::FilledParams;
use crate::pages::show::PageError;
use crate::web::error::ApiError;
use crate::web::extract::pairs;

/// The fields of a form, in their order.
#[derive(Debug, Clone)]
pub struct Form {
    pub fields: FilledParams,
    fingerprint: [u8; 32],
}

impl Form {
    /// The key hidden in the form, or a new one where there is none; what was asked goes with it.
    pub fn idempotency(&self) -> Idempotency {
        let key = self.fields.one("key");
        let fit = (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        Idempotency { key: if fit { key.to_owned() } else { new_key() }, fingerprint: self.fingerprint }
    }
}

/// A random key for one form.
pub fn new_key() -> String {
    hex::encode(rand::random::<[u8; 16]>())
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = PageError;
    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let path = request.uri().path().to_owned();
        let RawForm(bytes) =
            RawForm::from_request(request, state).await.map_err(|_| ApiError::invalid("form", "cannot be read"))?;
        let mut hash = Sha256::new();
        hash.update(path);
        hash.update([0]);
        hash.update(&bytes);
        Ok(Self { fields: FilledParams::new(pairs(&bytes)?), fingerprint: hash.finalize().into() })
    }
}
