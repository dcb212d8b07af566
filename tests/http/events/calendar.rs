use acceptance::App;
use icalendar::{Calendar, CalendarComponent, Component as _};
use reqwest::Method;
use serde_json::json;

/// The one entry of a calendar file, read by somebody else's parser; its lines are as short as they must be.
pub fn entry(file: &str) -> icalendar::Event {
    assert!(file.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{file}");
    let calendar: Calendar = file.parse().expect("a calendar");
    match &calendar.components[..] {
        [CalendarComponent::Event(event)] => event.clone(),
        other => panic!("{other:?}"),
    }
}

pub fn said<'e>(event: &'e icalendar::Event, key: &str) -> &'e str {
    event.property_value(key).unwrap_or_else(|| panic!("no {key}"))
}

#[tokio::test]
async fn an_event_is_a_calendar_entry_that_follows_its_editions() {
    let app = App::start().await;
    let owls = app.event("owls-1").await;
    let path = format!("/v1/events/{owls}/calendar.ics");
    let reply = app.get(&path).await.is(200);
    assert_eq!(reply.header("content-type"), Some("text/calendar; charset=utf-8"));
    assert!(reply.header("cache-control").is_some_and(|value| value.starts_with("public")));
    assert!(reply.header("surrogate-key").is_some_and(|tags| tags.contains(&format!("event-{owls}"))));
    let first = entry(&reply.text());
    assert_eq!((said(&first, "SUMMARY"), said(&first, "DTSTART")), ("Night Owls Live", "20310310T100000Z"));
    assert_eq!(said(&first, "LOCATION"), "Riverside Hall, 4000, Brisbane");
    assert_eq!((said(&first, "SEQUENCE"), said(&first, "STATUS")), ("1", "CONFIRMED"));
    app.ask(Method::GET, &path).header("if-none-match", &reply.etag()).send().await.is(304);

    let organiser = app.organiser().await;
    let title = "Owls; live, \\ again: a title that is much longer than a line of a calendar file may be – Привет, 東京";
    organiser.patch(&format!("/v1/events/{owls}"), &json!({ "title": title })).await.is(200);
    let renamed = entry(&app.get(&path).await.is(200).text());
    assert_eq!((said(&renamed, "SUMMARY"), said(&renamed, "SEQUENCE")), (title, "2"));
    assert_eq!(said(&renamed, "UID"), said(&first, "UID"), "the same entry");

    organiser.ask(Method::POST, &format!("/v1/events/{owls}/cancel")).send().await.is(200);
    let cancelled = entry(&app.get(&path).await.is(200).text());
    assert_eq!(said(&cancelled, "STATUS"), "CANCELLED");
    assert!(said(&cancelled, "SEQUENCE").parse::<u32>().expect("a number") > 2);
    app.stop().await;
}

#[tokio::test]
async fn a_day_without_an_hour_is_a_day_of_the_venue_s() {
    let app = App::start().await;
    let organiser = app.organiser().await;
    let venue = app.id("venues", "riverside").await;
    let day = json!({ "title": "Some day", "starts_at": "2031-05-09T14:00:00Z", "start_precision": "day", "venue_id": venue });
    let event = organiser.post("/v1/events", &day).await.is(201).str("/id");
    let entry = entry(&app.get(&format!("/v1/events/{event}/calendar.ics")).await.is(200).text());
    assert_eq!(said(&entry, "DTSTART"), "20310510", "midnight in Brisbane");
    app.get("/v1/events/01990b7e-5d7a-7c3e-8f10-2a9d3f6b1c44/calendar.ics").await.is_problem(404, "not_found");
    app.stop().await;
}
