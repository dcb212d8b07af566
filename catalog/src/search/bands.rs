//! Price bands: fine ones for the histogram, by the lowest price of an event; five wide ones for the facet, in each of which an event
//! counts that its filter would let through.

use domain::money::{Currency, Money};

use super::answer::{FacetValue, PriceBand, PriceBar, PriceHistogram};
use super::names::Names;

/// Where a decade is cut: about equal steps for the eye on a logarithmic scale, with the numbers that people say.
const STEPS: [i64; 9] = [100, 150, 200, 250, 300, 400, 500, 600, 800];
const DECADES: usize = 8;
/// Free, less than one whole unit, and the steps of each decade.
const COUNT: usize = 2 + STEPS.len() * DECADES;
/// Of one currency: the fine bands, then the wide ones.
pub const NUMBERS: usize = COUNT + WIDE.len();

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
fn of(amount: i64) -> usize {
    BOUNDS.partition_point(|lower| *lower <= amount).max(1) - 1
}

/// Gives the numbers under which an event counts: the fine band of its lowest price, and every wide band between its prices.
#[inline]
pub fn numbers(currency: u32, from: i64, to: i64, mut one: impl FnMut(usize)) {
    let first = currency as usize * NUMBERS;
    one(first + of(from));
    for (band, lower) in WIDE.iter().enumerate() {
        if to >= *lower && upper(band).is_none_or(|upper| from <= upper) {
            one(first + COUNT + band);
        }
    }
}

/// The last amount of a wide band.
fn upper(band: usize) -> Option<i64> {
    WIDE.get(band + 1).map(|next| next - 1)
}

/// The currency's number and wide band of such a number, if it is one of a wide band.
pub fn wide(number: usize) -> Option<usize> {
    (number % NUMBERS).checked_sub(COUNT).map(|band| number / NUMBERS * WIDE.len() + band)
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
    let (from, to) = (money(WIDE[band]), upper(band).map(money));
    let value = format!("{}-{}", from.amount, to.map_or_else(String::new, |to| to.amount.to_string()));
    let label = to.map_or_else(|| format!("{from} and more"), |to| format!("{from} to {to}"));
    let band = Some(PriceBand { price_min: from, price_max: to });
    FacetValue { band, ..FacetValue::new(format!("{currency}:{value}"), label, count) }
}

/// The fine bands of each currency, from the lowest price to the highest, the empty ones between them too; the most used currency first.
pub fn histograms(counted: &[(usize, u64)], names: &Names) -> Vec<PriceHistogram> {
    let mut found: Vec<PriceHistogram> = Vec::new();
    let fine: Vec<(usize, u64)> = counted.iter().copied().filter(|(number, _)| number % NUMBERS < COUNT).collect();
    for same in fine.chunk_by(|a, b| a.0 / NUMBERS == b.0 / NUMBERS) {
        let Some(currency) = same.first().and_then(|(number, _)| currency(number / NUMBERS, names)) else { continue };
        let mut bars: Vec<PriceBar> = Vec::new();
        for (number, count) in same {
            let band = number % NUMBERS;
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
    fn an_event_counts_once_on_the_scale_and_in_every_wide_band_that_its_prices_touch() {
        let table: [(i64, i64, &[usize]); 6] = [
            (0, 0, &[0]),
            (2_499, 2_499, &[0]),
            (2_499, 2_500, &[0, 1]),
            (2_500, 2_500, &[1]),
            (1_000, 30_000, &[0, 1, 2, 3, 4]),
            (1_000_000, 1_000_000, &[4]),
        ];
        for (from, to, bands) in table {
            let mut given = Vec::new();
            numbers(3, from, to, |number| given.push(number));
            let wide_ones: Vec<usize> =
                given.iter().filter_map(|number| wide(*number)).map(|band| band - 3 * WIDE.len()).collect();
            assert_eq!(wide_ones, bands, "{from} to {to}");
            assert_eq!(given.len(), 1 + bands.len(), "{from} to {to}");
        }
    }
}
