//! Checked records whose references are still names: what the reader hands to the writer.

use domain::{EventStatus, Invalid, PerformerId};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use super::shape::{EventShape, PerformerShape, SeriesShape, VenueShape};
use crate::model::{Cast, More, NewEvent, NewPerformer, NewSeries, NewVenue, Precision};
use crate::write::check;

/// Records of one kind with their line numbers.
#[derive(Debug)]
pub(super) enum Drafts {
    Venues(Vec<(u64, VenueDraft)>),
    Performers(Vec<(u64, NewPerformer)>),
    Series(Vec<(u64, NewSeries)>),
    Events(Vec<(u64, EventDraft)>),
}

impl Drafts {
    /// How many of them are events.
    pub(super) fn events(&self) -> usize {
        if let Self::Events(events) = self { events.len() } else { 0 }
    }
}

#[derive(Debug)]
pub(super) struct VenueDraft {
    pub new: NewVenue,
    pub country_name: String,
    pub city_aliases: Vec<String>,
}

/// An event and the external ids it refers to; the bill's performers are yet without their ids.
#[derive(Debug)]
pub(super) struct EventDraft {
    pub new: NewEvent,
    pub venue: Option<String>,
    pub series: Option<String>,
    pub performers: Vec<String>,
}

/// What a record of a file is called, and by whom.
pub(super) trait Named {
    /// Its source, or nothing.
    fn source(&mut self) -> &mut String;
    fn external_id(&self) -> &str;
}

impl Named for VenueDraft {
    fn source(&mut self) -> &mut String {
        &mut self.new.source
    }

    fn external_id(&self) -> &str {
        self.new.external_id.as_deref().unwrap_or_default()
    }
}

impl Named for NewPerformer {
    fn source(&mut self) -> &mut String {
        &mut self.source
    }

    fn external_id(&self) -> &str {
        self.external_id.as_deref().unwrap_or_default()
    }
}

impl Named for NewSeries {
    fn source(&mut self) -> &mut String {
        &mut self.source
    }

    fn external_id(&self) -> &str {
        self.external_id.as_deref().unwrap_or_default()
    }
}

impl Named for EventDraft {
    fn source(&mut self) -> &mut String {
        &mut self.new.source
    }

    fn external_id(&self) -> &str {
        self.new.external_id.as_deref().unwrap_or_default()
    }
}

impl TryFrom<VenueShape> for VenueDraft {
    type Error = Invalid;
    fn try_from(shape: VenueShape) -> Result<Self, Invalid> {
        required("timezone", &shape.timezone)?;
        let mut shape = shape;
        shape.city_aliases.iter_mut().chain([&mut shape.country_name]).for_each(domain::text::unturn);
        shape.city_aliases.iter().try_for_each(|alias| check::name("city_aliases", alias))?;
        let new = NewVenue {
            external_id: id(shape.id)?,
            source: shape.source,
            name: shape.name,
            kind: shape.kind,
            city: shape.city,
            region: shape.region,
            country: shape.country,
            address: shape.address,
            postal_code: shape.postal_code,
            district: shape.district,
            lat: shape.lat,
            lon: shape.lon,
            timezone: shape.timezone,
            capacity: shape.capacity,
            aliases: shape.aliases,
            description: shape.description,
            image_id: None,
        };
        Ok(Self { new: check::venue(new)?, country_name: shape.country_name, city_aliases: shape.city_aliases })
    }
}

impl TryFrom<PerformerShape> for NewPerformer {
    type Error = Invalid;
    fn try_from(shape: PerformerShape) -> Result<Self, Invalid> {
        let mut instruments = shape.instruments;
        if !shape.instrument.is_empty() && !instruments.contains(&shape.instrument) {
            instruments.insert(0, shape.instrument);
        }
        let new = NewPerformer {
            external_id: id(shape.id)?,
            source: shape.source,
            name: shape.name,
            sort_name: shape.sort_name,
            kind: shape.kind,
            kinds: shape.kinds,
            instruments,
            sport: shape.sport,
            city: shape.city,
            country: shape.country,
            aliases: shape.aliases,
            description: shape.description,
            image_id: None,
        };
        check::performer(new)
    }
}

impl TryFrom<SeriesShape> for NewSeries {
    type Error = Invalid;
    fn try_from(shape: SeriesShape) -> Result<Self, Invalid> {
        let new = NewSeries {
            external_id: id(shape.id)?,
            source: shape.source,
            title: shape.title,
            kind: shape.kind,
            category: shape.category,
            description: shape.description,
            image_id: None,
        };
        check::series(new)
    }
}

impl TryFrom<EventShape> for EventDraft {
    type Error = Invalid;
    fn try_from(shape: EventShape) -> Result<Self, Invalid> {
        required("timezone", &shape.timezone)?;
        let cast = |role, instrument| Cast { performer_id: PerformerId(Uuid::nil()), role, instrument };
        let (performers, bill) = shape.performers.into_iter().map(|x| (x.id, cast(x.role, x.instrument))).unzip();
        let new = NewEvent {
            external_id: id(shape.id)?,
            source: shape.source,
            description: shape.description,
            category: shape.category,
            genre: shape.genre,
            event_type: shape.event_type,
            season: shape.season,
            topics: shape.topics,
            works: shape.works,
            performers: bill,
            ends_at: shape.end.as_deref().map(|text| instant("end", text)).transpose()?,
            doors_at: shape.doors.as_deref().map(|text| instant("doors", text)).transpose()?,
            start_precision: precision(&shape.start_precision)?,
            timezone: Some(shape.timezone),
            status: status(&shape.status)?,
            // Sources write addresses with spaces; a link has none.
            url: shape.url.trim().replace(' ', "%20"),
            online: shape.online,
            more: More {
                language: shape.language,
                released: shape.released.as_deref().map(released).transpose()?,
                extras: shape.extras.0,
            },
            ..NewEvent::titled(&shape.title, instant("start", &shape.start)?)
        };
        let new = check::event(new).map_err(in_the_files_words)?;
        Ok(Self { new, venue: shape.venue_id, series: shape.series_id, performers })
    }
}

fn released(text: &str) -> Result<Date, Invalid> {
    text.parse().map_err(|_| Invalid::new("released", "must be a day such as 1999-03-31"))
}

fn in_the_files_words(invalid: Invalid) -> Invalid {
    match invalid.field.as_str() {
        "starts_at" => Invalid::new("start", invalid.detail),
        "ends_at" => Invalid::new("end", invalid.detail.replace("starts_at", "start")),
        "doors_at" => Invalid::new("doors", invalid.detail.replace("starts_at", "start")),
        _ => invalid,
    }
}

fn id(id: String) -> Result<Option<String>, Invalid> {
    required("id", &id)?;
    check::external_id(Some(&id)).map_err(|invalid| Invalid::new("id", invalid.detail))?;
    Ok(Some(id))
}

fn required(field: &str, text: &str) -> Result<(), Invalid> {
    if text.is_empty() { Err(Invalid::new(field, "must be given")) } else { Ok(()) }
}

fn instant(field: &str, text: &str) -> Result<Timestamp, Invalid> {
    required(field, text)?;
    domain::time::instant(text).map_err(|fault| Invalid::new(field, format!("{text:?} {fault}")))
}

fn precision(text: &str) -> Result<Precision, Invalid> {
    match text {
        "" => Ok(Precision::Minute),
        text => {
            Precision::parse(text).ok_or_else(|| Invalid::new("start_precision", format!("{text:?} is neither minute nor day")))
        }
    }
}

fn status(text: &str) -> Result<EventStatus, Invalid> {
    if text.is_empty() { Ok(EventStatus::Scheduled) } else { check::status(text) }
}
