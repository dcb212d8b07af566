//! `make bench-ticketoverflow`: the eight scenarios of the TicketOverflow interface over HTTP, each with what it must show; a page of
//! their own. A scenario fails when what it must show is not seen; the whole fails when the books do not balance afterwards.

mod printing;
mod rush;
mod selling;
mod world;

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::report::{self, Scenario};
use world::World;

const PAGE: &str = "# The TicketOverflow interface, measured

Written by `make bench-ticketoverflow`: its scenarios over HTTP against `boxoffice serve --facade ticketoverflow`, one after the other on one
installation, server, Postgres and clients on the same machine; each client waits for its answer before it asks again. The run fails where something
is missed.
";

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
    Ok(report::scenarios(PAGE, &crate::machine::describe(), &scenarios))
}
