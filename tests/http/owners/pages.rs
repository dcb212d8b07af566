//! Pages and forms with an id: whose they are, and that another's is as absent.

use std::collections::BTreeSet;

use reqwest::Method;

use super::table::Thing;
use super::{ABSENT, Identity, Kind, World, told};

/// Who may look or send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Everybody, and what it shows or does is nobody's.
    Everybodys,
    /// The buyer whose the thing is.
    Buyers(Thing),
    /// Whose it is says something else than the id alone; where that is tested stands beside the line.
    Apart,
}

use Whose::{Apart, Buyers, Everybodys};

const PAGES: &[(&str, &str, Whose)] = &[
    ("GET", "/events/{id}", Everybodys),
    ("GET", "/events/{id}/{slug}", Everybodys),
    ("GET", "/performers/{id}", Everybodys),
    ("GET", "/venues/{id}", Everybodys),
    ("GET", "/cities/{id}", Everybodys),
    ("GET", "/series/{id}", Everybodys),
    ("GET", "/sitemaps/{kind}/{file}", Everybodys),
    ("GET", "/assets/maps/{file}", Everybodys),
    ("GET", "/assets/{digest}/{*path}", Everybodys),
    // the page of one visitor: its forms hold seats or a place for whoever sends them (pages/hold, pages/waitlist)
    ("GET", "/events/{id}/hold", Apart),
    ("POST", "/events/{id}/hold", Apart),
    ("GET", "/events/{id}/waitlist", Apart),
    ("POST", "/events/{id}/waitlist", Apart),
    ("GET", "/events/{id}/waitlist/{entry}", Buyers(Thing::Entry)),
    ("POST", "/events/{id}/waitlist/{entry}/leave", Buyers(Thing::Entry)),
    ("GET", "/holds/{id}", Buyers(Thing::Hold)),
    ("POST", "/holds/{id}/checkout", Buyers(Thing::Hold)),
    ("POST", "/holds/{id}/release", Buyers(Thing::Hold)),
    ("GET", "/orders/{id}", Buyers(Thing::Order)),
    ("POST", "/orders/{id}/cancel", Buyers(Thing::Order)),
    ("POST", "/orders/{id}/link", Buyers(Thing::Order)),
    // where a reload of what a form answered leads: to the page, whose it is says that one
    ("GET", "/events/{id}/waitlist/{entry}/leave", Everybodys),
    ("GET", "/holds/{id}/checkout", Everybodys),
    ("GET", "/orders/{id}/cancel", Everybodys),
    ("GET", "/orders/{id}/link", Everybodys),
    ("GET", "/events/{id}/queue/leave", Everybodys),
    ("GET", "/account/sessions/{id}/end", Everybodys),
    // a place is whose token the browser has (queue)
    ("GET", "/events/{id}/queue", Apart),
    ("POST", "/events/{id}/queue", Apart),
    ("POST", "/events/{id}/queue/leave", Apart),
    // a session is its account's (me/sessions)
    ("POST", "/account/sessions/{id}/end", Apart),
    // it plays the provider's page: whoever knows the address of a payment may look
    ("GET", "/sandbox/payments/{id}", Apart),
];

/// Pages with an id that the table does not name, and rows without a page.
fn uncovered(world: &World, rows: &[(&str, &str, Whose)]) -> Vec<String> {
    let (_, _, table) = gateway::pages::routes(true, world.app.gateway.edge.clone()).split();
    let with_id = table.all().into_iter().filter(|(path, ..)| path.contains('{'));
    let pages: BTreeSet<String> = with_id.map(|(path, method, _)| format!("{method} {path}")).collect();
    let rows = rows.iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    pages.symmetric_difference(&rows).cloned().collect()
}

impl World {
    /// What somebody's browser is answered.
    async fn browse(&self, (method, path): (&str, &str), thing: Thing, id: &str, token: Option<&str>) -> acceptance::Reply {
        let path = match thing {
            Thing::Entry => path.replace("{id}", &self.waited_for).replace("{entry}", id),
            _ => path.replace("{id}", id),
        };
        let method: Method = method.parse().expect("a method");
        let asked = self.app.ask(method.clone(), &path).header("x-request-id", "the-same");
        let asked = token.iter().fold(asked, |asked, token| asked.header("cookie", &format!("boxoffice_session={token}")));
        if method == Method::POST {
            asked.form("name=Bob&email=bob%40example.org&method=sandbox").send().await
        } else {
            asked.send().await
        }
    }

    /// Which of them tell another's thing from none at all.
    async fn told_apart(&self, rows: &[(&str, &str, Whose)]) -> Vec<String> {
        let mut apart = Vec::new();
        let stranger = |who: &&Identity| matches!(who.kind, Kind::Nobody | Kind::Stranger);
        for (method, path, whose) in rows {
            let Buyers(thing) = whose else { continue };
            for who in self.everybody.iter().filter(stranger) {
                let own = &self.things[thing];
                let theirs = self.browse((method, path), *thing, own, who.token.as_deref()).await;
                let absent = self.browse((method, path), *thing, ABSENT, who.token.as_deref()).await;
                let (theirs, absent) = (told(&theirs), told(&absent));
                if absent.0 != 404 || theirs.0 != 404 || theirs.2.replace(own, ABSENT) != absent.2 {
                    apart.push(format!("{method} {path}: {}: {} and {}", who.name, theirs.0, absent.0));
                }
            }
        }
        apart
    }
}

#[tokio::test]
async fn no_page_with_an_id_is_forgotten_and_another_s_is_as_absent() {
    let world = World::new().await;
    assert_eq!(uncovered(&world, PAGES), [] as [String; 0]);
    // the control: a table without a page, and a page that everybody may see where the table says that it is a buyer's
    assert_eq!(uncovered(&world, &PAGES[1..]), ["GET /events/{id}"]);
    let open = world.told_apart(&[("GET", "/events/{id}", Buyers(Thing::Event))]).await;
    assert!(open.iter().any(|line| line.starts_with("GET /events/{id}: nobody")), "{open:?}");

    assert_eq!(world.told_apart(PAGES).await, [] as [String; 0]);
    let ada = world.app.buyer("ada").await;
    for (path, thing) in
        [("/holds/{id}", Thing::Hold), ("/orders/{id}", Thing::Order), ("/events/{id}/waitlist/{entry}", Thing::Entry)]
    {
        world.browse(("GET", path), thing, &world.things[&thing], Some(&ada.token)).await.is(200);
    }
    let (hold, order) = (&world.things[&Thing::Hold], &world.things[&Thing::Order]);
    assert_eq!(ada.get(&format!("/v1/holds/{hold}")).await.is(200).str("/state"), "held", "nothing was done");
    assert_eq!(ada.get(&format!("/v1/orders/{order}")).await.is(200).str("/state"), "paid");
    world.app.audited().await;
    world.app.stop().await;
}
