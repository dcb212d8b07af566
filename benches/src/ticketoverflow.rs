//! `make bench-ticketoverflow`: the eight scenarios of the TicketOverflow interface over HTTP, each with what it must show; a page of
//! their own. A scenario fails when what it must show is not seen; the whole fails when the books do not balance afterwards.

mod page;
mod printing;
mod rush;
mod selling;
mod world;

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::report::Figure;
use world::World;

/// One scenario: its name and its figures.
pub struct Scenario {
    pub name: &'static str,
    pub figures: Vec<Figure>,
}

/// Plays all scenarios against a server of their own.
///
/// Takes     `long`: how long the last scenario buys.
/// Gives     the page, and whether everything was reached.
pub async fn measure(scratch: &Path, long: Duration) -> Result<(String, bool)> {
    let world = World::start(scratch).await?;
    let mut scenarios = vec![
        selling::small(&world).await?,
        selling::presale(&world).await?,
        selling::general(&world).await?,
        selling::watched(&world).await?,
        selling::evening(&world).await?,
        printing::tonight_first(&world).await?,
        printing::renamed(&world).await?,
        selling::millions(&world, long).await?,
    ];
    scenarios.push(Scenario { name: "afterwards", figures: vec![world.audited().await?] });
    let missed = scenarios.iter().flat_map(|scenario| &scenario.figures).any(|figure| figure.reached == Some(false));
    Ok((page::page(&crate::machine::describe(), &scenarios), !missed))
}
