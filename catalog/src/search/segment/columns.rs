//! The columns of a segment, open: opening them for every query would cost more than the search.

use std::sync::{Arc, PoisonError, RwLock};

use tantivy::columnar::{BytesColumn, Column, StrColumn};
use tantivy::index::InvertedIndexReader;
use tantivy::{DocId, SegmentReader};

use super::cells::{Cell, Cells};
use super::completions::Completions;
use super::month::month_of;
use super::names::{NONE, Names};
use super::rows::{Label, Row};
use crate::index::card::Sale;
use crate::index::schema::{Fields, NO_DAY, NO_START, column};
use crate::index::{Fault, packed};

/// A dictionary column whose values have their common number.
pub struct Numbered {
    column: Column<u64>,
    numbers: Vec<u32>,
}

impl Numbered {
    #[inline]
    pub fn first(&self, doc: DocId) -> u32 {
        self.column.first(doc).and_then(|ord| self.numbers.get(ord as usize).copied()).unwrap_or(NONE)
    }

    /// The first number of each of several documents.
    fn firsts(&self, docs: &[DocId]) -> Vec<u32> {
        let number = |ord: Option<u64>| self.numbers.get(ord? as usize).copied();
        firsts(&self.column, docs).into_iter().map(|ord| number(ord).unwrap_or(NONE)).collect()
    }

    pub fn all(&self, doc: DocId) -> impl Iterator<Item = u32> + '_ {
        self.column.values_for_doc(doc).filter_map(|ord| self.numbers.get(ord as usize).copied())
    }
}

/// See [`Columns::first_from`].
const MILE: DocId = 512;

/// Most cards take no more numbers: as many as there are are read together.
const CARD_NUMBERS: usize = 32;

/// So many documents are read together.
const BLOCK: usize = 1_024;

/// What never changes of a segment, shared by all snapshots that contain it.
pub struct Columns {
    pub kind: Column<u64>,
    pub start: Column<i64>,
    /// Of those events that stand elsewhere in the order than where they begin.
    begins: Column<i64>,
    /// Of every so many documents the start, in memory: what is sought by its start is sought among these first.
    milestones: Vec<i64>,
    pub day: Column<i64>,
    /// By document: in memory, since filters and counts ask it of nearly all.
    rows: Vec<Row>,
    /// By document: in memory, since every hit shows them.
    labels: Vec<Label>,
    pub id_high: Column<u64>,
    pub id_low: Column<u64>,
    pub name: StrColumn,
    /// By document: how many words its name has; in memory, since ranking asks it of many.
    name_words: Vec<u8>,
    pub popularity: Column<u64>,
    pub performer: Numbered,
    /// One number a series.
    pub series: Numbered,
    pub image: Numbered,
    /// One number for each list of tiers.
    pub tiers: Numbered,
    price_from: Column<i64>,
    price_to: Column<i64>,
    pub words: Arc<InvertedIndexReader>,
    pub starts: Arc<InvertedIndexReader>,
    pub pairs: Arc<InvertedIndexReader>,
    pub keys: Arc<InvertedIndexReader>,
    cards: Column<u64>,
    pub completions: Completions,
    /// Documents below this number have no start: they are no events.
    pub undated: DocId,
}

impl Columns {
    /// Opens the columns beside those that are searched: the names are locked only to number values that were never seen.
    pub fn open(reader: &SegmentReader, fields: &Fields, names: &RwLock<Names>) -> Result<Self, Fault> {
        let fast = reader.fast_fields();
        let docs = reader.max_doc();
        let unsigned = |name: &str| -> Result<Column<u64>, Fault> {
            Ok(fast.column_opt::<u64>(name)?.unwrap_or_else(|| Column::build_empty_column(docs)))
        };
        let signed = |name: &str| -> Result<Column<i64>, Fault> {
            Ok(fast.column_opt::<i64>(name)?.unwrap_or_else(|| Column::build_empty_column(docs)))
        };
        let text = |name: &str| -> Result<StrColumn, Fault> {
            Ok(fast.str(name)?.unwrap_or_else(|| StrColumn::wrap(BytesColumn::empty(docs))))
        };
        // a macro, since to find and to number a value borrow a table in two ways
        macro_rules! numbered {
            ($column:ident, $table:ident) => {
                numbered!($column, $table, |names, text| names.$table.number(text))
            };
            ($column:ident, $table:ident, $number:expr) => {
                numbered(text(column::$column)?, names, |names, text| names.$table.of_text(text), $number)?
            };
        }
        let (venue, category) = (numbered!(VENUE, venue_numbers, Names::venue), numbered!(CATEGORY, category, Names::category));
        let (day, price_from, price_to) = (signed(column::DAY)?, signed(column::PRICE_FROM)?, signed(column::PRICE_TO)?);
        let (genre, zone) = (numbered!(GENRE, genre, Names::genre), numbered!(ZONE, zone, Names::zone));
        let shown = [numbered!(SERIES, series), genre, zone, numbered!(CURRENCY, currency)];
        let window = [&signed(column::SALE_OPENS)?, &signed(column::SALE_CLOSES)?];
        let words = reader.inverted_index(fields.words)?;
        let mut columns = Self {
            kind: unsigned(column::KIND)?,
            start: signed(column::START)?,
            begins: signed(column::BEGINS)?,
            rows: rows(&venue, &category, &day, docs, names),
            labels: labels(&shown, [&price_from, &price_to], &unsigned(column::SALE)?, window, docs),
            day,
            id_high: unsigned(column::ID_HIGH)?,
            id_low: unsigned(column::ID_LOW)?,
            name: text(column::NAME)?,
            name_words: small(&unsigned(column::NAME_WORDS)?, docs),
            popularity: unsigned(column::POPULARITY)?,
            performer: numbered!(PERFORMER, performer),
            series: one_a_series(&shown[0], names),
            image: numbered!(IMAGE, image),
            tiers: numbered!(TIERS, tiers),
            price_from,
            price_to,
            completions: Completions::read(&words)?,
            words,
            starts: reader.inverted_index(fields.starts)?,
            pairs: reader.inverted_index(fields.pairs)?,
            keys: reader.inverted_index(fields.key)?,
            cards: unsigned(column::CARD)?,
            milestones: Vec::new(),
            undated: 0,
        };
        columns.milestones = (0..docs).step_by(MILE as usize).map(|doc| columns.start_of(doc)).collect();
        columns.undated = columns.first_from(NO_START + 1, docs);
        Ok(columns)
    }

    pub fn first_from(&self, second: i64, docs: DocId) -> DocId {
        let milestone = self.milestones.partition_point(|start| *start < second) as DocId;
        let (mut low, mut high) = (milestone.saturating_sub(1) * MILE, docs.min(milestone.saturating_mul(MILE)));
        while low < high {
            let middle = low + (high - low) / 2;
            if self.start_of(middle) < second { low = middle + 1 } else { high = middle }
        }
        low
    }

    fn start_of(&self, doc: DocId) -> i64 {
        self.start.first(doc).unwrap_or(NO_START)
    }

    /// When an event begins. It stands in the order where it starts or, when only its day is known, where that ends.
    #[inline]
    pub fn begins(&self, doc: DocId) -> i64 {
        self.begins.first(doc).unwrap_or_else(|| self.start_of(doc))
    }

    /// Whether some event stands elsewhere in the order than where it begins.
    pub fn any_begins_elsewhere(&self) -> bool {
        self.begins.values.num_vals() > 0
    }

    /// How many words the name of a document has; of more than 255, so many.
    #[inline]
    pub fn name_words(&self, doc: DocId) -> u64 {
        self.name_words.get(doc as usize).copied().unwrap_or(0).into()
    }

    /// Where a document is, of which category, and in which month.
    #[inline]
    pub fn row(&self, doc: DocId) -> &Row {
        self.rows.get(doc as usize).unwrap_or(&Row::NONE)
    }

    /// What hits show of a document, and when it can be bought.
    #[inline]
    pub fn label(&self, doc: DocId) -> &Label {
        self.labels.get(doc as usize).unwrap_or(&Label::NONE)
    }

    /// The lowest and the highest price in minor units, if there are any: then there is a currency, too.
    #[inline]
    pub fn prices(&self, doc: DocId) -> Option<(i64, i64)> {
        self.label(doc).prices().unwrap_or_else(|| self.price_from.first(doc).zip(self.price_to.first(doc)))
    }

    /// The card of a document.
    pub fn card(&self, doc: DocId) -> Result<Vec<u8>, Fault> {
        let rows = self.cards.index.value_row_ids(doc);
        let mut numbers = [0; CARD_NUMBERS];
        let card = match numbers.get_mut(..rows.len()) {
            Some(numbers) => {
                self.cards.values.get_range(rows.start.into(), numbers);
                packed::bytes(numbers.iter().copied())
            }
            None => packed::bytes(self.cards.values_for_doc(doc)),
        };
        card.ok_or_else(|| Fault::Internal(format!("document {doc} has no card")))
    }

    pub fn id(&self, doc: DocId) -> u128 {
        let half = |column: &Column<u64>| u128::from(column.first(doc).unwrap_or(0));
        half(&self.id_high) << 64 | half(&self.id_low)
    }
}

/// The first value of each of some documents: of many, several times as fast as one by one.
fn firsts<T: PartialOrd + Copy + std::fmt::Debug + Send + Sync + 'static>(column: &Column<T>, docs: &[DocId]) -> Vec<Option<T>> {
    let mut firsts = vec![None; docs.len()];
    column.first_vals(docs, &mut firsts);
    firsts
}

/// All values of a column of small numbers.
fn small(column: &Column<u64>, docs: u32) -> Vec<u8> {
    (0..docs).map(|doc| u8::try_from(column.first(doc).unwrap_or(0)).unwrap_or(u8::MAX)).collect()
}

/// Place, category and month of each document.
fn rows(venue: &Numbered, category: &Numbered, days: &Column<i64>, docs: u32, names: &RwLock<Names>) -> Vec<Row> {
    let mut own = Cells::default();
    let row = |(month, doc)| {
        let (venue, category) = (venue.first(doc), category.first(doc));
        Row { venue, category, month, cell: own.number(Cell { venue, category }) }
    };
    let mut rows: Vec<Row> = months(days, docs).zip(0..docs).map(row).collect();
    let common = common_numbers(names, own.all(), |names, cell| names.cells.find(*cell), |names, cell| names.cells.number(*cell));
    rows.iter_mut().for_each(|row| row.cell = common[row.cell as usize]);
    rows
}

/// What hits show of each document.
///
/// Takes     `numbers`: of series, genre, zone and currency.
fn labels(
    numbers: &[Numbered; 4],
    prices: [&Column<i64>; 2],
    states: &Column<u64>,
    window: [&Column<i64>; 2],
    docs: u32,
) -> Vec<Label> {
    let mut labels = Vec::with_capacity(docs as usize);
    for from in (0..docs).step_by(BLOCK) {
        let block: Vec<DocId> = (from..docs.min(from + BLOCK as u32)).collect();
        let numbers = numbers.each_ref().map(|column| column.firsts(&block));
        let ([lowest, highest], [opens, closes]) = (prices.map(|of| firsts(of, &block)), window.map(|of| firsts(of, &block)));
        let states = firsts(states, &block);
        labels.extend((0..block.len()).map(|at| {
            let sale = Sale { cancelled: states[at] == Some(0), window: opens[at].zip(closes[at]) };
            Label::new(numbers.each_ref().map(|numbers| numbers[at]), lowest[at].zip(highest[at]), sale)
        }));
    }
    labels
}

/// The month of each document's day; those that follow each other have few different days.
fn months(days: &Column<i64>, docs: u32) -> impl Iterator<Item = u32> {
    let mut known = (NO_DAY, 0);
    let day = |doc| days.first(doc).unwrap_or(NO_DAY);
    (0..docs).map(day).map(move |day| {
        if known.0 != day {
            known = (day, if day == NO_DAY { 0 } else { month_of(day) });
        }
        known.1
    })
}

/// The states of a series' row under the number of the first, also after a rename: dates are grouped by it.
fn one_a_series(rows: &Numbered, names: &RwLock<Names>) -> Numbered {
    let names = names.read().unwrap_or_else(PoisonError::into_inner);
    Numbered { column: rows.column.clone(), numbers: rows.numbers.iter().map(|row| names.series.first(*row)).collect() }
}

/// Numbers a dictionary column's values.
fn numbered(
    column: StrColumn,
    names: &RwLock<Names>,
    find: fn(&Names, &str) -> Option<u32>,
    number: fn(&mut Names, &str) -> u32,
) -> Result<Numbered, Fault> {
    let mut texts = Vec::with_capacity(column.num_terms());
    let mut terms = column.dictionary().stream()?;
    while terms.advance() {
        texts.push(String::from_utf8(terms.key().to_vec()).unwrap_or_default());
    }
    drop(terms);
    let numbers = common_numbers(names, &texts, |names, text| find(names, text), |names, text| number(names, text));
    Ok(Numbered { column: column.ords().clone(), numbers })
}

/// The common numbers of some values: those that are known are found beside searches, and only new ones hold them up.
fn common_numbers<T>(
    names: &RwLock<Names>,
    values: &[T],
    find: impl Fn(&Names, &T) -> Option<u32>,
    number: impl Fn(&mut Names, &T) -> u32,
) -> Vec<u32> {
    let known: Vec<Option<u32>> = {
        let names = names.read().unwrap_or_else(PoisonError::into_inner);
        values.iter().map(|value| find(&names, value)).collect()
    };
    if known.iter().all(Option::is_some) {
        return known.into_iter().flatten().collect();
    }
    let mut names = names.write().unwrap_or_else(PoisonError::into_inner);
    known.into_iter().zip(values).map(|(known, value)| known.unwrap_or_else(|| number(&mut names, value))).collect()
}
