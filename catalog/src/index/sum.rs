//! A document's sum: what it says, field by field, as one number beside it in the index.
//!
//! How many events a venue, performer or series has is left out: those counts are of the day of the build.

use rapidhash::v3::{RapidSecrets, rapidhash_v3_seeded};
use tantivy::TantivyDocument;
use tantivy::schema::Value;
use tantivy::schema::document::ReferenceValueLeaf;

use super::schema::Fields;
use crate::model::Kind;

/// Hashes of texts are the same on every machine.
static SECRETS: RapidSecrets = RapidSecrets::seed(0);

/// Adds the sum of all that was added before.
pub fn seal(doc: &mut TantivyDocument, fields: &Fields) {
    let sum = of(doc, fields);
    doc.add_u64(fields.sum, sum);
}

/// The sum that a document was sealed with, or that it would be sealed with.
pub fn of(doc: &TantivyDocument, fields: &Fields) -> u64 {
    let event = Kind::Event as u64;
    let counted = doc.get_first(fields.kind).and_then(|kind| kind.as_u64()) == Some(event);
    let (mut sum, mut cards) = (0u64, 0u64);
    for (field, value) in doc.field_values() {
        if field == fields.sum || field == fields.popularity && !counted {
            continue;
        }
        let hash = match value.as_leaf() {
            Some(ReferenceValueLeaf::Str(text)) => hash(text.as_bytes()),
            // the numbers of a card mean something in their order only
            Some(ReferenceValueLeaf::U64(number)) if field == fields.card => {
                cards += 1;
                hash([number.to_le_bytes(), cards.to_le_bytes()].as_flattened())
            }
            Some(ReferenceValueLeaf::U64(number)) => hash(&number.to_le_bytes()),
            Some(ReferenceValueLeaf::I64(number)) => hash(&number.to_le_bytes()),
            Some(ReferenceValueLeaf::Bytes(bytes)) => hash(bytes),
            other => hash(format!("{other:?}").as_bytes()),
        };
        sum = sum.wrapping_add(in_field(field.field_id(), hash));
    }
    sum
}

/// Source    rapidhash v3.
fn hash(bytes: &[u8]) -> u64 {
    rapidhash_v3_seeded(bytes, &SECRETS)
}

/// A text counts otherwise in each field: the step of SplitMix64, once for each.
fn in_field(field: u32, hash: u64) -> u64 {
    let mut hash = hash.wrapping_add(u64::from(field + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::schema::schema;

    fn doc(words: &str, popularity: u64, kind: Kind) -> TantivyDocument {
        let fields = schema().1;
        let mut doc = TantivyDocument::new();
        doc.add_text(fields.words, words);
        doc.add_u64(fields.kind, kind as u64);
        doc.add_u64(fields.popularity, popularity);
        doc
    }

    #[test]
    fn a_sum_speaks_of_all_that_is_said_and_of_the_field_that_says_it() {
        let fields = schema().1;
        let sum = |doc| of(&doc, &fields);
        let plain = sum(doc("9night\n7owls\n", 5, Kind::Event));
        let mut elsewhere = doc("", 5, Kind::Event);
        elsewhere.add_text(fields.pairs, "9night\n7owls\n");
        assert_ne!(plain, sum(elsewhere));
        let mut sealed = doc("9night\n7owls\n", 5, Kind::Event);
        seal(&mut sealed, &fields);
        assert_eq!(plain, sum(sealed), "the sum is not of itself");
        for other in [
            doc("9night\n7owl\n", 5, Kind::Event),
            doc("9night\n7owls\n", 6, Kind::Event),
            doc("9night\n7owls\n", 5, Kind::Venue),
        ] {
            assert_ne!(plain, sum(other));
        }
        assert_eq!(sum(doc("9owls\n", 5, Kind::Venue)), sum(doc("9owls\n", 6, Kind::Venue)), "a count of the day of the build");
    }
}
