//! Filters of lists out of the query: comma lists, ids, instants or days, orders.

use std::str::FromStr;

use domain::list;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult};
use crate::web::extract::Params;

/// The most values of one comma list.
const MAX_VALUES: usize = 100;

/// The values of a comma list.
pub fn values(params: &Params, name: &str) -> ApiResult<Vec<String>> {
    let Some(text) = params.one(name)? else { return Ok(Vec::new()) };
    let values = list::values(text);
    if values.len() > MAX_VALUES {
        return Err(ApiError::invalid(name, format!("at most {MAX_VALUES} values")));
    }
    Ok(values)
}

/// The cities of a comma list: as they were written, and the ids of those that search knows by such a name.
pub fn cities(app: &App, params: &Params) -> ApiResult<Vec<String>> {
    let mut cities = values(params, "city")?;
    let known: Vec<String> = cities.iter().flat_map(|city| app.catalog.cities_called(city)).map(|id| id.to_string()).collect();
    cities.extend(known);
    Ok(cities)
}

/// The ISO 3166-1 alpha-2 codes of a comma list, in any case.
pub fn countries(params: &Params) -> ApiResult<Vec<String>> {
    let code = |text: &String| match text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        true => Ok(text.to_ascii_uppercase()),
        false => Err(ApiError::invalid("country", "must be an ISO 3166-1 alpha-2 code")),
    };
    values(params, "country")?.iter().map(code).collect()
}

/// The ids of a comma list.
pub fn ids<T: FromStr>(params: &Params, name: &str) -> ApiResult<Vec<T>> {
    let parse = |text: &String| text.parse().map_err(|_| ApiError::invalid(name, format!("{text:?} is not an id")));
    values(params, name)?.iter().map(parse).collect()
}

/// The first instant that counts: an RFC 3339 time, or the beginning of a day in UTC.
pub fn from(params: &Params) -> ApiResult<Option<Timestamp>> {
    params.one("from")?.map(|text| bound("from", text).map(|(at, _)| at)).transpose()
}

/// The first instant that counts no more: just after an RFC 3339 time, or the end of a day in UTC; not before `from`.
pub fn to(params: &Params) -> ApiResult<Option<Timestamp>> {
    let to = params.one("to")?.map(|text| bound("to", text).map(|(_, end)| end)).transpose()?;
    match (from(params)?, to) {
        (Some(from), Some(to)) if from >= to => Err(ApiError::invalid("to", "lies before from")),
        (_, to) => Ok(to),
    }
}

/// The instant, or the day's first; and the first after it.
fn bound(name: &str, text: &str) -> ApiResult<(Timestamp, Timestamp)> {
    let wrong = || ApiError::invalid(name, "must be an RFC 3339 time or a date such as 2027-03-13");
    if let Ok(at) = domain::time::instant(text) {
        return Ok((at, at.checked_add(1.microsecond()).unwrap_or(at)));
    }
    // a longer text is a time that was refused above, of which the date must not be taken
    let day = (text.len() == "2027-03-13".len()).then(|| text.parse::<Date>().ok()).flatten().ok_or_else(wrong)?;
    let start = day.to_zoned(TimeZone::UTC).map_err(|_| wrong())?;
    let end = start.checked_add(1.day()).map_err(|_| wrong())?;
    Ok((start.timestamp(), end.timestamp()))
}

/// One of the orders a list knows, the first when none is given.
pub fn sort<T: Copy>(params: &Params, known: &[(&str, T)]) -> ApiResult<T> {
    let wanted = params.one("sort")?;
    let found = known.iter().find(|(name, _)| wanted.is_none_or(|wanted| wanted == *name)).map(|(_, order)| *order);
    let names = || known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| ApiError::invalid("sort", format!("must be one of {}", names())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        Params(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_day_ends_where_the_next_begins() {
        let at = |text: &str| Some(text.parse::<Timestamp>().expect("an instant"));
        let day = params(&[("from", "2027-03-13"), ("to", "2027-03-13")]);
        assert_eq!(from(&day).expect("a day"), at("2027-03-13T00:00:00Z"));
        assert_eq!(to(&day).expect("a day"), at("2027-03-14T00:00:00Z"));
        assert!(to(&params(&[("from", "2027-03-14"), ("to", "2027-03-13")])).is_err());
        assert!(from(&params(&[("from", "soon")])).is_err());
    }

    #[test]
    fn an_unknown_order_is_refused() {
        let known = [("date", 1), ("-date", 2)];
        assert_eq!(sort(&params(&[]), &known).ok(), Some(1));
        assert_eq!(sort(&params(&[("sort", "-date")]), &known).ok(), Some(2));
        assert!(sort(&params(&[("sort", "colour")]), &known).is_err());
    }

    #[test]
    fn a_comma_list_drops_its_gaps_and_has_an_end() {
        assert_eq!(values(&params(&[("city", "a, b,,")]), "city").ok(), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert!(values(&params(&[("city", &"x,".repeat(101))]), "city").is_err());
        assert_eq!(countries(&params(&[("country", "au,NZ")])).ok(), Some(vec!["AU".to_owned(), "NZ".to_owned()]));
        assert!(countries(&params(&[("country", "AUS")])).is_err());
        assert!(ids::<domain::EventId>(&params(&[("venue_id", "nonsense")]), "venue_id").is_err());
    }
}
