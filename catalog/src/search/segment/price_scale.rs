//! The scale of prices: fine bands for the histogram, five wide ones for the facet.

/// Where a decade is cut: about equal steps for the eye on a logarithmic scale, with the numbers that people say.
const STEPS: [i64; 9] = [100, 150, 200, 250, 300, 400, 500, 600, 800];

const DECADES: usize = 8;

/// Free, less than one whole unit, and the steps of each decade.
pub const COUNT: usize = 2 + STEPS.len() * DECADES;

/// Of one currency: the fine bands, then the wide ones.
pub const NUMBERS: usize = COUNT + WIDE.len();

/// The lower end of each fine band, in minor units.
pub const BOUNDS: [i64; COUNT] = bounds();

/// Lower ends of the wide bands: the same number of minor units in every currency: 25 dollars, 2,500 yen, 2.5 dinar.
pub const WIDE: [i64; 5] = [0, 2_500, 5_000, 10_000, 20_000];

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
pub fn upper(band: usize) -> Option<i64> {
    WIDE.get(band + 1).map(|next| next - 1)
}

/// The currency's number and wide band of such a number, if it is one of a wide band.
pub fn wide(number: usize) -> Option<usize> {
    (number % NUMBERS).checked_sub(COUNT).map(|band| number / NUMBERS * WIDE.len() + band)
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
