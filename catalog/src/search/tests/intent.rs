//! What questions mean besides their words: kinds, times, cities; and what is said when not every word can be held.

use super::*;
use crate::model::EventSource;

fn kind(number: u128, title: &str, category: &str, genre: &str, starts_at: &str, venue: u128) -> EventSource {
    let mut made = at(event(number, title, starts_at), venue);
    (made.category, made.genre) = (category.into(), genre.into());
    made
}

/// The tests' now is Sunday 2027-01-10, noon.
fn season() -> Small {
    small(&[
        kind(401, "Blue Hour", "concerts", "Jazz", "2027-01-10T20:00:00Z", 11),
        kind(402, "The Jazz Age", "theatre", "Drama", "2027-01-10T19:00:00Z", 11),
        kind(403, "Blue Hour", "concerts", "Jazz", "2027-01-16T20:00:00Z", 13),
        kind(404, "Rusalka", "opera", "Opera", "2027-01-17T19:00:00Z", 14),
        kind(405, "Tonight", "theatre", "Musical", "2027-05-01T19:00:00Z", 13),
        kind(406, "Home Match", "sports", "football", "2027-01-10T13:00:00Z", 13),
        kind(407, "March of the Owls", "family", "Family", "2027-02-20T10:00:00Z", 11),
        kind(408, "Spring Gala", "concerts", "classical", "2027-03-20T19:00:00Z", 11),
        kind(409, "Spring Gala", "concerts", "classical", "2028-03-20T19:00:00Z", 11),
    ])
}

#[tokio::test]
async fn kinds_times_and_cities_are_understood_and_titles_are_still_found() {
    let small = season();
    let table: [(&str, &[u128]); 17] = [
        ("jazz in sydney this month", &[403]),
        ("jazz", &[401, 403, 402]),
        ("jazz brisbane", &[401, 402]),
        ("jazz tonight", &[401, 402]),
        ("jazz concerts in sydney", &[403]),
        ("concert saturday", &[403]),
        ("concerts next weekend", &[403]),
        ("theater in brisbane tonight", &[402]),
        ("football today", &[406]),
        ("soccer match sydney", &[406]),
        ("tonight", &[405, 402, 401]),
        ("concert march", &[408, 409]),
        ("concerts march 2028", &[409]),
        ("events in munich", &[404]),
        ("march", &[407, 408, 409]),
        ("opera munich next sunday", &[404]),
        ("home match tickets", &[406]),
    ];
    for (q, expected) in table {
        assert_eq!(small.ids(&format!("q={q}")).await, expected, "{q}");
    }
}

/// The controls: the same in English, and a work that is called so.
#[tokio::test]
async fn kinds_and_times_are_understood_in_five_languages() {
    let small = small(&[
        kind(401, "Blue Hour", "concerts", "Jazz", "2027-01-10T20:00:00Z", 14),
        kind(402, "The Long Night", "film", "Drama", "2027-01-10T19:00:00Z", 14),
        kind(403, "The Seagull", "theatre", "Drama", "2027-01-11T19:00:00Z", 14),
        kind(404, "Blue Hour", "concerts", "Jazz", "2027-01-16T20:00:00Z", 14),
        kind(405, "The Long Night", "film", "Drama", "2027-01-16T19:00:00Z", 13),
        kind(406, "Strauss: Morgen!", "concerts", "classical", "2027-03-16T19:00:00Z", 13),
        kind(407, "Strauss: Don Juan", "concerts", "classical", "2027-01-11T19:00:00Z", 13),
    ]);
    let table: [(&str, &[u128]); 19] = [
        ("film munich today", &[402]),
        ("kino münchen heute", &[402]),
        ("Kino heute Abend", &[402]),
        ("cinéma munich aujourd’hui", &[402]),
        ("cine hoy munich", &[402]),
        ("munich cinema oggi", &[402]),
        ("bioscoop vandaag in munich", &[402]),
        ("theater morgen münchen", &[403]),
        ("théâtre demain munich", &[403]),
        ("teatro mañana", &[403]),
        ("teatro domani munich", &[403]),
        ("toneel morgen", &[403]),
        ("konzerte am wochenende", &[401]),
        ("jazz konzert münchen nächste woche", &[404]),
        ("concert ce soir", &[401]),
        ("concierto esta noche munich", &[401]),
        ("film stasera", &[402]),
        ("concerten vanavond", &[401]),
        ("strauss morgen", &[406]),
    ];
    for (q, expected) in table {
        let found = small.ids(&format!("q={q}")).await;
        assert_eq!(found, expected, "{q}");
    }
    let said = small.ask("q=kino münchen heute").await.understood;
    let said: Vec<_> = said.iter().map(|part| (part.text.as_str(), part.filter, part.value.as_str())).collect();
    assert_eq!(said, [("kino", "category", "film"), ("munchen", "city", &id(3).to_string()), ("heute", "when", "today")]);
}

/// The control is a question in which the same words mean nothing.
#[tokio::test]
async fn words_that_set_nothing_apart_put_nothing_first() {
    let small = small(&[
        kind(401, "Blue Hour", "concerts", "Jazz", "2027-01-10T20:00:00Z", 11),
        kind(402, "Things to Do", "theatre", "Drama", "2027-01-10T21:00:00Z", 11),
    ]);
    assert_eq!(small.ids("q=things to do tonight").await, [401, 402]);
    assert_eq!(small.ids("q=things to do in brisbane tonight").await, [401, 402]);
    assert_eq!(small.ids("q=do things").await, [402]);
    assert_eq!(small.ids("q=things to do").await, [402], "nothing else is asked for");
}

/// The control is the same question of two words that are known.
#[tokio::test]
async fn a_misspelt_word_gives_way_before_one_that_is_known() {
    let small = small(&[
        kind(401, "Night Owls", "concerts", "Jazz", "2027-02-10T20:00:00Z", 11),
        kind(402, "Nice Try", "comedy", "Stand-up", "2027-01-20T21:00:00Z", 12),
    ]);
    for (q, found, relaxed) in [("nite owls", &[401_u128][..], &["nite"][..]), ("nice owls", &[402], &["owls"])] {
        let answer = small.ask(&format!("q={q}")).await;
        let ids: Vec<u128> = answer.items.iter().map(|hit| hit.id.as_u128()).collect();
        assert_eq!((&ids[..], answer.relaxed), (found, relaxed.iter().map(|word| (*word).to_owned()).collect()), "{q}");
    }
}

/// The control is the genre's own name.
#[tokio::test]
async fn a_genre_that_is_only_nearly_named_stands_behind_what_is_called_so() {
    let small = small(&[
        kind(401, "Blue", "theatre", "Drama", "2027-03-01T20:00:00Z", 11),
        kind(402, "Delta Night", "concerts", "Blues", "2027-02-01T20:00:00Z", 11),
        kind(403, "Musicals", "theatre", "Drama", "2027-03-01T20:00:00Z", 11),
        kind(404, "Rent", "theatre", "Musical", "2027-02-01T20:00:00Z", 11),
    ]);
    let table: [(&str, &[u128]); 3] = [("blue", &[401]), ("blues", &[402]), ("musicals", &[403, 404])];
    for (q, expected) in table {
        let found = small.ids(&format!("q={q}")).await;
        assert_eq!(&found[..expected.len()], expected, "{q}: {found:?}");
    }
    assert_eq!(small.ask("q=blue").await.understood, []);
}

/// The tests' now is a Sunday.
#[tokio::test]
async fn next_sunday_said_on_a_sunday_is_in_seven_days() {
    let small = small(&[
        kind(401, "Matinee", "concerts", "Jazz", "2027-01-10T20:00:00Z", 13),
        kind(402, "Matinee", "concerts", "Jazz", "2027-01-17T20:00:00Z", 13),
    ]);
    for (q, expected) in [("sunday", 401), ("this sunday", 401), ("next sunday", 402), ("next sunday night", 402)] {
        assert_eq!(small.ids(&format!("q=jazz {q}")).await, [expected], "{q}");
    }
    assert_eq!(small.ids("when=next_sunday").await, [402]);
}

#[tokio::test]
async fn what_was_understood_is_said_as_a_filter() {
    let small = season();
    let said = async |text: &str| {
        let answer = small.ask(text).await;
        answer.understood.into_iter().map(|part| (part.text, part.filter, part.value)).collect::<Vec<_>>()
    };
    let part = |text: &str, filter: &'static str, value: &str| (text.to_owned(), filter, value.to_owned());
    assert_eq!(
        said("q=Jazz in Brisbane tonight").await,
        [part("jazz", "genre", "Jazz"), part("brisbane", "city", &id(1).to_string()), part("tonight", "when", "tonight")]
    );
    assert_eq!(said("q=theatre near me").await, [part("theatre", "category", "theatre"), part("near me", "near", "")]);
    assert_eq!(said("q=theatre near me&near=-27.5,153").await[1], part("near me", "near", "-27.5,153"));
    assert_eq!(said("q=concerts march").await[1], part("march", "month", "2027-03"));
    assert_eq!(said("q=spring gala").await, []);
    assert_eq!(said("q=brisbane").await, [], "a city alone is a word like any other: somebody may be called so");
}

#[tokio::test]
async fn near_me_is_where_whoever_asks_is() {
    let small = season();
    assert_eq!(small.ids("q=theatre near me&near=-27.5,153&radius_km=50").await, [402]);
    assert_eq!(small.ids("q=theatre near me").await, [402, 405]);
    assert_eq!(small.ask("q=near me").await.total, 9, "all there is, by date");
    assert_eq!(small.ask("q=near me&limit=2").await.items[0].id, id(406));
    let cursor = small.ask("q=near me&limit=2").await.next_cursor.expect("more");
    assert_eq!(small.ask(&format!("q=near me&limit=2&cursor={cursor}")).await.items[0].id, id(401));
}

#[tokio::test]
async fn what_says_near_hides_nothing_that_is_near() {
    let mut said = at(event(501, "Metal Gala", "2027-06-01T20:00:00Z"), 11);
    said.description = "Near the river".to_owned();
    let small = small(&[said, at(event(502, "Spring Gala", "2027-06-01T20:00:00Z"), 11)]);
    for q in ["near me", "events near me"] {
        assert_eq!(small.ask(&format!("q={q}")).await.total, 2, "{q}");
    }
}

#[tokio::test]
async fn no_word_is_dropped_in_silence() {
    let small = season();
    let table: [(&str, &[&str]); 8] = [
        ("!!! +", &["!!! +"]),
        ("blue hour", &[]),
        ("jazz munich tonight", &["jazz", "munich", "tonight"]),
        ("rusalka tonight", &["tonight"]),
        ("spring gala 2031", &["2031"]),
        ("spring gala saturday", &["saturday"]),
        ("rusalka qqqqqq", &["qqqqqq"]),
        ("tonigt", &[]),
    ];
    for (q, expected) in table {
        let answer = small.ask(&format!("q={q}")).await;
        let mut relaxed = answer.relaxed;
        relaxed.sort_unstable();
        assert!(answer.total > 0, "{q}");
        assert_eq!(relaxed, expected, "{q}");
    }
    let first = small.ask("q=spring gala 2031&limit=1").await;
    let cursor = first.next_cursor.expect("another");
    assert_eq!(small.ask(&format!("q=spring gala 2031&limit=1&cursor={cursor}")).await.relaxed, ["2031"]);
}

#[tokio::test]
async fn a_month_of_a_year_of_which_there_is_nothing_is_not_what_was_understood() {
    let small = season();
    for (q, relaxed, understood) in [("gala march 2027", false, Some("2027-03")), ("gala march 2031", true, None)] {
        let answer = small.ask(&format!("q={q}")).await;
        assert!(answer.total > 0, "{q}");
        assert_eq!(answer.relaxed.iter().any(|word| word == "2031"), relaxed, "{q}");
        assert_eq!(answer.understood.iter().map(|part| part.value.as_str()).next(), understood, "{q}");
    }
}

#[tokio::test]
async fn words_that_mean_something_are_not_corrected() {
    let small = season();
    for q in ["tonight", "jazz tomorrow", "concerts this weekend", "theater"] {
        let answer = small.ask(&format!("q={q}&spellcheck=yes")).await;
        assert_eq!((answer.corrected, answer.did_you_mean), (None, None), "{q}");
    }
}

#[tokio::test]
async fn days_that_there_are_not_are_words() {
    let small = season();
    for q in ["24:00", "31 february", "concerts 31 february", "jazz 24:00", "this", "next", "near", "me near"] {
        let answer = small.catalog.search(&query(&format!("q={q}"))).await;
        assert!(answer.is_ok(), "{q}");
    }
}

/// A word that is a city, a musical and a band.
#[tokio::test]
async fn a_word_that_is_many_things_finds_them_all_and_is_narrowed_by_what_stands_beside_it() {
    let (dir, mut around) = (tempfile::tempdir().expect("a directory"), around());
    let apollo = crate::search::tests::fixture::venue(18, "Apollo", city(6, "Chicago", "US", &[]), Some((41.88, -87.63)));
    around.venues.insert(apollo.row.id, apollo);
    let band = performer(24, "Chicago", &[]);
    around.performers.insert(band.row.id, band);
    let mut hits = kind(502, "Greatest Hits", "concerts", "Rock", "2027-02-01T20:00:00Z", 11);
    hits.performers = cast(24);
    let events = [
        kind(501, "Chicago", "theatre", "Musical", "2027-04-01T19:00:00Z", 14),
        hits,
        kind(503, "Blue Hour", "concerts", "Jazz", "2027-03-01T20:00:00Z", 18),
        kind(504, "Blue Hour", "concerts", "Jazz", "2027-03-01T20:00:00Z", 11),
    ];
    build(dir.path(), &events, &around);
    let small = Small { catalog: open(dir.path()), dir };
    let table: [(&str, &[u128]); 7] = [
        ("chicago", &[501, 502, 503]),
        ("chicago musical", &[501]),
        ("chicago in munich", &[501]),
        ("chicago brisbane", &[502]),
        ("jazz chicago", &[503]),
        ("concert chicago", &[502, 503]),
        ("chicago concerts february", &[502]),
    ];
    for (q, expected) in table {
        let answer = small.ask(&format!("q={q}")).await;
        let mut found: Vec<u128> = answer.items.iter().map(|hit| hit.id.as_u128()).collect();
        found.sort_unstable();
        assert_eq!((&found[..], &answer.relaxed[..]), (expected, &[][..]), "{q}: {:?}", answer.understood);
        // what a chip takes off leaves at least as much
        for part in &answer.understood {
            let rest = crate::search::without(q, &part.text);
            assert!(small.ask(&format!("q={rest}")).await.total >= answer.total, "{q} without {}", part.text);
        }
    }
    assert_eq!(small.ids("q=chicago").await[0], 501, "the whole title first");
    assert_eq!(small.ask("q=chicago").await.understood, [], "a city alone is a word like any other");
    let kinds = async |kind: &str| small.ask(&format!("q=chicago&kind={kind}")).await.total;
    assert_eq!((kinds("performer").await, kinds("venue").await), (1, 1));
}

#[tokio::test]
async fn may_is_a_month_and_a_title_and_a_span_of_two_hundred_years_is_one_of_time() {
    let small = small(&[
        kind(601, "May", "theatre", "Drama", "2027-02-01T19:00:00Z", 11),
        kind(602, "Blue Hour", "concerts", "Jazz", "2027-05-20T19:00:00Z", 11),
        kind(603, "Old Song", "concerts", "Folk", "1931-05-20T19:00:00Z", 11),
        kind(604, "Far Song", "concerts", "Folk", "2126-12-20T19:00:00Z", 11),
    ]);
    assert_eq!(small.ids("q=may").await, [601, 602], "the title first");
    assert_eq!(small.ids("q=jazz may").await, [602]);
    assert_eq!(small.ids("q=may theatre").await, [601]);
    for (span, expected) in [
        ("from=1930-01-01&to=2130-01-01&past=yes", &[603, 601, 602, 604][..]),
        ("from=1930-01-01&to=1931-05-19&past=yes", &[]),
        ("from=1930-01-01T00:00:00Z&to=2126-12-20T18:59:59Z&past=yes&category=concerts", &[603, 602]),
        ("from=0001-01-01&to=9999-12-31&past=yes", &[603, 601, 602, 604]),
    ] {
        assert_eq!(small.ids(span).await, expected, "{span}");
        let months = small.ask(&format!("{span}&facets=month")).await.facets;
        let counted: u64 = months.get(FacetName::Month).iter().map(|month| month.count).sum();
        assert_eq!(counted, expected.len() as u64, "{span}");
    }
}

/// The control is how many there are.
#[tokio::test]
async fn of_a_thousand_cities_of_one_name_those_with_the_most_venues_are_meant() {
    let (dir, mut around) = (tempfile::tempdir().expect("a directory"), around());
    for number in 1_000..2_000 {
        let springfield = city(number, "Springfield", "US", &[]);
        for venue_number in if number == 1_999 { vec![number, number + 5_000] } else { vec![number] } {
            let venue = crate::search::tests::fixture::venue(venue_number, "Hall", springfield.clone(), None);
            around.venues.insert(venue.row.id, venue);
        }
    }
    let events: Vec<_> = (1_000..2_000).map(|n| kind(n, "Blue Hour", "concerts", "Jazz", "2027-03-01T20:00:00Z", n)).collect();
    build(dir.path(), &events, &around);
    let small = Small { catalog: open(dir.path()), dir };
    let answer = small.ask("q=jazz springfield").await;
    assert_eq!((answer.total, small.catalog.cities_called("springfield").len()), (1_000, 1_000));
    let meant: Vec<&str> = answer.understood[1].value.split(',').collect();
    assert_eq!((meant.len(), meant[0]), (32, &*id(1_999).to_string()));
}
