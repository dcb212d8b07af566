//! Finding: the search page, its results alone for search-as-you-type, and the front door.

use std::sync::Arc;

use axum::response::Response;
use catalog::search::{Answer, Catalog, FacetName, FacetValue, Kind, Query, Sort, Understood, without};
use domain::{Availability, list};

use crate::pages::find::cards::{capital, card, plural, short, thousands};
use crate::pages::find::{map, prices, structured};
use crate::pages::params::FilledParams;
use crate::pages::show::{PageResult, show};
use crate::pages::view::layout::Link;
use crate::pages::view::search::{
    Bar, CategoryTile, Choice, Correction, Facet, FacetOption, HomePage, Results, SearchPage, Shelf,
};
use crate::pages::view::{Badge, Page, Poster, when};
use crate::web::answer_cache::Keepable;
use crate::web::app::App;
use crate::web::error::ApiError;
use crate::web::finder::Finder;
use crate::web::policy::CachePolicy;

/// Facet values in sight, and those behind “More”.
const IN_SIGHT: usize = 6;
const BEHIND_MORE: usize = 24;
const MONTHS: usize = 12;
/// Filters that can be taken off one by one; each links the whole of the others.
const MOST_CHIPS: usize = 20;
/// Performers, venues and series beside the events.
const OTHERS: u16 = 4;
const TILES: usize = 6;
/// Where so few hold all words, what holds some of them stands below.
const FEW: u64 = 5;
/// So many of those.
const CLOSE: u16 = 10;

/// The search page.  `GET /search`
pub async fn search_page(app: App, finder: Finder, asked: FilledParams) -> PageResult {
    let kept = Keepable::now(&app.catalog);
    let (results, told) = results(&app, &finder, &asked).await?;
    let mut page = Page::public(
        results.title.clone(),
        "Concerts, shows and matches: pick your exact seat.",
        asked.without(&["cursor"]).href("/search"),
    );
    page.q = asked.one("q").to_owned();
    page.json_ld = told;
    show(&SearchPage { page, results }, (CachePolicy::Search.tagged(["search"]), kept))
}

/// The results alone.  `GET /search/results`
pub async fn search_results(app: App, finder: Finder, asked: FilledParams) -> PageResult {
    let kept = Keepable::now(&app.catalog);
    show(&results(&app, &finder, &asked).await?.0, (CachePolicy::Search.tagged(["search"]), kept))
}

/// What was found, laid out, and as search engines read it.
async fn results(app: &App, finder: &Catalog, asked: &FilledParams) -> PageResult<(Results, Option<String>)> {
    let asked = &with_city_ids(app, asked);
    let mut query = parse(asked)?;
    query.facets = vec![FacetName::Category, FacetName::City, FacetName::Month, FacetName::Availability, FacetName::Price];
    if map::is_open(asked) {
        query.facets.push(FacetName::Venue);
    }
    let answer = finder.search(&query).await?;
    let others = others(finder, &query).await?;
    let told = structured::list(app, &answer.items);
    let mut results = lay_out(app, asked, &query, &answer, others);
    if let Some(widened) = widened(finder, &query, &answer).await? {
        let known = |hit: &&catalog::search::Hit| answer.items.iter().any(|other| other.id == hit.id);
        results.close = widened.items.iter().filter(|hit| !known(hit)).take(usize::from(CLOSE)).map(card).collect();
        results.lacking = lacking(&widened.relaxed, &widened.understood);
    }
    Ok((results, told))
}

/// What holds some of the words, where few events hold all of several.
async fn widened(finder: &Catalog, query: &Query, answer: &Answer) -> PageResult<Option<Arc<Answer>>> {
    let all_hold = answer.relaxed.is_empty() && answer.corrected.is_none();
    let several = query.q.split_whitespace().nth(1).is_some();
    if !(all_hold && several) || query.cursor.is_some() || !(1..=FEW).contains(&answer.total) {
        return Ok(None);
    }
    let limit = CLOSE + FEW as u16;
    let some = Query { widened: true, spellcheck: false, facets: Vec::new(), limit, ..query.clone() };
    Ok(Some(finder.search(&some).await?).filter(|some| some.total > answer.total))
}

/// The words that hits need not hold, what was understood as one in one: `“opera” or “this weekend”`.
fn lacking(mut words: &[String], understood: &[Understood]) -> String {
    let mut parts = Vec::new();
    while !words.is_empty() {
        let understood = understood.iter().map(|part| part.text.split(' ').collect::<Vec<_>>());
        let begins = |part: &Vec<&str>| words.len() >= part.len() && words.iter().zip(part).all(|(word, said)| word == said);
        let longest = understood.filter(begins).map(|part| part.len()).max().unwrap_or(1);
        parts.push(format!("“{}”", words[..longest].join(" ")));
        words = &words[longest..];
    }
    parts.join(" or ")
}

/// The question with its cities as their facet lists them, however they were typed: what is chosen is ticked, and can be taken back.
fn with_city_ids(app: &App, asked: &FilledParams) -> FilledParams {
    asked.respelt("city", |typed| match app.catalog.cities_called(typed)[..] {
        [id] => id.to_string(),
        _ => typed.to_owned(),
    })
}

/// Events only; what makes no sense is told with the field's name.
fn parse(asked: &FilledParams) -> PageResult<Query> {
    let mut query =
        Query::parse(asked.without(&["view"]).pairs()).map_err(|invalid| ApiError::invalid(invalid.field, invalid.detail))?;
    query.kinds = vec![Kind::Event];
    query.spellcheck = asked.one("spellcheck") != "no";
    Ok(query)
}

/// Performers, venues and series by that name, of those that nothing tells apart the first; only where a search begins.
async fn others(finder: &Catalog, query: &Query) -> PageResult<Vec<(Link, String)>> {
    if query.q.chars().count() < 2 || query.cursor.is_some() {
        return Ok(Vec::new());
    }
    let kinds = vec![Kind::Series, Kind::Performer, Kind::Venue];
    let named = Query { q: query.q.clone(), kinds, sort: Sort::Relevance, limit: 3 * OTHERS, ..Query::default() };
    let mut others: Vec<(Link, String)> = Vec::new();
    for (link, kind) in finder.search(&named).await?.items.iter().map(short) {
        let told = others.iter().any(|(known, of)| known.label == link.label && *of == kind);
        if !told && others.len() < usize::from(OTHERS) {
            others.push((link, kind));
        }
    }
    Ok(others)
}

fn lay_out(app: &App, asked: &FilledParams, query: &Query, answer: &Answer, others: Vec<(Link, String)>) -> Results {
    let first = asked.without(&["cursor"]);
    let city = |value: &str| label(answer, FacetName::City, value);
    let told = told(asked, answer.total, &city);
    let currencies = answer.histograms.price.as_ref().map_or(0, Vec::len);
    let controls = ["q", "from", "to", "price_min", "price_max", "radius_km", "category", "city", "availability", "cursor"];
    Results {
        cards: answer.items.iter().map(card).collect(),
        total: thousands(answer.total),
        title: if told.is_empty() { "Events".to_owned() } else { capital(&told) },
        told,
        this_year: this_year(app),
        sorts: sorts(&first, query),
        chips: chips(&first, answer),
        facets: facets(&first, answer),
        from: asked.one("from").to_owned(),
        to: asked.one("to").to_owned(),
        occasions: occasions(&first),
        months: months(&first, answer.facets.get(FacetName::Month)),
        prices: prices::prices(&first, answer.histograms.price.as_deref().unwrap_or_default()),
        grouping: grouping(&first),
        map: map::is_open(&first).then(|| map::map_box(&first, answer)),
        map_href: (!map::is_open(&first)).then(|| first.clone().with("view", "map").href("/search")),
        others,
        kept: asked.without(&controls).pairs().to_vec(),
        near: query.near.is_some(),
        radius_km: query.near.map(|near| near.radius_km.to_string()).unwrap_or_default(),
        next: answer.next_cursor.as_ref().map(|cursor| first.clone().with("cursor", cursor).href("/search")),
        more: answer
            .next_cursor
            .as_ref()
            .map_or_else(String::new, |cursor| first.clone().with("cursor", cursor).href("/search/results")),
        said: said(&first, answer),
        relaxed: lacking(&answer.relaxed, &answer.understood),
        asks_where: query.near.is_none() && answer.understood.iter().any(|part| part.filter == "near"),
        close: Vec::new(),
        lacking: String::new(),
        first_currency: answer.currency.filter(|_| currencies > 1).map(|currency| currency.to_string()).unwrap_or_default(),
        on_later_page: query.cursor.is_some(),
        first: first.href("/search"),
        clear: FilledParams::new(vec![("q".to_owned(), asked.one("q").to_owned())]).href("/search"),
    }
}

/// A better spelling: one that was searched for instead, or one to try.
fn said(first: &FilledParams, answer: &Answer) -> Option<Correction> {
    let typed = first.one("q").to_owned();
    let href = |q: &str| first.without(&["q"]).with("q", q).href("/search");
    if let Some(q) = &answer.corrected {
        return Some(Correction { corrected: true, typed, q: q.clone(), href: href(q), total: String::new() });
    }
    let better = answer.did_you_mean.as_ref()?;
    let total = plural(better.total, "event");
    Some(Correction { corrected: false, typed, q: better.q.clone(), href: href(&better.q), total })
}

pub fn this_year(app: &App) -> String {
    app.clock.now().strftime("%Y").to_string()
}

/// `events for “owls” in Brisbane`.
fn told(asked: &FilledParams, total: u64, city: &dyn Fn(&str) -> String) -> String {
    let noun = if asked.one("group") == "series" { "show" } else { "event" };
    let mut text = if total == 1 { noun.to_owned() } else { format!("{noun}s") };
    if !asked.one("q").is_empty() {
        text.push_str(&format!(" for “{}”", asked.one("q")));
    }
    let cities: Vec<String> = asked.all("city").map(|name| city(&name)).collect();
    if !cities.is_empty() && cities.len() <= 3 {
        text.push_str(&format!(" in {}", cities.join(", ")));
    }
    text
}

/// What people call a facet's value; the value itself where the facet does not know it.
fn label(answer: &Answer, facet: FacetName, value: &str) -> String {
    let known = answer.facets.get(facet).iter().find(|known| is_value(facet, known, value));
    known.map_or_else(|| value.to_owned(), |known| label_of(facet, known))
}

/// Whether a facet's value is the one that was asked for; categories in any case, as search takes them.
fn is_value(facet: FacetName, known: &FacetValue, asked: &str) -> bool {
    known.value == asked || facet == FacetName::Category && known.value.to_lowercase() == asked.to_lowercase()
}

fn label_of(facet: FacetName, known: &FacetValue) -> String {
    match facet {
        FacetName::Category => capital(&known.label),
        FacetName::Availability => {
            Availability::parse(&known.value).map_or(known.label.clone(), |badge| Badge::from(badge).label.to_owned())
        }
        FacetName::Month => when::month_name(&known.value),
        _ => known.label.clone(),
    }
}

fn sorts(first: &FilledParams, query: &Query) -> Vec<Choice> {
    let mut offered = vec![(Sort::Date, "Date"), (Sort::Price, "Price"), (Sort::Popularity, "Popular")];
    if !query.q.is_empty() {
        offered.insert(0, (Sort::Relevance, "Best match"));
    }
    if query.near.is_some() {
        offered.push((Sort::Distance, "Distance"));
    }
    let base = first.without(&["sort"]);
    let choice = |(sort, label): (Sort, &str)| Choice {
        label: label.to_owned(),
        href: base.clone().with("sort", sort.as_str()).href("/search"),
        chosen: query.sort == sort,
    };
    offered.into_iter().map(choice).collect()
}

/// The filters that are on, each with the address without it.
fn chips(first: &FilledParams, answer: &Answer) -> Vec<Link> {
    let mut chips = understood(first, answer);
    for (name, facet) in [("category", FacetName::Category), ("city", FacetName::City), ("availability", FacetName::Availability)]
    {
        for value in first.all(name) {
            chips.push(Link::new(first.without_value(name, &value).href("/search"), label(answer, facet, &value)));
        }
    }
    let (from, to) = (first.one("from"), first.one("to"));
    match (from.is_empty(), to.is_empty()) {
        (true, true) => {}
        (false, true) => chips.push(Link::new(first.without(&["from"]).href("/search"), format!("From {from}"))),
        (true, false) => chips.push(Link::new(first.without(&["to"]).href("/search"), format!("Until {to}"))),
        (false, false) if from == to => chips.push(Link::new(first.without(&["from", "to"]).href("/search"), from)),
        (false, false) => chips.push(Link::new(first.without(&["from", "to"]).href("/search"), format!("{from} – {to}"))),
    }
    for (name, value, label) in OCCASIONS.into_iter().filter(|(name, value, _)| first.one(name) == *value) {
        chips.push(Link::new(first.without_value(name, value).href("/search"), label));
    }
    for month in first.all("month") {
        chips.push(Link::new(first.without_value("month", &month).href("/search"), when::month_name(&month)));
    }
    if !first.one("price_min").is_empty() || !first.one("price_max").is_empty() {
        chips.push(Link::new(first.without(&prices::NAMES).href("/search"), prices::told(first)));
    }
    let single = [
        ("bbox", "On the map"),
        ("near", "Near me"),
        ("venue_id", "One venue"),
        ("performer_id", "One performer"),
        ("series_id", "One series"),
    ];
    for (name, label) in single.into_iter().filter(|(name, _)| !first.one(name).is_empty()) {
        let gone: &[&str] = match name {
            "near" => &["near", "radius_km", "sort"],
            "bbox" => &["bbox", "view"],
            _ => &[name],
        };
        chips.push(Link::new(first.without(gone).href("/search"), label));
    }
    let mut once = Vec::new();
    chips.retain(|chip| {
        let new = !once.contains(&chip.label);
        once.push(chip.label.clone());
        new
    });
    chips.truncate(MOST_CHIPS);
    chips
}

/// The parts of the question that were understood, each with the address of the question without it.
fn understood(first: &FilledParams, answer: &Answer) -> Vec<Link> {
    let chip = |part: &Understood| {
        let q = without(first.one("q"), &part.text);
        let rest = if part.filter == "near" { first.without(&["near", "radius_km", "sort"]) } else { first.clone() };
        let label = match part.filter {
            "near" => "Near me".to_owned(),
            "month" => when::month_name(&part.value),
            "category" | "genre" => capital(&part.value),
            "city" => answer
                .facets
                .get(FacetName::City)
                .iter()
                .find(|city| part.value.contains(&city.value))
                .map_or_else(|| capital(&part.text), |city| city.label.clone()),
            _ => capital(&part.text),
        };
        let others = rest.without(&["q"]);
        Link::new(if q.is_empty() { others } else { others.with("q", &q) }.href("/search"), label)
    };
    let said = answer.corrected.is_none();
    answer.understood.iter().filter(|_| said).map(chip).collect()
}

fn facets(first: &FilledParams, answer: &Answer) -> Vec<Facet> {
    let shown = [
        ("category", "Category", FacetName::Category),
        ("city", "City", FacetName::City),
        ("availability", "Tickets", FacetName::Availability),
    ];
    let facet = |(name, title, facet): (&'static str, &'static str, FacetName)| {
        let options = answer.facets.get(facet).iter().take(BEHIND_MORE).map(|known| FacetOption {
            value: list::value(&known.value),
            label: label_of(facet, known),
            count: thousands(known.count),
            chosen: first.all(name).any(|asked| is_value(facet, known, &asked)),
        });
        let mut options: Vec<_> = options.collect();
        // What is chosen stays in sight, also where it is rare now.
        options.sort_by_key(|option| !option.chosen);
        let more = options.split_off(IN_SIGHT.min(options.len()));
        Facet { name, title, open: true, options, more }
    };
    shown.into_iter().map(facet).filter(|facet| !facet.options.is_empty()).collect()
}

/// What people ask most, by each venue's own clock; what was asked for already is taken back.
const OCCASIONS: [(&str, &str, &str); 4] = [
    ("when", "today", "Today"),
    ("when", "tonight", "Tonight"),
    ("when", "weekend", "This weekend"),
    ("on_sale", "yes", "On sale now"),
];

fn occasions(first: &FilledParams) -> Vec<Choice> {
    let choice = |(name, value, label): (&str, &str, &str)| {
        let chosen = first.one(name) == value;
        let base = first.without(&[name]);
        let href = if chosen { base.href("/search") } else { base.with(name, value).href("/search") };
        Choice { label: label.to_owned(), href, chosen }
    };
    // what is chosen stands among the chips above the results
    OCCASIONS.into_iter().map(choice).filter(|choice| !choice.chosen).collect()
}

fn months(first: &FilledParams, counted: &[FacetValue]) -> Vec<Bar> {
    let mut months: Vec<&FacetValue> = counted.iter().collect();
    months.sort_by(|a, b| a.value.cmp(&b.value));
    months.truncate(MONTHS);
    let most = months.iter().map(|month| month.count).max().unwrap_or(1).max(1);
    let bar = |month: &&FacetValue| {
        let chosen = first.has("month", &month.value);
        let other = if chosen { first.without_value("month", &month.value) } else { first.clone().with("month", &month.value) };
        Bar {
            label: when::month_short(&month.value),
            count: thousands(month.count),
            href: other.href("/search"),
            chosen,
            share: month.count * 100 / most,
        }
    };
    months.iter().map(bar).collect()
}

/// Every date, or one line a series.
fn grouping(first: &FilledParams) -> Vec<Choice> {
    let grouped = first.one("group") == "series";
    let base = first.without(&["group"]);
    let together = base.clone().with("group", "series").href("/search");
    vec![
        Choice { label: "Every date".to_owned(), href: base.href("/search"), chosen: !grouped },
        Choice { label: "One line a show".to_owned(), href: together, chosen: grouped },
    ]
}

/// The front door.  `GET /`
pub async fn home_page(app: App, finder: Finder) -> PageResult<Response> {
    let kept = Keepable::now(&app.catalog);
    let popular = Query { sort: Sort::Popularity, group_series: true, limit: 6, ..Query::default() };
    let counted = Query { limit: 1, facets: vec![FacetName::Category, FacetName::City], ..Query::default() };
    let soon =
        Query { sort: Sort::Date, limit: 6, availability: vec![Availability::Available, Availability::Few], ..Query::default() };
    let (popular, soon) = (finder.search(&popular).await?, finder.search(&soon).await?);
    let counted = finder.search(&counted).await?;
    let shelf = |title: &str, href: &str, answer: &Answer| Shelf {
        title: title.to_owned(),
        more: Link::new(href, "See all"),
        cards: answer.items.iter().map(card).collect(),
    };
    let shelves = vec![
        shelf("Everyone is talking about", "/search?sort=popularity", &popular),
        shelf("Coming up, tickets left", "/search?availability=available%2Cfew", &soon),
    ];
    let link = |name: &str, known: &FacetValue, label: String| {
        Link::new(FilledParams::default().with_value(name, &known.value).href("/search"), label)
    };
    let categories =
        counted.facets.get(FacetName::Category).iter().filter(|known| !known.value.is_empty()).take(TILES).map(|known| {
            CategoryTile {
                link: link("category", known, capital(&known.label)),
                count: thousands(known.count),
                poster: Poster::of(uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, known.value.as_bytes()), &known.value),
            }
        });
    let cities = counted
        .facets
        .get(FacetName::City)
        .iter()
        .take(24)
        .map(|known| (Link::new(format!("/cities/{}", known.value), &*known.label), thousands(known.count)));
    let home = HomePage {
        page: Page::public(
            "Tickets for concerts, shows and matches",
            "Find an event in milliseconds and pick your exact seat on a live map.",
            "/",
        ),
        total: thousands(counted.total),
        shortcuts: occasions(&FilledParams::default()).into_iter().map(|choice| Link::new(choice.href, choice.label)).collect(),
        categories: categories.collect(),
        cities: cities.collect(),
        shelves: shelves.into_iter().filter(|shelf: &Shelf| !shelf.cards.is_empty()).collect(),
        this_year: this_year(&app),
    };
    show(&home, (CachePolicy::Search.tagged(["search"]), kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_were_understood_as_one_are_lacking_as_one() {
        let understood = [("jazz", "genre"), ("this weekend", "when")].map(|(text, filter)| Understood {
            text: text.to_owned(),
            filter,
            value: String::new(),
        });
        let lacking = |words: &[&str]| super::lacking(&words.iter().map(ToString::to_string).collect::<Vec<_>>(), &understood);
        assert_eq!(lacking(&["jazz", "this", "weekend"]), "“jazz” or “this weekend”");
        assert_eq!(lacking(&["this", "weekend", "munich"]), "“this weekend” or “munich”");
        assert_eq!(lacking(&["this"]), "“this”", "a part of it alone is a word");
        assert_eq!(lacking(&[]), "");
    }
}
