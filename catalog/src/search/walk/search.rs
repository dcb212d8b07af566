//! One search while it runs: what is asked of which snapshot, and what was gathered so far.

use std::sync::{PoisonError, RwLockReadGuard};

use super::groups::Met;
use super::order::Position;
use super::paged::Paged;
use crate::search::effort::Effort;
use crate::search::facets::Counters;
use crate::search::filter::Filters;
use crate::search::question::query::Query;
use crate::search::segment::names::Names;
use crate::search::segment::snapshot::Snapshot;

/// What is asked of which snapshot, and behind which place of the order.
pub struct Search<'a> {
    pub snapshot: &'a Snapshot,
    pub query: &'a Query,
    pub filters: &'a Filters<'a>,
    pub now: i64,
    pub position: Option<&'a Position>,
    /// When it is spent, what is gathered is thrown away.
    pub effort: &'a Effort,
}

impl Search<'_> {
    pub fn names(&self) -> RwLockReadGuard<'_, Names> {
        self.snapshot.names.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn by_name(&self) -> bool {
        self.query.sort.by_name()
    }

    pub fn most(&self) -> usize {
        usize::from(self.query.limit) + 1
    }
}

/// What is gathered over all segments.
pub struct Gathered {
    pub total: u64,
    pub held: bool,
    pub counters: Counters,
    pub places: Vec<Paged>,
    pub met: Met,
}

impl Gathered {
    /// Takes     `counters`: of all facets, or of none.
    pub fn new(counters: Counters) -> Self {
        Self { total: 0, held: false, counters, places: Vec::new(), met: Met::default() }
    }
}
