//! `make bench-onsale`: a house of 50,000 seats behind a waiting room, from the first join to the last seat; a page of its own.
//! The whole fails when somebody overtook another or the books do not balance afterwards.

mod doors;
mod joins;
mod leaving;
mod world;

use std::path::Path;

use anyhow::Result;

use crate::report::{self, Scenario};
use world::World;

const PAGE: &str = "# The on-sale, measured

Written by `make bench-onsale`: a stadium of 50,000 seats behind a waiting room, over HTTP against `boxoffice serve`; server, Postgres and clients
on the same machine. The run fails where something is missed.
";

/// Plays the on-sale against a server of its own.
///
/// Gives     the page, and whether everything was reached.
pub async fn measure(scratch: &Path) -> Result<(String, bool)> {
    let world = World::start(scratch).await?;
    let (joined, line) = joins::all(&world).await?;
    let (left, line) = leaving::some(&world, line).await?;
    let sold = doors::open(&world, line).await?;
    let afterwards = Scenario { name: "afterwards", figures: vec![world.audited().await?] };
    Ok(report::scenarios(PAGE, &crate::machine::describe(), &[joined, left, sold, afterwards]))
}
