//! Events: one performance at one venue at one time.

use std::collections::BTreeMap;

use domain::time::zone;
use domain::{EventId, EventStatus, ImageId, Money, OrphanRule, PerformerId, Place, SeatMapId, SeriesId, Tier, TierId, VenueId};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{More, Picture, Pictured};

/// How exactly the start is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    #[default]
    Minute,
    /// Only the day is known; `starts_at` is local midnight.
    Day,
}

impl Precision {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Day => "day",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Minute, Self::Day].into_iter().find(|precision| precision.as_str() == text)
    }

    /// When something that starts then counts as begun, and is sold no more: what only has a day lasts it, by the calendar of its zone.
    /// The function `day_over` in the database says the same.
    pub fn over(self, starts_at: Timestamp, timezone: &str) -> Timestamp {
        let next_day = |zone| starts_at.to_zoned(zone).tomorrow().ok()?.start_of_day().ok();
        match self {
            Self::Minute => starts_at,
            Self::Day => zone(timezone)
                .and_then(next_day)
                .map(|day| day.timestamp())
                .or_else(|| starts_at.checked_add(SignedDuration::from_hours(24)).ok())
                .unwrap_or(starts_at),
        }
    }
}

/// A piece that is played or shown; the shape stored in `events.works`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Work {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub composer: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub composer_id: String,
    pub title: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub movements: Vec<String>,
}

/// Who is on stage, as stored; their order is the bill's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cast {
    pub performer_id: PerformerId,
    pub role: String,
    pub instrument: String,
}

/// Who is on stage, with the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CastMember {
    pub performer_id: PerformerId,
    pub slug: String,
    pub name: String,
    pub role: String,
    pub instrument: String,
}

/// An event as stored, with its bill.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRow {
    pub id: EventId,
    pub external_id: Option<String>,
    pub slug: String,
    pub title: String,
    pub description: String,
    pub category: String,
    pub genre: String,
    pub event_type: String,
    pub season: String,
    pub topics: Vec<String>,
    pub works: Vec<Work>,
    pub series_id: Option<SeriesId>,
    pub venue_id: Option<VenueId>,
    pub performers: Vec<Cast>,
    pub starts_at: Timestamp,
    pub ends_at: Option<Timestamp>,
    /// When people are let in: at the start or up to a day before it.
    pub doors_at: Option<Timestamp>,
    pub start_precision: Precision,
    pub timezone: String,
    pub status: EventStatus,
    pub url: String,
    pub online: bool,
    pub source: String,
    pub popularity: u32,
    pub seat_map_id: Option<SeatMapId>,
    /// Of one currency; `price_from` and `price_to` follow from them.
    pub tiers: Vec<Tier>,
    /// Section or area id → tier, where the map's own tier does not hold.
    pub tier_of: BTreeMap<String, TierId>,
    pub sale_opens_at: Option<Timestamp>,
    pub sale_closes_at: Option<Timestamp>,
    pub buyer_limit: Option<u32>,
    pub queue_required: bool,
    /// Whether a buyer's own choice may leave single seats.
    pub orphan_rule: OrphanRule,
    pub more: More,
}

impl EventRow {
    /// When it counts as begun.
    pub fn over_at(&self) -> Timestamp {
        self.start_precision.over(self.starts_at, &self.timezone)
    }

    /// Whether it says nothing of what is sold, and when: all that an import does not know of.
    pub fn has_no_terms(&self) -> bool {
        let Self {
            popularity,
            seat_map_id,
            tiers,
            tier_of,
            sale_opens_at,
            sale_closes_at,
            buyer_limit,
            queue_required,
            orphan_rule,
            ..
        } = self;
        let sold = seat_map_id.is_some() || !tiers.is_empty() || !tier_of.is_empty() || *popularity > 0;
        let when = sale_opens_at.is_some() || sale_closes_at.is_some();
        let how = buyer_limit.is_some() || *queue_required || *orphan_rule != OrphanRule::default();
        !(sold || when || how)
    }

    /// The cheapest and the dearest tier.
    pub fn price_range(&self) -> Option<(Money, Money)> {
        let from = self.tiers.iter().map(|tier| tier.price).min_by_key(|price| price.amount)?;
        let to = self.tiers.iter().map(|tier| tier.price).max_by_key(|price| price.amount)?;
        Some((from, to))
    }

    /// When the doors open, as the venue's wall shows it: `19:00`, or `Thu 23:30` where that is another day than the start's.
    pub fn doors(&self) -> Option<String> {
        let zone = zone(&self.timezone).unwrap_or(TimeZone::UTC);
        let (doors, start) = (self.doors_at?.to_zoned(zone.clone()), self.starts_at.to_zoned(zone));
        let format = if doors.date() == start.date() { "%H:%M" } else { "%a %H:%M" };
        Some(doors.strftime(format).to_string())
    }
}

/// An event with its neighbours, its edition and its version.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub row: EventRow,
    pub cast: Vec<CastMember>,
    pub venue: Option<EventVenue>,
    /// Slug and title of `row.series_id`.
    pub series: Option<EventSeries>,
    pub image: Pictured,
    /// Places of the seat map, if there is one.
    pub capacity: Option<u32>,
    /// Grows when what a ticket shows changes.
    pub edition: u32,
    /// Grows with every change.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The venue as an event's card shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct EventVenue {
    pub id: VenueId,
    pub slug: String,
    pub name: String,
    pub address: String,
    pub postal_code: String,
    /// `None` when only the country is known.
    pub city_id: Option<domain::CityId>,
    pub city: String,
    pub region: String,
    pub country: String,
    pub country_name: String,
    pub place: Option<Place>,
}

/// The series as an event's card shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct EventSeries {
    pub id: SeriesId,
    pub slug: String,
    pub title: String,
    pub kind: String,
}

/// What an organiser writes of an event; tiers have their own verb.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    pub external_id: Option<String>,
    /// Who calls it so: ids of one source never stand for another's.
    pub source: String,
    pub title: String,
    pub description: String,
    pub category: String,
    pub genre: String,
    pub event_type: String,
    pub season: String,
    pub topics: Vec<String>,
    pub works: Vec<Work>,
    pub series_id: Option<SeriesId>,
    pub venue_id: Option<VenueId>,
    pub performers: Vec<Cast>,
    pub starts_at: Timestamp,
    pub ends_at: Option<Timestamp>,
    pub doors_at: Option<Timestamp>,
    pub start_precision: Precision,
    /// The venue's when absent.
    pub timezone: Option<String>,
    pub status: EventStatus,
    pub url: String,
    pub online: bool,
    pub popularity: u32,
    pub seat_map_id: Option<SeatMapId>,
    /// Without a seat map: sells this many places without numbers.
    pub capacity: Option<u32>,
    pub sale_opens_at: Option<Timestamp>,
    pub sale_closes_at: Option<Timestamp>,
    pub buyer_limit: Option<u32>,
    pub queue_required: bool,
    pub image_id: Option<ImageId>,
    /// Whether a buyer's own choice may leave single seats.
    pub orphan_rule: OrphanRule,
    pub more: More,
}

impl NewEvent {
    /// An event with a title and a start and nothing else.
    pub fn titled(title: &str, starts_at: Timestamp) -> Self {
        Self {
            external_id: None,
            source: String::new(),
            title: title.to_owned(),
            description: String::new(),
            category: String::new(),
            genre: String::new(),
            event_type: String::new(),
            season: String::new(),
            topics: Vec::new(),
            works: Vec::new(),
            series_id: None,
            venue_id: None,
            performers: Vec::new(),
            starts_at,
            ends_at: None,
            doors_at: None,
            start_precision: Precision::Minute,
            timezone: None,
            status: EventStatus::Scheduled,
            url: String::new(),
            online: false,
            popularity: 0,
            seat_map_id: None,
            capacity: None,
            sale_opens_at: None,
            sale_closes_at: None,
            buyer_limit: None,
            queue_required: false,
            image_id: None,
            orphan_rule: OrphanRule::default(),
            more: More::default(),
        }
    }
}

/// A change to an event: what is `None` stays; `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventPatch {
    pub external_id: Option<Option<String>>,
    pub source: Option<String>,
    pub title: Option<String>,
    pub description: Option<String>,
    pub category: Option<String>,
    pub genre: Option<String>,
    pub event_type: Option<String>,
    pub season: Option<String>,
    pub topics: Option<Vec<String>>,
    pub works: Option<Vec<Work>>,
    pub series_id: Option<Option<SeriesId>>,
    pub venue_id: Option<Option<VenueId>>,
    pub performers: Option<Vec<Cast>>,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Option<Timestamp>>,
    pub doors_at: Option<Option<Timestamp>>,
    pub start_precision: Option<Precision>,
    pub timezone: Option<String>,
    pub status: Option<EventStatus>,
    pub url: Option<String>,
    pub online: Option<bool>,
    pub popularity: Option<u32>,
    pub seat_map_id: Option<Option<SeatMapId>>,
    pub capacity: Option<Option<u32>>,
    pub sale_opens_at: Option<Option<Timestamp>>,
    pub sale_closes_at: Option<Option<Timestamp>>,
    pub buyer_limit: Option<Option<u32>>,
    pub queue_required: Option<bool>,
    pub image_id: Option<Option<ImageId>>,
    pub orphan_rule: Option<OrphanRule>,
    pub language: Option<String>,
    pub released: Option<Option<Date>>,
    pub extras: Option<Map<String, Value>>,
}

/// The image stands beside the row and is not filled in.
impl From<&EventRow> for NewEvent {
    fn from(row: &EventRow) -> Self {
        let row = row.clone();
        Self {
            external_id: row.external_id,
            source: row.source,
            title: row.title,
            description: row.description,
            category: row.category,
            genre: row.genre,
            event_type: row.event_type,
            season: row.season,
            topics: row.topics,
            works: row.works,
            series_id: row.series_id,
            venue_id: row.venue_id,
            performers: row.performers,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            doors_at: row.doors_at,
            start_precision: row.start_precision,
            timezone: Some(row.timezone),
            status: row.status,
            url: row.url,
            online: row.online,
            popularity: row.popularity,
            seat_map_id: row.seat_map_id,
            capacity: None,
            sale_opens_at: row.sale_opens_at,
            sale_closes_at: row.sale_closes_at,
            buyer_limit: row.buyer_limit,
            queue_required: row.queue_required,
            image_id: None,
            orphan_rule: row.orphan_rule,
            more: row.more,
        }
    }
}

impl EventPatch {
    pub fn apply(self, to: &mut NewEvent) {
        super::set(&mut to.external_id, self.external_id);
        super::set(&mut to.source, self.source);
        super::set(&mut to.title, self.title);
        super::set(&mut to.description, self.description);
        super::set(&mut to.category, self.category);
        super::set(&mut to.genre, self.genre);
        super::set(&mut to.event_type, self.event_type);
        super::set(&mut to.season, self.season);
        super::set(&mut to.topics, self.topics);
        super::set(&mut to.works, self.works);
        super::set(&mut to.series_id, self.series_id);
        super::set(&mut to.venue_id, self.venue_id);
        super::set(&mut to.performers, self.performers);
        super::set(&mut to.starts_at, self.starts_at);
        super::set(&mut to.ends_at, self.ends_at);
        super::set(&mut to.doors_at, self.doors_at);
        super::set(&mut to.start_precision, self.start_precision);
        super::set(&mut to.timezone, self.timezone.map(Some));
        super::set(&mut to.status, self.status);
        super::set(&mut to.url, self.url);
        super::set(&mut to.online, self.online);
        super::set(&mut to.popularity, self.popularity);
        super::set(&mut to.seat_map_id, self.seat_map_id);
        super::set(&mut to.capacity, self.capacity);
        super::set(&mut to.sale_opens_at, self.sale_opens_at);
        super::set(&mut to.sale_closes_at, self.sale_closes_at);
        super::set(&mut to.buyer_limit, self.buyer_limit);
        super::set(&mut to.queue_required, self.queue_required);
        super::set(&mut to.image_id, self.image_id);
        super::set(&mut to.orphan_rule, self.orphan_rule);
        super::set(&mut to.more.language, self.language);
        super::set(&mut to.more.released, self.released);
        super::set(&mut to.more.extras, self.extras);
    }
}

/// What `PUT …/tiers` takes: the price categories, and which section or area has another than its map says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewTiers {
    pub tiers: Vec<Tier>,
    pub tier_of: BTreeMap<String, TierId>,
}

/// What the indexer reads of an event: scalars and ids, and no more than its document says. Venues, performers and
/// series are few: the indexer loads them once and looks the ids up.
#[derive(Debug, Clone, PartialEq)]
pub struct EventSource {
    pub id: EventId,
    pub external_id: Option<String>,
    pub slug: String,
    pub title: String,
    pub description: String,
    pub category: String,
    pub genre: String,
    pub event_type: String,
    pub season: String,
    pub topics: Vec<String>,
    pub works: Vec<Work>,
    pub series_id: Option<SeriesId>,
    pub venue_id: Option<VenueId>,
    pub performers: Vec<Cast>,
    pub starts_at: Timestamp,
    pub ends_at: Option<Timestamp>,
    pub start_precision: Precision,
    pub timezone: String,
    pub status: EventStatus,
    pub popularity: u32,
    /// Cheapest and dearest tier in minor units of `currency`.
    pub price_from: Option<i64>,
    pub price_to: Option<i64>,
    pub currency: Option<String>,
    pub tiers: Vec<Tier>,
    /// Has a seat map, tiers and an opening time: something can be sold.
    pub on_sale: bool,
    pub sale_opens_at: Option<Timestamp>,
    pub sale_closes_at: Option<Timestamp>,
    /// Its own; what stands in for it is known beside it.
    pub image: Option<Picture>,
    pub more: More,
}
