//! What facets and histograms say: values, labels for people, and counts.

use domain::money::{Currency, Money};
use domain::place::Place;
use serde::{Serialize, ser::SerializeMap};

use crate::search::question::query::FacetName;

/// Counts by value, each counted without the filter of its own name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facets(pub Vec<(FacetName, Vec<FacetValue>)>);

impl Facets {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get(&self, name: FacetName) -> &[FacetValue] {
        self.0.iter().find(|(facet, _)| *facet == name).map_or(&[], |(_, values)| values)
    }
}

impl Serialize for Facets {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, values) in &self.0 {
            map.serialize_entry(name.as_str(), values)?;
        }
        map.end()
    }
}

/// `value` is what the filter of the same name takes; `label` is for people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FacetValue {
    pub value: String,
    pub label: String,
    pub count: u64,
    /// Of a price band: the lowest and highest price (none: no upper end), as the filters price_min and price_max take them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub band: Option<PriceBand>,
    /// Of a venue, and of a city: where it is.
    #[serde(flatten)]
    pub place: Option<Place>,
}

impl FacetValue {
    pub fn new(value: String, label: String, count: u64) -> Self {
        Self { value, label, count, band: None, place: None }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PriceBand {
    pub price_min: Money,
    pub price_max: Option<Money>,
}

/// Counts on a scale, with the gaps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Histograms {
    /// Every month from the first to the last, on the venues' own calendars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<Vec<MonthBar>>,
    /// One for each currency, the most used first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Vec<PriceHistogram>>,
}

impl Histograms {
    pub fn is_empty(&self) -> bool {
        self.month.is_none() && self.price.is_none()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonthBar {
    pub month: String,
    pub count: u64,
}

/// How many events begin at which price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PriceHistogram {
    pub currency: Currency,
    pub count: u64,
    pub bars: Vec<PriceBar>,
}

/// Both ends inclusive, in minor units; the last band of all has no upper end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PriceBar {
    pub price_min: i64,
    pub price_max: Option<i64>,
    pub count: u64,
}
