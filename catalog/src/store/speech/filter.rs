//! Conditions and keyset positions of lists, pushed onto a statement.

use jiff::Timestamp;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use crate::model::{Page, Position};
use crate::store::column;

pub(crate) type Statement = QueryBuilder<Postgres>;

/// `AND column is any of values`, unless there are none.
pub(crate) fn any_text(query: &mut Statement, column: &'static str, values: &[String]) {
    if !values.is_empty() {
        query.push(" AND ").push(column).push(" = ANY(").push_bind(values.to_vec()).push(")");
    }
}

/// `AND column, in any case, is any of values`, unless there are none.
pub(crate) fn any_name(query: &mut Statement, column: &'static str, values: &[String]) {
    if !values.is_empty() {
        query.push(" AND lower(").push(column).push(") IN (SELECT lower(name) FROM unnest(").push_bind(values.to_vec());
        query.push("::text[]) AS asked (name))");
    }
}

pub(crate) fn any_id(query: &mut Statement, column: &'static str, ids: impl Iterator<Item = Uuid>) {
    let ids: Vec<Uuid> = ids.collect();
    if !ids.is_empty() {
        query.push(" AND ").push(column).push(" = ANY(").push_bind(ids).push(")");
    }
}

/// `AND` the city's name, slug or id is any of these.
pub(crate) fn any_city(query: &mut Statement, cities: &[String]) {
    if !cities.is_empty() {
        query.push(" AND (city_name = ANY(").push_bind(cities.to_vec());
        query.push(") OR city_slug = ANY(").push_bind(cities.to_vec());
        query.push(") OR city_id::text = ANY(").push_bind(cities.to_vec()).push("))");
    }
}

/// `(it starts at this instant or later, or only has a day that is not over then)`: what [`Precision::over`](crate::model::Precision::over) says, as a condition.
///
/// Cost      the end of an index range, and one call for each day's event of the day before.
pub(crate) fn not_over(query: &mut Statement, at: Timestamp) {
    // no day on any calendar of today has more hours
    query.push("(starts_at >= ").push_bind(column::bind(at)).push(" - interval '26 hours' AND (starts_at >= ");
    query.push_bind(column::bind(at)).push(" OR start_precision = 'day' AND day_over(starts_at, timezone) > ");
    query.push_bind(column::bind(at)).push("))");
}

/// `AND (column, id)` lies behind the position; a position of another order is no position of this list.
pub(crate) fn behind(query: &mut Statement, column: &'static str, descending: bool, after: Option<&Position>) {
    let Some(position) = after else { return };
    query.push(" AND (").push(column).push(if descending { ", id) < (" } else { ", id) > (" });
    match position {
        Position::Date(at, id) => query.push_bind(column::bind(*at)).push(", ").push_bind(*id),
        Position::Name(name, id) => query.push_bind(name.clone()).push(", ").push_bind(*id),
    };
    query.push(")");
}

/// `ORDER BY column, id LIMIT limit + 1`: the one row too many tells whether a next page exists.
pub(crate) fn ordered(query: &mut Statement, column: &'static str, descending: bool, limit: u16) {
    let way = if descending { " DESC" } else { "" };
    query.push(" ORDER BY ").push(column).push(way).push(", id").push(way).push(" LIMIT ").push_bind(i64::from(limit) + 1);
}

/// Cuts the row too many off and remembers where the page ended.
pub(crate) fn page<T>(mut items: Vec<T>, limit: u16, position: impl FnOnce(&T) -> Position) -> Page<T> {
    let more = items.len() > usize::from(limit);
    items.truncate(usize::from(limit));
    let next = if more { items.last().map(position) } else { None };
    Page { items, next }
}
