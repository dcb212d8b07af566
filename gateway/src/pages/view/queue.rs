//! The waiting room.

use askama::Template;

use super::checkout::EventLine;
use super::{Notice, Page};

#[derive(Debug, Template)]
#[template(path = "queue.html")]
pub struct QueuePage {
    pub page: Page,
    pub event: EventLine,
    /// Where the form is sent that enters.
    pub action: String,
    pub event_path: String,
    pub notice: Option<Notice>,
    pub title: String,
    /// What happens next.
    pub detail: String,
    /// How many wait, as people write it.
    pub waiting: Option<String>,
    /// The browser's place, while it waits.
    pub place: Option<QueuePlace>,
    /// SHA-256 of the seed that draws; empty where no lots are drawn.
    pub seed_hash: String,
    /// Under which name the browser's buyer stands in the published order, once lots are drawn.
    pub mark: Option<String>,
}

/// A place in line.
#[derive(Debug, Clone)]
pub struct QueuePlace {
    pub token: String,
    pub state: &'static str,
    pub version: u64,
    pub number: Option<String>,
    pub ahead: Option<String>,
    /// How many of all who wait are behind, for the bar.
    pub passed: u32,
    pub of: u32,
    /// In seconds, and in words.
    pub eta: Option<u32>,
    pub wait: Option<String>,
    /// How many places are left, where that is fewer than people ahead.
    pub scarce: Option<String>,
    /// Until the sale begins: in milliseconds, and in words.
    pub opens: Option<(i64, String)>,
    /// In how many seconds a page without scripts looks again.
    pub again: u32,
}
