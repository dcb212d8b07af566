//! Deep pages: what they look at does not grow with their depth, and they never end early.

use super::fixture::*;
use crate::model::EventSource;

fn numbered(number: u128) -> EventSource {
    let start = format!("2027-{:02}-{:02}T{:02}:{:02}:00Z", number % 11 + 2, number % 28 + 1, number % 24, number % 60);
    at(event(number + 1_000, "Night Owls", &start), 11)
}

#[tokio::test]
async fn the_last_page_follows_from_the_first_without_an_end_to_depth() {
    let small = small(&(0..3_000).map(numbered).collect::<Vec<_>>());
    for sort in ["date", "-date"] {
        let (mut asked, mut seen) = (query(&format!("sort={sort}&limit=2")), Vec::new());
        loop {
            let answer = small.catalog.search(&asked).await.expect("an answer");
            assert_eq!(answer.total, 3_000);
            seen.extend(answer.items.iter().map(|hit| (hit.event().expect("an event").starts_at, hit.id)));
            asked.cursor = answer.next_cursor.clone();
            if asked.cursor.is_none() {
                break;
            }
        }
        let mut expected = seen.clone();
        expected.sort_by(|a, b| if sort == "date" { a.cmp(b) } else { b.0.cmp(&a.0).then(a.1.cmp(&b.1)) });
        assert!(seen.len() == 3_000 && seen == expected, "{sort}");
    }
}
