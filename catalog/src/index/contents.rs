//! What the index itself holds of a thing, held against a document made now: term by term and column by column, not by the sum beside it.

use std::collections::{BTreeMap, HashMap};

use tantivy::columnar::{Column, StrColumn};
use tantivy::schema::document::ReferenceValueLeaf;
use tantivy::schema::{Field, FieldEntry, FieldType, IndexRecordOption, Value};
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED, TantivyDocument, Term, postings::Postings};
use uuid::Uuid;

use super::Fault;
use super::lookup::Lookup;
use crate::model::Kind;

/// Every column of every segment, opened.
pub struct Contents<'a> {
    lookup: &'a Lookup,
    columns: Vec<HashMap<Field, Held>>,
}

/// How many terms lead to each document, segment by segment: by a term that a document does not say it would be found all the same.
pub struct TermCounts(Vec<Vec<u32>>);

impl TermCounts {
    /// Cost      one walk over all lists of the index; four bytes a document.
    pub fn of(lookup: &Lookup) -> Result<Self, Fault> {
        let count = |segment: &SegmentReader| {
            let mut counts = vec![0; segment.max_doc() as usize];
            for (field, _) in lookup.schema().fields().filter(|(_, entry)| is_text(entry)) {
                let inverted = segment.inverted_index(field)?;
                let mut terms = inverted.terms().stream()?;
                while terms.advance() {
                    let mut postings = inverted.read_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)?;
                    while postings.doc() != TERMINATED {
                        counts[postings.doc() as usize] += 1;
                        postings.advance();
                    }
                }
            }
            Ok::<_, Fault>(counts)
        };
        Ok(Self(lookup.segments().iter().map(count).collect::<Result<_, _>>()?))
    }
}

/// Whether a field is searched by words; what has a column is held against that.
fn is_text(entry: &FieldEntry) -> bool {
    matches!(entry.field_type(), FieldType::Str(_)) && entry.is_indexed() && !entry.is_fast()
}

enum Held {
    Natural(Column<u64>),
    Signed(Column<i64>),
    Text(StrColumn),
}

impl<'a> Contents<'a> {
    pub fn open(lookup: &'a Lookup) -> Result<Self, Fault> {
        let columns = lookup.segments().iter().map(columns).collect::<Result<_, _>>()?;
        Ok(Self { lookup, columns })
    }

    /// Whether the index holds what this document says of a thing; how many events a venue, performer or series has is of the day of the
    /// build.
    ///
    /// Takes     `counts`: also whether no more terms lead to it than the document says; none: that is not asked.
    pub fn agree(&self, id: Uuid, document: &TantivyDocument, counts: Option<&TermCounts>) -> Result<bool, Fault> {
        let Some((at, doc)) = self.lookup.find(id)? else { return Ok(false) };
        let fields = self.lookup.fields();
        let mut said: BTreeMap<Field, Vec<ReferenceValueLeaf<'_>>> = BTreeMap::new();
        for (field, value) in document.field_values() {
            said.entry(field).or_default().extend(value.as_leaf());
        }
        let kind = said.get(&fields.kind).and_then(|values| values.first()).and_then(ReferenceValueLeaf::as_u64);
        let counted = kind != Some(Kind::Event as u64);
        let mut terms = 0;
        for (field, entry) in self.lookup.schema().fields() {
            if field == fields.sum || field == fields.popularity && counted {
                continue;
            }
            let values = said.get(&field).map_or(&[][..], Vec::as_slice);
            let same = match (self.columns[at].get(&field), entry.field_type()) {
                (Some(held), _) => held.agrees(doc, values)?,
                (None, _) if is_text(entry) => {
                    let found = self.terms_found(at, doc, field, values)?;
                    terms += found.unwrap_or(0);
                    found.is_some()
                }
                // a column that no document of the segment has
                (None, _) => values.is_empty() || entry.is_indexed(),
            };
            if !same {
                return Ok(false);
            }
        }
        Ok(counts.is_none_or(|TermCounts(counts)| counts[at][doc as usize] == terms))
    }

    /// How many terms these texts have, if every one leads to the document, as often as it is said.
    fn terms_found(&self, at: usize, doc: DocId, field: Field, values: &[ReferenceValueLeaf<'_>]) -> Result<Option<u32>, Fault> {
        let mut said: HashMap<String, u32> = HashMap::new();
        let mut tokenizer = self.lookup.tokenizer(field)?;
        for text in values.iter().filter_map(|value| value.as_str()) {
            let mut tokens = tokenizer.token_stream(text);
            tokens.process(&mut |token| *said.entry(token.text.clone()).or_default() += 1);
        }
        let Some(segment) = self.lookup.segments().get(at) else { return Ok(None) };
        let terms = u32::try_from(said.len()).unwrap_or(u32::MAX);
        let (inverted, entry) = (segment.inverted_index(field)?, self.lookup.schema().get_field_entry(field));
        let counted = entry.field_type().index_record_option() == Some(IndexRecordOption::WithFreqs);
        for (term, times) in said {
            let found = inverted.read_postings(&Term::from_field_text(field, &term), IndexRecordOption::WithFreqs)?;
            let Some(mut postings) = found else { return Ok(None) };
            if postings.doc() < doc {
                postings.seek(doc);
            }
            if postings.doc() != doc || counted && postings.term_freq() != times {
                return Ok(None);
            }
        }
        Ok(Some(terms))
    }
}

fn columns(segment: &SegmentReader) -> Result<HashMap<Field, Held>, Fault> {
    let (schema, columns) = (segment.schema(), segment.fast_fields());
    let mut opened = HashMap::new();
    for (field, entry) in schema.fields().filter(|(_, entry)| entry.is_fast()) {
        let held = match entry.field_type() {
            FieldType::U64(_) => Some(Held::Natural(columns.u64(entry.name())?)),
            FieldType::I64(_) => Some(Held::Signed(columns.i64(entry.name())?)),
            FieldType::Str(_) => columns.str(entry.name())?.map(Held::Text),
            _ => None,
        };
        opened.extend(held.map(|held| (field, held)));
    }
    Ok(opened)
}

impl Held {
    fn agrees(&self, doc: DocId, values: &[ReferenceValueLeaf<'_>]) -> Result<bool, Fault> {
        Ok(match self {
            Self::Natural(column) => column.values_for_doc(doc).map(Some).eq(values.iter().map(|value| value.as_u64())),
            Self::Signed(column) => column.values_for_doc(doc).map(Some).eq(values.iter().map(|value| value.as_i64())),
            Self::Text(column) => {
                let (mut texts, mut text) = (Vec::new(), String::new());
                for ord in column.ords().values_for_doc(doc) {
                    text.clear();
                    column.ord_to_str(ord, &mut text)?;
                    texts.push(text.clone());
                }
                texts.iter().map(|text| Some(text.as_str())).eq(values.iter().map(|value| value.as_str()))
            }
        })
    }
}
