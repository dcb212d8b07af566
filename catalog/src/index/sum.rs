//! A document's sum: what it says, whatever the order in which it says it, as one number beside it in the index.
//!
//! How many events a venue, performer or series has is left out: those counts are of the day of the build.

use tantivy::TantivyDocument;
use tantivy::schema::{OwnedValue, Value};

use super::schema::Fields;
use crate::search::Kind;

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
        let id = field.field_id();
        match OwnedValue::from(value) {
            OwnedValue::Str(text) => text.lines().for_each(|line| sum = sum.wrapping_add(hash(id, line.as_bytes()))),
            // the numbers of a card mean something in their order only
            OwnedValue::U64(number) if field == fields.card => {
                cards += 1;
                let bytes = [number.to_le_bytes(), cards.to_le_bytes()];
                sum = sum.wrapping_add(hash(id, bytes.as_flattened()));
            }
            OwnedValue::U64(number) => sum = sum.wrapping_add(hash(id, &number.to_le_bytes())),
            OwnedValue::I64(number) => sum = sum.wrapping_add(hash(id, &number.to_le_bytes())),
            other => sum = sum.wrapping_add(hash(id, format!("{other:?}").as_bytes())),
        }
    }
    sum
}

/// Source    FNV-1a of 64 bits, then the last step of SplitMix64, so that equal sums of different lines are as rare as chance.
fn hash(field: u32, bytes: &[u8]) -> u64 {
    let all = field.to_le_bytes().into_iter().chain(bytes.iter().copied());
    let mut hash = all.fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
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
    fn a_sum_speaks_of_what_is_said_and_not_of_its_order() {
        let fields = schema().1;
        let sum = |doc| of(&doc, &fields);
        let plain = sum(doc("9night\n7owls\n", 5, Kind::Event));
        assert_eq!(plain, sum(doc("7owls\n9night\n", 5, Kind::Event)));
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
