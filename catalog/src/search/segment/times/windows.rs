//! When each event of a segment can be bought, side by side in memory: every hit says it, and counting asks it of many.

use tantivy::DocId;

use crate::index::card::Sale;

/// The sales of a segment's documents.
pub struct Windows(Vec<Window>);

/// Seconds since 1970, as far as thirty-two bits go: what lies before or behind (2106) is as good as always or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    opens: u32,
    closes: u32,
}

/// No other window opens so late.
const NOTHING_SOLD: Window = Window { opens: u32::MAX, closes: 0 };
const CANCELLED: Window = Window { opens: u32::MAX, closes: 1 };

impl Windows {
    /// Takes     the sales of all documents, in order.
    /// Cost      eight bytes a document.
    pub fn new(sales: impl Iterator<Item = Sale>) -> Self {
        Self(sales.map(Window::of).collect())
    }

    /// The sale of a document, as far as its badge depends on it.
    #[inline]
    pub fn sale(&self, doc: DocId) -> Sale {
        match self.0.get(doc as usize).copied().unwrap_or(NOTHING_SOLD) {
            CANCELLED => Sale { cancelled: true, window: None },
            NOTHING_SOLD => Sale { cancelled: false, window: None },
            Window { opens, closes } => Sale { cancelled: false, window: Some((opens.into(), closes.into())) },
        }
    }
}

impl Window {
    fn of(sale: Sale) -> Self {
        let seconds = |second: i64| second.clamp(0, i64::from(u32::MAX) - 1) as u32;
        match sale.window {
            _ if sale.cancelled => CANCELLED,
            None => NOTHING_SOLD,
            Some((opens, closes)) => Self { opens: seconds(opens), closes: seconds(closes) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sale_has_the_badge_that_its_columns_give_it() {
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
            of(false, Some((most, most + 1))),
            of(false, Some((i64::MIN, i64::MAX))),
        ];
        let windows = Windows::new(sales.into_iter());
        for (sale, doc) in sales.into_iter().zip(0..) {
            for second in [0, 10, 19, 20, most - 2] {
                let now = jiff::Timestamp::from_second(second).expect("in range");
                assert_eq!(windows.sale(doc).closed_badge(now), sale.closed_badge(now), "{sale:?} at {second}");
            }
        }
        assert_eq!(windows.sale(10), of(false, None));
    }
}
