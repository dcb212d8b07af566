//! Reading an upload: `multipart/form-data` with the fields `file` and `alt`, within limits.

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::StatusCode;
use bytes::{Bytes, BytesMut};
use renderer::photo::MAX_BYTES;
use sha2::{Digest as _, Sha256};

use crate::drawing::photo::too_long;
use crate::web::error::{ApiError, ApiResult, Code};

/// Longest upload: a file, and what a form writes around it.
pub const MAX_UPLOAD: usize = MAX_BYTES + (64 << 10);
/// Longest text that is read before it is judged: 500 characters in any script.
const MAX_ALT_BYTES: usize = 8 << 10;

/// What was sent.
#[derive(Debug, Default)]
pub struct Upload {
    pub file: Option<Bytes>,
    pub alt: Option<String>,
}

impl Upload {
    /// Reads a form to its end.
    ///
    /// Refuses   media_type_unsupported, bad_request (broken off), body_too_large, invalid: an unknown field, one given twice.
    pub async fn read(request: Request) -> ApiResult<Self> {
        let unfit = |_| ApiError::new(Code::MediaTypeUnsupported).detail("send multipart/form-data with the fields file and alt");
        let mut form = Multipart::from_request(request, &()).await.map_err(unfit)?;
        let mut upload = Self::default();
        while let Some(field) = form.next_field().await.map_err(|fault| broken(&fault))? {
            match field.name().unwrap_or("") {
                name @ ("file" | "alt") if upload.has(name) => return Err(ApiError::invalid(name, "is given twice")),
                "file" => upload.file = Some(bytes(field, MAX_BYTES).await?.ok_or_else(too_long)?),
                "alt" => upload.alt = Some(text(field).await?),
                name => return Err(ApiError::invalid(name, "is unknown; known are file, alt")),
            }
        }
        Ok(upload)
    }

    fn has(&self, name: &str) -> bool {
        if name == "file" { self.file.is_some() } else { self.alt.is_some() }
    }

    /// What a key under which an upload is remembered stands for.
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"POST\0/v1/images\0");
        hash.update(self.alt.as_deref().unwrap_or(""));
        hash.update([0]);
        hash.update(self.file.as_deref().unwrap_or_default());
        hash.finalize().into()
    }
}

/// A field's bytes; none when they are more than `limit`.
async fn bytes(mut field: Field<'_>, limit: usize) -> ApiResult<Option<Bytes>> {
    let mut read = BytesMut::new();
    while let Some(chunk) = field.chunk().await.map_err(|fault| broken(&fault))? {
        if read.len() + chunk.len() > limit {
            return Ok(None);
        }
        read.extend_from_slice(&chunk);
    }
    Ok(Some(read.freeze()))
}

async fn text(field: Field<'_>) -> ApiResult<String> {
    let bytes = bytes(field, MAX_ALT_BYTES).await?.ok_or_else(|| ApiError::invalid("alt", "must be at most 500 characters"))?;
    String::from_utf8(bytes.into()).map_err(|_| ApiError::invalid("alt", "must be UTF-8"))
}

fn broken(fault: &MultipartError) -> ApiError {
    match fault.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_long(),
        _ => ApiError::new(Code::BadRequest).detail("the form breaks off or is malformed"),
    }
}
