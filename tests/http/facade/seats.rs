//! `GET /concerts/{id}/seats`.

use super::{ABSENT, Facade, MALFORMED, desc, refused};

#[tokio::test]
async fn a_sheet_counts_what_was_sold_before_it_was_asked_for() {
    let facade = Facade::start().await;
    let concert = facade.concert("Night", 50).await;
    for sold in 0..4 {
        let sheet = facade.sheet(&concert).await;
        assert_eq!(desc(&sheet), format!("{concert}|50|{sold}"));
        let (filled, free) = sheet.split_once("fill=\"none\"").expect("both kinds");
        assert_eq!((filled.matches("<circle").count(), free.matches("<circle").count()), (sold, 50 - sold));
        facade.ticket(&concert, 1).await;
        // a sheet rests a little after it was drawn, never for long
        acceptance::eventually("the sheet counts", || async {
            desc(&facade.sheet(&concert).await) == format!("{concert}|50|{}", sold + 1)
        })
        .await;
    }
    for absent in MALFORMED.into_iter().chain([ABSENT]) {
        refused(facade.get(&format!("/concerts/{absent}/seats")).await, 404);
    }
    facade.app.stop().await;
}

#[tokio::test]
async fn sheets_of_any_size_are_drawn_and_bounded() {
    let facade = Facade::start().await;
    for (capacity, most) in [(0, 2_000), (1, 2_000), (60_000, 40_000), (1_000_000, 100_000), (2_147_483_647, 4_000_000)] {
        let concert = facade.concert("Night", capacity).await;
        if capacity > 0 {
            facade.ticket(&concert, 1).await;
        }
        let sheet = facade.sheet(&concert).await;
        assert_eq!(desc(&sheet), format!("{concert}|{capacity}|{}", capacity.min(1)));
        assert!(sheet.len() < most, "{capacity}: {} bytes", sheet.len());
    }
    facade.app.stop().await;
}

/// While rows cannot be read, the last sheet is still one of the last three minutes; a concert that nobody saw has none.
#[tokio::test]
async fn a_sheet_outlives_the_database_for_a_while() {
    let facade = Facade::start().await;
    let (seen, unseen) = (facade.concert("Seen", 5).await, facade.concert("Unseen", 5).await);
    let sheet = facade.sheet(&seen).await;
    facade.app.gateway.pool.close().await;
    assert_eq!(facade.sheet(&seen).await, sheet);
    let reply = facade.get(&format!("/concerts/{unseen}/seats")).await;
    assert!(reply.status >= 500, "{}", reply.status);
    facade.app.drain().await;
}

/// The control is a concert that stays.
#[tokio::test]
async fn a_concert_that_was_deleted_has_no_sheet_though_one_was_drawn() {
    let facade = Facade::start().await;
    let (gone, stays) = (facade.concert("Gone", 5).await, facade.concert("Stays", 5).await);
    for concert in [&gone, &stays] {
        facade.sheet(concert).await;
    }
    let (pool, by) = (&facade.app.gateway.pool, facade.by());
    catalog::write::events::delete(pool, &by, gone.parse().expect("an id"), None).await.expect("deleted");
    refused(facade.get(&format!("/concerts/{gone}/seats")).await, 404);
    refused(facade.get(&format!("/concerts/{gone}")).await, 404);
    facade.sheet(&stays).await;
    facade.app.stop().await;
}
