//! When each event of a segment can be bought, side by side in memory: who asks it of a whole segment would otherwise read three
//! columns for each.

use tantivy::DocId;

use crate::index::card::Sale;

/// The sales of a segment's documents.
pub struct Windows(Vec<Window>);

/// Seconds since 1970 that thirty-two bits hold; otherwise one of the three that follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    opens: u32,
    closes: u32,
}

const NOTHING_SOLD: Window = Window { opens: u32::MAX, closes: 0 };
const CANCELLED: Window = Window { opens: u32::MAX, closes: 1 };
/// Before 1970 or after 2106.
const FAR: Window = Window { opens: u32::MAX, closes: 2 };

impl Windows {
    /// Takes     the sales of all documents, in order.
    /// Cost      eight bytes a document.
    pub fn new(sales: impl Iterator<Item = Sale>) -> Self {
        Self(sales.map(Window::of).collect())
    }

    /// The sale of a document, as far as its badge depends on it; none when it is not known here.
    #[inline]
    pub fn sale(&self, doc: DocId) -> Option<Sale> {
        let window = *self.0.get(doc as usize)?;
        match window {
            FAR => None,
            CANCELLED => Some(Sale { cancelled: true, window: None }),
            NOTHING_SOLD => Some(Sale { cancelled: false, window: None }),
            Window { opens, closes } => Some(Sale { cancelled: false, window: Some((opens.into(), closes.into())) }),
        }
    }
}

impl Window {
    fn of(sale: Sale) -> Self {
        let seconds = |second: i64| u32::try_from(second).ok().filter(|second| *second < u32::MAX);
        match sale.window {
            _ if sale.cancelled => CANCELLED,
            None => NOTHING_SOLD,
            Some((opens, closes)) => seconds(opens).zip(seconds(closes)).map_or(FAR, |(opens, closes)| Self { opens, closes }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sale_has_the_badge_that_it_has_in_its_columns_or_is_not_known() {
        let of = |cancelled, window| Sale { cancelled, window };
        let most = i64::from(u32::MAX);
        let sales = [
            of(false, None),
            of(true, None),
            of(true, Some((10, 20))),
            of(false, Some((10, 20))),
            of(false, Some((0, most - 1))),
            of(false, Some((most - 1, 0))),
            of(false, Some((-1, 20))),
            of(false, Some((10, most))),
        ];
        let windows = Windows::new(sales.into_iter());
        for (sale, doc) in sales.into_iter().zip(0..) {
            let known = windows.sale(doc);
            assert_eq!(known.is_some(), doc < 6, "{sale:?}");
            for second in [0, 10, 19, 20, most - 2] {
                let now = jiff::Timestamp::from_second(second).expect("in range");
                assert!(known.is_none_or(|known| known.closed_badge(now) == sale.closed_badge(now)), "{sale:?} at {second}");
            }
        }
        assert_eq!(windows.sale(8), None);
    }
}
