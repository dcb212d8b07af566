//! What hits show of an event by number, and its prices, side by side in memory: reading them from their columns takes ten times as long.

use tantivy::DocId;

/// The labels of a segment's documents.
pub struct Labels(Vec<Label>);

/// What a document's columns say, as far as it fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// The numbers of [`What`], each in bits of its own.
    numbers: u64,
    prices: Prices,
}

/// What a number names, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    SeriesRow,
    Genre,
    Zone,
    Currency,
}

/// The lowest and the highest in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Prices {
    from: u32,
    to: u32,
}

const NO_PRICES: Prices = Prices { from: u32::MAX, to: 0 };
const NO_ROOM: Prices = Prices { from: u32::MAX, to: 1 };

impl What {
    pub const ALL: [Self; 4] = [Self::SeriesRow, Self::Genre, Self::Zone, Self::Currency];

    const fn shift_and_bits(self) -> (u32, u32) {
        match self {
            Self::SeriesRow => (0, 28),
            Self::Genre => (28, 14),
            Self::Zone => (42, 12),
            Self::Currency => (54, 10),
        }
    }
}

impl Label {
    /// Takes     `numbers`: in the order of [`What::ALL`].
    pub fn new(numbers: [u32; 4], prices: Option<(i64, i64)>) -> Self {
        let packed = What::ALL.into_iter().zip(numbers).fold(0, |packed, (what, number)| {
            let (shift, bits) = what.shift_and_bits();
            packed | u64::from(number).min((1 << bits) - 1) << shift
        });
        let fitting = |(from, to)| Some(Prices { from: u32::try_from(from).ok()?, to: u32::try_from(to).ok()? });
        let prices = prices.map(|prices| fitting(prices).filter(|prices| prices.from < u32::MAX).unwrap_or(NO_ROOM));
        Self { numbers: packed, prices: prices.unwrap_or(NO_PRICES) }
    }
}

impl Labels {
    /// Takes     `docs`: how many labels there are.
    /// Cost      sixteen bytes a document.
    pub fn new(docs: u32, labels: impl Iterator<Item = Label>) -> Self {
        let mut all = Vec::with_capacity(docs as usize);
        all.extend(labels);
        Self(all)
    }

    /// A number of a document; none when it does not fit here.
    #[inline]
    pub fn number(&self, what: What, doc: DocId) -> Option<u32> {
        let (shift, bits) = what.shift_and_bits();
        let most = (1 << bits) - 1;
        let number = self.0.get(doc as usize)?.numbers >> shift & most;
        (number < most).then_some(number as u32)
    }

    /// A document's prices, if it has any; none when they do not fit here.
    #[inline]
    pub fn prices(&self, doc: DocId) -> Option<Option<(i64, i64)>> {
        match self.0.get(doc as usize)?.prices {
            NO_ROOM => None,
            NO_PRICES => Some(None),
            Prices { from, to } => Some(Some((from.into(), to.into()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_read_back_and_what_does_not_is_told() {
        let most = |what: What| (1_u32 << what.shift_and_bits().1) - 2;
        let all = |number: fn(u32) -> u32| What::ALL.map(|what| number(most(what)));
        let fitting = [[0; 4], [1, 2, 3, 4], all(|most| most), [most(What::SeriesRow), 0, most(What::Zone), 0]];
        let labels = Labels::new(4, fitting.into_iter().map(|numbers| Label::new(numbers, None)));
        for (numbers, doc) in fitting.into_iter().zip(0..) {
            assert_eq!(What::ALL.map(|what| labels.number(what, doc)), numbers.map(Some));
        }
        let labels = Labels::new(2, [all(|most| most + 1), [u32::MAX; 4]].into_iter().map(|numbers| Label::new(numbers, None)));
        for doc in 0..3 {
            assert_eq!(What::ALL.map(|what| labels.number(what, doc)), [None; 4], "document {doc}");
        }
    }

    #[test]
    fn prices_are_read_back_or_none_or_said_not_to_fit() {
        let most = i64::from(u32::MAX);
        let fitting = [None, Some((0, 0)), Some((4_500, 9_000)), Some((most - 1, most)), Some((9, 1))];
        let others = [Some((-1, 5)), Some((0, most + 1)), Some((most, most)), Some((i64::MIN, i64::MAX))];
        let labels = Labels::new(9, fitting.into_iter().chain(others).map(|prices| Label::new([0; 4], prices)));
        let read: Vec<_> = (0..10).map(|doc| labels.prices(doc)).collect();
        assert_eq!(read, fitting.map(Some).into_iter().chain([None; 5]).collect::<Vec<_>>());
    }
}
