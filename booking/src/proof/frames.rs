//! Whoever hears frames, in whatever steps, and whenever he comes back, sees the seats as they are.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use crate::fixture::{map, noon, terms};
use crate::live::frame::{self, SeatFrame};
use crate::live::picture::Picture;
use crate::rules::change::{Change, Changes, JournalRow, Taken};
use crate::rules::seat::SeatLetter;
use crate::watch::{News, Shown};

const SEATS: u32 = 40;

#[derive(Debug, Clone)]
enum Step {
    Block(BTreeSet<u32>),
    Unblock(BTreeSet<u32>),
    /// An area has so many free and so many held places.
    Floor {
        free: u32,
        held: u32,
    },
    /// What came becomes a frame.
    Tell,
    /// The n-th listener hears what there is.
    Hear(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let seats = || proptest::collection::btree_set(0..SEATS, 1..6);
    prop_oneof![
        3 => seats().prop_map(Step::Block),
        3 => seats().prop_map(Step::Unblock),
        1 => (0..9_u32, 0..3_u32).prop_map(|(free, held)| Step::Floor { free, held }),
        3 => Just(Step::Tell),
        4 => (0..LISTENERS).prop_map(Step::Hear),
    ]
}

const LISTENERS: usize = 3;

/// What a client knows, made of nothing but bytes.
#[derive(Debug, Clone)]
struct Client {
    version: u64,
    seats: Vec<SeatLetter>,
    areas: Vec<u32>,
    held: Vec<u32>,
}

impl Client {
    fn take(&mut self, bytes: &[u8]) {
        match frame::read(bytes).expect("a frame") {
            SeatFrame::Changes { version, seats, areas, held } => {
                assert!(version > self.version, "forwards only");
                self.version = version;
                seats.iter().for_each(|(seat, state)| self.seats[*seat as usize] = *state);
                areas.iter().for_each(|(area, free)| self.areas[*area as usize] = *free);
                held.iter().for_each(|(area, held)| self.held[*area as usize] = *held);
            }
            SeatFrame::Whole { version, seats, areas, held } => *self = Client { version, seats, areas, held },
            other => panic!("{other:?}"),
        }
    }

    fn knows(&self, picture: &Picture) {
        let letters: Vec<u8> = self.seats.iter().map(|seat| seat.as_char() as u8).collect();
        let known = (&letters, &self.areas, &self.held);
        assert_eq!(known, (&picture.letters, &picture.free_in_areas, &picture.held_in_areas));
    }
}

fn knows_all_free() -> Client {
    Client { version: 0, seats: vec![SeatLetter::Available; SEATS as usize], areas: vec![9], held: vec![0] }
}

fn hear(shown: &Shown, client: &mut Client) {
    match shown.after(client.version as i64) {
        News::Nothing => {}
        News::Told(told) => client.take(&told.frame()),
        News::Gone { .. } => panic!("all was kept"),
    }
}

fn row(version: i64, step: &Step) -> Option<JournalRow> {
    let taken = |seats: &BTreeSet<u32>| Taken { seats: seats.iter().copied().collect(), area: None };
    let (changes, areas, held) = match step {
        Step::Block(seats) => (vec![Change::Blocked(taken(seats))], vec![], vec![]),
        Step::Unblock(seats) => (vec![Change::Unblocked(taken(seats))], vec![], vec![]),
        // as a sale at once moves no held places
        Step::Floor { free, held: 0 } => (vec![], vec![(0, *free)], vec![]),
        Step::Floor { free, held } => (vec![], vec![(0, *free)], vec![(0, *held)]),
        Step::Tell | Step::Hear(_) => return None,
    };
    let changes = Changes { changes, counts: Default::default(), areas, held, waitlist: false };
    Some(JournalRow { version, at: noon(), changes })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_frames_and_merges_of_them_lead_to_the_snapshot(steps in proptest::collection::vec(step(), 1..80)) {
        let picture = Picture::free(Arc::new(terms(&map(4, SEATS / 4, 9))), noon());
        let first = knows_all_free();
        prop_assert_eq!(&first.areas, &picture.free_in_areas);
        prop_assert_eq!(picture.letters.len(), SEATS as usize);
        let (shown, mut clients) = (Shown::new(picture), vec![first; LISTENERS]);
        let _listening = shown.listen();
        for step in &steps {
            match step {
                Step::Tell => shown.tell(),
                Step::Hear(n) => hear(&shown, &mut clients[*n]),
                change => {
                    let row = row(shown.version() + 1, change).expect("a change");
                    prop_assert!(shown.step(&row));
                }
            }
        }
        shown.tell();
        for client in &mut clients {
            hear(&shown, client);
            client.knows(&shown.picture());
        }
    }
}

/// The control: a client that misses one frame does not know the seats.
#[test]
#[should_panic(expected = "assertion `left == right` failed")]
fn a_client_that_misses_a_frame_does_not_know_the_seats() {
    let shown = Shown::new(Picture::free(Arc::new(terms(&map(4, SEATS / 4, 9))), noon()));
    let _listening = shown.listen();
    let mut client = knows_all_free();
    for seat in [1, 2] {
        assert!(shown.step(&row(seat, &Step::Block([seat as u32].into())).expect("a change")));
        shown.tell();
    }
    client.version = 1;
    hear(&shown, &mut client);
    client.knows(&shown.picture());
}
