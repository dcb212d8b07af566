//! The JSON of an answer says what its values say, whether an event is read, read again, or kept from before.

use domain::{EventId, Money, Tier, TierId};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::fixture::{Small, at, cast, event, id, priced, programme, query, sides, small};
use crate::index::build::Changes;
use crate::index::document;
use crate::model::More;
use crate::search::EventAvailability;
use crate::search::question::query::FacetName;

#[tokio::test]
async fn tiers_languages_and_genres_are_filters() {
    let small = strange();
    let table: [(&str, &[u128]); 7] = [
        ("language=pt-br", &[110]),
        ("language=en,pt-BR", &[110]),
        ("language=en", &[]),
        ("tier=circle", &[110]),
        ("tier=CIRCLE,Balcony&language=pt-BR", &[110]),
        ("tier=circle&language=en", &[]),
        ("q=owls&tier=circle&facets=city", &[110]),
    ];
    for (text, expected) in table {
        assert_eq!(small.ids(text).await, expected, "{text}");
    }
}

/// A programme with whatever JSON escapes.
fn strange() -> Small {
    let mut strange = priced(at(event(110, "Night \"Owls\"\\ \u{7}", "2027-04-02T20:05:00Z"), 11), -1, 435_000, "VND");
    (strange.slug, strange.external_id) = ("sl\"ug".into(), None);
    strange.performers = [cast(21), cast(22)].concat();
    strange.performers[1].role = "sup\"port".into();
    strange.ends_at = Some("2027-04-02T23:00:00Z".parse().expect("an instant"));
    let tier = |id: char, name: &str, amount| Tier {
        id: TierId::try_from(id).expect("a letter"),
        name: name.into(),
        price: Money::new(amount, "VND".parse().expect("a code")),
    };
    strange.tiers = vec![tier('1', "St\"alls", -1), tier('2', "Circle", 435_000)];
    strange.more = More {
        language: "pt-BR".into(),
        released: Some(jiff::civil::date(1999, 3, 31)),
        extras: serde_json::Map::from_iter([("rating".to_owned(), json!({ "age": 12 }))]),
    };
    let mut ancient = at(event(111, "Circus", "-000044-03-15T12:00:00Z"), 14);
    ancient.timezone = "Europe/Rome".into();
    small(&[programme(), vec![strange, ancient]].concat())
}

/// The answer's bytes, read; `nonce` makes it a question that nobody asked before.
async fn written(small: &Small, text: &str, nonce: usize) -> Value {
    let rendered = small.catalog.search_cached(&query(&format!("{text}&from=1000-01-01T00:00:{nonce:02}Z"))).await;
    let answer: Value = serde_json::from_slice(rendered.expect("an answer").body.as_ref()).expect("JSON");
    assert!(answer["items"].as_array().is_some_and(|items| !items.is_empty()), "{text}");
    answer
}

#[tokio::test]
async fn bytes_say_what_values_say() {
    let small = strange();
    let questions = [
        "limit=50",
        "past=yes&limit=1",
        "q=night owls&spellcheck=yes",
        "q=nihgt owlz&spellcheck=yes&facets=category,month,price",
        "kind=event,series,performer,venue&sort=name&limit=50",
        "near=-27.47,153.02&radius_km=500&sort=distance",
        "group=series&sort=-date",
        "availability=available,cancelled",
    ];
    for text in questions {
        for nonce in 0..3 {
            let asked = query(&format!("{text}&from=1000-01-01T00:00:{nonce:02}Z"));
            let values = small.catalog.search(&asked).await.expect("an answer");
            let answer = written(&small, text, nonce).await;
            assert_eq!(answer["items"], serde_json::to_value(&values.items).expect("JSON"), "{text} for the {nonce}th time");
            assert_eq!(answer["total"], values.total, "{text}");
            assert_eq!(answer.get("corrected"), values.corrected.clone().map(Value::from).as_ref(), "{text}");
            let better = values.did_you_mean.as_ref().map(|better| json!({ "q": better.q, "total": better.total }));
            assert_eq!(answer.get("did_you_mean"), better.as_ref(), "{text}");
            let facets = serde_json::to_value(&values.facets).expect("JSON");
            assert_eq!(answer.get("facets").unwrap_or(&json!({})), &facets, "{text}");
            assert_eq!(answer.get("histograms").is_some(), !values.histograms.is_empty(), "{text}");
            assert_eq!((&answer["generation"], &answer["next_cursor"]), (&json!(1), &json!(values.next_cursor)), "{text}");
        }
    }
}

#[tokio::test]
async fn an_event_is_written_whole() {
    let small = strange();
    for nonce in 0..3 {
        let answer = written(&small, "venue_id=00000000-0000-0000-0000-00000000000b", nonce).await;
        let whole = json!({
            "kind": "event", "id": id(110), "slug": "sl\"ug", "title": "Night \"Owls\"\\ \u{7}", "highlights": [], "series": null,
            "category": "concerts", "genre": "", "status": "scheduled",
            "starts_at": "2027-04-02T20:05:00Z", "ends_at": "2027-04-02T23:00:00Z", "start_precision": "minute",
            "local_date": "2027-04-02", "local_time": "20:05", "timezone": "UTC",
            "venue": {
                "id": id(11), "external_id": "venue-11", "slug": "", "name": "Tivoli",
                "city_id": id(1), "city": "Brisbane", "country": "AU", "lat": -27.45, "lon": 153.03,
            },
            "performers": [
                { "id": id(21), "external_id": "performer-21", "slug": "", "name": "The Night Owls", "role": "headliner" },
                { "id": id(22), "external_id": "performer-22", "slug": "", "name": "Dvořák Quartet", "role": "sup\"port" },
            ],
            "price_from": { "amount": -1, "currency": "VND" }, "price_to": { "amount": 435_000, "currency": "VND" },
            "language": "pt-BR", "released": "1999-03-31", "extras": { "rating": { "age": 12 } },
            "tiers": [
                { "name": "St\"alls", "price": { "amount": -1, "currency": "VND" }, "availability": "available" },
                { "name": "Circle", "price": { "amount": 435_000, "currency": "VND" }, "availability": "available" },
            ],
            "availability": "available", "availability_as_of": "2027-01-10T12:00:00Z",
        });
        assert_eq!(answer["items"][1], whole);
    }
}

#[tokio::test]
async fn an_event_that_is_kept_wears_the_badge_of_now() {
    let small = strange();
    let badges = async |nonce| {
        let answer = written(&small, "city=Brisbane&on_sale=yes", nonce).await;
        let badge = |hit: &Value| (hit["id"].clone(), hit["availability"].clone(), hit["availability_as_of"].clone());
        answer["items"].as_array().expect("a list").iter().map(badge).collect::<Vec<_>>()
    };
    for nonce in 0..3 {
        assert!(badges(nonce).await.iter().all(|(_, badge, _)| badge == "available"));
    }
    let sold = EventAvailability {
        event_id: EventId::from(id(101)),
        available: 0,
        held: 0,
        sold: 100,
        capacity: 100,
        tiers: None,
        as_of: Timestamp::from_second(1_800_000_000).expect("in range"),
    };
    small.catalog.overlay().update([sold]);
    let badges = badges(3).await;
    let of = |number: u128| badges.iter().find(|(known, ..)| known == &json!(id(number))).expect("shown");
    assert_eq!((&of(101).1, &of(101).2), (&json!("sold_out"), &json!("2027-01-15T08:00:00Z")));
    assert_eq!((&of(110).1, &of(110).2), (&json!("available"), &json!("2027-01-10T12:00:00Z")));
}

#[tokio::test]
async fn each_tier_of_an_event_wears_its_own_badge_and_all_that_of_a_sale_that_is_closed() {
    let small = strange();
    let tiers = async |nonce| {
        let answer = written(&small, "venue_id=00000000-0000-0000-0000-00000000000b", nonce).await;
        let hit = answer["items"][1].clone();
        let of = |at: usize| hit["tiers"][at]["availability"].as_str().expect("a badge").to_owned();
        (of(0), of(1), hit["availability"].as_str().expect("a badge").to_owned())
    };
    let say = |tiers: Option<&str>| {
        let tiers = tiers.map(|tiers| tiers.parse().expect("badges"));
        let (event_id, as_of) = (EventId::from(id(110)), Timestamp::UNIX_EPOCH);
        let said = EventAvailability { event_id, available: 10, held: 0, sold: 90, capacity: 100, tiers, as_of };
        let before = small.catalog.overlay().epoch();
        small.catalog.overlay().update([said]);
        small.catalog.overlay().epoch() - before
    };
    let expected = |texts: [&str; 3]| (texts[0].to_owned(), texts[1].to_owned(), texts[2].to_owned());
    assert_eq!(say(None), 1);
    for nonce in 0..3 {
        assert_eq!(tiers(nonce).await, expected(["few"; 3]), "while nothing is known of tiers, what is of their event");
    }
    assert_eq!((say(Some("2s")), say(Some("2s")), say(Some("1f2s"))), (1, 0, 1), "only what shows makes a new state");
    for nonce in 3..6 {
        assert_eq!(tiers(nonce).await, expected(["few", "sold_out", "few"]));
    }
    assert_eq!(say(Some("2h")), 1);
    assert_eq!(tiers(6).await, expected(["available", "held", "few"]));
}

/// The control is the number of names that were ever given.
#[tokio::test]
async fn names_that_nothing_has_any_more_take_bounded_room() {
    let (small, sides) = (small(&programme()), sides());
    let name_bytes = || small.catalog.name_bytes();
    let (at_first, mut given, mut most) = (name_bytes(), 0, 0);
    for round in 0..60 {
        let mut changed = priced(at(event(101, "The Night Owls", "2027-03-12T20:00:00Z"), 11), 4_500, 9_000, "AUD");
        let tier = |(number, letter): (usize, char)| Tier {
            id: TierId::try_from(letter).expect("a letter"),
            name: format!("{round} {number} {}", "x".repeat(190)),
            price: Money::new(4_500, "AUD".parse().expect("a code")),
        };
        changed.tiers = "123456789".chars().enumerate().map(tier).collect();
        given += changed.tiers.iter().map(|tier| tier.name.len()).sum::<usize>();
        let mut changes = Changes::open(small.dir.path()).expect("readable").expect("free");
        changes.replace(id(101), document::event(&changes.fields, &changed, &sides)).expect("replaced");
        changes.commit(Default::default()).expect("committed");
        changes.close().expect("closed");
        small.catalog.reload_if_changed().expect("readable");
        most = most.max(name_bytes());
        assert_eq!(small.ids(&format!("tier={round} 8 {}", "x".repeat(190))).await, [101]);
        let answer = small.ask("q=night owls&city=Brisbane").await;
        assert!(
            answer.items[0].event().expect("an event").tiers[0].name.starts_with(&format!("{round} 0 ")),
            "as its document says now"
        );
    }
    assert!(most < 4 * at_first + 64 * 1_024 && most < given / 2, "{most} of {given}");
}

/// The control is the number of categories that there ever were.
#[tokio::test]
async fn categories_that_nothing_has_any_more_are_forgotten() {
    let (small, sides) = (small(&programme()), sides());
    let (at_first, mut most) = (small.catalog.kind_names(), 0);
    for round in 0..20 {
        let mut changes = Changes::open(small.dir.path()).expect("readable").expect("free");
        for number in 0..30 {
            let mut own = event(9_000 + number, "The Night Owls", "2027-03-12T20:00:00Z");
            own.category = format!("Own {round} {number}");
            changes.replace(id(9_000 + number), document::event(&changes.fields, &own, &sides)).expect("replaced");
        }
        changes.commit(Default::default()).expect("committed");
        changes.close().expect("closed");
        small.catalog.reload_if_changed().expect("readable");
        most = most.max(small.catalog.kind_names());
        assert_eq!(small.ids(&format!("category=own {round} 7")).await, [9_007], "as its document says now");
        assert_eq!(small.ask("facets=category").await.facets.get(FacetName::Category).len(), 30 + 2, "{round}");
    }
    assert!(most > at_first + 30 && most < 20 * 30 / 2, "{most}");
}
