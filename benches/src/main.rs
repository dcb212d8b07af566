//! `make bench`: measures what the project promises, beside a baseline in the same run, and writes docs/BENCHMARKS.md.
//!
//! Every program measured is the real one: the release binary, its embedded Postgres, real HTTP. Rounds of ours and of the baseline
//! alternate, and medians are reported, since the machine is shared.

mod drawn;
mod finding;
mod imports;
mod load;
mod machine;
mod onsale;
mod relevance;
mod report;
mod selling;
mod server;
mod store;
mod ticketoverflow;

use drawn::{drawing, pages, prints, tickets};
use finding::{beside, browse, cached, fresh, large, latency, multiplied, versus};
use selling::{baseline, crowd, holds, live, nodes, queue, restart, streams, viewers, waitlist};

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};
use report::Figure;

/// The allocator of the `boxoffice` program, so that what runs in this process is measured alike.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
#[command(about = "Measures Boxoffice")]
struct Cli {
    #[command(subcommand)]
    what: What,
    /// Where the measured data directories are made; emptied first.
    #[arg(long, global = true, default_value = "target/bench-data")]
    scratch: PathBuf,
    /// Upcoming events of the large catalogue.
    #[arg(long, global = true, default_value_t = 1_000_000)]
    events: u32,
    /// Rounds of ours and of each baseline.
    #[arg(long, global = true, default_value_t = 5)]
    rounds: usize,
    /// Writes the page there.
    #[arg(long, global = true)]
    write: Option<PathBuf>,
    /// The folder of the real catalogue and its queries.
    #[arg(long, global = true, default_value = "../shared/data/catalogue")]
    catalogue: PathBuf,
    /// Relevance: also prints each query whose answer does not stand first.
    #[arg(long, global = true)]
    misses: bool,
    /// Ticketoverflow: how long its last scenario buys.
    #[arg(long, global = true, default_value_t = 600)]
    seconds: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
enum What {
    All,
    /// Holds through HTTP on one hot event, against one SERIALIZABLE transaction a request.
    Holds,
    /// Many events looked at and held on at once.
    Crowd,
    /// Live streams beside a sale.
    Streams,
    /// A hold given back until the first in line has his offer.
    Waitlist,
    /// 80,000 WebSockets over several servers, and 10,000 beside a sale.
    Live,
    /// Reindex, start, memory, index size and uncached search of every kind over the large catalogue.
    Large,
    /// A million events in one file into Postgres.
    Import,
    /// Uncached search in process alone, over what `large` has left.
    Latency,
    /// A cheap question beside 200 dear ones, over what `large` has left.
    Beside,
    /// Browsing the real catalogue multiplied, uncached and in process, beside PostgreSQL with btrees.
    Browse,
    /// Cached search against nginx serving the same bytes.
    Cached,
    /// Pages that everyone refreshes, against the JSON of one event; pages to browse by while badges change.
    Pages,
    /// From kill -9 of the server, and of Postgres, to the next accepted hold.
    Restart,
    /// Two nodes: what asking the other one costs, and how long its death is felt.
    Nodes,
    /// Seat maps as SVG and PNG.
    Drawing,
    /// The print queue: tonight's tickets behind those of a concert in four months.
    Prints,
    /// The waiting room in process: joins, beats for a million who wait, restoring them, and letting the next one in.
    Queue,
    /// Tickets as SVG, PNG and PDF.
    Tickets,
    /// Written until found, under a steady stream of writes.
    Fresh,
    /// Uncached search over HTTP against PostgreSQL's own on the same rows.
    Versus,
    /// The scenarios of the TicketOverflow interface; a page of their own.
    Ticketoverflow,
    /// A house of 50,000 seats behind a waiting room, until it is sold; a page of its own.
    Onsale,
    /// Search quality on the real catalogue beside PostgreSQL full text; a page of its own.
    Relevance,
    /// The server with the bench-only path, as the holds benchmark starts it.
    #[command(hide = true)]
    Server,
    /// The viewers of the live benchmark.
    #[command(hide = true)]
    Viewers,
}

#[tokio::main]
async fn main() -> Result<()> {
    let cli = Cli::parse();
    if cli.what == What::Server {
        return holds::serve(&cli.scratch).await;
    }
    if cli.what == What::Viewers {
        return viewers::play();
    }
    let scratch = std::path::absolute(&cli.scratch)?;
    std::fs::create_dir_all(&scratch)?;
    println!("{}", machine::describe());
    let (page, reached) = match cli.what {
        What::Relevance => (relevance::measure(&scratch, &cli.catalogue, cli.misses).await?, true),
        What::Ticketoverflow => ticketoverflow::measure(&scratch, Duration::from_secs(cli.seconds)).await?,
        What::Onsale => onsale::measure(&scratch).await?,
        _ => (report::page(&machine::describe(), &figures(&cli, &scratch).await?), true),
    };
    finish(&page, cli.write)?;
    anyhow::ensure!(reached, "not everything was reached");
    Ok(())
}

/// The figures of one page, in its order.
async fn figures(cli: &Cli, scratch: &Path) -> Result<Vec<Figure>> {
    if cli.wants(What::Cached) {
        cached::nginx()?;
    }
    let mut figures = drawing(cli)?;
    figures.extend(selling(cli, scratch).await?);
    figures.extend(finding(cli, scratch).await?);
    figures.extend(serving(cli, scratch).await?);
    Ok(figures)
}

impl Cli {
    fn wants(&self, what: What) -> bool {
        self.what == What::All || self.what == what
    }
}

fn drawing(cli: &Cli) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    if cli.wants(What::Drawing) {
        figures.extend(drawing::measure(cli.rounds)?);
    }
    if cli.wants(What::Tickets) {
        figures.extend(tickets::measure(cli.rounds)?);
    }
    Ok(figures)
}

async fn selling(cli: &Cli, scratch: &Path) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    if cli.wants(What::Holds) {
        figures.extend(holds::measure(scratch, cli.rounds).await?);
    }
    if cli.wants(What::Prints) {
        figures.extend(prints::measure(scratch).await?);
    }
    if cli.wants(What::Queue) {
        figures.extend(queue::measure(scratch).await?);
    }
    if cli.wants(What::Crowd) {
        figures.extend(crowd::measure(scratch).await?);
    }
    if cli.wants(What::Streams) {
        figures.extend(streams::measure(scratch).await?);
    }
    if cli.wants(What::Waitlist) {
        figures.extend(waitlist::measure(scratch).await?);
    }
    if cli.wants(What::Live) {
        figures.extend(live::measure(scratch).await?);
    }
    if cli.wants(What::Restart) {
        figures.extend(restart::measure(scratch, cli.rounds).await?);
    }
    if cli.wants(What::Nodes) {
        figures.extend(nodes::measure(scratch, cli.rounds).await?);
    }
    Ok(figures)
}

async fn finding(cli: &Cli, scratch: &Path) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    if cli.wants(What::Import) {
        figures.extend(imports::measure(scratch, &cli.catalogue).await?);
    }
    if cli.wants(What::Large) {
        figures.extend(large::measure(scratch, cli.events).await?);
    }
    // a part of `large`
    if cli.what == What::Latency {
        figures.extend(latency::measure(&scratch.join(format!("large-{}/index", cli.events)), cli.events).await?);
    }
    if cli.wants(What::Versus) {
        figures.extend(versus::measure(scratch, cli.events, cli.rounds).await?);
    }
    if cli.wants(What::Beside) {
        figures.extend(beside::measure(scratch, cli.events).await?);
    }
    if cli.wants(What::Browse) {
        figures.extend(browse::measure(scratch, &cli.catalogue, cli.events).await?);
    }
    if cli.wants(What::Fresh) {
        figures.extend(fresh::measure(scratch).await?);
    }
    Ok(figures)
}

async fn serving(cli: &Cli, scratch: &Path) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    if cli.wants(What::Cached) {
        figures.extend(cached::measure(scratch, cli.rounds).await?);
    }
    if cli.wants(What::Pages) {
        figures.extend(pages::measure(scratch, cli.rounds).await?);
    }
    Ok(figures)
}

/// Prints a page and keeps it.
fn finish(page: &str, path: Option<PathBuf>) -> Result<()> {
    println!("{page}");
    if let Some(path) = path {
        std::fs::write(path, page)?;
    }
    Ok(())
}
