//! An answer of the server, and how a snapshot shows it.

use reqwest::header::HeaderMap;
use serde_json::Value;

/// Status, headers and body of one answer.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.expect("a whole body").to_vec();
        Self { status, headers, body }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|fault| panic!("not JSON ({fault}): {} {}", self.status, self.text()))
    }

    /// The text of one field, found by JSON pointer.
    pub fn str(&self, pointer: &str) -> String {
        let body = self.json();
        let found = body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        found.unwrap_or_else(|| panic!("no text at {pointer}: {} {body:#}", self.status))
    }

    pub fn int(&self, pointer: &str) -> i64 {
        let body = self.json();
        body.pointer(pointer)
            .and_then(Value::as_i64)
            .unwrap_or_else(|| panic!("no number at {pointer}: {} {body:#}", self.status))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// All values of a header.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect()
    }

    pub fn etag(&self) -> String {
        self.header("etag").unwrap_or_else(|| panic!("no ETag: {} {}", self.status, self.text())).to_owned()
    }

    /// Asserts the status and gives itself back.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// Asserts a problem: status, `code`, content type and the fields that every problem has.
    #[track_caller]
    pub fn is_problem(self, status: u16, code: &str) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text());
        let body = self.json();
        assert_eq!(body["code"], code, "{body:#}");
        assert_eq!(body["status"], status, "{body:#}");
        for field in ["type", "title", "detail", "request_id"] {
            assert!(body[field].as_str().is_some_and(|text| !text.is_empty()), "no {field}: {body:#}");
        }
        self
    }

    /// Asserts that the problem names a field.
    #[track_caller]
    pub fn names(self, field: &str) -> Self {
        let body = self.json();
        let named = body["errors"].as_array().is_some_and(|errors| errors.iter().any(|error| error["field"] == field));
        assert!(named, "{field} is not named: {body:#}");
        self
    }

    /// The body without what differs between two answers to the same question.
    pub fn without_request_id(&self) -> String {
        let mut body = self.json();
        if let Some(object) = body.as_object_mut() {
            object.remove("request_id");
        }
        format!("{} {body}", self.status)
    }

    /// For snapshots: the status, the headers that matter, and the body with ids, times and secrets redacted.
    pub fn shown(&self) -> String {
        let mut out = format!("HTTP {}\n", self.status);
        for name in ["content-type", "cache-control", "surrogate-key", "www-authenticate", "allow", "retry-after"] {
            if let Some(value) = self.header(name) {
                out.push_str(&format!("{name}: {}\n", redacted_text(value)));
            }
        }
        for (name, shown) in [("location", redacted_text(self.header("location").unwrap_or_default())), ("etag", "[etag]".into())]
        {
            if self.header(name).is_some() {
                out.push_str(&format!("{name}: {shown}\n"));
            }
        }
        if self.body.is_empty() {
            return out;
        }
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(mut body) => {
                redact("", &mut body);
                out.push_str(&format!("\n{body:#}\n"));
            }
            Err(_) => out.push_str(&format!("\n[{} bytes]\n", self.body.len())),
        }
        out
    }
}

const SECRET: [&str; 10] =
    ["number", "order_number", "token", "code", "request_id", "next_cursor", "charge_id", "signature", "x", "sha256"];
const MOVING: [&str; 3] = ["seconds_left", "generation", "version"];

fn redact(name: &str, value: &mut Value) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| redact(name, value)),
        Value::Array(items) => items.iter_mut().for_each(|value| redact(name, value)),
        Value::Number(_) if MOVING.contains(&name) => *value = Value::String(format!("[{name}]")),
        Value::String(_) if MOVING.contains(&name) => *value = Value::String(format!("[{name}]")),
        // A problem's code is short words; a ticket's code is a secret. A seat's number is no order's.
        Value::String(text) if SECRET.contains(&name) && is_secret(name, text) => *text = format!("[{name}]"),
        Value::String(text) => *text = redacted_text(text),
        _ => {}
    }
}

fn is_secret(name: &str, text: &str) -> bool {
    match name {
        "code" => text.len() > 40,
        "number" => text.len() == 11,
        _ => true,
    }
}

/// Replaces ids by `[id]`, instants by `[time]` and this server's address by `[server]`.
fn redacted_text(text: &str) -> String {
    if text.parse::<jiff::Timestamp>().is_ok() {
        return "[time]".to_owned();
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if rest.get(..36).is_some_and(|head| head.parse::<uuid::Uuid>().is_ok()) {
            out.push_str("[id]");
            rest = &rest[36..];
        } else if let Some(tail) = rest.strip_prefix("http://127.0.0.1:") {
            out.push_str("http://[server]");
            rest = tail.trim_start_matches(|c: char| c.is_ascii_digit());
        } else if let Some(tail) = rest.strip_prefix("?key=") {
            out.push_str("?key=[key]");
            rest = tail.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}
