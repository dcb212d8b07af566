//! From counted numbers to the values that a facet lists.

use std::cmp::Reverse;
use std::collections::HashMap;

use domain::event::Availability;
use uuid::Uuid;

use super::bands;
use super::counts::{FacetValue, MonthBar};
use crate::index::row;
use crate::search::filter::categories;
use crate::search::filter::places::cities_asked;
use crate::search::question::query::{FacetName, Query};
use crate::search::segment::month::month_text;
use crate::search::segment::names::{NONE, Names, Table};
use crate::search::segment::price_scale;

/// The most values that a facet lists: the most frequent ones; those asked for besides.
const MAX_VALUES: usize = 100;
/// Months without events are listed between the others over at most a century.
const MAX_MONTHS: usize = 1_200;
/// What people choose from, of what was counted: the city of a venue, the wide band of a price. None for what the facet does not list.
pub fn chosen_from(facet: FacetName, number: usize, names: &Names) -> Option<usize> {
    match facet {
        FacetName::City => Some(names.venues.get(number).map_or(0, |venue| venue.city as usize)),
        FacetName::Country => Some(names.venues.get(number).map_or(0, |venue| venue.country as usize)),
        FacetName::Price => price_scale::wide(number),
        _ => Some(number),
    }
}

/// The values of a facet, the most frequent first, and those asked for; months and prices in their own order.
pub fn named(facet: FacetName, counted: &[(usize, u64)], query: &Query, names: &Names) -> Vec<FacetValue> {
    let all = counted.iter().copied();
    let asked = asked(facet, query, names);
    let most = |values: Vec<FacetValue>| first_and(most(values), |value| asked.contains(&value.value));
    match facet {
        FacetName::Category => {
            let (asked, label) = (categories(query, names), |number: usize| names.category.text(number as u32));
            let all = frequent(counted, label, |number| asked.contains(&(number as u32)));
            most(all.map(|(number, count)| FacetValue::new(label(number).to_owned(), label(number).to_owned(), count)).collect())
        }
        FacetName::City => {
            let label = |number: usize| names.cities.get(number).map_or("", |city| &city.name);
            let asked = cities_asked(query, names);
            let all = frequent(counted, label, |number| asked.contains(&(number as u32)));
            most(
                all.filter_map(|(number, count)| {
                    let city = names.cities.get(number)?;
                    Some(FacetValue { place: city.place, ..FacetValue::new(city.id?.to_string(), city.name.clone(), count) })
                })
                .collect(),
            )
        }
        FacetName::Country => most(
            all.filter_map(|(number, count)| {
                let (code, name) = names.countries.get(number)?;
                Some(FacetValue::new(code.clone(), if name.is_empty() { code.clone() } else { name.clone() }, count))
            })
            .collect(),
        ),
        FacetName::Venue => {
            let row = |number: usize| names.venues.get(number).and_then(|venue| venue.row.as_ref());
            let name = |number: usize| row(number).map(|row| (row.id, row.name.as_str()));
            let most = of_rows(counted, &names.venue_numbers, &query.venue_id, name);
            let place = |number: usize| row(number).and_then(|row| row.place);
            most.into_iter().map(|(number, value)| FacetValue { place: place(number), ..value }).collect()
        }
        FacetName::Performer => {
            let name = |number: usize| row::read_named(names.performer.text(number as u32));
            let most = of_rows(counted, &names.performer, &query.performer_id, name);
            most.into_iter().map(|(_, value)| value).collect()
        }
        FacetName::Month => all.filter(|(number, _)| *number > 0).map(|(number, count)| month(number, count)).collect(),
        FacetName::Availability => most(
            all.filter_map(|(number, count)| {
                let badge = Availability::ALL.get(number)?.as_str();
                Some(FacetValue::new(badge.to_owned(), badge.replace('_', " "), count))
            })
            .collect(),
        ),
        FacetName::Price => bands::values(counted, names),
    }
}

/// Those that a facet may list, of numbers that stand for one value each: the most frequent, of those as frequent the first by label, and
/// those asked for. There may be thousands, and whoever writes events may make more: only these are named.
fn frequent<'a>(
    counted: &[(usize, u64)],
    label: impl Fn(usize) -> &'a str,
    asked: impl Fn(usize) -> bool,
) -> impl Iterator<Item = (usize, u64)> {
    let mut counted: Vec<(usize, u64)> = counted.iter().copied().filter(|(number, _)| *number as u32 != NONE).collect();
    let order = |one: &(usize, u64), other: &(usize, u64)| other.1.cmp(&one.1).then_with(|| label(one.0).cmp(label(other.0)));
    if counted.len() > MAX_VALUES {
        let (_, last, _) = counted.select_nth_unstable_by(MAX_VALUES - 1, order);
        let last = *last;
        counted.retain(|one| order(one, &last).is_le() || asked(one.0));
    }
    counted.into_iter()
}

fn month(number: usize, count: u64) -> FacetValue {
    let text = month_text(number);
    FacetValue::new(text.clone(), text, count)
}

/// Every month from the first to the last.
pub fn months(counted: &[(usize, u64)]) -> Vec<MonthBar> {
    let mut bars: Vec<(usize, u64)> = Vec::new();
    let known: Vec<_> = counted.iter().filter(|(number, _)| *number > 0).collect();
    let whole = known.first().zip(known.last()).is_some_and(|(first, last)| last.0 - first.0 <= MAX_MONTHS);
    for (number, count) in known {
        let gap = bars.last().map_or(*number, |(last, _)| last + 1);
        bars.extend((gap..*number).filter(|_| whole).map(|empty| (empty, 0)));
        bars.push((*number, *count));
    }
    bars.into_iter().map(|(number, count)| MonthBar { month: month_text(number), count }).collect()
}

/// The most frequent of a table's rows by their latest numbers, then by label, and those asked for. There may be a hundred thousand:
/// only those that can be listed are named.
fn of_rows<'a, T>(
    counted: &[(usize, u64)],
    table: &Table<T>,
    asked: &[Uuid],
    named: impl Fn(usize) -> Option<(Uuid, &'a str)>,
) -> Vec<(usize, FacetValue)> {
    let mut counted = by_latest(counted, table);
    if counted.len() > MAX_VALUES {
        let (_, (_, least), _) = counted.select_nth_unstable_by_key(MAX_VALUES - 1, |(_, count)| Reverse(*count));
        let least = *least;
        let asked: Vec<u32> = asked.iter().flat_map(|id| table.of_id(*id)).copied().collect();
        counted.retain(|(number, count)| *count >= least || asked.contains(&(*number as u32)));
    }
    let named = |(number, count)| named(number).map(|(id, label)| (Reverse(count), label, id, number));
    let mut named: Vec<_> = counted.into_iter().filter_map(named).collect();
    named.sort_unstable();
    let named = first_and(named, |(_, _, id, _)| asked.contains(id));
    let value = |(Reverse(count), label, id, number): (Reverse<u64>, &str, Uuid, usize)| {
        (number, FacetValue::new(id.to_string(), label.to_owned(), count))
    };
    named.into_iter().map(value).collect()
}

/// One count for each row's id, under the latest of its numbers.
fn by_latest<T>(counted: &[(usize, u64)], table: &Table<T>) -> Vec<(usize, u64)> {
    let named = counted.iter().filter(|(number, _)| *number as u32 != NONE);
    if !table.renamed() {
        return named.copied().collect();
    }
    let mut sums: Vec<(usize, u64)> = Vec::with_capacity(counted.len());
    let mut places = vec![usize::MAX; table.len()];
    for (number, count) in named {
        let Some(place) = places.get_mut(table.first(*number as u32) as usize) else { continue };
        match sums.get_mut(*place) {
            Some(sum) => *sum = (*number, sum.1 + count),
            None => {
                *place = sums.len();
                sums.push((*number, *count));
            }
        }
    }
    sums
}

/// Adds up equal values and gives the most frequent first, then by label.
fn most(counted: Vec<FacetValue>) -> Vec<FacetValue> {
    let mut sums: HashMap<String, FacetValue> = HashMap::new();
    for value in counted.into_iter().filter(|value| !value.value.is_empty()) {
        let before = sums.get(&value.value).map_or(0, |known| known.count);
        sums.insert(value.value.clone(), FacetValue { count: value.count + before, ..value });
    }
    let mut values: Vec<FacetValue> = sums.into_values().collect();
    values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.label.cmp(&b.label)).then_with(|| a.value.cmp(&b.value)));
    values
}

/// The values that a facet's own filter asks for; rows are told by their ids, and facets of few values list all of them anyway.
fn asked(facet: FacetName, query: &Query, names: &Names) -> Vec<String> {
    match facet {
        FacetName::City => {
            let id = |number: u32| Some(names.cities.get(number as usize)?.id?.to_string());
            cities_asked(query, names).into_iter().filter_map(id).collect()
        }
        FacetName::Category => {
            categories(query, names).into_iter().map(|number| names.category.text(number).to_owned()).collect()
        }
        FacetName::Country => query.country.clone(),
        _ => Vec::new(),
    }
}

/// As many as a facet lists, and of the others those that were asked for.
fn first_and<T>(mut sorted: Vec<T>, asked: impl Fn(&T) -> bool) -> Vec<T> {
    let others = sorted.split_off(sorted.len().min(MAX_VALUES));
    sorted.extend(others.into_iter().filter(asked));
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::segment::month::month_of;

    #[test]
    fn gaps_between_months_are_shown_and_endless_ones_are_not() {
        let number = |text: &str| month_of(crate::index::day_number(text.parse().expect("a date"))) as usize;
        let bars = months(&[(0, 9), (number("2026-11-30"), 2), (number("2027-02-01"), 1)]);
        let shown: Vec<_> = bars.iter().map(|bar| (bar.month.as_str(), bar.count)).collect();
        assert_eq!(shown, [("2026-11", 2), ("2026-12", 0), ("2027-01", 0), ("2027-02", 1)]);
        let far = months(&[(number("1842-12-07"), 1), (number("2027-02-01"), 1)]);
        assert_eq!(far.len(), 2);
    }

    #[test]
    fn a_renamed_row_is_one_value_under_its_latest_name() {
        let mut names = Names::default();
        let mut number = |id: u128, name: &str| {
            let new = crate::model::NewPerformer { name: name.into(), ..Default::default() };
            names.performer.number(&row::performer(&crate::write::performers::row(Uuid::from_u128(id).into(), new))) as usize
        };
        let (owls, bats, night_owls, owls_again) =
            (number(1, "Owls"), number(2, "Bats"), number(1, "Night Owls"), number(1, "Owls!"));
        let counted = [(owls, 3), (bats, 5), (night_owls, 4), (owls_again, 1)];
        let shown = |counted: &[(usize, u64)]| {
            let values = named(FacetName::Performer, counted, &Query::default(), &names);
            values.into_iter().map(|value| (value.label, value.count)).collect::<Vec<_>>()
        };
        assert_eq!(shown(&counted), [("Owls!".to_owned(), 8), ("Bats".to_owned(), 5)]);
        assert_eq!(
            shown(&counted[1..3]),
            [("Bats".to_owned(), 5), ("Night Owls".to_owned(), 4)],
            "the first name is not counted"
        );
    }

    #[test]
    fn what_was_asked_for_is_listed_however_rare_it_is() {
        let mut names = Names::default();
        let mut rows = |id: u128| {
            let new = crate::model::NewPerformer { name: format!("Act {id:03}"), ..Default::default() };
            let number = names.performer.number(&row::performer(&crate::write::performers::row(Uuid::from_u128(id).into(), new)));
            (number as usize, 1_000 - id as u64)
        };
        let counted: Vec<(usize, u64)> = (1..=150).map(&mut rows).collect();
        let listed = |asked: &[u128]| {
            let query = Query { performer_id: asked.iter().map(|id| Uuid::from_u128(*id)).collect(), ..Query::default() };
            let values = named(FacetName::Performer, &counted, &query, &names);
            (values.len(), values.last().map(|value| value.label.clone()))
        };
        assert_eq!(listed(&[]), (100, Some("Act 100".into())));
        assert_eq!(listed(&[7]), (100, Some("Act 100".into())), "listed already");
        assert_eq!(listed(&[7, 140]), (101, Some("Act 140".into())));
    }

    /// The control is the list of all, in order.
    #[test]
    fn of_thousands_of_categories_those_that_can_be_listed_are_named() {
        let mut names = Names::new();
        let counted: Vec<(usize, u64)> =
            (0..5_000).map(|n| (names.category(&format!("Own {:04}", n * 7 % 5_000)) as usize, 1 + n % 50 / 49)).collect();
        let label = |number: usize| names.category.text(number as u32);
        assert_eq!(frequent(&counted, label, |_| false).count(), MAX_VALUES);
        let rare = counted.iter().map(|(number, _)| *number).find(|number| label(*number) == "Own 4999").expect("counted");
        assert_eq!(frequent(&counted, label, |number| number == rare).count(), MAX_VALUES + 1);
        let query = Query { category: vec!["own 4999".into()], ..Query::default() };
        let listed: Vec<_> = named(FacetName::Category, &counted, &query, &names).into_iter().map(|value| value.value).collect();
        let mut all: Vec<_> = counted.iter().map(|(number, count)| (Reverse(*count), label(*number))).collect();
        all.sort_unstable();
        let first: Vec<_> = all.iter().map(|(_, label)| *label).take(MAX_VALUES).chain(["Own 4999"]).collect();
        assert_eq!(listed, first);
    }

    #[test]
    fn a_rare_city_is_listed_by_whatever_name_it_was_asked_for() {
        use crate::search::tests::fixture::{city, id, venue};
        let mut names = Names::new();
        let mut cities = |number: u128| {
            let city = city(number, &format!("Città {number:03}"), "IT", &[&format!("Town {number}")]);
            let venue = names.venue(&row::venue(&venue(number, "Teatro", city, None)));
            (names.venues[venue as usize].city as usize, 1_000 - number as u64)
        };
        let counted: Vec<(usize, u64)> = (1..=150).map(&mut cities).collect();
        let listed = |asked: &str| {
            let query = Query { city: vec![asked.into()], ..Query::default() };
            let values = named(FacetName::City, &counted, &query, &names);
            (values.len(), values.last().map(|value| value.label.clone()).unwrap_or_default())
        };
        for spelling in ["citta 140", "TOWN 140", &id(140).to_string()] {
            assert_eq!(listed(spelling), (101, "Città 140".to_owned()), "{spelling}");
        }
        assert_eq!(listed("Citta 7"), (100, "Città 100".to_owned()), "none of that name");
    }
}
