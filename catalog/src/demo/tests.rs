use std::collections::{HashMap, HashSet};

use domain::{Clock, EventStatus, LocalTime};
use jiff::Timestamp;

use super::*;
use crate::write::Bulk;

fn now() -> Timestamp {
    "2026-11-22T12:30:00Z".parse().expect("an instant")
}

/// A whole plan as one bulk.
fn whole(options: DemoOptions) -> Bulk {
    plan(&options, now()).fold(Bulk::default(), |mut all, bulk| {
        all.cities.extend(bulk.cities);
        all.venues.extend(bulk.venues);
        all.seat_maps.extend(bulk.seat_maps);
        all.performers.extend(bulk.performers);
        all.series.extend(bulk.series);
        all.events.extend(bulk.events);
        all
    })
}

#[test]
fn dump() {
    let n: u32 = std::env::var("N").ok().and_then(|n| n.parse().ok()).unwrap_or(2000);
    let all = whole(DemoOptions { events: n, seed: 1 });
    println!("cities {} venues {} perf {} series {} events {}", all.cities.len(), all.venues.len(), all.performers.len(), all.series.len(), all.events.len());
    let json: usize = all.seat_maps.iter().map(|m| serde_json::to_string(&m.map).unwrap().len()).sum();
    println!("maps MB {}", json / 1_000_000);
    let mut kinds = HashMap::<_, usize>::new();
    for v in &all.venues { *kinds.entry(v.kind.clone()).or_default() += 1; }
    println!("{kinds:?}");
    let mut cats = HashMap::<_, usize>::new();
    for e in &all.events { *cats.entry(e.category.clone()).or_default() += 1; }
    println!("{cats:?}");
    let venue: HashMap<_, _> = all.venues.iter().map(|v| (v.id, v)).collect();
    let city: HashMap<_, _> = all.cities.iter().map(|v| (v.id, v)).collect();
    let used: HashSet<_> = all.events.iter().map(|e| venue[&e.venue_id.unwrap()].city_id).collect();
    println!("cities used {}", used.len());
    let soon = all.events.iter().filter(|e| e.sale_opens_at.is_some_and(|at| at > now())).count();
    let soonest = all.events.iter().filter(|e| e.sale_opens_at.is_some_and(|at| at > now() && at.as_second() < now().as_second() + 3600)).count();
    println!("opens later {soon}, within an hour {soonest}");
    for e in all.events.iter().step_by(all.events.len() / 45) {
        let v = venue[&e.venue_id.unwrap()];
        let l = LocalTime::of(e.starts_at, &e.timezone);
        println!("{} {} | {} | {} | {}, {} | {} | {}", l.local_date, l.local_time, e.category, e.title, v.name, city[&v.city_id.unwrap()].name,
            e.tiers.iter().map(|t| format!("{} {}", t.name, t.price)).collect::<Vec<_>>().join(", "), e.description);
    }
    for p in all.performers.iter().step_by(all.performers.len() / 40) { println!("P {} {} — {}", p.kind, p.name, p.description); }
    for v in all.venues.iter().step_by(all.venues.len() / 30) { println!("V {} {} — {} {}", v.kind, v.name, v.address, v.postal_code); }
    for v in all.series.iter().step_by(all.series.len() / 20) { println!("S {} {} — {}", v.kind, v.title, v.description); }
}
