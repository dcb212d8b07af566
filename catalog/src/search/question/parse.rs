//! From the parameters of a URL to a checked query.

use domain::Invalid;
use domain::event::Availability;
use domain::list;
use domain::money::Currency;
use domain::place::{BoundingBox, Place};
use jiff::civil::Date;
use uuid::Uuid;

use super::occasion::Occasion;
use super::query::{
    DEFAULT_RADIUS_KM, FacetName, MAX_LIMIT, MAX_RADIUS_KM, MAX_TEXT_CHARS, MAX_VALUES, Near, Query, Sort, TimeBound,
    first_instant, last_instant,
};
use crate::model::Kind;

/// The longest value of any other parameter, in characters.
const MAX_VALUE_CHARS: usize = 200;

impl Query {
    /// Reads the parameters of a URL, in any order; a comma list may also be given as repeated parameters. An empty value counts
    /// as absent, since forms send those; but for an empty limit.
    ///
    /// Refuses   an unknown parameter, a value that makes no sense, a single value given twice, `from` after `to`: the field is named.
    pub fn parse(parameters: &[(String, String)]) -> Result<Query, Invalid> {
        let mut draft = Draft::default();
        for (name, value) in parameters {
            draft.take(name, value.trim())?;
        }
        draft.finish()
    }
}

#[derive(Default)]
struct Draft {
    query: Query,
    seen: Vec<String>,
    radius_km: Option<f64>,
    sort: Option<Sort>,
    kinds: Vec<Kind>,
}

/// How a parameter is read: given once, or a comma list that may be given again.
enum Reading {
    Once(Read),
    List(Read),
}

/// Takes     the parameter's name and its value, which is not empty.
type Read = fn(&mut Draft, &str, &str) -> Result<(), Invalid>;

/// All parameters.
#[rustfmt::skip]
const PARAMETERS: [(&str, Reading); 32] = {
    use Reading::{List, Once};
    [
        ("q", Once(|to, name, value| text(name, value, MAX_TEXT_CHARS).map(|q| to.query.q = q))),
        ("spellcheck", Once(|to, name, value| yes_or_no(name, value).map(|yes| to.query.spellcheck = yes))),
        ("kind", List(|to, name, value| several(name, value, &mut to.kinds, Kind::parse_indexed, &Kind::INDEXED.map(Kind::as_str)))),
        ("city", List(|to, name, value| texts(name, value, &mut to.query.city))),
        ("postal_code", List(|to, name, value| texts(name, value, &mut to.query.postal_code))),
        ("country", List(|to, name, value| many(name, value, &mut to.query.country, country))),
        ("category", List(|to, name, value| texts(name, value, &mut to.query.category))),
        ("genre", List(|to, name, value| texts(name, value, &mut to.query.genre))),
        ("language", List(|to, name, value| texts(name, value, &mut to.query.language))),
        ("tier", List(|to, name, value| texts(name, value, &mut to.query.tier))),
        ("venue_id", List(|to, name, value| many(name, value, &mut to.query.venue_id, |v| id(name, v)))),
        ("performer_id", List(|to, name, value| many(name, value, &mut to.query.performer_id, |v| id(name, v)))),
        ("series_id", List(|to, name, value| many(name, value, &mut to.query.series_id, |v| id(name, v)))),
        ("availability", List(|to, name, value| {
            several(name, value, &mut to.query.availability, Availability::parse, &Availability::ALL.map(Availability::as_str))
        })),
        ("external_id", List(|to, name, value| texts(name, value, &mut to.query.external_id))),
        ("near", Once(|to, _, value| place(value).map(|place| to.query.near = Some(Near { place, radius_km: DEFAULT_RADIUS_KM })))),
        ("radius_km", Once(|to, _, value| radius(value).map(|radius| to.radius_km = Some(radius)))),
        ("bbox", Once(|to, _, value| bbox(value).map(|bbox| to.query.bbox = Some(bbox)))),
        ("from", Once(|to, name, value| time(name, value).map(|from| to.query.from = Some(from)))),
        ("to", Once(|to, name, value| time(name, value).map(|end| to.query.to = Some(end)))),
        ("past", Once(|to, name, value| yes_or_no(name, value).map(|yes| to.query.past = yes))),
        ("when", Once(|to, name, value| {
            one(name, value, Occasion::parse, &Occasion::ALL.map(Occasion::as_str)).map(|when| to.query.when = Some(when))
        })),
        ("month", List(|to, name, value| many(name, value, &mut to.query.month, month))),
        ("on_sale", Once(|to, name, value| yes_or_no(name, value).map(|yes| to.query.on_sale = Some(yes)))),
        ("price_min", Once(|to, name, value| amount(name, value).map(|least| to.query.price_min = Some(least)))),
        ("price_max", Once(|to, name, value| amount(name, value).map(|most| to.query.price_max = Some(most)))),
        ("currency", Once(|to, _, value| currency(value).map(|currency| to.query.currency = Some(currency)))),
        ("sort", Once(|to, name, value| {
            one(name, value, Sort::parse, &Sort::ALL.map(Sort::as_str)).map(|sort| to.sort = Some(sort))
        })),
        ("facets", List(|to, name, value| {
            several(name, value, &mut to.query.facets, FacetName::parse, &FacetName::ALL.map(FacetName::as_str))
        })),
        ("group", Once(|to, _, value| group(value).map(|series| to.query.group_series = series))),
        ("limit", Once(|to, _, value| limit(value).map(|limit| to.query.limit = limit))),
        ("cursor", Once(|to, _, value| { to.query.cursor = Some(value.to_owned()); Ok(()) })),
    ]
};

impl Draft {
    fn take(&mut self, name: &str, value: &str) -> Result<(), Invalid> {
        if value.contains('\0') {
            return Err(Invalid::new(name.replace('\0', ""), "must not contain NUL"));
        }
        let known = PARAMETERS.iter().find(|(known, _)| *known == name);
        let read = match known.ok_or_else(|| unknown(name))? {
            (_, Reading::List(read)) => read,
            (_, Reading::Once(read)) => self.once(name).map(|()| read)?,
        };
        // forms send empty fields, but none of ours has a limit: whoever leaves it empty has lost a number
        if value.is_empty() && name != "limit" { Ok(()) } else { read(self, name, value) }
    }

    fn once(&mut self, name: &str) -> Result<(), Invalid> {
        if self.seen.iter().any(|seen| seen == name) {
            return Err(Invalid::new(name, "is given twice"));
        }
        self.seen.push(name.to_owned());
        Ok(())
    }

    fn finish(mut self) -> Result<Query, Invalid> {
        let query = &mut self.query;
        if !self.kinds.is_empty() {
            self.kinds.sort_unstable();
            self.kinds.dedup();
            query.kinds = self.kinds;
        }
        query.facets.sort_unstable();
        query.facets.dedup();
        match (&mut query.near, self.radius_km) {
            (Some(near), Some(radius_km)) => near.radius_km = radius_km,
            (None, Some(_)) => return Err(Invalid::new("radius_km", "needs near")),
            _ => {}
        }
        query.sort = match self.sort {
            Some(Sort::Distance) if query.near.is_none() => return Err(Invalid::new("sort", "distance needs near")),
            Some(sort) => sort,
            None if query.q.is_empty() => Sort::Date,
            None => Sort::Relevance,
        };
        check_ranges(query)?;
        Ok(self.query)
    }
}

fn check_ranges(query: &Query) -> Result<(), Invalid> {
    let backwards = match (query.from, query.to) {
        (Some(TimeBound::Instant(from)), Some(TimeBound::Instant(to))) => from > to,
        (Some(TimeBound::Day(from)), Some(TimeBound::Day(to))) => from > to,
        (Some(TimeBound::Day(from)), Some(TimeBound::Instant(to))) => first_instant(from) > to.as_second(),
        (Some(TimeBound::Instant(from)), Some(TimeBound::Day(to))) => from.as_second() > last_instant(to),
        _ => false,
    };
    if backwards {
        return Err(Invalid::new("from", "is after to"));
    }
    if matches!((query.price_min, query.price_max), (Some(min), Some(max)) if min > max) {
        return Err(Invalid::new("price_min", "is above price_max"));
    }
    Ok(())
}

pub(crate) fn unknown(name: &str) -> Invalid {
    Invalid::new(name, "is not a parameter of this search")
}

pub(crate) fn text(name: &str, value: &str, max_chars: usize) -> Result<String, Invalid> {
    if value.chars().count() > max_chars {
        return Err(Invalid::new(name, format!("must be at most {max_chars} characters")));
    }
    if value.contains('\0') {
        return Err(Invalid::new(name, "must not contain NUL"));
    }
    Ok(value.to_owned())
}

fn texts(name: &str, value: &str, into: &mut Vec<String>) -> Result<(), Invalid> {
    many(name, value, into, |part| text(name, part, MAX_VALUE_CHARS))
}

fn many<T: PartialEq>(
    name: &str,
    value: &str,
    into: &mut Vec<T>,
    read: impl Fn(&str) -> Result<T, Invalid>,
) -> Result<(), Invalid> {
    for part in list::values(value) {
        let value = read(&part)?;
        if !into.contains(&value) {
            into.push(value);
        }
        if into.len() > MAX_VALUES {
            return Err(Invalid::new(name, format!("must have at most {MAX_VALUES} values")));
        }
    }
    Ok(())
}

fn several<T: PartialEq>(
    name: &str,
    value: &str,
    into: &mut Vec<T>,
    parse: fn(&str) -> Option<T>,
    known: &[&str],
) -> Result<(), Invalid> {
    many(name, value, into, |part| one(name, part, parse, known))
}

fn one<T>(name: &str, value: &str, parse: fn(&str) -> Option<T>, known: &[&str]) -> Result<T, Invalid> {
    parse(value).ok_or_else(|| Invalid::new(name, format!("must be one of {}", known.join(", "))))
}

fn currency(value: &str) -> Result<Currency, Invalid> {
    let known = value.parse().ok().filter(Currency::is_listed);
    known.ok_or_else(|| Invalid::new("currency", format!("{value:?} is not an ISO 4217 currency code")))
}

fn id(name: &str, value: &str) -> Result<Uuid, Invalid> {
    Uuid::try_parse(value).ok().filter(|_| value.len() == 36).ok_or_else(|| Invalid::new(name, "must be a UUID"))
}

fn country(value: &str) -> Result<String, Invalid> {
    if value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        Ok(value.to_ascii_uppercase())
    } else {
        Err(Invalid::new("country", "must be an ISO 3166-1 alpha-2 code"))
    }
}

pub(crate) fn limit(value: &str) -> Result<u16, Invalid> {
    value
        .parse()
        .ok()
        .filter(|limit| (1..=MAX_LIMIT).contains(limit))
        .ok_or_else(|| Invalid::new("limit", format!("must be 1 to {MAX_LIMIT}")))
}

fn group(value: &str) -> Result<bool, Invalid> {
    if value == "series" { Ok(true) } else { Err(Invalid::new("group", "must be series")) }
}

pub(crate) fn yes_or_no(name: &str, value: &str) -> Result<bool, Invalid> {
    match value {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(Invalid::new(name, "must be yes or no")),
    }
}

fn time(name: &str, value: &str) -> Result<TimeBound, Invalid> {
    let bound = if value.len() == 10 {
        value.parse::<Date>().ok().map(TimeBound::Day)
    } else {
        domain::time::instant(value).ok().map(TimeBound::Instant)
    };
    bound.ok_or_else(|| Invalid::new(name, "must be an RFC 3339 instant or a date like 2027-03-12"))
}

fn month(value: &str) -> Result<Date, Invalid> {
    let first = format!("{value}-01").parse().ok().filter(|_| value.len() == 7);
    first.ok_or_else(|| Invalid::new("month", "must be a month like 2027-03"))
}

fn amount(name: &str, value: &str) -> Result<i64, Invalid> {
    value
        .parse()
        .ok()
        .filter(|amount| *amount >= 0)
        .ok_or_else(|| Invalid::new(name, "must be a whole number of minor units, 0 or more"))
}

fn radius(value: &str) -> Result<f64, Invalid> {
    let fault = || Invalid::new("radius_km", format!("must be more than 0 and at most {MAX_RADIUS_KM}"));
    value.parse().ok().filter(|radius: &f64| *radius > 0.0 && *radius <= MAX_RADIUS_KM).ok_or_else(fault)
}

fn numbers<const N: usize>(value: &str) -> Option<[f64; N]> {
    let read: Option<Vec<f64>> = value.split(',').map(|part| part.trim().parse().ok()).collect();
    read?.try_into().ok()
}

fn place(value: &str) -> Result<Place, Invalid> {
    let place = numbers(value).and_then(|[lat, lon]| Place::new(lat, lon));
    place.ok_or_else(|| Invalid::new("near", "must be lat,lon with -90 to 90 and -180 to 180"))
}

fn bbox(value: &str) -> Result<BoundingBox, Invalid> {
    let read = numbers(value).filter(|[west, south, east, north]| {
        Place::new(*south, *west).is_some() && Place::new(*north, *east).is_some() && south <= north
    });
    let [west, south, east, north] =
        read.ok_or_else(|| Invalid::new("bbox", "must be west,south,east,north in degrees, south not above north"))?;
    Ok(BoundingBox { west, south, east, north })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Query, Invalid> {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let pairs =
            pairs.map(|pair| pair.split_once('=').expect("name=value")).map(|(name, value)| (name.to_owned(), value.to_owned()));
        Query::parse(&pairs.collect::<Vec<_>>())
    }

    #[test]
    fn a_comma_behind_a_backslash_is_part_of_its_value() {
        assert_eq!(parse("category=Rock\\, Pop,Jazz&category=Soul").expect("a query").category, ["Rock, Pop", "Jazz", "Soul"]);
    }

    #[test]
    fn nothing_asked_browses_upcoming_events_by_date() {
        assert_eq!(parse("").expect("valid"), Query::default());
        assert_eq!(parse("q=&city=&from=").expect("valid"), Query::default(), "forms send empty values");
    }

    #[test]
    fn what_only_looks_like_a_value_is_refused_by_its_name() {
        let table = [
            ("limit=", "limit"),
            ("limit= ", "limit"),
            ("cursor=\0", "cursor"),
            ("category=a\0b", "category"),
            ("from=2027-03-12T10:00:00Z[Europe/Berlin]", "from"),
            ("to=2027-03-12T10:00:00+01:00[Europe/Berlin]", "to"),
            ("currency=ZZZ", "currency"),
            ("currency=aud", "currency"),
        ];
        for (text, field) in table {
            assert_eq!(parse(text).expect_err(text).field, field, "{text:?}");
        }
    }

    #[test]
    fn everything_is_read() {
        let query = parse(
            "q= cello &kind=venue,event&city=Brisbane,Sydney&city=Perth&country=au&near=-27.4,153&radius_km=10&from=2027-03-12\
             &to=2027-03-12T10:00:00Z&facets=price,city&limit=100&group=series&price_min=0&price_max=5000&currency=AUD",
        );
        let query = query.expect("valid");
        assert_eq!((query.q.as_str(), query.sort), ("cello", Sort::Relevance));
        assert_eq!(query.kinds, [Kind::Event, Kind::Venue]);
        assert_eq!(query.city, ["Brisbane", "Sydney", "Perth"]);
        assert_eq!(query.country, ["AU"]);
        assert_eq!(query.near.map(|near| near.radius_km), Some(10.0));
        assert!(matches!((query.from, query.to), (Some(TimeBound::Day(_)), Some(TimeBound::Instant(_)))));
        assert_eq!(query.facets, [FacetName::City, FacetName::Price]);
    }

    #[test]
    fn what_makes_no_sense_names_its_field() {
        let table = [
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=x", "limit"),
            ("kind=concert", "kind"),
            ("sort=best", "sort"),
            ("facets=colour", "facets"),
            ("near=91,0", "near"),
            ("near=1", "near"),
            ("near=NaN,0", "near"),
            ("near=0,0&radius_km=-1", "radius_km"),
            ("near=0,0&radius_km=0", "radius_km"),
            ("near=0,0&radius_km=501", "radius_km"),
            ("near=0,0&radius_km=NaN", "radius_km"),
            ("radius_km=5", "radius_km"),
            ("sort=distance", "sort"),
            ("venue_id=abc", "venue_id"),
            ("performer_id=0189", "performer_id"),
            ("series_id=%", "series_id"),
            ("from=2027-02-30", "from"),
            ("to=soon", "to"),
            ("from=2027-03-13&to=2027-03-12", "from"),
            ("from=2027-03-12T00:00:01Z&to=2027-03-12T00:00:00Z", "from"),
            ("from=2027-03-14&to=2027-03-12T00:00:00Z", "from"),
            ("past=maybe", "past"),
            ("when=sometime", "when"),
            ("when=today&when=tonight", "when"),
            ("on_sale=maybe", "on_sale"),
            ("month=2027-13", "month"),
            ("month=2027-03-01", "month"),
            ("bbox=0,10,1,5", "bbox"),
            ("bbox=0,0,1", "bbox"),
            ("price_min=-1", "price_min"),
            ("price_min=5&price_max=4", "price_min"),
            ("currency=aud", "currency"),
            ("group=city", "group"),
            ("country=AUS", "country"),
            ("availability=maybe", "availability"),
            ("colour=red", "colour"),
            ("colour=", "colour"),
            ("q=a&q=b", "q"),
            ("limit=1&limit=2", "limit"),
            ("spellcheck=perhaps", "spellcheck"),
        ];
        for (text, field) in table {
            assert_eq!(parse(text).expect_err(text).field, field, "{text}");
        }
        assert_eq!(parse(&format!("q={}", "a".repeat(501))).expect_err("too long").field, "q");
    }

    #[test]
    fn a_thousand_values_are_too_many_for_a_filter_and_a_hundred_are_not() {
        let fields = ["city", "postal_code", "category", "genre", "language", "tier", "external_id", "venue_id"];
        let values = |field: &str, most: u128| {
            let value = |n| if field == "venue_id" { Uuid::from_u128(n).to_string() } else { format!("v{n}") };
            format!("{field}={}", (0..most).map(value).collect::<Vec<_>>().join(","))
        };
        for field in fields {
            assert_eq!(parse(&values(field, 101)).expect_err("too many").field, field);
        }
        let in_each = |most| fields.map(|field| values(field, most)).join("&");
        assert_eq!(parse(&in_each(1_000)).expect_err("too many in each").field, fields[0]);
        assert_eq!(parse(&in_each(100)).expect("a hundred in each").tier.len(), 100);
    }
}
