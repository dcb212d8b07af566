//! What a catalogue's fields may hold. Pure: the same rules for organisers and for imports.
//!
//! What is checked is given back as it may be stored: without the marks that would turn what is shown beside it.

use std::collections::HashSet;

use domain::text::{is_blank, unturn};
use domain::{EventStatus, Invalid, Place, Tier, TierId};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::model::{Cast, More, NewEvent, NewPerformer, NewSeries, NewTiers, NewVenue, Precision, Work};
use crate::store::event_performers::MAX_CAST;

const MAX_NAME_CHARS: usize = 300;
const MAX_WORD_CHARS: usize = 100;
const MAX_TEXT_CHARS: usize = 20_000;
const MAX_EXTERNAL_ID_CHARS: usize = 200;
const MAX_URL_CHARS: usize = 2_000;
const MAX_ALT_CHARS: usize = 500;
const MAX_ALIASES: usize = 50;
const MAX_TOPICS: usize = 50;
const MAX_WORKS: usize = 200;
const MAX_MOVEMENTS: usize = 200;
const MAX_CAPACITY: u32 = 1_000_000;
const MAX_BUYER_LIMIT: u32 = 1_000;
const MAX_POPULARITY: u32 = 1_000_000_000;
const MAX_LANGUAGE_CHARS: usize = 35;
/// Free fields of an event: as JSON, and how deep.
const MAX_EXTRAS_BYTES: usize = 4_096;
const MAX_EXTRAS_DEPTH: usize = 5;
const MAX_PRICE: i64 = 10_000_000_000;
/// How long before the start doors may open.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);
/// The years 1000 to 9999: what four digits say.
const YEARS_S: std::ops::RangeInclusive<i64> = -30_610_224_000..=253_402_300_799;

type Checked<T = ()> = Result<T, Invalid>;

fn no(field: &str, detail: impl Into<String>) -> Checked {
    Err(Invalid::new(field, detail))
}

pub fn venue(mut new: NewVenue) -> Checked<NewVenue> {
    let NewVenue { name: own, kind, city: place_name, region, address, postal_code, district, description, .. } = &mut new;
    [own, kind, place_name, region, address, postal_code, district, description].into_iter().for_each(unturn);
    new.aliases.iter_mut().for_each(unturn);

    external_id(new.external_id.as_deref())?;
    source(&new.source)?;
    name("name", &new.name)?;
    for (field, text) in
        [("venue_kind", &new.kind), ("region", &new.region), ("district", &new.district), ("postal_code", &new.postal_code)]
    {
        line(field, text, MAX_WORD_CHARS)?;
    }
    line("city", &new.city, MAX_WORD_CHARS)?;
    line("address", &new.address, MAX_NAME_CHARS)?;
    country("country", &new.country)?;
    place(new.lat, new.lon)?;
    if !new.timezone.is_empty() {
        timezone(&new.timezone)?;
    }
    at_most("capacity", new.capacity, MAX_CAPACITY)?;
    names("aliases", &new.aliases, MAX_ALIASES)?;
    prose("description", &new.description)?;
    Ok(new)
}

/// What a picture shows, in words: for those who do not see it.
pub fn alt(text: &str) -> Checked<String> {
    let mut text = text.trim().to_owned();
    unturn(&mut text);
    if is_blank(&text) {
        return Err(Invalid::new("alt", "must say what the picture shows"));
    }
    line("alt", &text, MAX_ALT_CHARS)?;
    Ok(text)
}

pub fn performer(mut new: NewPerformer) -> Checked<NewPerformer> {
    let NewPerformer { name: own, sort_name, kind, sport, city, description, .. } = &mut new;
    [own, sort_name, kind, sport, city, description].into_iter().for_each(unturn);
    [&mut new.kinds, &mut new.instruments, &mut new.aliases].into_iter().flatten().for_each(unturn);

    external_id(new.external_id.as_deref())?;
    source(&new.source)?;
    name("name", &new.name)?;
    line("sort_name", &new.sort_name, MAX_NAME_CHARS)?;
    for (field, text) in [("performer_kind", &new.kind), ("sport", &new.sport), ("city", &new.city)] {
        line(field, text, MAX_WORD_CHARS)?;
    }
    country("country", &new.country)?;
    names("kinds", &new.kinds, MAX_ALIASES)?;
    names("instruments", &new.instruments, MAX_ALIASES)?;
    names("aliases", &new.aliases, MAX_ALIASES)?;
    prose("description", &new.description)?;
    Ok(new)
}

pub fn series(mut new: NewSeries) -> Checked<NewSeries> {
    [&mut new.title, &mut new.kind, &mut new.category, &mut new.description].into_iter().for_each(unturn);

    external_id(new.external_id.as_deref())?;
    source(&new.source)?;
    name("title", &new.title)?;
    line("series_kind", &new.kind, MAX_WORD_CHARS)?;
    line("category", &new.category, MAX_WORD_CHARS)?;
    prose("description", &new.description)?;
    Ok(new)
}

pub fn event(mut new: NewEvent) -> Checked<NewEvent> {
    let NewEvent { title, description, category, genre, event_type, season, .. } = &mut new;
    [title, description, category, genre, event_type, season].into_iter().for_each(unturn);
    new.topics.iter_mut().for_each(unturn);
    for Work { title, composer, movements, .. } in &mut new.works {
        [title, composer].into_iter().chain(movements).for_each(unturn);
    }
    new.performers.iter_mut().flat_map(|cast| [&mut cast.role, &mut cast.instrument]).for_each(unturn);

    external_id(new.external_id.as_deref())?;
    source(&new.source)?;
    name("title", &new.title)?;
    let words = [("category", &new.category), ("genre", &new.genre), ("event_type", &new.event_type), ("season", &new.season)];
    words.into_iter().try_for_each(|(field, text)| line(field, text, MAX_WORD_CHARS))?;
    prose("description", &new.description)?;
    names("topics", &new.topics, MAX_TOPICS)?;
    works(&new.works)?;
    bill(&new.performers)?;
    url(&new.url)?;
    if let Some(name) = &new.timezone {
        timezone(name)?;
    }
    at_most("popularity", Some(new.popularity), MAX_POPULARITY)?;
    more(&new.more)?;
    times(new.starts_at, new.ends_at)?;
    doors(&new)?;
    sale(&new)?;
    Ok(new)
}

fn more(more: &More) -> Checked {
    let mut parts = more.language.split('-');
    let first = parts.next().unwrap_or_default();
    let plain = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let tag = first.bytes().all(|byte| byte.is_ascii_lowercase()) && plain(first, 2..=3) && parts.all(|part| plain(part, 1..=8));
    if !(more.language.is_empty() || tag && more.language.len() <= MAX_LANGUAGE_CHARS) {
        return no("language", "must be a tag of BCP 47, such as en or pt-BR");
    }
    if more.released.is_some_and(|day| !(1_000..=9_999).contains(&day.year())) {
        return no("released", "must lie in the years 1000 to 9999");
    }
    let extras = Value::Object(more.extras.clone());
    if holds_nul(&extras) {
        return no("extras", "must not hold NUL");
    }
    if depth(&extras) > MAX_EXTRAS_DEPTH {
        return no("extras", format!("must be at most {MAX_EXTRAS_DEPTH} levels deep"));
    }
    if extras.to_string().len() > MAX_EXTRAS_BYTES {
        return no("extras", format!("must be at most {MAX_EXTRAS_BYTES} bytes of JSON"));
    }
    Ok(())
}

/// Whether some text of it holds what PostgreSQL's JSON cannot.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

/// How many levels of objects and lists stand in each other.
fn depth(value: &Value) -> usize {
    match value {
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn sale(new: &NewEvent) -> Checked {
    if new.capacity == Some(0) {
        return no("capacity", "must be at least 1");
    }
    at_most("capacity", new.capacity, MAX_CAPACITY)?;
    if new.capacity.is_some() && new.venue_id.is_none() {
        return no("venue_id", "places are sold at a venue: name it");
    }
    if new.buyer_limit == Some(0) {
        return no("buyer_limit", "must be at least 1");
    }
    at_most("buyer_limit", new.buyer_limit, MAX_BUYER_LIMIT)?;
    for (field, at) in [("sale_opens_at", new.sale_opens_at), ("sale_closes_at", new.sale_closes_at)] {
        at.map_or(Ok(()), |at| year(field, at))?;
    }
    match (new.sale_opens_at, new.sale_closes_at) {
        (None, Some(_)) => no("sale_opens_at", "must be there when sale_closes_at is"),
        (Some(opens), Some(closes)) if closes <= opens => no("sale_closes_at", "must be after sale_opens_at"),
        _ => Ok(()),
    }
}

pub fn times(starts_at: Timestamp, ends_at: Option<Timestamp>) -> Checked {
    year("starts_at", starts_at)?;
    let Some(ends_at) = ends_at else { return Ok(()) };
    year("ends_at", ends_at)?;
    if ends_at < starts_at { no("ends_at", "must not be before starts_at") } else { Ok(()) }
}

/// Doors that open long before the start are those of another day: an event was moved, and its doors were not.
fn doors(new: &NewEvent) -> Checked {
    let Some(doors_at) = new.doors_at else { return Ok(()) };
    let earliest = new.starts_at.saturating_sub(LONGEST_WAIT).unwrap_or(new.starts_at);
    match () {
        () if new.start_precision == Precision::Day => no("doors_at", "needs a start whose hour is known"),
        () if doors_at > new.starts_at => no("doors_at", "must not be after starts_at"),
        () if doors_at < earliest => no("doors_at", "must be at most 24 hours before starts_at"),
        () => year("doors_at", doors_at),
    }
}

fn year(field: &str, at: Timestamp) -> Checked {
    if YEARS_S.contains(&at.as_second()) { Ok(()) } else { no(field, "must lie in the years 1000 to 9999") }
}

pub fn works(works: &[Work]) -> Checked {
    at_most("works", u32::try_from(works.len()).ok(), MAX_WORKS as u32)?;
    for (n, work) in works.iter().enumerate() {
        name(&format!("works[{n}].title"), &work.title)?;
        line(&format!("works[{n}].composer"), &work.composer, MAX_NAME_CHARS)?;
        line(&format!("works[{n}].composer_id"), &work.composer_id, MAX_EXTERNAL_ID_CHARS)?;
        names(&format!("works[{n}].movements"), &work.movements, MAX_MOVEMENTS)?;
    }
    Ok(())
}

pub fn bill(cast: &[Cast]) -> Checked {
    at_most("performers", u32::try_from(cast.len()).ok(), MAX_CAST as u32)?;
    for (n, member) in cast.iter().enumerate() {
        line(&format!("performers[{n}].role"), &member.role, MAX_WORD_CHARS)?;
        line(&format!("performers[{n}].instrument"), &member.instrument, MAX_WORD_CHARS)?;
    }
    Ok(())
}

/// Checks tiers alone: 1 to 35, ids once each, one currency, sane prices.
pub fn tiers(mut new: NewTiers) -> Checked<NewTiers> {
    new.tiers.iter_mut().for_each(|tier| unturn(&mut tier.name));
    if new.tiers.is_empty() || new.tiers.len() > TierId::COUNT {
        no("tiers", format!("must be 1 to {}", TierId::COUNT))?;
    }
    let mut ids = HashSet::new();
    for (n, tier) in new.tiers.iter().enumerate() {
        name(&format!("tiers[{n}].name"), &tier.name)?;
        price(n, tier, &new.tiers[0])?;
        if !ids.insert(tier.id) {
            no(&format!("tiers[{n}].id"), "is there twice")?;
        }
    }
    Ok(new)
}

fn price(n: usize, tier: &Tier, first: &Tier) -> Checked {
    if !(0..=MAX_PRICE).contains(&tier.price.amount) {
        return no(&format!("tiers[{n}].price.amount"), format!("must be 0 to {MAX_PRICE}"));
    }
    if !tier.price.currency.is_listed() {
        return no(&format!("tiers[{n}].price.currency"), "is not a currency of ISO 4217");
    }
    if tier.price.currency != first.price.currency {
        return no(&format!("tiers[{n}].price.currency"), "must be the same for all tiers");
    }
    Ok(())
}

pub fn external_id(id: Option<&str>) -> Checked {
    match id {
        Some("") => no("external_id", "must not be empty"),
        // the venues of that interface are found by these: nobody else may stand in for one
        Some(id) if id.starts_with(crate::store::concerts::VENUES) => {
            no("external_id", "is kept for the TicketOverflow interface")
        }
        Some(id) => line("external_id", id, MAX_EXTERNAL_ID_CHARS),
        None => Ok(()),
    }
}

/// Who gives external ids: a word of theirs, or nothing.
pub fn source(source: &str) -> Checked {
    line("source", source, MAX_WORD_CHARS)
}

/// A name or title: 1 to 300 characters, something to see among them, no control characters.
pub fn name(field: &str, text: &str) -> Checked {
    if is_blank(text) && !text.chars().any(char::is_control) {
        return no(field, "must not be empty: nothing of it is seen");
    }
    line(field, text, MAX_NAME_CHARS)
}

fn names(field: &str, texts: &[String], limit: usize) -> Checked {
    at_most(field, u32::try_from(texts.len()).ok(), limit as u32)?;
    texts.iter().enumerate().try_for_each(|(n, text)| name(&format!("{field}[{n}]"), text))
}

/// One line of text, perhaps empty.
fn line(field: &str, text: &str, limit: usize) -> Checked {
    if text.len() > limit && text.chars().count() > limit {
        return no(field, format!("must be at most {limit} characters"));
    }
    if text.chars().any(char::is_control) { no(field, "must not hold control characters") } else { Ok(()) }
}

/// Several lines of text, perhaps empty.
fn prose(field: &str, text: &str) -> Checked {
    if text.len() > MAX_TEXT_CHARS && text.chars().count() > MAX_TEXT_CHARS {
        return no(field, format!("must be at most {MAX_TEXT_CHARS} characters"));
    }
    let wrong = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(wrong) { no(field, "must not hold control characters but line ends and tabs") } else { Ok(()) }
}

pub fn country(field: &str, code: &str) -> Checked {
    let plain = code.is_empty() || (code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()));
    if plain { Ok(()) } else { no(field, "must be two capital letters (ISO 3166-1 alpha-2)") }
}

fn place(lat: Option<f64>, lon: Option<f64>) -> Checked {
    match (lat, lon) {
        (None, None) => Ok(()),
        (Some(_), None) => no("lon", "must be there when lat is"),
        (None, Some(_)) => no("lat", "must be there when lon is"),
        (Some(lat), Some(lon)) if Place::new(lat, lon).is_some() => Ok(()),
        (Some(lat), Some(_)) if (-90.0..=90.0).contains(&lat) => no("lon", "must be -180 to 180"),
        _ => no("lat", "must be -90 to 90"),
    }
}

pub fn timezone(name: &str) -> Checked {
    if domain::time::zone(name).is_some() { Ok(()) } else { no("timezone", format!("{name:?} is no IANA time zone")) }
}

fn url(text: &str) -> Checked {
    line("url", text, MAX_URL_CHARS)?;
    let plain =
        text.is_empty() || ((text.starts_with("https://") || text.starts_with("http://")) && !text.contains(char::is_whitespace));
    if plain { Ok(()) } else { no("url", "must begin with https:// or http:// and hold no spaces") }
}

fn at_most(field: &str, value: Option<u32>, limit: u32) -> Checked {
    match value {
        Some(value) if value > limit => no(field, format!("{value} is more than {limit}")),
        _ => Ok(()),
    }
}

pub fn status(text: &str) -> Result<EventStatus, Invalid> {
    let known = || EventStatus::ALL.map(EventStatus::as_str).join(", ");
    EventStatus::parse(text).ok_or_else(|| Invalid::new("status", format!("{text:?} is none of {}", known())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::fixture::{new_event, new_venue, tiers as some_tiers};

    fn field<T>(checked: Checked<T>) -> Option<String> {
        checked.err().map(|invalid| invalid.field)
    }

    #[test]
    fn what_an_event_says_more_is_bounded_and_names_its_field() {
        let more = |language: &str, extras: Value| More {
            language: language.into(),
            released: None,
            extras: extras.as_object().cloned().unwrap_or_default(),
        };
        let deep = |levels: usize| (1..levels).fold(serde_json::json!({}), |inner, _| serde_json::json!({ "a": inner }));
        let table = [
            (more("", Value::Null), None),
            (more("en", serde_json::json!({ "age": 12 })), None),
            (more("pt-BR", deep(5)), None),
            (more("English", Value::Null), Some("language")),
            (more("e", Value::Null), Some("language")),
            (more("en-", Value::Null), Some("language")),
            (more("en_GB", Value::Null), Some("language")),
            (more("en", deep(6)), Some("extras")),
            (more("en", serde_json::json!({ "a": "x".repeat(4_097) })), Some("extras")),
            (more("en", serde_json::json!({ "a": ["\0"] })), Some("extras")),
            (more("en", serde_json::json!({ "\0": 1 })), Some("extras")),
            (more("en", serde_json::json!({ "a": "\\u0000" })), None),
            (More { released: Some(jiff::civil::date(999, 1, 1)), ..More::default() }, Some("released")),
        ];
        for (more, expected) in table {
            let new = NewEvent { more: more.clone(), ..new_event("Night") };
            assert_eq!(field(event(new)).as_deref(), expected, "{more:?}");
        }
    }

    #[test]
    fn a_wrong_venue_names_its_field() {
        type Spoil = fn(&mut NewVenue);
        let table: [(Spoil, Option<&str>); 18] = [
            (|_| {}, None),
            (|v| v.name = "\u{200b}".into(), Some("name")),
            (|v| v.aliases = vec!["\u{202e}\u{2060}".into()], Some("aliases[0]")),
            (|v| v.name = "x".repeat(300), None),
            (|v| v.name = "é".repeat(300), None),
            (|v| v.name = "x".repeat(301), Some("name")),
            (|v| v.name = "  ".into(), Some("name")),
            (|v| v.name = "two\nlines".into(), Some("name")),
            (|v| v.name = "nul\0".into(), Some("name")),
            (|v| v.country = "au".into(), Some("country")),
            (|v| v.lon = None, Some("lon")),
            (|v| v.lat = None, Some("lat")),
            (|v| v.lat = Some(91.0), Some("lat")),
            (|v| v.lon = Some(f64::NAN), Some("lon")),
            (|v| v.timezone = "Mars/Olympus".into(), Some("timezone")),
            (|v| v.capacity = Some(MAX_CAPACITY + 1), Some("capacity")),
            (|v| v.aliases = vec!["a".into(), String::new()], Some("aliases[1]")),
            (|v| v.external_id = Some(String::new()), Some("external_id")),
        ];
        for (n, (spoil, wanted)) in table.into_iter().enumerate() {
            let mut new = new_venue("Hall");
            spoil(&mut new);
            assert_eq!(field(venue(new)).as_deref(), wanted, "row {n}");
        }
    }

    #[test]
    fn a_wrong_event_names_its_field() {
        type Spoil = fn(&mut NewEvent);
        let table: [(Spoil, Option<&str>); 22] = [
            (|_| {}, None),
            (|e| e.title = "\u{200b}\u{feff}".into(), Some("title")),
            (|e| e.title = String::new(), Some("title")),
            (|e| e.title = "bell\u{7}".into(), Some("title")),
            (|e| e.title = "<b>שלום\u{202e}</b>".into(), None),
            (|e| e.ends_at = "2027-03-12T08:59:59Z".parse().ok(), Some("ends_at")),
            (|e| e.ends_at = Some(e.starts_at), None),
            (|e| e.starts_at = Timestamp::MIN, Some("starts_at")),
            (|e| e.doors_at = "2027-03-12T09:00:01Z".parse().ok(), Some("doors_at")),
            (|e| e.doors_at = Some(e.starts_at), None),
            (|e| e.doors_at = "2027-03-11T09:00:00Z".parse().ok(), None),
            (|e| e.doors_at = "2027-03-11T08:59:59Z".parse().ok(), Some("doors_at")),
            (|e| e.doors_at = Some(Timestamp::MIN), Some("doors_at")),
            (
                |e| {
                    e.doors_at = Some(e.starts_at);
                    e.start_precision = Precision::Day;
                },
                Some("doors_at"),
            ),
            (|e| e.timezone = Some("UTC+25".into()), Some("timezone")),
            (|e| e.url = "javascript:alert(1)".into(), Some("url")),
            (|e| e.works = vec![Work::default()], Some("works[0].title")),
            (|e| e.capacity = Some(0), Some("capacity")),
            (|e| e.capacity = Some(5), Some("venue_id")),
            (|e| e.buyer_limit = Some(0), Some("buyer_limit")),
            (|e| e.sale_closes_at = Some(e.starts_at), Some("sale_opens_at")),
            (
                |e| {
                    e.sale_opens_at = Some(e.starts_at);
                    e.sale_closes_at = Some(e.starts_at);
                },
                Some("sale_closes_at"),
            ),
        ];
        for (n, (spoil, wanted)) in table.into_iter().enumerate() {
            let mut new = new_event("Night");
            spoil(&mut new);
            assert_eq!(field(event(new)).as_deref(), wanted, "row {n}");
        }
    }

    #[test]
    fn wrong_tiers_name_their_field() {
        type Spoil = fn(&mut NewTiers);
        let table: [(Spoil, Option<&str>); 9] = [
            (|_| {}, None),
            (|t| t.tiers[1].price.currency = "ZZZ".parse().expect("three letters"), Some("tiers[1].price.currency")),
            (|t| t.tiers[0].price.amount = 0, None),
            (|t| t.tiers.clear(), Some("tiers")),
            (|t| t.tiers = vec![t.tiers[0].clone(); 36], Some("tiers")),
            (|t| t.tiers[1].id = t.tiers[0].id, Some("tiers[1].id")),
            (|t| t.tiers[1].price.amount = -1, Some("tiers[1].price.amount")),
            (|t| t.tiers[0].price.amount = MAX_PRICE + 1, Some("tiers[0].price.amount")),
            (|t| t.tiers[1].price.currency = "NZD".parse().expect("a currency"), Some("tiers[1].price.currency")),
        ];
        for (n, (spoil, wanted)) in table.into_iter().enumerate() {
            let mut new = some_tiers(&[4_500, 9_000]);
            spoil(&mut new);
            assert_eq!(field(tiers(new)).as_deref(), wanted, "row {n}");
        }
    }

    #[test]
    fn a_description_may_have_lines() {
        assert_eq!(field(prose("description", "one\n\ttwo")), None);
        assert_eq!(field(prose("description", "esc\u{1b}")).as_deref(), Some("description"));
    }

    #[test]
    fn what_turns_its_neighbours_is_taken_out_of_every_text() {
        let turned = || "Nig\u{202e}ht\u{2069}".to_owned();
        let work = Work { title: turned(), composer: turned(), movements: vec![turned()], ..Work::default() };
        let new = NewEvent {
            description: turned(),
            category: turned(),
            genre: turned(),
            event_type: turned(),
            season: turned(),
            topics: vec![turned()],
            works: vec![work],
            ..new_event(&turned())
        };
        let stored = format!("{:?}", event(new).expect("a title is left"));
        assert!(stored.matches("Night").count() == 10 && !stored.contains("u{202e}") && !stored.contains("u{2069}"), "{stored}");
        let hall =
            venue(NewVenue { address: turned(), aliases: vec![turned()], ..new_venue(&turned()) }).expect("a name is left");
        assert_eq!((hall.name.as_str(), hall.address.as_str(), hall.aliases[0].as_str()), ("Night", "Night", "Night"));
        let mut priced = some_tiers(&[100]);
        priced.tiers[0].name = turned();
        assert_eq!(tiers(priced).expect("tiers").tiers[0].name, "Night");
    }
}
