//! The floors of every crate: which folder stands on which, and what a folder may not name.
//!
//! Arrows go down: a file may import what stands on lower floors and what stands in its own folder, nothing above and nothing
//! beside. Inside a folder the files may import each other, but never in a circle.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::{Arrows, arrows};
use super::{Source, nothing, product, sources};

/// A crate's floors from the top down. A floor is a row of folders (`desk/`) and files (`error.rs`).
pub struct CrateFloors {
    pub src: &'static str,
    pub floors: &'static [&'static [&'static str]],
}

/// Words that no code line under a folder may hold.
struct Quiet {
    under: &'static str,
    words: &'static [&'static str],
}

const CRATES: &[CrateFloors] = &[
    CrateFloors {
        src: "domain/src/",
        floors: &[
            &["lib.rs"],
            &["floors.rs"],
            &["seat_map.rs", "tier_badges.rs"],
            &["actor.rs", "event.rs"],
            &["money.rs"],
            &["buyer.rs", "signed/"],
            &["id.rs", "invalid.rs", "list.rs", "order_number.rs", "place.rs", "text.rs", "time.rs"],
        ],
    },
    CrateFloors {
        src: "renderer/src/",
        floors: &[
            &["lib.rs"],
            &["out/", "photo/"],
            &["badge.rs", "picture.rs", "places.rs", "seat_map/", "ticket.rs"],
            &["code.rs", "legend.rs", "poster.rs"],
            &["drawing.rs", "mark.rs", "text/"],
            &["error.rs"],
            &["scene.rs", "size.rs"],
            &["logo.rs", "palette.rs"],
        ],
    },
    CrateFloors {
        src: "lease/src/",
        floors: &[&["lib.rs"], &["leases.rs"], &["node.rs"], &["store/"], &["lease.rs"], &["name.rs"]],
    },
    CrateFloors { src: "pg/src/", floors: &[&["lib.rs"], &["column.rs", "transaction.rs"]] },
    CrateFloors {
        src: "people/src/",
        floors: &[
            &["lib.rs"],
            &["verbs/"],
            &["people.rs"],
            &["counts.rs", "hasher.rs", "remembered.rs", "secret.rs", "store/", "throttle.rs"],
            &["error.rs"],
            &["model/"],
            &["config.rs"],
        ],
    },
    CrateFloors {
        src: "queue/src/",
        floors: &[
            &["lib.rs"],
            &["proof/"],
            &["verbs/"],
            &["queue.rs"],
            &["room/"],
            &["store/"],
            &["error.rs", "config.rs"],
            &["rules/"],
        ],
    },
    CrateFloors {
        src: "edge/src/",
        floors: &[&["lib.rs"], &["layer.rs"], &["body.rs", "flight.rs"], &["store.rs"], &["rules/"]],
    },
    CrateFloors {
        src: "indexer/src/",
        floors: &[
            &["lib.rs"],
            &["verify.rs"],
            &["follow.rs", "reindex.rs"],
            &["depot.rs", "rewrite.rs", "sample.rs"],
            &["tidy.rs"],
            &["held.rs", "manifest.rs", "seat.rs"],
            &["checked.rs"],
            &["blocking.rs", "shelf.rs", "source.rs"],
        ],
    },
    CrateFloors {
        src: "booking/src/",
        floors: &[
            &["lib.rs"],
            &["proof/"],
            &["verbs/"],
            &["sending.rs"],
            &["booking.rs"],
            &["desk/"],
            &["watch/"],
            &["waiting.rs"],
            &["store/"],
            &["live/"],
            &["error.rs", "config.rs"],
            &["neighbours.rs"],
            &["rules/"],
        ],
    },
    CrateFloors {
        src: "catalog/src/",
        floors: &[
            &["lib.rs"],
            &["demo/", "import/", "reads.rs"],
            &["write/"],
            &["search/mod.rs"],
            &["search/catalog.rs"],
            &["search/pool.rs", "search/costs.rs"],
            &["search/suggest/", "search/cache/"],
            &["search/answer/"],
            &["search/walk/"],
            &["search/facets/"],
            &["search/filter/", "search/words/"],
            &["search/segment/"],
            &["search/error.rs"],
            &["search/question/"],
            &["search/candidate.rs", "search/effort.rs", "search/overlay.rs"],
            &["index/"],
            &["store/"],
            &["model/"],
        ],
    },
    CrateFloors {
        src: "gateway/src/",
        floors: &[
            &["lib.rs", "main.rs"],
            &["run/"],
            &["router/"],
            &["pages/"],
            &["api/", "facade/"],
            &["payments/", "drawing/"],
            &["web/"],
            &["live/"],
            &["settings/"],
        ],
    },
];

const QUIET: &[Quiet] = &[
    Quiet { under: "booking/src/rules/", words: &["sqlx", "tokio", "async ", ".await"] },
    Quiet { under: "queue/src/rules/", words: &["sqlx", "tokio", "async ", ".await"] },
    Quiet { under: "edge/src/rules/", words: &["sqlx", "tokio", "async ", ".await"] },
    Quiet { under: "domain/src/", words: &["sqlx", "tokio", "async ", ".await"] },
    Quiet { under: "renderer/src/", words: &["sqlx", "tokio", "async ", ".await"] },
];

/// Imports that go up or sideways, and files that stand on no floor.
fn broken_floors(house: &CrateFloors, arrows: &Arrows) -> Vec<String> {
    let mut found = Vec::new();
    for (from, named) in arrows {
        let Some((floor, place)) = place_of(house, from) else {
            found.push(format!("{from} stands on no floor of {}", house.src));
            continue;
        };
        for to in named {
            match place_of(house, to) {
                Some((below, _)) if below > floor => {}
                Some((_, same)) if same == place => {}
                _ => found.push(format!("{from} names {to}, which does not stand below it")),
            }
        }
    }
    found
}

/// The number of a file's floor, counted from the top, and its folder there.
fn place_of<'h>(house: &'h CrateFloors, file: &str) -> Option<(usize, &'h str)> {
    let inside = file.strip_prefix(house.src)?;
    let fits = |place: &&&str| inside == **place || (place.ends_with('/') && inside.starts_with(**place));
    let mut found: Vec<(usize, &str)> =
        house.floors.iter().enumerate().filter_map(|(n, floor)| floor.iter().find(fits).map(|place| (n, *place))).collect();
    // `search/` and `search/walk/` may both be named: the nearer one counts
    found.sort_by_key(|(_, place)| place.len());
    found.pop()
}

/// Circles: each as the files that reach each other, smallest circles told by their members.
fn circles(arrows: &Arrows) -> Vec<String> {
    let reach: BTreeMap<&String, BTreeSet<&String>> = arrows.keys().map(|file| (file, reached(arrows, file))).collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (file, all) in &reach {
        if !all.contains(file) || seen.contains(file) {
            continue;
        }
        let members: Vec<&String> =
            all.iter().filter(|other| reach.get(*other).is_some_and(|all| all.contains(file))).copied().collect();
        seen.extend(members.iter().copied());
        found.push(format!("a circle of {} files:\n{}", members.len(), told(arrows, &members)));
    }
    found
}

fn reached<'a>(arrows: &'a Arrows, from: &String) -> BTreeSet<&'a String> {
    let mut all = BTreeSet::new();
    let mut next: Vec<&String> = arrows.get(from).into_iter().flatten().collect();
    while let Some(file) = next.pop() {
        if all.insert(file) {
            next.extend(arrows.get(file).into_iter().flatten());
        }
    }
    all
}

fn told(arrows: &Arrows, members: &[&String]) -> String {
    let inside = |file: &String| arrows[file].iter().filter(|to| members.contains(to)).cloned().collect::<Vec<_>>().join(", ");
    members.iter().map(|file| format!("    {file} → {}", inside(file))).collect::<Vec<_>>().join("\n")
}

/// Lines that hold a word which their folder does not say.
fn loud(sources: &[Source], quiet: &[Quiet]) -> Vec<String> {
    let rooms = quiet.iter().map(|room| super::named_outside(sources, room.words, |path| !path.starts_with(room.under)));
    rooms.flatten().collect()
}

fn arrows_of(src: &str, sources: &[Source]) -> Arrows {
    let files: Vec<(&str, &str)> = sources
        .iter()
        .filter(|source| product(source) && source.path.starts_with(src))
        .map(|source| (source.path.as_str(), source.text.as_str()))
        .collect();
    arrows(src, &files)
}

#[test]
fn arrows_go_down_the_floors_of_every_crate() {
    let sources = sources(".rs");
    nothing(CRATES.iter().flat_map(|house| broken_floors(house, &arrows_of(house.src, &sources))).collect());
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let sources = sources(".rs");
    nothing(CRATES.iter().flat_map(|house| circles(&arrows_of(house.src, &sources))).collect());
}

#[test]
fn pure_folders_name_neither_database_nor_runtime() {
    nothing(loud(&sources(".rs"), QUIET));
}

mod controls {
    use super::*;

    const HOUSE: CrateFloors =
        CrateFloors { src: "a/src/", floors: &[&["lib.rs"], &["desk/", "live/"], &["rules/", "error.rs"]] };

    fn read(files: &[(&str, &str)]) -> Arrows {
        arrows("a/src/", files)
    }

    fn to(arrows: &Arrows, file: &str) -> Vec<String> {
        arrows[file].iter().map(|to| to.trim_start_matches("a/src/").to_owned()).collect()
    }

    #[test]
    fn two_files_that_import_each_other_are_a_circle() {
        let table = [
            ("use crate::b::B;", "use super::a::A;"),
            ("fn f() { crate::b::g() }", "use crate::a;"),
            ("use super::{b::{self, B}, x::Y};", "fn f(a: crate::a::A) {}"),
        ];
        for (a, b) in table {
            let found = circles(&read(&[("a/src/lib.rs", "mod a; mod b;"), ("a/src/a.rs", a), ("a/src/b.rs", b)]));
            assert_eq!(found.len(), 1, "{a} | {b}");
            assert!(found[0].starts_with("a circle of 2 files:\n    a/src/a.rs → a/src/b.rs\n"), "{}", found[0]);
        }
        let one_way = read(&[("a/src/lib.rs", "mod a; mod b;"), ("a/src/a.rs", "use crate::b::B;"), ("a/src/b.rs", "struct B;")]);
        assert!(circles(&one_way).is_empty());
    }

    #[test]
    fn a_circle_through_a_contents_page_is_found_where_the_name_is_defined() {
        let found = read(&[
            ("a/src/lib.rs", "mod desk; mod rules; pub use desk::Desk; pub use rules::*;"),
            ("a/src/desk/mod.rs", "mod desk; mod pile; pub use desk::Desk; pub(crate) use self::pile::Pile as Heap;"),
            ("a/src/desk/desk.rs", "pub struct Desk; use super::Heap;"),
            ("a/src/desk/pile.rs", "pub struct Pile; impl Pile { fn f(desk: &crate::Desk, seat: crate::Seat) {} }"),
            ("a/src/rules/mod.rs", "pub struct Seat;"),
        ]);
        assert_eq!(to(&found, "a/src/desk/desk.rs"), ["desk/pile.rs"]);
        assert_eq!(to(&found, "a/src/desk/pile.rs"), ["desk/desk.rs", "rules/mod.rs"]);
        assert!(to(&found, "a/src/lib.rs").is_empty(), "a contents page only hands on");
        assert_eq!(circles(&found).len(), 1);
    }

    #[test]
    fn a_contents_page_that_uses_what_it_hands_on_depends_on_it() {
        let found =
            read(&[("a/src/lib.rs", "mod b; pub use b::B; fn f(b: B) {}"), ("a/src/b.rs", "pub struct B; use crate::f;")]);
        assert_eq!(to(&found, "a/src/lib.rs"), ["b.rs"]);
        assert_eq!(circles(&found).len(), 1);
    }

    #[test]
    fn comments_texts_tests_and_other_crates_are_no_imports() {
        let code = "// use crate::b::B;\n/* crate::b::B */ const X: &str = \"crate::b::\"; const R: &str = r#\"\"crate::b::f\"#;\n\
                    const Q: char = '\"'; use other::crate_like::b; #[cfg(test)]\nuse crate::b::B;\n#[cfg(test)]\nfn f() { crate::b::f() }\n\
                    fn g<'a>(x: &'a str) { x.b::<u8>() }";
        let found = read(&[("a/src/lib.rs", "mod a; mod b;"), ("a/src/a.rs", code), ("a/src/b.rs", "pub struct B;")]);
        assert!(to(&found, "a/src/a.rs").is_empty(), "{found:?}");
        let real = format!("{code}\nuse crate::b::B;");
        let found = read(&[("a/src/lib.rs", "mod a; mod b;"), ("a/src/a.rs", &real), ("a/src/b.rs", "pub struct B;")]);
        assert_eq!(to(&found, "a/src/a.rs"), ["b.rs"]);
    }

    #[test]
    fn a_module_brought_in_leads_to_its_files() {
        let found = read(&[
            ("a/src/lib.rs", "mod desk; mod store;"),
            ("a/src/desk/mod.rs", "use crate::store; fn f() { store::holds::insert() }"),
            ("a/src/store/mod.rs", "pub mod holds;"),
            ("a/src/store/holds.rs", "pub fn insert() {}"),
        ]);
        assert_eq!(to(&found, "a/src/desk/mod.rs"), ["store/holds.rs", "store/mod.rs"]);
    }

    #[test]
    fn an_import_that_goes_up_or_sideways_breaks_the_floors() {
        let files = |desk: &'static str, live: &'static str, rules: &'static str| {
            [
                ("a/src/lib.rs", "mod desk; mod live; mod rules; mod error; pub struct Top;"),
                ("a/src/desk/mod.rs", desk),
                ("a/src/live/mod.rs", live),
                ("a/src/rules/mod.rs", rules),
                ("a/src/error.rs", "pub struct E;"),
            ]
        };
        let broken = |files: &[(&str, &str)]| broken_floors(&HOUSE, &read(files));
        assert!(broken(&files("use crate::rules::R;", "use crate::error::E;", "pub struct R;")).is_empty());
        let table = [
            (files("", "", "use crate::desk::D;"), "a/src/rules/mod.rs names a/src/desk/mod.rs, which does not stand below it"),
            (files("", "use crate::desk::D;", ""), "a/src/live/mod.rs names a/src/desk/mod.rs, which does not stand below it"),
            (files("", "", "use crate::error::E;"), "a/src/rules/mod.rs names a/src/error.rs, which does not stand below it"),
            (files("", "", "use crate::Top;"), "a/src/rules/mod.rs names a/src/lib.rs, which does not stand below it"),
        ];
        for (files, said) in table {
            assert_eq!(broken(&files), [said]);
        }
    }

    #[test]
    fn a_file_that_nobody_placed_is_named() {
        let found = broken_floors(&HOUSE, &read(&[("a/src/lib.rs", ""), ("a/src/new.rs", "")]));
        assert_eq!(found, ["a/src/new.rs stands on no floor of a/src/"]);
    }

    #[test]
    fn a_pure_folder_that_waits_is_heard() {
        let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
        let quiet = [Quiet { under: "a/src/rules/", words: &["sqlx", "async "] }];
        let sources = [source("a/src/rules/b.rs", "pub async fn f() {}"), source("a/src/desk/c.rs", "pub async fn f() {}")];
        assert_eq!(loud(&sources, &quiet), ["a/src/rules/b.rs:1: pub async fn f() {}"]);
    }
}
