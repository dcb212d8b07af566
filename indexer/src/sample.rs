//! Sample questions: what the live generation finds of what has not changed since, the new one must find too before it takes its place.

use std::path::Path;

use catalog::index::lookup::Lookup;
use catalog::index::{Fault, generation};
use catalog::search::{Catalog, Kind, Query, Sort};

use crate::blocking::blocking;

/// Things of each kind and order whose names are asked for.
const OF_EACH: u16 = 8;
/// Orders that reach different corners of the catalogue.
const ORDERS: [Sort; 4] = [Sort::Popularity, Sort::Name, Sort::NameDescending, Sort::DateDescending];
/// Lost names that the fault tells.
const TOLD: usize = 5;

/// Asks both generations for the names of things of which both say the same.
///
/// Gives     how many names were asked for; 0 when there is no live generation that this program can read.
/// Refuses   `Lost` when a name that the live one finds is not found by the new one.
pub async fn compare(dir: &Path, new: u64) -> Result<u64, Fault> {
    let Some(live) = generation::replaced(dir)? else { return Ok(0) };
    let (old, place) = (dir.to_owned(), dir.to_owned());
    let opened = blocking(move || {
        Ok(Catalog::open_generation(&old, live).and_then(|catalog| Ok((catalog, Lookup::open(&old, live)?))).ok())
    })
    .await?;
    let Some((old, held_before)) = opened else { return Ok(0) };
    let (new, held) = blocking(move || Ok((Catalog::open_generation(&place, new)?, Lookup::open(&place, new)?))).await?;
    let (mut asked, mut lost) = (0, Vec::new());
    for kind in Kind::INDEXED {
        for sort in ORDERS {
            let all = Query { kinds: vec![kind], past: true, sort, limit: OF_EACH, spellcheck: false, ..Query::default() };
            for hit in &find(&old, &all).await?.items {
                if held.sum(hit.id)? != held_before.sum(hit.id)? {
                    continue;
                }
                let name = Query { q: hit.title.clone(), limit: 1, sort: Sort::Relevance, ..all.clone() };
                asked += 1;
                if find(&old, &name).await?.total > 0 && find(&new, &name).await?.total == 0 {
                    lost.push(format!("{} {:?}", kind.as_str(), hit.title));
                }
            }
        }
    }
    match lost.len() {
        0 => Ok(asked),
        count => {
            lost.truncate(TOLD);
            Err(Fault::Lost { count: count as u64, asked, names: lost.join(", ") })
        }
    }
}

async fn find(catalog: &Catalog, query: &Query) -> Result<std::sync::Arc<catalog::search::Answer>, Fault> {
    catalog.search(query).await.map_err(|fault| Fault::Internal(format!("a sample question: {fault}")))
}
