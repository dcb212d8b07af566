//! Price bands: fine ones for the histogram, five wide ones for the facet, both by the lowest price of an event.

use domain::money::{Currency, Money};

use super::answer::{FacetValue, PriceBand, PriceBar, PriceHistogram};
use super::names::Names;

/// Where a decade is cut: about equal steps for the eye on a logarithmic scale, with the numbers that people say.
const STEPS: [i64; 9] = [100, 150, 200, 250, 300, 400, 500, 600, 800];
const DECADES: usize = 8;
/// Free, less than one whole unit, and the steps of each decade.
pub const COUNT: usize = 2 + STEPS.len() * DECADES;

/// The lower end of each fine band, in minor units.
const BOUNDS: [i64; COUNT] = bounds();

/// Lower ends of the wide bands: the same number of minor units in every currency: 25 dollars, 2,500 yen, 2.5 dinar.
const WIDE: [i64; 5] = [0, 2_500, 5_000, 10_000, 20_000];

const fn bounds() -> [i64; COUNT] {
    let (mut bounds, mut at, mut unit) = ([0; COUNT], 2, 1);
    bounds[1] = 1;
    while at < COUNT {
        bounds[at] = STEPS[(at - 2) % STEPS.len()] * unit;
        at += 1;
        if (at - 2) % STEPS.len() == 0 {
            unit *= 10;
        }
    }
    bounds
}

/// The fine band of an amount.
#[inline]
pub fn of(amount: i64) -> usize {
    BOUNDS.partition_point(|lower| *lower <= amount).max(1) - 1
}

/// From a currency's number and fine band to its wide band.
pub fn wide(number: usize) -> usize {
    let lower = BOUNDS[number % COUNT];
    number / COUNT * WIDE.len() + WIDE.partition_point(|wide| *wide <= lower).max(1) - 1
}

/// The wide bands as values of a facet.
pub fn values(counted: &[(usize, u64)], names: &Names) -> Vec<FacetValue> {
    let value = |(number, count): &(usize, u64)| {
        let currency = currency(number / WIDE.len(), names)?;
        Some(band(currency, number % WIDE.len(), *count))
    };
    counted.iter().filter_map(value).collect()
}

fn currency(number: usize, names: &Names) -> Option<Currency> {
    names.currency.text(number as u32).parse().ok()
}

fn band(currency: Currency, band: usize, count: u64) -> FacetValue {
    let money = |amount: i64| Money::new(amount, currency);
    let (from, to) = (money(WIDE[band]), WIDE.get(band + 1).copied().map(money));
    let value = format!("{}-{}", from.amount, to.map_or_else(String::new, |to| to.amount.to_string()));
    let label = to.map_or_else(|| format!("{from} and more"), |to| format!("{from} to {to}"));
    let band = Some(PriceBand { price_min: from, price_max: to });
    FacetValue { band, ..FacetValue::new(format!("{currency}:{value}"), label, count) }
}

/// The fine bands of each currency, from the lowest price to the highest, the empty ones between them too; the most used currency first.
pub fn histograms(counted: &[(usize, u64)], names: &Names) -> Vec<PriceHistogram> {
    let mut found: Vec<PriceHistogram> = Vec::new();
    for same in counted.chunk_by(|a, b| a.0 / COUNT == b.0 / COUNT) {
        let Some(currency) = same.first().and_then(|(number, _)| currency(number / COUNT, names)) else { continue };
        let mut bars: Vec<PriceBar> = Vec::new();
        for (number, count) in same {
            let band = number % COUNT;
            let empty = bars.last().map_or(band, |last| of(last.price_min) + 1);
            bars.extend((empty..band).map(|band| bar(band, 0)));
            bars.push(bar(band, *count));
        }
        found.push(PriceHistogram { currency, count: same.iter().map(|(_, count)| count).sum(), bars });
    }
    found.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.currency.code().cmp(b.currency.code())));
    found
}

fn bar(band: usize, count: u64) -> PriceBar {
    PriceBar { price_min: BOUNDS[band], price_max: BOUNDS.get(band + 1).map(|next| next - 1), count }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_amount_has_one_band_and_bands_only_grow() {
        assert!(BOUNDS.is_sorted_by(|a, b| a < b), "{BOUNDS:?}");
        for (amount, lower) in [(-1, 0), (0, 0), (1, 1), (99, 1), (100, 100), (2_499, 2_000), (2_500, 2_500), (123_456, 100_000)]
        {
            assert_eq!(BOUNDS[of(amount)], lower, "{amount}");
        }
        assert_eq!(of(i64::MAX), COUNT - 1);
    }

    #[test]
    fn wide_bands_are_made_of_fine_ones() {
        for edge in WIDE {
            assert_eq!(BOUNDS[of(edge)], edge);
        }
        assert_eq!((wide(of(2_499)), wide(of(2_500)), wide(of(1_000_000))), (0, 1, 4));
        assert_eq!(wide(3 * COUNT + of(5_000)), 3 * WIDE.len() + 2, "of the fourth currency");
    }
}
