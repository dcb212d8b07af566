//! Where some events of a segment stand: each is sought in the index once.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use domain::id::EventId;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED};

use crate::index::schema::Fields;
use crate::index::{Fault, document};

/// The documents of the events that were asked for; none for those of other segments. Bounded by the events that ever had a badge.
#[derive(Default)]
pub struct Placed(RwLock<HashMap<EventId, Box<[DocId]>>>);

impl Placed {
    /// Gives the documents of some events with what is said of each, deleted ones included.
    ///
    /// Cost      a look into a table each; a term of the index for one that was never asked for.
    pub fn each<T: Copy>(
        &self,
        reader: &SegmentReader,
        fields: &Fields,
        events: impl Iterator<Item = (EventId, T)>,
        mut one: impl FnMut(DocId, T),
    ) -> Result<(), Fault> {
        let mut unknown = Vec::new();
        {
            let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
            for (event, what) in events {
                match known.get(&event) {
                    Some(docs) => docs.iter().for_each(|doc| one(*doc, what)),
                    None => unknown.push((event, what)),
                }
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let mut found = Vec::with_capacity(unknown.len());
        let index = reader.inverted_index(fields.id)?;
        for (event, what) in unknown {
            let list = index.read_postings(&document::id_term(fields, event.0), IndexRecordOption::Basic)?;
            let docs = list.map_or_else(Box::default, |mut list| {
                let mut docs = Vec::with_capacity(list.doc_freq() as usize);
                while list.doc() != TERMINATED {
                    docs.push(list.doc());
                    list.advance();
                }
                docs.into_boxed_slice()
            });
            docs.iter().for_each(|doc| one(*doc, what));
            found.push((event, docs));
        }
        self.0.write().unwrap_or_else(PoisonError::into_inner).extend(found);
        Ok(())
    }
}
