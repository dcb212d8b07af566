//! `boxoffice queue verify`: anybody checks a published order.

use domain::{BuyerId, EventId};
use gateway::api::queue::order::QueueOrderBody;
use jiff::Timestamp;
use queue::{Drawn, Published, holder};
use uuid::Uuid;

use crate::races::program::Program;

/// Orders buyers as the start does, by what is published of them.
fn fair(buyers: u128) -> Published {
    let (seed, seed_hash) = ([7; 32], queue::commitment(&[7; 32]));
    let buyers: Vec<(u32, BuyerId)> = (0..buyers).map(|n| (n as u32, BuyerId(Uuid::from_u128(n)))).collect();
    let drawn = queue::draw(&seed, &buyers).into_iter().zip(1..);
    let order = drawn.map(|(number, place)| Drawn { place, holder: holder(buyers[number as usize].1) }).collect();
    Published { seed_hash, seed, order }
}

#[tokio::test]
async fn a_fair_order_is_told_from_one_that_was_changed() {
    let home = tempfile::tempdir().expect("a directory");
    let program = Program::new(home.path());
    let (event, other) = (EventId::at(Timestamp::UNIX_EPOCH), EventId::at(Timestamp::MAX));
    let file = home.path().join("order.json");
    let write = |published: &Published| {
        let body = QueueOrderBody::of(event, published);
        std::fs::write(&file, serde_json::to_vec(&body).expect("JSON")).expect("written");
        body
    };
    let (from, event_id, other_id) = (file.display().to_string(), event.to_string(), other.to_string());
    let verify = async |event: &str, more: &[&str]| {
        let ended = program.run(&[&["queue", "verify", "--event", event], more, &[&from]].concat()).await;
        let said = [ended.stdout, ended.stderr].concat();
        (ended.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    let body = write(&fair(50));
    let buyer = Uuid::from_u128(7).to_string();
    let (code, said) = verify(&event_id, &["--seed-hash", &body.seed_hash, "--buyer", &buyer]).await;
    let place = body.place_of(holder(BuyerId(Uuid::from_u128(7)))).expect("drawn");
    assert!(code == Some(0) && said.starts_with("50 places") && said.contains(&format!("has place {place}\n")), "{said}");
    let (code, said) = verify(&other_id, &[]).await;
    assert!(code == Some(1) && said.contains("is the order of event"), "{said}");
    let (code, said) = verify(&event_id, &["--seed-hash", "00"]).await;
    assert!(code == Some(1) && said.contains("before the start"), "{said}");
    let mut unfair = fair(50);
    unfair.order.swap(3, 20);
    (unfair.order[3].place, unfair.order[20].place) = (4, 21);
    write(&unfair);
    let (code, said) = verify(&event_id, &[]).await;
    assert!(code == Some(1) && said.contains("is not where the seed puts it"), "{said}");
    std::fs::write(&file, "{}").expect("written");
    let (code, said) = verify(&event_id, &[]).await;
    assert!(code == Some(1) && said.contains("is no order"), "{said}");
}
