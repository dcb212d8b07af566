//! What a hit shows: of a document only what its columns do not say is stored beside the index; neighbours are referred to.
//!
//! | shown | stands in |
//! |---|---|
//! | id, start, category, genre, zone, prices, sale, number of events | columns of their own |
//! | venue, performers, series, picture, ids and names of tiers; of their own documents name, slug, external id too | the rows of the dictionary columns (`row`) |
//! | title, end, status, roles, whatever does not follow from something else | the card |

use std::borrow::Cow;

use domain::event::{Availability, EventStatus};
use domain::text::slug;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use uuid::Uuid;

use super::packed::{Packer, Unpacker};
use crate::model::Precision;

/// The stored card of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct EventCard<'a> {
    pub external_id: Option<&'a str>,
    pub slug: Cow<'a, str>,
    pub title: &'a str,
    pub status: EventStatus,
    pub precision: Precision,
    /// Seconds after the start.
    pub lasts: Option<i64>,
    pub cast: Vec<CastCard<'a>>,
    /// The tiers' prices in their order, each as what it is above the event's lowest in the column.
    pub above_lowest: Vec<i64>,
    pub language: &'a str,
    pub released: Option<Date>,
    /// As JSON; empty without any.
    pub extras: Cow<'a, str>,
}

/// Who is on stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CastCard<'a> {
    /// The performer, as a place among the document's values of the column.
    pub at: usize,
    pub role: &'a str,
}

/// The stored card of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesCard {
    pub external_id: Option<String>,
    pub kind: String,
}

/// The stored card of a performer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PerformerCard {
    pub kind: String,
    pub city: String,
    pub country: String,
}

/// The stored card of a venue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VenueCard {
    pub kind: String,
    pub timezone: String,
    pub capacity: Option<u32>,
}

/// What an event's card has beside its title; the status stands above.
mod has {
    pub const SLUG: u64 = 1;
    pub const EXTERNAL_ID: u64 = 1 << 1;
    pub const LENGTH: u64 = 1 << 2;
    pub const DAY_ONLY: u64 = 1 << 3;
    pub const STATUS: u32 = 4;
    pub const STATUSES: u64 = 7;
    pub const TIERS: u64 = 1 << 7;
    pub const LANGUAGE: u64 = 1 << 8;
    pub const RELEASED: u64 = 1 << 9;
    pub const EXTRAS: u64 = 1 << 10;
}

impl<'a> EventCard<'a> {
    pub fn pack(&self) -> Vec<u8> {
        let follows = slug(self.title);
        let own_slug = (self.slug != follows).then(|| shared(&follows, &self.slug));
        let flag = |bit: u64, set: bool| if set { bit } else { 0 };
        let status = EventStatus::ALL.iter().position(|status| *status == self.status).unwrap_or(0) as u64;
        let mut to = Packer::default();
        to.number(
            flag(has::SLUG, own_slug.is_some())
                | flag(has::EXTERNAL_ID, self.external_id.is_some())
                | flag(has::LENGTH, self.lasts.is_some())
                | flag(has::DAY_ONLY, self.precision == Precision::Day)
                | flag(has::TIERS, !self.above_lowest.is_empty())
                | flag(has::LANGUAGE, !self.language.is_empty())
                | flag(has::RELEASED, self.released.is_some())
                | flag(has::EXTRAS, !self.extras.is_empty())
                | status << has::STATUS,
        );
        to.text(self.title);
        if let Some(shared) = own_slug {
            to.number(shared as u64);
            to.text(&self.slug[shared..]);
        }
        self.external_id.iter().for_each(|id| to.text(id));
        self.lasts.iter().for_each(|seconds| to.signed(*seconds));
        to.number(self.cast.len() as u64);
        for cast in &self.cast {
            to.number(cast.at as u64);
            to.text(cast.role);
        }
        if !self.above_lowest.is_empty() {
            to.number(self.above_lowest.len() as u64);
        }
        // none is below, so nothing is spent on a sign
        self.above_lowest.iter().for_each(|above| to.number(above.cast_unsigned()));
        [self.language, &self.extras].into_iter().filter(|text| !text.is_empty()).for_each(|text| to.text(text));
        self.released.iter().for_each(|day| to.signed(super::day_number(*day)));
        to.into_bytes()
    }

    pub fn unpack(bytes: &'a [u8]) -> Option<Self> {
        let mut from = Unpacker::new(bytes);
        let flags = from.number()?;
        let set = |bit: u64| flags & bit != 0;
        let title = from.text()?;
        Some(Self {
            slug: if set(has::SLUG) { own_slug(slug(title), &mut from)? } else { slug(title) }.into(),
            title,
            external_id: if set(has::EXTERNAL_ID) { Some(from.text()?) } else { None },
            lasts: if set(has::LENGTH) { Some(from.signed()?) } else { None },
            precision: if set(has::DAY_ONLY) { Precision::Day } else { Precision::Minute },
            status: *EventStatus::ALL.get((flags >> has::STATUS & has::STATUSES) as usize)?,
            cast: (0..from.number()?).map(|_| CastCard::unpack(&mut from)).collect::<Option<_>>()?,
            above_lowest: (0..if set(has::TIERS) { from.number()? } else { 0 })
                .map(|_| from.number().map(u64::cast_signed))
                .collect::<Option<_>>()?,
            language: if set(has::LANGUAGE) { from.text()? } else { "" },
            extras: if set(has::EXTRAS) { from.text()? } else { "" }.into(),
            released: if set(has::RELEASED) { Some(super::date_of(from.signed()?)?) } else { None },
        })
    }

    /// The title alone.
    pub fn title(bytes: &'a [u8]) -> Option<&'a str> {
        let mut from = Unpacker::new(bytes);
        from.number()?;
        from.text()
    }
}

/// How many bytes two slugs begin with alike, whole characters only.
fn shared(follows: &str, own: &str) -> usize {
    let differ = follows.chars().zip(own.char_indices()).find(|(known, (_, own))| known != own);
    differ.map_or(follows.len().min(own.len()), |(_, (at, _))| at)
}

/// A slug that begins with some of the one that follows from the title: most go on with a place and a day.
fn own_slug(mut follows: String, from: &mut Unpacker<'_>) -> Option<String> {
    let shared = usize::try_from(from.number()?).ok().filter(|shared| follows.is_char_boundary(*shared))?;
    follows.truncate(shared);
    follows.push_str(from.text()?);
    Some(follows)
}

impl<'a> CastCard<'a> {
    fn unpack(from: &mut Unpacker<'a>) -> Option<Self> {
        Some(Self { at: usize::try_from(from.number()?).ok()?, role: from.text()? })
    }
}

impl SeriesCard {
    pub fn pack(&self) -> Vec<u8> {
        let mut to = Packer::default();
        to.text(&self.kind);
        self.external_id.iter().for_each(|id| to.text(id));
        to.into_bytes()
    }

    pub fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut from = Unpacker::new(bytes);
        Some(Self { kind: from.text()?.to_owned(), external_id: from.text().map(str::to_owned) })
    }
}

impl PerformerCard {
    pub fn pack(&self) -> Vec<u8> {
        let mut to = Packer::default();
        [&self.kind, &self.city, &self.country].into_iter().for_each(|text| to.text(text));
        to.into_bytes()
    }

    pub fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut from = Unpacker::new(bytes);
        let mut text = || from.text().map(str::to_owned);
        Some(Self { kind: text()?, city: text()?, country: text()? })
    }
}

impl VenueCard {
    pub fn pack(&self) -> Vec<u8> {
        let mut to = Packer::default();
        to.text(&self.kind);
        to.text(&self.timezone);
        self.capacity.iter().for_each(|capacity| to.number(u64::from(*capacity)));
        to.into_bytes()
    }

    pub fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut from = Unpacker::new(bytes);
        let (kind, timezone) = (from.text()?.to_owned(), from.text()?.to_owned());
        Some(Self { kind, timezone, capacity: from.number().and_then(|capacity| u32::try_from(capacity).ok()) })
    }
}

/// When something can be bought: the badge of an event that has sold nothing yet follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sale {
    pub cancelled: bool,
    /// Seconds since the epoch; `None` when nothing is sold.
    pub window: Option<(i64, i64)>,
}

impl Sale {
    /// The badge before booking has said anything else, or `None` if the sale is open and booking's word counts.
    pub fn closed_badge(&self, now: Timestamp) -> Option<Availability> {
        match self.window {
            _ if self.cancelled => Some(Availability::Cancelled),
            Some((opens, closes)) if (opens..closes).contains(&now.as_second()) => None,
            _ => Some(Availability::NotOnSale),
        }
    }
}

/// A series as its dates show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeriesRef {
    pub id: Uuid,
    pub slug: String,
    pub title: String,
}

/// A venue as what happens there shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VenueRef {
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    pub slug: String,
    pub name: String,
    pub city_id: Option<Uuid>,
    pub city: String,
    pub country: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
}

/// A picture as hits show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImageRef {
    pub url: String,
    pub width: u32,
    pub height: u32,
    pub alt: String,
}

/// A performer as a bill shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PerformerRef {
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    pub slug: String,
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_follows_the_sale_window() {
        let at = |second| Timestamp::from_second(second).expect("in range");
        let open = Sale { cancelled: false, window: Some((10, 20)) };
        let table = [
            (open, 9, Some(Availability::NotOnSale)),
            (open, 10, None),
            (open, 19, None),
            (open, 20, Some(Availability::NotOnSale)),
            (Sale { cancelled: true, ..open }, 15, Some(Availability::Cancelled)),
            (Sale { cancelled: false, window: None }, 15, Some(Availability::NotOnSale)),
        ];
        for (sale, second, badge) in table {
            assert_eq!(sale.closed_badge(at(second)), badge, "{sale:?} at {second}");
        }
    }

    #[test]
    fn a_card_is_read_as_it_was_written_and_what_follows_takes_no_place() {
        let plain = EventCard {
            external_id: None,
            slug: "night-owls".into(),
            title: "Night Owls",
            status: EventStatus::Scheduled,
            precision: Precision::Minute,
            lasts: None,
            cast: vec![],
            above_lowest: vec![],
            language: "",
            released: None,
            extras: "".into(),
        };
        let more = EventCard {
            above_lowest: vec![9_500, 0, -1, i64::MAX],
            language: "pt-BR",
            released: Some(jiff::civil::date(1869, 12, 31)),
            extras: r#"{"a":1}"#.into(),
            ..plain.clone()
        };
        assert_eq!(plain.pack().len(), 1 + 1 + "Night Owls".len() + 1);
        let cast = vec![CastCard { at: 1, role: "support" }, CastCard { at: 0, role: "" }];
        let whole = EventCard {
            external_id: Some(""),
            slug: "".into(),
            status: EventStatus::Abandoned,
            precision: Precision::Day,
            lasts: Some(-3_600),
            cast,
            ..plain.clone()
        };
        let slugs = ["night-owls-la-paz-2026-11-22", "night", "night-öwls", "other"];
        assert_eq!(slugs.map(|slug| shared("night-owls", slug)), [10, 5, 6, 0]);
        let slugs = slugs.map(|slug| EventCard { slug: slug.into(), ..plain.clone() });
        for card in slugs.into_iter().chain([plain, whole, more]) {
            let packed = card.pack();
            assert_eq!(EventCard::title(&packed), Some("Night Owls"));
            assert_eq!(EventCard::unpack(&packed[..packed.len() - 1]), None, "cut off");
            assert_eq!(EventCard::unpack(&packed), Some(card));
        }
        for external_id in [None, Some(String::new()), Some("s-1".into())] {
            let card = SeriesCard { external_id, kind: "tour".into() };
            assert_eq!(SeriesCard::unpack(&card.pack()), Some(card));
        }
        for capacity in [None, Some(0), Some(90_000)] {
            let card = VenueCard { kind: "hall".into(), timezone: "UTC".into(), capacity };
            assert_eq!(VenueCard::unpack(&card.pack()), Some(card));
        }
        let card = PerformerCard { kind: "band".into(), city: String::new(), country: "DE".into() };
        assert_eq!(PerformerCard::unpack(&card.pack()), Some(card));
    }
}
