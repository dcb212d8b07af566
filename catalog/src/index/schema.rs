//! The index's schema: four kinds of document in one index, ordered by start.
//!
//! | field | holds |
//! |---|---|
//! | `id` | the exact id, in as few bytes as it has |
//! | `key` | exact terms: kind, external id, venue, category, … with a letter before each |
//! | `words` | every word of a document once; its term frequency is the word's [`class`]: which kind of text it stands in |
//! | `starts` | the first one, two and three characters of every word that is no description's; the frequency is the [`level`] |
//! | `pairs` | two words that stand side by side in a name, title or work |
//! | `card` | a column, too, of several numbers a document: what a hit shows and no other column says |
//! | `sum` | a sum over all of the document, by which a live index is held against the database |
//! | the rest | columns, for filters, facets and orders |
//!
//! One posting list for a word over all texts keeps a search at one list a word, and a class instead of a frequency keeps a
//! document's score the same whatever else is indexed: pages can be cut by it.

use tantivy::schema::{BytesOptions, FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::store::Compressor;
use tantivy::tokenizer::{TextAnalyzer, TokenizerManager};
use tantivy::{Index, IndexBuilder, IndexSettings, IndexSortByField, Order};

use super::tokens::{ClassedTokenizer, LineTokenizer};

/// Grows when documents of an older program can no longer be read by this one.
pub const SCHEMA_VERSION: u32 = 14;

/// What kind of text a word stands in: its term frequency in the field `words`.
pub mod class {
    pub const DESCRIPTION: u8 = 1;
    /// Category, genre, type, topic, instrument, region, country.
    pub const ABOUT: u8 = 2;
    pub const CITY: u8 = 3;
    pub const VENUE: u8 = 4;
    pub const WORK: u8 = 5;
    pub const PERFORMER: u8 = 6;
    /// The year and the month of an event on its own calendar: before a year that a work or somebody is named after.
    pub const WHEN: u8 = 7;
    /// Another name of the thing itself.
    pub const ALIAS: u8 = 8;
    /// Title or name of the thing itself.
    pub const NAME: u8 = 9;
    pub const COUNT: usize = 10;
}

/// How well a beginning stands, in three levels: its term frequency in the field `starts`.
pub mod level {
    use super::class;

    /// What a beginning of each level counts as.
    pub const CLASS: [u8; 4] = [0, class::CITY, class::PERFORMER, class::NAME];

    pub fn of(class: u8) -> u8 {
        match class {
            class::ALIAS.. => 3,
            class::WORK | class::PERFORMER => 2,
            _ => 1,
        }
    }
}

/// The start of what has none (venues, performers, series): before every event, so that an ordered segment begins with them.
pub const NO_START: i64 = -10_000_000_000;
/// The local day of what has none.
pub const NO_DAY: i64 = -200_000;

/// Names of the columns.
pub mod column {
    pub const KIND: &str = "kind";
    pub const START: &str = "start";
    /// When those events begin that stand elsewhere in the order: what only has a day stands at its end.
    pub const BEGINS: &str = "begins";
    pub const DAY: &str = "day";
    pub const ID_HIGH: &str = "id_high";
    pub const ID_LOW: &str = "id_low";
    pub const NAME: &str = "name";
    pub const NAME_WORDS: &str = "name_words";
    pub const POPULARITY: &str = "popularity";
    pub const CATEGORY: &str = "category";
    pub const GENRE: &str = "genre";
    pub const VENUE: &str = "venue";
    pub const PERFORMER: &str = "performer";
    pub const SERIES: &str = "series";
    pub const CURRENCY: &str = "currency";
    /// The price categories of an event, without their prices.
    pub const TIERS: &str = "tiers";
    pub const PRICE_FROM: &str = "price_from";
    pub const PRICE_TO: &str = "price_to";
    /// The IANA zone of an event: what "tonight" means there.
    pub const ZONE: &str = "zone";
    pub const SALE: &str = "sale";
    pub const SALE_OPENS: &str = "sale_opens";
    pub const SALE_CLOSES: &str = "sale_closes";
    pub const SUM: &str = "sum";
    pub const CARD: &str = "card";
    /// The picture that is shown.
    pub const IMAGE: &str = "image";
}

/// The fields, by name.
#[derive(Debug, Clone, Copy)]
pub struct Fields {
    pub id: Field,
    pub key: Field,
    pub words: Field,
    pub starts: Field,
    pub pairs: Field,
    pub card: Field,
    pub kind: Field,
    pub start: Field,
    pub begins: Field,
    pub day: Field,
    pub id_high: Field,
    pub id_low: Field,
    pub name: Field,
    pub name_words: Field,
    pub popularity: Field,
    pub category: Field,
    pub genre: Field,
    pub venue: Field,
    pub performer: Field,
    pub series: Field,
    pub currency: Field,
    pub tiers: Field,
    pub price_from: Field,
    pub price_to: Field,
    pub zone: Field,
    pub sale: Field,
    pub sale_opens: Field,
    pub sale_closes: Field,
    pub sum: Field,
    pub image: Field,
}

/// Builds the schema.
pub fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let indexed = |tokenizer: &str, option| {
        let indexing = TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(option).set_fieldnorms(false);
        TextOptions::default().set_indexing_options(indexing)
    };
    let word_column = || TextOptions::default().set_fast(tantivy::tokenizer::RAW_TOKENIZER_NAME);
    let fields = Fields {
        id: schema.add_bytes_field("id", BytesOptions::default().set_indexed()),
        key: schema.add_text_field("key", indexed(LineTokenizer::NAME, IndexRecordOption::Basic)),
        words: schema.add_text_field("words", indexed(ClassedTokenizer::NAME, IndexRecordOption::WithFreqs)),
        starts: schema.add_text_field("starts", indexed(ClassedTokenizer::NAME, IndexRecordOption::WithFreqs)),
        pairs: schema.add_text_field("pairs", indexed(LineTokenizer::NAME, IndexRecordOption::Basic)),
        card: schema.add_u64_field(column::CARD, FAST),
        kind: schema.add_u64_field(column::KIND, FAST),
        start: schema.add_i64_field(column::START, FAST),
        begins: schema.add_i64_field(column::BEGINS, FAST),
        day: schema.add_i64_field(column::DAY, FAST),
        id_high: schema.add_u64_field(column::ID_HIGH, FAST),
        id_low: schema.add_u64_field(column::ID_LOW, FAST),
        name: schema.add_text_field(column::NAME, word_column()),
        name_words: schema.add_u64_field(column::NAME_WORDS, FAST),
        popularity: schema.add_u64_field(column::POPULARITY, FAST),
        category: schema.add_text_field(column::CATEGORY, word_column()),
        genre: schema.add_text_field(column::GENRE, word_column()),
        venue: schema.add_text_field(column::VENUE, word_column()),
        performer: schema.add_text_field(column::PERFORMER, word_column()),
        series: schema.add_text_field(column::SERIES, word_column()),
        currency: schema.add_text_field(column::CURRENCY, word_column()),
        tiers: schema.add_text_field(column::TIERS, word_column()),
        price_from: schema.add_i64_field(column::PRICE_FROM, FAST),
        price_to: schema.add_i64_field(column::PRICE_TO, FAST),
        zone: schema.add_text_field(column::ZONE, word_column()),
        sale: schema.add_u64_field(column::SALE, FAST),
        sale_opens: schema.add_i64_field(column::SALE_OPENS, FAST),
        sale_closes: schema.add_i64_field(column::SALE_CLOSES, FAST),
        sum: schema.add_u64_field(column::SUM, FAST),
        image: schema.add_text_field(column::IMAGE, word_column()),
    };
    (schema.build(), fields)
}

/// How an index of ours is made: ordered by start, with nothing in its document store.
pub fn builder() -> IndexBuilder {
    let settings = IndexSettings {
        sort_by_field: Some(IndexSortByField { field: column::START.to_owned(), order: Order::Asc }),
        docstore_compression: Compressor::None,
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    };
    Index::builder().schema(schema().0).settings(settings).tokenizers(tokenizers())
}

/// The tokenizers by the names that the schema uses.
pub fn tokenizers() -> TokenizerManager {
    let tokenizers = TokenizerManager::default();
    tokenizers.register(LineTokenizer::NAME, TextAnalyzer::from(LineTokenizer::default()));
    tokenizers.register(ClassedTokenizer::NAME, TextAnalyzer::from(ClassedTokenizer::default()));
    tokenizers
}
