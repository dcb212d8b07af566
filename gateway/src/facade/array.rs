//! Bare arrays, sent while they are read: a page of rows at a time, however many there are.

use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use futures::stream;

use super::refused::{FacadeResult, Refused};
use crate::web::error::ApiError;

/// What an array is read from.
pub trait Pages: Send + 'static {
    /// Writes the next elements, each behind a comma; nothing is written when there are none.
    ///
    /// Gives     whether others may follow.
    fn next(&mut self, to: &mut Vec<u8>) -> impl Future<Output = FacadeResult<bool>> + Send;
}

/// An answer with all elements. What goes wrong before the first page is sent is an error; after it, the answer breaks off.
pub async fn array(mut pages: impl Pages) -> FacadeResult<Response> {
    let mut first = Vec::new();
    let more = pages.next(&mut first).await?;
    let begun = !first.is_empty();
    if begun {
        first[0] = b'[';
    } else {
        first.push(b'[');
    }
    if !more {
        first.push(b']');
        return Ok(answer(Body::from(first)));
    }
    let rest = stream::unfold(Some((pages, begun)), |state| async move {
        let (mut pages, mut begun) = state?;
        let mut piece = Vec::new();
        let more = match pages.next(&mut piece).await {
            Ok(more) => more,
            Err(refused) => return Some((Err(broken(refused)), None)),
        };
        if !begun && !piece.is_empty() {
            // the bracket went out alone
            (piece[0], begun) = (b' ', true);
        }
        if !more {
            piece.push(b']');
        }
        Some((Ok(Bytes::from(piece)), more.then_some((pages, begun))))
    });
    let all = futures::StreamExt::chain(stream::iter([Ok(Bytes::from(first))]), rest);
    Ok(answer(Body::from_stream(all)))
}

fn answer(body: Body) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

/// Logged here, since the status is long said.
fn broken(refused: Refused) -> std::io::Error {
    let why = match refused {
        Refused::Other(error) => told(&error),
        refused => format!("{refused:?}"),
    };
    tracing::error!(why, "an array broke off");
    std::io::Error::other("the rest could not be read")
}

fn told(error: &ApiError) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pages of so many elements each; the last one may fail.
    struct Counted(std::vec::IntoIter<usize>, u32);

    impl Pages for Counted {
        async fn next(&mut self, to: &mut Vec<u8>) -> FacadeResult<bool> {
            let elements = self.0.next().unwrap_or(0);
            if elements == 99 {
                return Err(Refused::Unknown);
            }
            for _ in 0..elements {
                self.1 += 1;
                to.extend_from_slice(format!(",{}", self.1).as_bytes());
            }
            Ok(self.0.len() > 0)
        }
    }

    async fn read(pages: Vec<usize>) -> Result<Vec<u32>, String> {
        let answer = array(Counted(pages.into_iter(), 0)).await.map_err(|refused| format!("{refused:?}"))?;
        let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.map_err(|_| "broke off".to_owned())?;
        serde_json::from_slice(&bytes).map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&bytes)))
    }

    #[tokio::test]
    async fn pages_make_one_array_whatever_their_lengths() {
        for (pages, all) in [
            (vec![], 0),
            (vec![0], 0),
            (vec![3], 3),
            (vec![2, 2, 1], 5),
            (vec![0, 2], 2),
            (vec![0, 0, 2, 0, 1], 3),
            (vec![1, 0], 1),
            (vec![0, 0], 0),
        ] {
            assert_eq!(read(pages.clone()).await, Ok((1..=all).collect()), "{pages:?}");
        }
    }

    #[tokio::test]
    async fn what_goes_wrong_is_never_a_whole_array() {
        assert_eq!(read(vec![99]).await, Err("Unknown".to_owned()));
        assert_eq!(read(vec![2, 99]).await, Err("broke off".to_owned()));
    }
}
