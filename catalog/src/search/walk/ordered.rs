//! A page from prepared orders: by name or by popularity, equals by how near they are.

use tantivy::DocId;

use super::order::{Key, Order};
use super::rank;
use super::search::{Gathered, Search};
use crate::index::Fault;
use crate::search::question::query::Sort;
use crate::search::segment::Segment;
use crate::search::segment::orders::{OrderedBy, equals};

/// What is left of one category's order.
struct Left<'a> {
    /// The first part of the key of the next.
    first: u64,
    docs: &'a [DocId],
}

impl Search<'_> {
    /// Places the first of an order that are allowed and stand behind the last page: looks at what stands between them, and at no more.
    pub fn first_by(
        &self,
        at: usize,
        segment: &Segment,
        by: OrderedBy,
        allows: impl Fn(DocId) -> bool,
        gathered: &mut Gathered,
    ) -> Result<(), Fault> {
        let order = Order::new(self.query.sort, self.now, self.filters, segment);
        let after = self.position.map(|position| order.after(position)).transpose()?;
        let allows = |doc: &DocId| segment.is_alive(*doc) && allows(*doc);
        let mut lists = self.behind_in(segment, by, &order, after);
        let mut placed: Vec<(Key, DocId)> = Vec::with_capacity(self.most());
        while let Some(first) = lists.iter().map(|list| list.first).min().filter(|_| placed.len() < self.most()) {
            let (from, most) = (placed.len(), self.most() - placed.len());
            for list in lists.iter_mut().filter(|list| list.first == first) {
                let (same, others) = equals(list.docs, self.query.sort == Sort::NameDescending, |doc| order.first(doc, 0));
                self.nearest_of(segment, &order, same, after, most, &allows, &mut placed);
                self.go_on(list, others, &order);
            }
            placed[from..].sort_unstable();
            lists.retain(|list| !list.docs.is_empty());
            if self.effort.is_spent() {
                return Ok(());
            }
        }
        let filters = self.filters.in_segment(segment)?;
        for (key, doc) in placed.into_iter().take(self.most()) {
            gathered.places.push(self.place(at, segment, doc, key, &order, &filters)?);
        }
        Ok(())
    }

    /// What of the orders of the allowed categories may stand behind the last page.
    fn behind_in<'a>(&self, segment: &'a Segment, by: OrderedBy, order: &Order<'_>, after: Option<Key>) -> Vec<Left<'a>> {
        let (orders, from) = (segment.ordered(by), after.map_or(0, |after| after.first));
        let first = |doc: &DocId| order.first(*doc, 0);
        let mut lists = Vec::new();
        for docs in (0..orders.len()).filter(|category| self.filters.allows_category(*category)).map(|number| orders.list(number))
        {
            let docs = match self.query.sort {
                Sort::NameDescending => &docs[..docs.partition_point(|doc| first(doc) >= from)],
                _ => &docs[docs.partition_point(|doc| first(doc) < from)..],
            };
            let mut list = Left { first: 0, docs };
            self.go_on(&mut list, docs, order);
            lists.push(list);
        }
        lists.retain(|list| !list.docs.is_empty());
        lists
    }

    fn go_on<'a>(&self, list: &mut Left<'a>, docs: &'a [DocId], order: &Order<'_>) {
        let next = if self.query.sort == Sort::NameDescending { docs.last() } else { docs.first() };
        *list = Left { first: next.map_or(u64::MAX, |doc| order.first(*doc, 0)), docs };
    }

    /// Of documents that begin alike and stand in the order of their starts, so many that come first, and those that start with the
    /// last of them: what is to come by its start, then what is over, the latest first.
    #[expect(clippy::too_many_arguments, reason = "one step of a loop, apart to be read alone")]
    fn nearest_of(
        &self,
        segment: &Segment,
        order: &Order<'_>,
        docs: &[DocId],
        after: Option<Key>,
        most: usize,
        allows: &impl Fn(&DocId) -> bool,
        placed: &mut Vec<(Key, DocId)>,
    ) {
        let Some(first) = docs.first().map(|doc| order.first(*doc, 0)) else { return };
        // where the last page ended among these, it is sought instead of passed over
        let near = after.filter(|after| after.first == first).map_or(0, |after| rank::nearness_of(after.second));
        let now = segment.first_from(self.now);
        let (over, to_come) = docs.split_at(docs.partition_point(|doc| *doc < now));
        let away = |near: u64| i64::try_from(near).unwrap_or(i64::MAX);
        let from = if near < rank::OVER { segment.first_from(self.now.saturating_add(away(near))) } else { DocId::MAX };
        let latest = self.now.saturating_sub(away(near.saturating_sub(rank::OVER)));
        let to = segment.first_from(latest.saturating_add(1));
        let to_come = to_come[to_come.partition_point(|doc| *doc < from)..].iter();
        let over = over[..over.partition_point(|doc| *doc < to)].iter().rev();
        let (full, mut last) = (placed.len() + most, None);
        for doc in to_come.chain(over) {
            if !self.effort.spend(1) {
                return;
            }
            if !allows(doc) {
                continue;
            }
            let start = segment.columns.start.first(*doc);
            if placed.len() >= full && last != start {
                return;
            }
            last = start;
            let key = order.key(*doc, first);
            if after.is_none_or(|after| key > after) {
                placed.push((key, *doc));
            }
        }
    }
}
