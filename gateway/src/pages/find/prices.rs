//! The price filter of the search page: a histogram in the currency that most events have, and two lists to choose from.

use catalog::search::PriceHistogram;
use domain::{Currency, Money};

use crate::pages::find::cards::thousands;
use crate::pages::params::FilledParams;
use crate::pages::view::search::{Bar, PriceChoice, Prices};

/// The parameters that the filter is made of.
pub const NAMES: [&str; 3] = ["price_min", "price_max", "currency"];

/// What the lists offer, in whole units of a currency with cents.
const STEPS: [i64; 10] = [0, 10, 20, 30, 50, 75, 100, 150, 200, 300];

pub fn prices(first: &FilledParams, histograms: &[PriceHistogram]) -> Option<Prices> {
    let most_used = histograms.first()?;
    let currency = most_used.currency;
    let most = most_used.bars.iter().map(|bar| bar.count).max().unwrap_or(1).max(1);
    let bars = most_used.bars.iter().map(|bar| {
        let upper = bar.price_max.map(|max| max.to_string()).unwrap_or_default();
        let lower = bar.price_min.to_string();
        let asked = first.without(&NAMES).with("price_min", &lower);
        let asked = if upper.is_empty() { asked } else { asked.with("price_max", &upper) };
        Bar {
            label: format!("from {}", Money::new(bar.price_min, currency)),
            count: thousands(bar.count),
            href: asked.with("currency", currency.code()).href("/search"),
            chosen: first.one("price_min") == lower && first.one("price_max") == upper,
            share: (bar.count * 100 / most).max(u64::from(bar.count > 0) * 3),
        }
    });
    Some(Prices {
        currency: currency.code().to_owned(),
        bars: bars.collect(),
        from: choices("Any price", first.one("price_min"), currency, |step| *step > 0),
        to: choices("Any price", first.one("price_max"), currency, |_| true),
    })
}

/// The steps, and what is chosen although it is none of them.
fn choices(none: &str, chosen: &str, currency: Currency, offered: impl Fn(&i64) -> bool) -> Vec<PriceChoice> {
    let minor = 10_i64.pow(currency.minor_digits());
    let scale = if minor == 1 { 100 } else { minor };
    let mut amounts: Vec<i64> = STEPS.into_iter().filter(offered).map(|step| step * scale).collect();
    if let Ok(amount) = chosen.parse::<i64>()
        && !amounts.contains(&amount)
    {
        amounts.push(amount);
        amounts.sort_unstable();
    }
    let choice = |amount: i64| PriceChoice {
        value: amount.to_string(),
        label: said(amount, currency),
        chosen: amount.to_string() == chosen,
    };
    let any = PriceChoice { value: String::new(), label: none.to_owned(), chosen: chosen.is_empty() };
    std::iter::once(any).chain(amounts.into_iter().map(choice)).collect()
}

fn said(amount: i64, currency: Currency) -> String {
    Money::new(amount, currency).told()
}

/// The filter as a chip: `A$20 to A$50`, `Up to 50.00`.
pub fn told(first: &FilledParams) -> String {
    let currency: Option<Currency> = first.one("currency").parse().ok();
    let amount = |name: &str| {
        let amount: i64 = first.one(name).parse().ok()?;
        Some(currency.map_or_else(|| format!("{}.{:02}", amount / 100, amount % 100), |currency| said(amount, currency)))
    };
    match (amount("price_min"), amount("price_max")) {
        (Some(from), Some(to)) => format!("{from} to {to}"),
        (Some(from), None) => format!("From {from}"),
        (None, Some(to)) if to == "Free" || to == "0.00" => "Free".to_owned(),
        (None, Some(to)) => format!("Up to {to}"),
        (None, None) => "Price".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_filter_is_said_in_its_currency() {
        let asked = |pairs: &[(&str, &str)]| {
            FilledParams::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
        };
        let table: [(&[(&str, &str)], &str); 4] = [
            (&[("price_min", "2000"), ("price_max", "4999"), ("currency", "AUD")], "A$20 to A$49.99"),
            (&[("price_max", "5000")], "Up to 50.00"),
            (&[("price_max", "0"), ("currency", "EUR")], "Free"),
            (&[("price_min", "1000"), ("currency", "JPY")], "From ¥1,000"),
        ];
        for (pairs, expected) in table {
            assert_eq!(told(&asked(pairs)), expected);
        }
    }

    #[test]
    fn what_is_chosen_is_offered() {
        let currency = "AUD".parse().expect("a currency");
        let offered = choices("Any", "1234", currency, |_| true);
        assert!(offered.iter().any(|one| one.chosen && one.label == "A$12.34"));
        assert_eq!(offered.iter().filter(|one| one.chosen).count(), 1);
    }
}
