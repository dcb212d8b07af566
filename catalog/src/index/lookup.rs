//! One document of a generation by its id: for holding a live index against the database.

use std::path::Path;

use tantivy::columnar::Column;
use tantivy::schema::{Field, IndexRecordOption, Schema};
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{DocId, DocSet, ReloadPolicy, Searcher, SegmentReader, TERMINATED, TantivyDocument};
use uuid::Uuid;

use super::card::EventCard;
use super::schema::{self, Fields, column};
use super::{Fault, document, generation, packed, row, sum};
use crate::model::Kind;

/// All documents of one commit of one generation.
pub struct Lookup {
    pub generation: u64,
    fields: Fields,
    searcher: Searcher,
    segments: Vec<Columns>,
}

struct Columns {
    sum: Column<u64>,
    kind: Column<u64>,
    high: Column<u64>,
    low: Column<u64>,
    card: Column<u64>,
}

impl Lookup {
    /// Opens a generation at its last commit, whether published or still being built.
    pub fn open(dir: &Path, generation: u64) -> Result<Self, Fault> {
        let index = generation::open_unfinished(dir, generation)?;
        let reader: tantivy::IndexReader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let searcher = reader.searcher();
        let open = |segment: &SegmentReader| {
            let column = |name| segment.fast_fields().u64(name);
            let (sum, kind, card) = (column(column::SUM)?, column(column::KIND)?, column(column::CARD)?);
            Ok::<_, Fault>(Columns { sum, kind, high: column(column::ID_HIGH)?, low: column(column::ID_LOW)?, card })
        };
        let segments = searcher.segment_readers().iter().map(open).collect::<Result<_, _>>()?;
        Ok(Self { generation, fields: schema::schema().1, searcher, segments })
    }

    /// How many documents there are.
    pub fn len(&self) -> u64 {
        self.searcher.num_docs()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn segments(&self) -> &[SegmentReader] {
        self.searcher.segment_readers()
    }

    pub(super) fn schema(&self) -> &Schema {
        self.searcher.schema()
    }

    pub(super) fn tokenizer(&self, field: Field) -> Result<TextAnalyzer, Fault> {
        Ok(self.searcher.index().tokenizer_for_field(field)?)
    }

    pub(super) fn find(&self, id: Uuid) -> Result<Option<(usize, DocId)>, Fault> {
        Ok(self.all(id)?.first().copied())
    }

    /// How many documents there are of a thing: one, or the index is wrong.
    pub fn copies(&self, id: Uuid) -> Result<usize, Fault> {
        Ok(self.all(id)?.len())
    }

    fn all(&self, id: Uuid) -> Result<Vec<(usize, DocId)>, Fault> {
        let (term, mut found) = (document::id_term(&self.fields, id), Vec::new());
        for (at, segment) in self.searcher.segment_readers().iter().enumerate() {
            let postings = segment.inverted_index(self.fields.id)?.read_postings(&term, IndexRecordOption::Basic)?;
            let Some(mut postings) = postings else { continue };
            while postings.doc() != TERMINATED {
                if segment.alive_bitset().is_none_or(|alive| alive.is_alive(postings.doc())) {
                    found.push((at, postings.doc()));
                }
                postings.advance();
            }
        }
        Ok(found)
    }

    /// The sum that the document of a thing was made with; `None` when there is no such document.
    pub fn sum(&self, id: Uuid) -> Result<Option<u64>, Fault> {
        Ok(self.find(id)?.map(|(segment, doc)| self.segments[segment].sum.first(doc).unwrap_or(0)))
    }

    /// The sum that a document made now would have.
    pub fn sum_of(&self, document: &TantivyDocument) -> u64 {
        sum::of(document, &self.fields)
    }

    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// What the index shows of a thing: its kind and its title or name.
    pub fn title(&self, id: Uuid) -> Result<Option<(&'static str, String)>, Fault> {
        let Some((at, doc)) = self.find(id)? else { return Ok(None) };
        let kind = self.segments[at].kind.first(doc).and_then(|kind| Kind::INDEXED.get(kind as usize)).copied();
        let title = match kind.unwrap_or(Kind::Event) {
            Kind::Event => self.event_title(at, doc),
            Kind::Series => self.row_name(at, doc, column::SERIES)?,
            Kind::Performer => self.row_name(at, doc, column::PERFORMER)?,
            Kind::Venue => self.row_name(at, doc, column::VENUE)?,
            Kind::City | Kind::Image => return Ok(None),
        };
        Ok(kind.map(|kind| (kind.as_str(), title)))
    }

    fn event_title(&self, at: usize, doc: DocId) -> String {
        let card = packed::bytes(self.segments[at].card.values_for_doc(doc)).unwrap_or_default();
        EventCard::title(&card).unwrap_or_default().to_owned()
    }

    /// The name in a document's own row of a dictionary column.
    fn row_name(&self, at: usize, doc: DocId, name: &str) -> Result<String, Fault> {
        let mut text = String::new();
        let column =
            self.searcher.segment_readers().get(at).map(|segment| segment.fast_fields().str(name)).transpose()?.flatten();
        if let Some(column) = column
            && let Some(ord) = column.ords().first(doc)
        {
            column.ord_to_str(ord, &mut text)?;
        }
        Ok(row::read_named(&text).map(|(_, name)| name.to_owned()).unwrap_or_default())
    }

    /// The ids of all documents, in the order of the index.
    pub fn ids(&self) -> impl Iterator<Item = Uuid> {
        self.searcher.segment_readers().iter().zip(&self.segments).flat_map(|(segment, columns)| {
            segment
                .doc_ids_alive()
                .map(|doc| Uuid::from_u64_pair(columns.high.first(doc).unwrap_or(0), columns.low.first(doc).unwrap_or(0)))
        })
    }
}
