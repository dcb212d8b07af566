//! The records of catalogue files: what each kind may say. Absent means unknown; unknown fields are refused.
//!
//! Every field has a default, so that one field can be tried alone when a record does not fit: that is how the wrong one is named.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::model::{Extras, Work};

/// Fields whose CSV cells hold JSON: numbers, truth values, lists.
pub(super) const IN_JSON: [&str; 14] = [
    "lat",
    "lon",
    "capacity",
    "events",
    "online",
    "aliases",
    "city_aliases",
    "kinds",
    "instruments",
    "performers",
    "works",
    "topics",
    "popularity",
    "extras",
];

/// A venue. `events` is read and not kept: it follows from the events.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct VenueShape {
    pub id: String,
    pub name: String,
    pub kind: String,
    pub city: String,
    pub city_aliases: Vec<String>,
    pub district: String,
    pub region: String,
    pub country: String,
    pub country_name: String,
    pub address: String,
    pub postal_code: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub timezone: String,
    pub capacity: Option<u32>,
    pub aliases: Vec<String>,
    pub description: String,
    pub source: String,
    #[serde(rename = "events")]
    pub _events: Option<u64>,
}

/// A performer.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PerformerShape {
    pub id: String,
    pub name: String,
    pub sort_name: String,
    pub kind: String,
    pub kinds: Vec<String>,
    /// The first of `instruments`, which may be left out when there is only one.
    pub instrument: String,
    pub instruments: Vec<String>,
    pub sport: String,
    pub city: String,
    pub country: String,
    pub aliases: Vec<String>,
    pub description: String,
    pub source: String,
}

/// A series.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SeriesShape {
    pub id: String,
    pub title: String,
    pub kind: String,
    pub category: String,
    pub description: String,
    pub source: String,
}

/// An event. `start_local`, `end_local` and `source_id` are read and not kept: the first two follow from instant and zone.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct EventShape {
    pub id: String,
    pub title: String,
    pub description: String,
    pub category: String,
    pub genre: String,
    pub event_type: String,
    pub season: String,
    pub start: String,
    pub end: Option<String>,
    /// When people are let in.
    pub doors: Option<String>,
    pub start_precision: String,
    pub timezone: String,
    pub venue_id: Option<String>,
    pub series_id: Option<String>,
    pub performers: Vec<CastShape>,
    pub works: Vec<Work>,
    pub topics: Vec<String>,
    pub url: String,
    pub online: bool,
    pub status: String,
    pub source: String,
    /// A tag of BCP 47.
    pub language: String,
    /// The day on which what is shown came out.
    pub released: Option<String>,
    /// Whatever else the source knows.
    pub extras: Extras,
    #[serde(rename = "start_local")]
    pub _start_local: String,
    #[serde(rename = "end_local")]
    pub _end_local: String,
    #[serde(rename = "source_id")]
    pub _source_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct CastShape {
    pub id: String,
    pub role: String,
    pub instrument: String,
}

/// Why a record does not fit: the field, if one can be named, and what is wrong.
pub(super) type Misfit = (Option<String>, String);

/// Reads a line of JSON.
pub(super) fn from_line<T: DeserializeOwned>(line: &[u8]) -> Result<T, Misfit> {
    serde_json::from_slice(line).map_err(|fault| match serde_json::from_slice::<BTreeMap<String, &RawValue>>(line) {
        Ok(fields) => misfit::<T>(fields.iter().map(|(name, value)| (name.as_str(), value.get().to_owned())), &fault),
        Err(_) => (None, format!("is not a JSON object: {fault}")),
    })
}

/// Reads a record of cells.
pub(super) fn from_cells<T: DeserializeOwned>(cells: Map<String, Value>) -> Result<T, Misfit> {
    serde_json::from_value(Value::Object(cells.clone()))
        .map_err(|fault| misfit::<T>(cells.iter().map(|(name, value)| (name.as_str(), value.to_string())), &fault))
}

/// Tries each field alone; the first that does not fit is the one to name.
///
/// Takes     `fields`: each with its value as JSON, as it was written.
fn misfit<'a, T: DeserializeOwned>(fields: impl Iterator<Item = (&'a str, String)>, fault: &serde_json::Error) -> Misfit {
    for (name, value) in fields {
        let alone = format!("{{{}:{value}}}", Value::from(name));
        if let Err(fault) = serde_json::from_str::<T>(&alone) {
            return (Some(name.to_owned()), said(&fault));
        }
    }
    (None, fault.to_string())
}

/// What is wrong, without the place in a text that nobody wrote.
fn said(fault: &serde_json::Error) -> String {
    let text = fault.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(said, _)| said.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_does_not_fit_names_its_field() {
        let table = [
            (r#"{"id":"x","colour":"red"}"#, Some("colour")),
            (r#"{"id":7}"#, Some("id")),
            (r#"{"id":"x","title":null}"#, Some("title")),
            (r#"{"id":"x","performers":[{"id":"p","part":"lead"}]}"#, Some("performers")),
            (r#"{"id":"x","works":[{"title":7}]}"#, Some("works")),
            (r#"{"id":"x","online":"yes"}"#, Some("online")),
            (r#"{"id":"x","extras":{"a":1,"a":2}}"#, Some("extras")),
            (r#"{"id":"x","extras":{"a":36893488147419103232}}"#, Some("extras")),
            (r#"{"id":"x""#, None),
            ("[1]", None),
        ];
        for (line, field) in table {
            let (named, detail) = from_line::<EventShape>(line.as_bytes()).expect_err(line);
            assert_eq!(named.as_deref(), field, "{line}: {detail}");
        }
        assert!(from_line::<EventShape>(b"{\"id\":\"\xff\"}").is_err());
    }
}
