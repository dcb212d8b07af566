//! What many hits show alike, with its JSON from when it was first written.

use std::ops::Deref;
use std::sync::OnceLock;

use serde::Serialize;

/// What many hits show, with its JSON from when it was first written.
#[derive(Debug)]
pub struct Prepared<T> {
    shown: T,
    json: OnceLock<Box<str>>,
}

impl<T> Prepared<T> {
    pub fn new(shown: T) -> Self {
        Self { shown, json: OnceLock::new() }
    }
}

impl<T: Serialize> Prepared<T> {
    pub fn json(&self) -> &str {
        let write = || serde_json::to_string(&self.shown).unwrap_or_else(|fault| unreachable!("a card is plain data: {fault}"));
        self.json.get_or_init(|| write().into())
    }
}

impl<T> Deref for Prepared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.shown
    }
}
