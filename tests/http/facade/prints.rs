//! `POST`, `GET /tickets/{id}/print`.

use acceptance::eventually;
use serde_json::json;

use super::{ABSENT, Facade, MALFORMED, desc, read, refused};

impl Facade {
    async fn print_status(&self, ticket: &str) -> String {
        read(self.get(&format!("/tickets/{ticket}")).await, 200)["print_status"].as_str().expect("a status").to_owned()
    }

    /// Asks for a print and waits for it.
    async fn printed(&self, ticket: &str) -> String {
        let path = format!("/tickets/{ticket}/print");
        let asked = read(self.post(&path, &json!({})).await, 202);
        assert!(["PENDING", "PRINTED"].contains(&asked["print_status"].as_str().expect("a status")), "{asked}");
        assert!(["PENDING", "PRINTED"].contains(&self.print_status(ticket).await.as_str()), "at once");
        eventually("it is printed", || async { self.print_status(ticket).await == "PRINTED" }).await;
        let print = self.get(&path).await.is(200);
        assert_eq!(print.header("content-type"), Some("image/svg+xml"));
        print.text()
    }
}

#[tokio::test]
async fn a_print_is_asked_for_awaited_and_described_by_its_ticket() {
    let facade = Facade::start().await;
    let concert = facade.concert("Owls & <b>Friends</b>", 5).await;
    let ticket = facade.ticket(&concert, 1).await;
    let path = format!("/tickets/{ticket}/print");
    assert_eq!(facade.print_status(&ticket).await, "NOT_PRINTED");
    refused(facade.get(&path).await, 404);
    let svg = facade.printed(&ticket).await;
    assert_eq!(desc(&svg), ticket);
    assert!(svg.contains("Owls &amp; &lt;b&gt;Friends&lt;/b&gt;"), "the name, unbroken: {svg}");
    assert_eq!(facade.printed(&ticket).await, svg, "asked for again, it is there");
    let without_body = facade.app.ask(reqwest::Method::POST, &format!("/api/v1{path}")).send().await;
    read(without_body, 202);
    let listed = read(facade.get(&format!("/tickets?concert_id={concert}")).await, 200);
    assert_eq!(listed[0]["print_status"], "PRINTED");
    let other = facade.ticket(&concert, 1).await;
    assert_eq!(facade.print_status(&other).await, "NOT_PRINTED", "each for itself");
    for absent in MALFORMED.into_iter().chain([ABSENT, &concert]) {
        refused(facade.get(&format!("/tickets/{absent}/print")).await, 404);
        refused(facade.post(&format!("/tickets/{absent}/print"), &json!({})).await, 404);
    }
    facade.app.stop().await;
}

#[tokio::test]
async fn a_changed_concert_has_nothing_printed_and_prints_what_it_says_now() {
    let facade = Facade::start().await;
    let concert = facade.concert("Before", 5).await;
    let ticket = facade.ticket(&concert, 1).await;
    let change = |body| facade.put_to(&concert, body);
    for (body, name) in [
        (json!({ "name": "After" }), "After"),
        (json!({ "venue": "Elsewhere" }), "After"),
        (json!({ "date": "2028-01-01" }), "After"),
        (json!({ "status": "CANCELLED" }), "After"),
        (json!({ "status": "ACTIVE" }), "After"),
    ] {
        facade.printed(&ticket).await;
        change(body.clone()).await;
        assert_eq!(facade.print_status(&ticket).await, "NOT_PRINTED", "{body}");
        refused(facade.get(&format!("/tickets/{ticket}/print")).await, 404);
        let svg = facade.printed(&ticket).await;
        assert!(svg.contains(name) && !svg.contains("Before"), "{body}");
    }
    facade.app.stop().await;
}

/// From the acknowledgement of a rename on, whatever is printing: no print shows the old name, and all come to show the new one.
#[tokio::test]
async fn a_rename_overtakes_what_is_printing() {
    let facade = Facade::start().await;
    let concert = facade.concert("Old name", 40).await;
    let mut tickets = Vec::new();
    for user in 1..=40 {
        tickets.push(facade.ticket(&concert, user).await);
    }
    for (old, new) in [("Old name", "New name"), ("New name", "Newest name")] {
        let paths: Vec<String> = tickets.iter().map(|ticket| format!("/tickets/{ticket}/print")).collect();
        let body = json!({});
        let asked = futures::future::join_all(paths.iter().map(|path| facade.post(path, &body))).await;
        assert!(asked.iter().all(|answer| answer.status == 202));
        facade.put_to(&concert, json!({ "name": new })).await;
        for answer in futures::future::join_all(paths.iter().map(|path| facade.get(path))).await {
            assert!(answer.status == 404 || (answer.status == 200 && answer.text().contains(new)), "{}", answer.status);
            assert!(!answer.text().contains(old));
        }
        for ticket in &tickets {
            let svg = facade.printed(ticket).await;
            assert!(svg.contains(new) && !svg.contains(old), "{ticket}");
        }
    }
    facade.app.stop().await;
}

impl Facade {
    async fn put_to(&self, concert: &str, body: serde_json::Value) {
        self.put(&format!("/concerts/{concert}"), &body).await.is(200);
    }
}
