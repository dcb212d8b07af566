//! What is suggested while somebody types.

use super::*;
use crate::index::document;

impl Small {
    async fn suggest(&self, text: &str) -> Suggestions {
        let pairs = text.split('&').map(|pair| pair.split_once('=').expect("name=value"));
        let pairs: Vec<_> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        self.catalog.suggest(&Prompt::parse(&pairs).expect("valid")).await.expect("suggestions")
    }
}

fn titles(hits: &[Hit]) -> Vec<&str> {
    hits.iter().map(|hit| hit.title.as_str()).collect()
}

#[tokio::test]
async fn suggestions_come_in_groups_from_the_first_character() {
    let small = small(&programme());
    for q in ["o", "ow", "owls", "night o", "owls night"] {
        let found = small.suggest(&format!("q={q}")).await;
        assert!(titles(&found.events).contains(&"The Night Owls"), "{q}: {found:?}");
        assert!(titles(&found.performers).contains(&"The Night Owls"), "{q}");
    }
    assert_eq!(titles(&small.suggest("q=w").await.series), ["Owls of the World Tour"]);
    assert_eq!(titles(&small.suggest("q=riv").await.venues), ["Riverstage"]);
    let munich = small.suggest("q=mun").await;
    assert_eq!(
        munich.cities.iter().map(|city| (city.name.as_str(), city.country.as_str())).collect::<Vec<_>>(),
        [("München", "DE")]
    );
    assert_eq!(titles(&munich.events), [""; 0], "a city alone suggests no event");
    assert_eq!(titles(&small.suggest("q=night munich").await.events), [""; 0], "all words are needed");
    assert_eq!(titles(&small.suggest("q=owls bris").await.events), ["The Night Owls"], "a city narrows");
}

#[tokio::test]
async fn a_slip_is_forgiven_from_the_fourth_letter() {
    let small = small(&programme());
    assert_eq!(titles(&small.suggest("q=nigth").await.performers), ["The Night Owls"]);
    assert_eq!(small.suggest("q=brisbnae").await.cities[0].name, "Brisbane");
    let tour = |misspelt: usize| format!("q={}tuor", "wrold ".repeat(misspelt - 1));
    assert_eq!(titles(&small.suggest(&tour(4)).await.series), ["Owls of the World Tour"]);
    assert!(small.suggest(&tour(5)).await.series.is_empty(), "each costs a walk over the vocabulary");
    let short = small.suggest("q=nxg").await;
    assert!(short.performers.is_empty() && short.events.is_empty(), "a control: three letters");
}

#[tokio::test]
async fn one_of_each_title_stands_there_the_popular_first_and_nothing_that_is_over() {
    let mut late = event(201, "Nocturne", "2027-09-01T20:00:00Z");
    late.popularity = 9;
    let early = event(202, "Nocturne", "2027-03-01T20:00:00Z");
    let soon = event(203, "Nomads", "2027-02-01T20:00:00Z");
    let over = event(204, "Norma", "2026-02-01T20:00:00Z");
    let small = small(&[late, early, soon, over]);
    let found = small.suggest("q=no").await;
    let numbers: Vec<u128> = found.events.iter().map(|hit| hit.id.as_u128()).collect();
    assert_eq!(numbers, [201, 203]);
    assert_eq!(titles(&small.suggest("q=no&past=yes").await.events), ["Nocturne", "Nomads", "Norma"]);
    assert_eq!(small.suggest("q=no&limit=1").await.events.len(), 1);
}

#[tokio::test]
async fn queries_go_on_from_what_was_typed_and_find_something() {
    let small = small(&programme());
    assert_eq!(small.suggest("q=rusa").await.queries, ["rusalka"]);
    assert_eq!(small.suggest("q=dvorak r").await.queries, ["dvořák rusalka"], "as a title spells it");
    for q in ["nig", "night", "nigth", "night o", "owls ni"] {
        let night = small.suggest(&format!("q={q}")).await.queries;
        assert_eq!(night[0], "the night owls", "{q}: a name as a whole, in whatever order it is typed");
        assert!(
            !night.contains(&"night owls".to_owned()) && !night.contains(&"night".to_owned()),
            "{q}: and not parts of it: {night:?}"
        );
    }
    assert_eq!(small.suggest("q=opera h").await.queries, ["opera house"], "what a venue is called");
    let pieces = small.suggest("q=night h").await.queries;
    assert!(!pieces.iter().any(|query| query.contains("house")), "what an event and its venue share is no phrase: {pieces:?}");
    assert!(!small.suggest("q=the night owls").await.queries.contains(&"the night owls".to_owned()), "it is there already");
    assert!(small.suggest("q=?!").await.queries.is_empty());
}

#[tokio::test]
async fn a_changed_document_is_suggested_at_once() {
    let small = small(&programme());
    let mut changes = Changes::open(small.dir.path()).expect("readable").expect("free");
    let document = document::event(&changes.fields, &event(301, "Zeppelin", "2027-03-01T20:00:00Z"), &sides());
    changes.replace(id(301), document).expect("added");
    changes.commit(Default::default()).expect("committed");
    small.catalog.reload_if_changed().expect("readable");
    let found = small.suggest("q=z").await;
    assert_eq!((titles(&found.events), found.queries), (vec!["Zeppelin"], vec!["zeppelin".to_owned()]));
}

/// A walk gathers what several lists hold in a table of sixteen bits.
#[tokio::test]
async fn a_beginning_of_several_words_is_met_in_names_by_each_of_them() {
    let mut events = programme();
    events.push(at(event(120, "Nightingale Song", "2027-05-02T20:00:00Z"), 12));
    let small = small(&events);
    let found = small.suggest("q=nigh").await;
    assert_eq!(titles(&found.events), ["The Night Owls", "Nightingale Song"]);
    assert_eq!(titles(&small.suggest("q=owls nigh").await.events), ["The Night Owls"]);
}
