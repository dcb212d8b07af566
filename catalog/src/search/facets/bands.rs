//! Price bands: fine ones for the histogram, by the lowest price of an event; five wide ones for the facet, in each of which an event
//! counts that its filter would let through.

use domain::money::{Currency, Money};

use crate::search::segment::price_scale::{BOUNDS, COUNT, NUMBERS, WIDE, of, upper};

use super::counts::{FacetValue, PriceBand, PriceBar, PriceHistogram};
use crate::search::segment::names::Names;

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
