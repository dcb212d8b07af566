//! What is said where no handler is asked, put into the words of every other error: what the HTTP layer says by itself when a head cannot
//! be read, and that an address has as many sockets as it may.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use domain::{Clock, EventId};

use crate::web::error::{ApiError, Code};
use crate::web::extract::json_bytes;

/// The longest empty answer of the HTTP layer.
const LONGEST: usize = 256;

/// Where an empty 4xx of the HTTP layer begins, if `bytes` end with one. Every answer of ours names its request; that one does not.
pub fn begins(bytes: &[u8]) -> Option<usize> {
    if !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let tail = bytes.len().saturating_sub(LONGEST);
    // every answer is looked at: by one letter first
    let begins =
        |at: &usize| bytes[*at] == b'H' && [b"HTTP/1.1 4", b"HTTP/1.0 4"].iter().any(|line| bytes[*at..].starts_with(*line));
    (tail..bytes.len()).rev().find(begins).filter(|at| status(&bytes[*at..]).is_some())
}

fn status(bytes: &[u8]) -> Option<StatusCode> {
    let text = std::str::from_utf8(bytes).ok()?;
    let head = text.strip_suffix("\r\n\r\n")?.to_ascii_lowercase();
    let empty = head.contains("\r\ncontent-length: 0") && !head.contains("\r\nx-request-id:") && !head.contains("\r\n\r\n");
    StatusCode::from_bytes(text.get(9..12)?.as_bytes()).ok().filter(|status| status.is_client_error() && empty)
}

/// The whole answer in place of that empty one.
pub fn problem(bytes: &[u8], clock: &Clock) -> Vec<u8> {
    let status = status(bytes).unwrap_or(StatusCode::BAD_REQUEST);
    let error = ApiError::new(Code::of_status(status));
    let id = EventId::at(clock.now()).to_string();
    let body = json_bytes(&error.problem(&id)).unwrap_or_default();
    let reason = status.canonical_reason().unwrap_or("Bad Request");
    let head = format!(
        "HTTP/1.1 {} {reason}\r\ncontent-type: application/problem+json\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n\
         x-request-id: {id}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        status.as_u16(),
        body.len()
    );
    metrics::counter!("http_unreadable_total", "status" => status.as_str().to_owned()).increment(1);
    [head.into_bytes(), body].concat()
}

/// To a client who has as many sockets as one address may have.
pub fn refused(clock: &Clock) -> Response {
    let id = EventId::at(clock.now()).to_string();
    let error = ApiError::new(Code::Busy).detail("this address has as many sockets open as it may");
    let mut response = Response::new(Body::from(json_bytes(&error.problem(&id)).unwrap_or_default()));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    for (name, value) in [(CONTENT_TYPE, "application/problem+json"), (CACHE_CONTROL, "no-store"), (RETRY_AFTER, "1")] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_empty_answer_of_the_http_layer_is_put_into_words() {
        let clock = Clock::manual("2027-03-12T12:00:00Z".parse().expect("an instant"));
        for (status, code) in
            [("400 Bad Request", "bad_request"), ("414 URI Too Long", "uri_too_long"), ("431 Too Large", "headers_too_large")]
        {
            let empty = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\ndate: now\r\n\r\n");
            assert_eq!(begins(empty.as_bytes()), Some(0));
            assert_eq!(begins(format!("the end of another{empty}").as_bytes()), Some(18));
            let told = String::from_utf8(problem(empty.as_bytes(), &clock)).expect("text");
            let (head, body) = told.split_once("\r\n\r\n").expect("a head and a body");
            let problem: serde_json::Value = serde_json::from_str(body).expect("JSON");
            assert_eq!(problem["code"], code);
            assert!(
                head.contains(&format!("content-length: {}", body.len())) && head.contains("application/problem+json"),
                "{head}"
            );
        }
        for other in [
            "HTTP/1.1 404 Not Found\r\nx-request-id: a\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\nab",
            "{\"a\":1}",
            "",
        ] {
            assert_eq!(begins(other.as_bytes()), None, "{other:?}");
        }
    }
}
