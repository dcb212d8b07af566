//! How words are read: folded, apart or together, possessive, in other scripts, by other names, misspelt.

use super::*;
use crate::model::{EventSource, Work};

fn titled(titles: &[&str]) -> Small {
    let events: Vec<_> = titles.iter().zip(401..).map(|(title, number)| event(number, title, "2027-03-01T20:00:00Z")).collect();
    small(&events)
}

#[tokio::test]
async fn words_meet_however_they_are_written() {
    let titles = [
        "A Midsummer Night's Dream",
        "Rolling Stones",
        "Baseball",
        "O'Brien sings L’Orfeo",
        "東京ドーム 大感謝祭",
        "Ångström & Søn, Straße 8",
        "Expo 2031",
        "No.5 in D",
    ];
    let small = titled(&titles);
    let table: [(&str, &[u128]); 24] = [
        ("night dream", &[401]),
        ("nights dream", &[401]),
        ("midsummer's", &[401]),
        ("rollingstones", &[402]),
        ("the rolling stone's", &[402]),
        ("base ball", &[403]),
        ("baseball", &[403]),
        ("o'brien", &[404]),
        ("obrien", &[404]),
        ("o brien", &[404]),
        ("brien", &[404]),
        ("orfeo", &[404]),
        ("l'orfeo", &[404]),
        ("東京", &[405]),
        ("ドーム", &[405]),
        ("感謝", &[405]),
        ("祭", &[405]),
        ("東京ドーム", &[405]),
        ("大阪", &[]),
        ("angstrom son strasse", &[406]),
        ("2031", &[407]),
        ("2030", &[]),
        ("no 5", &[408]),
        ("no.5", &[408]),
    ];
    for (q, expected) in table {
        assert_eq!(small.ids(&format!("q={q}")).await, expected, "{q}");
    }
}

#[tokio::test]
async fn years_months_and_cities_narrow_and_give_way_when_nothing_is_left() {
    let small = small(&programme());
    let table: [(&str, &[u128]); 6] = [
        ("night owls april 2027", &[102]),
        ("night owls apr 2027", &[102]),
        ("night owls sydney 2027", &[102]),
        ("night owls 2029", &[101, 102]),
        ("night owls munich", &[101, 102]),
        ("night owls december", &[101, 102]),
    ];
    for (q, expected) in table {
        let mut found = small.ids(&format!("q={q}")).await;
        found.truncate(expected.len());
        assert_eq!(found, expected, "{q}");
    }
}

#[tokio::test]
async fn a_rare_word_of_what_is_over_does_not_hide_what_is_to_come() {
    let mut titles = vec!["Hidden quibble"];
    titles.extend(std::iter::repeat_n("Quibble", 9));
    let mut events: Vec<_> =
        titles.iter().zip(401..).map(|(title, number)| event(number, title, "2027-03-01T20:00:00Z")).collect();
    events[0] = event(401, "Hidden quibble", "2026-03-01T20:00:00Z");
    let small = small(&events);
    let to_come: Vec<u128> = (402..411).collect();
    assert_eq!(small.ids("q=hidden quibble&past=yes").await, [401], "a control: it outweighs the other word");
    assert_eq!(small.ids("q=hidden quibble").await, to_come);
    assert_eq!(small.ids("q=hidden quibble&kind=venue").await, [0_u128; 0]);
    let first = small.ask("q=hidden quibble&limit=5").await;
    let cursor = first.next_cursor.expect("more");
    let second = small.ask(&format!("q=hidden quibble&limit=5&cursor={cursor}")).await;
    let seen: Vec<u128> = first.items.iter().chain(&second.items).map(|hit| hit.id.as_u128()).collect();
    assert_eq!((seen, second.total), (to_come, 9), "later pages read the question as the first one did");
}

#[tokio::test]
async fn a_better_spelling_is_told_with_its_hits_and_taken_only_when_nothing_else_is_there() {
    let small = titled(&["Nocturne", "Nocturne in blue", "Nocturnes for two", "Opera"]);
    let answer = small.ask("q=noctrune&spellcheck=yes").await;
    assert_eq!(answer.corrected.as_deref(), Some("nocturne"));
    assert_eq!(answer.did_you_mean, Some(DidYouMean { q: "nocturne".into(), total: 3 }));
    assert_eq!(answer.total, small.ask("q=nocturne").await.total);
    let plain = small.ask("q=noctrune").await;
    assert!(plain.total >= 2 && plain.did_you_mean.is_none() && plain.corrected.is_none(), "a control: not asked for");
    let right = small.ask("q=nocturne&spellcheck=yes").await;
    assert!(right.did_you_mean.is_none() && right.corrected.is_none());
    let both = small.ask("q=oprea noctrune&spellcheck=yes").await;
    assert_eq!((both.did_you_mean, both.corrected), (None, None), "no event holds both");
    let nothing = small.ask("q=zzzzzz&spellcheck=yes").await;
    assert_eq!((nothing.total, nothing.did_you_mean, nothing.corrected), (0, None, None));
}

#[tokio::test]
async fn a_rare_word_near_a_frequent_one_is_answered_and_asked_about() {
    let mut titles = vec!["Owl"];
    titles.extend(std::iter::repeat_n("Owls", 60));
    titles.extend(["Bowling", "Nightowl"]);
    titles.extend(std::iter::repeat_n("Rowing regatta", 60));
    titles.push("Roving reporters");
    let small = titled(&titles);
    let answer = small.ask("q=roving&spellcheck=yes").await;
    assert_eq!(answer.corrected, None);
    assert_eq!(answer.total, 1, "what was typed is answered");
    assert_eq!(answer.did_you_mean, Some(DidYouMean { q: "rowing".into(), total: 60 }));
}

#[tokio::test]
async fn pages_of_a_corrected_question_go_on_correctedly() {
    let small = titled(&["Nocturne", "Nocturne", "Nocturne"]);
    let first = small.ask("q=noctrune&spellcheck=yes&limit=2").await;
    let cursor = first.next_cursor.expect("a third");
    let second = small.ask(&format!("q=noctrune&spellcheck=yes&limit=2&cursor={cursor}")).await;
    assert_eq!((second.items.len(), second.total), (1, 3));
    assert_eq!(second.corrected.as_deref(), Some("nocturne"));
}

#[tokio::test]
async fn synonyms_are_taken_up_while_running_and_a_bad_file_changes_nothing() {
    let small = small(&programme());
    let file = small.dir.path().join("synonyms.txt");
    let write = |text: &str| {
        std::fs::write(&file, text).expect("written");
        small.catalog.reload_if_changed().expect("readable");
    };
    small.catalog.watch_synonyms(&file);
    let found = async |q: &str| {
        let asked = query(&format!("q={q}"));
        let rendered = small.catalog.search_cached(&asked).await.expect("an answer");
        let answer: serde_json::Value = serde_json::from_slice(rendered.body.as_ref()).expect("JSON");
        answer["total"].to_string()
    };
    // what was cached before may be given once more while the new answer is made
    let becomes = async |q: &str, expected: &str| {
        while found(q).await != expected {
            tokio::task::yield_now().await;
        }
    };
    assert_eq!(found("eulen").await, "0");
    write("eulen, night owls\n");
    becomes("eulen", "2").await;
    assert_eq!(found("eulen sydney").await, "1");
    write("eulen, night owls\nuhu\n");
    assert_eq!(found("eulen").await, "2", "the second line is refused, the old ones stay");
    write("uhu => tivoli\n");
    becomes("eulen", "0").await;
    assert_eq!(found("uhu").await, "1");
    std::fs::remove_file(&file).expect("removed");
    small.catalog.reload_if_changed().expect("readable");
    becomes("uhu", "0").await;
}

#[tokio::test]
async fn bad_input_is_plain_text_or_is_refused_with_its_field() {
    let small = small(&programme());
    let long = "night owls ".repeat(45);
    let ordinary = [
        "the of and",
        "?!… --",
        "\"night owls",
        "night\u{7}\u{1b} owls",
        "\u{202e}שלום\u{202c} \u{200f}",
        "🎻🎻",
        "night* owl?",
        "(a+)+$",
        "[",
        "\\",
        "night OR owls AND NOT",
        "title:night",
        "^~2",
        "' OR 1=1 --",
        &long,
        "a",
        ".",
        "'s",
        "’",
        "ﬁ ﷽ ǆ",
        "\u{300}\u{301}",
    ];
    for q in ordinary {
        let asked = Query { q: q.trim().to_owned(), sort: Sort::Relevance, spellcheck: true, ..Query::default() };
        let answer = small.catalog.search(&asked).await;
        assert!(answer.is_ok(), "{q:?}");
        let prompt = Prompt { q: q.to_owned(), limit: 5, past: false };
        assert!(small.catalog.suggest(&prompt).await.is_ok(), "{q:?}");
    }
    for q in ["night* owl?", "\"night owls", "night\u{7}\u{1b} owls", &long] {
        assert_eq!(small.ids(&format!("q={q}")).await, [101, 102], "{q:?}");
    }
    assert_eq!(small.ids("q=the of and").await, [101, 102, 105, 106], "only stop words: all that hold them");
    for q in ["x".repeat(10_000), "a\0b".to_owned()] {
        let refused = Query::parse(&[("q".to_owned(), q)]).expect_err("refused");
        assert_eq!(refused.field, "q");
    }
}

/// The order of the first hits of a question over events made of a title, a description and a start.
async fn order(q: &str, events: &[(&str, &str, &str)]) -> Vec<u128> {
    let made = events.iter().zip(501..).map(|((title, description, start), number)| {
        let mut made = event(number, title, start);
        made.description = (*description).to_owned();
        made
    });
    let answer = small(&made.collect::<Vec<_>>()).ask(&format!("q={q}")).await;
    answer.items.iter().map(|hit| hit.id.as_u128() - 500).collect()
}

#[tokio::test]
async fn a_work_stands_before_a_title_that_holds_its_common_words() {
    let work = |number, title: &str, start, composer: &str, work: &str| {
        let mut event = event(number, title, start);
        event.works = vec![Work { composer: composer.into(), title: work.into(), ..Work::default() }];
        event
    };
    let small = small(&[
        work(401, "Mozart – Piano Concerto", "2027-02-01T20:00:00Z", "Samuel Barber", "Adagio for Strings"),
        work(402, "Gala", "2027-08-01T20:00:00Z", "Samuel Barber", "Piano Concerto"),
    ]);
    assert_eq!(small.ids("q=barber piano concerto").await, [402, 401]);
}

#[tokio::test]
async fn who_is_asked_for_stands_before_the_events_that_name_them() {
    let small = titled(&["Grundy at the Tivoli", "Grundy", "An opera house evening"]);
    let table: [(&str, &[u128]); 5] = [
        ("grun", &[402, 23, 401]),
        ("grundy", &[402, 23, 401]),
        ("solomon gru", &[23]),
        ("opera", &[13, 403]),
        ("tivo", &[11, 401]),
    ];
    for (q, expected) in table {
        assert_eq!(small.ids(&format!("q={q}&kind=event,performer,venue")).await, expected, "{q}");
    }
}

#[tokio::test]
async fn a_word_of_another_name_makes_no_name_whole() {
    let mut around = around();
    for performer in [performer(24, "Arrows", &["Grand Prix International"]), performer(25, "International Brass", &[])] {
        around.performers.insert(performer.row.id, performer);
    }
    let dir = tempfile::tempdir().expect("a directory");
    build(dir.path(), &[], &around);
    let answer = open(dir.path()).search(&query("q=intern&kind=performer")).await.expect("an answer");
    assert_eq!(answer.items.iter().map(|hit| hit.id.as_u128()).collect::<Vec<_>>(), [25, 24]);
}

#[tokio::test]
async fn a_long_word_may_lose_two_letters_and_a_short_one_only_one() {
    let small = titled(&["Chaminade", "Grundig"]);
    let table: [(&str, &[u128]); 4] = [("chmnade", &[401]), ("chaminad", &[401]), ("grndig", &[402]), ("gndig", &[])];
    for (q, expected) in table {
        assert_eq!(small.ids(&format!("q={q}")).await, expected, "{q}");
    }
}

#[tokio::test]
async fn a_year_or_month_without_what_is_asked_for_fails_softly_before_words_are_bent() {
    let small =
        small(&[event(401, "Mahler Nine", "2027-02-01T20:00:00Z"), event(402, "Mahlen and milling", "2030-05-01T20:00:00Z")]);
    let table: [(&str, &[u128]); 4] =
        [("mahler 2030", &[401]), ("mahler may", &[401]), ("mahler 2027", &[401]), ("mahlen 2030", &[402])];
    for (q, expected) in table {
        let answer = small.ask(&format!("q={q}&spellcheck=yes")).await;
        assert_eq!(answer.items.iter().map(|hit| hit.id.as_u128()).collect::<Vec<_>>(), expected, "{q}");
        assert_eq!(answer.corrected, None, "{q}");
    }
    // the control: another word does not fail softly
    assert_eq!(small.ids("q=mahler milling").await, [402]);
}

#[tokio::test]
async fn the_own_year_of_an_event_stands_before_a_year_that_a_work_is_named_after() {
    let work = |number, title: &str, start, work: &str| {
        let mut event = event(number, title, start);
        event.works = vec![Work { composer: "Stravinsky".into(), title: work.into(), ..Work::default() }];
        event
    };
    let small = small(&[
        work(401, "Gala", "2027-02-01T20:00:00Z", "Firebird 2028 version"),
        work(402, "Gala", "2028-02-01T20:00:00Z", "Firebird"),
    ]);
    assert_eq!(small.ids("q=stravinsky 2028").await, [402, 401]);
}

#[tokio::test]
async fn of_what_starts_at_once_the_more_popular_stands_first() {
    const START: &str = "2027-02-01T20:00:00Z";
    let popular = |number, start, popularity| EventSource { popularity, ..event(number, "Gala", start) };
    let small = small(&[
        popular(401, START, 1),
        popular(402, START, 9),
        popular(403, START, 5),
        popular(404, "2027-02-01T20:00:01Z", 99),
    ]);
    assert_eq!(small.ids("q=gala").await, [402, 403, 401, 404]);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    while seen.len() < 4 {
        let page = small.ask(&format!("q=gala&limit=1{cursor}")).await;
        seen.extend(page.items.iter().map(|hit| hit.id.as_u128()));
        cursor = page.next_cursor.map_or_else(String::new, |next| format!("&cursor={next}"));
    }
    assert_eq!(seen, [402, 403, 401, 404], "page by page too");
}

#[tokio::test]
async fn the_rules_hold() {
    const LATE: &str = "2027-08-01T20:00:00Z";
    const SOON: &str = "2027-02-01T20:00:00Z";
    let title_before_description = order("falstaff", &[("Gala", "with falstaff", SOON), ("Falstaff Gala", "", LATE)]).await;
    assert_eq!(title_before_description, [2, 1]);
    let exact_before_beginning = order("cello", &[("Cellophane songs", "", SOON), ("Cello songs", "", LATE)]).await;
    assert_eq!(exact_before_beginning, [2, 1]);
    let exact_before_slip = order("marlowe x", &[("Marlow x", "", SOON), ("Marlowe x", "", LATE)]).await;
    assert_eq!(exact_before_slip[0], 2);
    let slip_before_another_letter = order("kellr x", &[("Kelli x", "", SOON), ("Keller x", "", LATE)]).await;
    assert_eq!(slip_before_another_letter, [2, 1]);
    let near_before_apart =
        order("silver moon", &[("Moon over silver lakes", "", SOON), ("A silver moon rises", "", LATE)]).await;
    assert_eq!(near_before_apart, [2, 1]);
    let whole_before_part = order("elektra", &[("Elektra and friends", "", SOON), ("Elektra", "", LATE)]).await;
    assert_eq!(whole_before_part, [2, 1]);
    let all_before_some = order("tosca carmen aida", &[("Tosca Carmen", "", SOON), ("Tosca Carmen Aida", "", LATE)]).await;
    assert_eq!(all_before_some, [2], "some only when none holds all");
    let soon_before_late =
        order("fidelio", &[("Fidelio", "", LATE), ("Fidelio", "", SOON), ("Fidelio", "", "2026-08-01T20:00:00Z")]).await;
    assert_eq!(soon_before_late, [2, 1]);
}
