//! What the columns say of each document once, side by side in memory: reading it from the columns takes ten times as long.

use crate::index::card::Sale;

/// What counting and filtering ask of nearly every document, by common numbers; 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub venue: u32,
    pub category: u32,
    pub month: u32,
    /// Place and category together; see [`cells`](super::cells).
    pub cell: u32,
}

/// What hits show, by common numbers, and some filters ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// The state of the series' row.
    pub series: u32,
    pub genre: u32,
    /// There are some hundred zones, and three letters of a currency.
    pub zone: u16,
    pub currency: u16,
    prices: Prices,
    window: Window,
}

/// The lowest and the highest in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Prices {
    from: u32,
    to: u32,
}

const NO_PRICES: Prices = Prices { from: u32::MAX, to: 0 };
const NO_ROOM: Prices = Prices { from: u32::MAX, to: 1 };

/// When it can be bought, in seconds since 1970, as far as thirty-two bits go: what lies before or behind (2106) is as good as always or
/// never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    opens: u32,
    closes: u32,
}

/// No other window opens so late.
const NOTHING_SOLD: Window = Window { opens: u32::MAX, closes: 0 };
const CANCELLED: Window = Window { opens: u32::MAX, closes: 1 };

impl Row {
    pub const NONE: Self = Self { venue: 0, category: 0, month: 0, cell: 0 };
}

impl Label {
    pub const NONE: Self = Self { series: 0, genre: 0, zone: 0, currency: 0, prices: NO_PRICES, window: NOTHING_SOLD };

    /// Takes     `numbers`: of series, genre, zone and currency.
    pub fn new([series, genre, zone, currency]: [u32; 4], prices: Option<(i64, i64)>, sale: Sale) -> Self {
        let fitting = |(from, to)| Some(Prices { from: u32::try_from(from).ok()?, to: u32::try_from(to).ok()? });
        let prices = prices.map(|prices| fitting(prices).filter(|prices| prices.from < u32::MAX).unwrap_or(NO_ROOM));
        let second = |second: i64| second.clamp(0, i64::from(u32::MAX) - 1) as u32;
        let window = match sale.window {
            _ if sale.cancelled => CANCELLED,
            None => NOTHING_SOLD,
            Some((opens, closes)) => Window { opens: second(opens), closes: second(closes) },
        };
        Self { series, genre, zone: zone as u16, currency: currency as u16, prices: prices.unwrap_or(NO_PRICES), window }
    }

    /// The lowest and the highest price, if there are any; none when they do not fit here.
    #[inline]
    pub fn prices(&self) -> Option<Option<(i64, i64)>> {
        match self.prices {
            NO_ROOM => None,
            NO_PRICES => Some(None),
            Prices { from, to } => Some(Some((from.into(), to.into()))),
        }
    }

    /// The sale, as far as a badge depends on it.
    #[inline]
    pub fn sale(&self) -> Sale {
        match self.window {
            CANCELLED => Sale { cancelled: true, window: None },
            NOTHING_SOLD => Sale { cancelled: false, window: None },
            Window { opens, closes } => Sale { cancelled: false, window: Some((opens.into(), closes.into())) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNSOLD: Sale = Sale { cancelled: false, window: None };

    #[test]
    fn prices_are_read_back_or_none_or_said_not_to_fit() {
        let most = i64::from(u32::MAX);
        let fitting = [None, Some((0, 0)), Some((4_500, 9_000)), Some((most - 1, most)), Some((9, 1))];
        let others = [Some((-1, 5)), Some((0, most + 1)), Some((most, most)), Some((i64::MIN, i64::MAX))];
        let read = |prices| Label::new([0; 4], prices, UNSOLD).prices();
        assert_eq!(fitting.map(read), fitting.map(Some));
        assert_eq!(others.map(read), [None; 4]);
        assert_eq!(Label::new([0; 4], None, UNSOLD), Label::NONE);
    }

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
        for sale in sales {
            for second in [0, 10, 19, 20, most - 2] {
                let now = jiff::Timestamp::from_second(second).expect("in range");
                let read = Label::new([0; 4], None, sale).sale();
                assert_eq!(read.closed_badge(now), sale.closed_badge(now), "{sale:?} at {second}");
            }
        }
    }
}
