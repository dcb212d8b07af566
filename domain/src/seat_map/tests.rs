use super::*;

fn tier() -> TierId {
    TierId::nth(0).expect("a first tier")
}

fn row(label: &str, seats: u32) -> Row {
    let seat = |n: u32| Seat {
        number: (n + 1).to_string(),
        x: n as f32 * 10.0,
        y: 0.0,
        accessible: false,
        companion_of: None,
        gap_after: false,
    };
    Row { label: label.into(), seats: (0..seats).map(seat).collect() }
}

fn hall() -> SeatMap {
    let section = |id: &str| Section {
        id: id.into(),
        label: id.into(),
        tier: tier(),
        outline: vec![],
        floor: None,
        rows: vec![row("A", 3), row("B", 2)],
    };
    let area = Area { id: "floor".into(), label: "Floor".into(), tier: tier(), capacity: 100, outline: vec![], floor: None };
    let sections = vec![section("stalls"), section("circle")];
    SeatMap { name: "Hall".into(), focal_point: None, stage: None, sections, areas: vec![area] }
}

#[test]
fn seats_are_counted_section_by_section() {
    let map = hall();
    assert_eq!((map.seat_count(), map.capacity()), (10, 110));
    assert_eq!(map.index()["stalls-B-2"], 4);
    assert_eq!(map.index()["circle-A-1"], 5);
    assert_eq!(map.validate(), Ok(()));
}

#[test]
fn a_wrong_map_names_its_field() {
    type Spoil = fn(&mut SeatMap);
    let table: [(Spoil, &str); 22] = [
        (|m| m.name.clear(), "name"),
        (|m| m.sections[1].id = "stalls".into(), "sections[1].id"),
        (|m| m.areas[0].id = "stalls".into(), "areas[0].id"),
        (|m| m.sections[0].rows[1].label = "A B".into(), "sections[0].rows[1].label"),
        (|m| m.sections[0].rows[0].seats[2].x = f32::NAN, "sections[0].rows[0].seats[2]"),
        (|m| m.sections[0].rows[0].seats[2].number = "1".into(), "sections"),
        (|m| m.areas[0].capacity = 0, "areas[0].capacity"),
        (|m| m.sections[0].id.clear(), "sections[0].id"),
        (|m| m.sections[0].id = "x".repeat(41), "sections[0].id"),
        (|m| m.sections[0].id = "the stalls".into(), "sections[0].id"),
        (|m| m.sections[0].rows[0].seats[2].y = 2.0 * MAX_COORDINATE, "sections[0].rows[0].seats[2]"),
        (|m| m.sections[1].outline = vec![[0.0, 0.0], [0.0, f32::INFINITY]], "sections[1].outline[1]"),
        (|m| m.areas[0].outline = vec![[0.0, 0.0]; 1_001], "areas[0].outline"),
        (|m| m.stage = Some(Stage { label: String::new(), outline: vec![] }), "stage.label"),
        (|m| m.sections = vec![m.sections[0].clone(); MAX_SECTIONS + 1], "sections"),
        (|m| m.focal_point = Some([f32::NAN, 0.0]), "focal_point"),
        (|m| m.focal_point = Some([41.0, 0.0]), "focal_point"),
        (|m| m.focal_point = Some([0.0, -20.5]), "focal_point"),
        (
            |m| m.sections[0].rows[0].seats[1].companion_of = Some("stalls-A-1".into()),
            "sections[0].rows[0].seats[1].companion_of",
        ),
        (
            |m| {
                m.sections[0].rows[0].seats[0].accessible = true;
                m.sections[0].rows[0].seats[0].companion_of = Some("stalls-A-1".into())
            },
            "sections[0].rows[0].seats[0].companion_of",
        ),
        (
            |m| {
                m.sections[0].rows[0].seats[0].accessible = true;
                m.sections[0].rows[0].seats[1].companion_of = Some("stalls-A-1".into());
                m.sections[1].rows[0].seats[1].companion_of = Some("stalls-A-1".into())
            },
            "sections[1].rows[0].seats[1].companion_of",
        ),
        (
            |m| {
                m.sections.clear();
                m.areas.clear()
            },
            "sections",
        ),
    ];
    for (spoil, field) in table {
        let mut map = hall();
        spoil(&mut map);
        assert_eq!(map.validate().expect_err(field).field, field);
    }
}

#[test]
fn what_a_map_may_just_have_is_taken() {
    let mut map = hall();
    map.sections[0].id = "x".repeat(38) + "-1";
    map.sections[1].outline = vec![[MAX_COORDINATE, -MAX_COORDINATE]; 1_000];
    map.areas[0].capacity = MAX_AREA_CAPACITY;
    assert_eq!(map.validate(), Ok(()));
}

#[test]
fn where_one_sits_best_lies_no_farther_from_the_map_than_it_is_long() {
    let mut map = hall();
    map.sections.truncate(1);
    map.sections[0].rows[1].seats.truncate(1);
    let seats = map.sections[0].rows.iter_mut().flat_map(|row| &mut row.seats);
    // 20 wide, 40 high
    for (seat, at) in seats.zip([[100.0, 50.0], [110.0, 60.0], [120.0, 70.0], [105.0, 90.0]]) {
        [seat.x, seat.y] = at;
    }
    let mut takes = |point: [f32; 2]| {
        map.focal_point = Some(point);
        map.validate().map_err(|wrong| wrong.field)
    };
    for corner in [[60.0, 10.0], [160.0, 10.0], [60.0, 130.0], [160.0, 130.0], [110.0, 70.0]] {
        assert_eq!(takes(corner), Ok(()), "{corner:?}");
    }
    for beyond in [[59.0, 70.0], [161.0, 70.0], [110.0, 9.0], [110.0, 131.0]] {
        assert_eq!(takes(beyond), Err("focal_point".to_owned()), "{beyond:?}");
    }
}

#[test]
fn unknown_fields_are_refused() {
    assert!(serde_json::from_str::<SeatMap>(r#"{"name":"x","colour":"red"}"#).is_err());
}

/// Seats 10 apart in rows 10 apart; the stage as asked for.
fn house(rows: u32, seats: u32, stage: Option<(&str, Vec<[f32; 2]>)>) -> SeatMap {
    let mut map = hall();
    map.sections.truncate(1);
    map.sections[0].rows = (0..rows).map(|n| row(&format!("R{n}"), seats)).collect();
    for (n, row) in map.sections[0].rows.iter_mut().enumerate() {
        row.seats.iter_mut().for_each(|seat| seat.y = n as f32 * 10.0);
    }
    map.stage = stage.map(|(label, outline)| Stage { label: label.into(), outline });
    map
}

#[test]
fn one_sits_best_where_the_map_says_or_where_its_stage_suggests() {
    let bar = vec![[0.0, -20.0], [40.0, -20.0], [40.0, -10.0], [0.0, -10.0]];
    assert_eq!(house(10, 5, Some(("Stage", bar.clone()))).focus(), [20.0, -15.0], "the stage's middle");
    assert_eq!(house(10, 5, Some(("Screen 3", bar.clone()))).focus(), [20.0, 60.0], "two thirds back");
    assert_eq!(house(10, 5, None).focus(), [20.0, 0.0], "the middle of the front");
    let pitch = vec![[0.0, 30.0], [40.0, 30.0], [40.0, 60.0], [0.0, 60.0]];
    assert_eq!(house(10, 5, Some(("Pitch", pitch))).focus(), [20.0, 45.0], "the halfway line");
    assert_eq!(house(10, 5, Some(("Stage", vec![]))).focus(), [20.0, 0.0], "and so where nobody says where the stage is");
    let left = vec![[-20.0, 0.0], [-10.0, 0.0], [-10.0, 40.0], [-20.0, 40.0]];
    assert_eq!(house(5, 10, Some(("Screen", left))).focus(), [60.0, 20.0], "two thirds to the right");
    let mut said = house(10, 5, Some(("Screen", bar)));
    said.focal_point = Some([7.0, 8.0]);
    assert_eq!((said.focus(), said.validate()), ([7.0, 8.0], Ok(())));
    let mut around = house(3, 3, Some(("Screen", vec![[0.0, 0.0], [20.0, 20.0]])));
    assert_eq!(around.focus(), [10.0, 10.0], "a screen amid its seats has no back");
    around.stage = Some(Stage { label: "Screen".into(), outline: vec![[10.0, 9.0]] });
    let [x, y] = around.focus();
    assert!(x == 10.0 && (13.3..13.4).contains(&y), "one a unit before their middle has: {y}");
    around.stage = Some(Stage { label: "Screen".into(), outline: vec![[0.0, 0.0], [20.0, 20.0]] });
    around.sections.clear();
    assert_eq!(around.focus(), [10.0, 10.0], "and one without seats none either");
}

/// Rows as text: `.` a seat, `w` a wheelchair space, `|` a gap.
fn derived(text: &str) -> Vec<(u32, u32)> {
    let mut map = house(1, text.replace('|', "").len() as u32, None);
    let mut at = 0;
    for letter in text.chars() {
        match letter {
            '|' => map.sections[0].rows[0].seats[at - 1].gap_after = true,
            letter => {
                map.sections[0].rows[0].seats[at].accessible = letter == 'w';
                at += 1;
            }
        }
    }
    map.companions()
}

#[test]
fn a_companion_sits_beside_a_wheelchair_space() {
    type Pairs = &'static [(u32, u32)];
    let table: [(&str, Pairs); 9] = [
        ("...", &[]),
        ("w..", &[(0, 1)]),
        ("..w", &[(2, 1)]),
        (".w.w", &[(1, 0), (3, 2)]),
        ("w.w.", &[(0, 1), (2, 3)]),
        ("w.w", &[(0, 1)]),
        (".|w.", &[(1, 2)]),
        (".|w|.", &[]),
        (".ww.", &[(1, 0), (2, 3)]),
    ];
    for (row, pairs) in table {
        assert_eq!(derived(row), pairs, "{row}");
    }
}

#[test]
fn a_map_that_names_companions_is_believed() {
    let mut map = hall();
    map.sections[0].rows[0].seats[0].accessible = true;
    map.sections[1].rows[1].seats[0].accessible = true;
    assert_eq!(map.companions(), [(0, 1), (8, 9)], "derived, section by section");
    map.sections[0].rows[1].seats[1].companion_of = Some("stalls-A-1".into());
    assert_eq!((map.companions(), map.validate()), (vec![(0, 4)], Ok(())), "none is derived beside those that are named");
    map.sections[0].rows[1].seats[1].companion_of = Some("nowhere".into());
    assert_eq!(map.companions(), []);
}
