//! Prices as people would print them, in the currency of the venue's country.

use domain::{Currency, Money, Tier, TierId};

use super::hall::Design;

/// Units of a currency that feel like one US dollar of ticket price: exchange rate times the country's price level, rounded hard.
const FEELS_LIKE_A_DOLLAR: &[(&str, f64)] = &[
    ("USD", 1.0),
    ("EUR", 0.85),
    ("GBP", 0.75),
    ("AUD", 1.4),
    ("NZD", 1.4),
    ("CAD", 1.25),
    ("CHF", 1.1),
    ("SEK", 9.0),
    ("NOK", 9.5),
    ("DKK", 6.5),
    ("JPY", 110.0),
    ("CNY", 4.5),
    ("INR", 30.0),
    ("KRW", 1000.0),
    ("TWD", 22.0),
    ("HKD", 7.0),
    ("SGD", 1.3),
    ("THB", 20.0),
    ("MYR", 2.5),
    ("IDR", 7000.0),
    ("PHP", 30.0),
    ("VND", 13000.0),
    ("BRL", 3.2),
    ("MXN", 11.0),
    ("ARS", 800.0),
    ("CLP", 600.0),
    ("COP", 2400.0),
    ("PEN", 2.4),
    ("UYU", 30.0),
    ("BOB", 4.0),
    ("PYG", 4500.0),
    ("VES", 60.0),
    ("DOP", 38.0),
    ("GTQ", 5.0),
    ("CRC", 400.0),
    ("CUP", 24.0),
    ("HNL", 15.0),
    ("NIO", 22.0),
    ("HTG", 70.0),
    ("PLN", 3.0),
    ("CZK", 17.0),
    ("HUF", 250.0),
    ("RON", 3.2),
    ("BGN", 1.2),
    ("RSD", 75.0),
    ("UAH", 20.0),
    ("BYN", 2.0),
    ("RUB", 55.0),
    ("KZT", 300.0),
    ("UZS", 7000.0),
    ("KGS", 50.0),
    ("TJS", 6.0),
    ("TMT", 2.5),
    ("AZN", 1.2),
    ("TRY", 18.0),
    ("ILS", 3.2),
    ("AED", 3.4),
    ("SAR", 3.2),
    ("OMR", 0.35),
    ("JOD", 0.5),
    ("IQD", 800.0),
    ("IRR", 250_000.0),
    ("LBP", 50_000.0),
    ("SYP", 6_000.0),
    ("YER", 150.0),
    ("AFN", 40.0),
    ("PKR", 110.0),
    ("BDT", 50.0),
    ("LKR", 130.0),
    ("NPR", 60.0),
    ("MMK", 1200.0),
    ("KHR", 2500.0),
    ("LAK", 11_000.0),
    ("PGK", 2.6),
    ("EGP", 18.0),
    ("MAD", 6.0),
    ("DZD", 80.0),
    ("TND", 1.6),
    ("LYD", 3.0),
    ("SDG", 350.0),
    ("SSP", 900.0),
    ("ETB", 60.0),
    ("ERN", 10.0),
    ("SOS", 350.0),
    ("KES", 75.0),
    ("TZS", 1500.0),
    ("UGX", 2200.0),
    ("RWF", 800.0),
    ("BIF", 1600.0),
    ("ZAR", 11.0),
    ("ZMW", 14.0),
    ("ZWG", 14.0),
    ("MWK", 900.0),
    ("MZN", 40.0),
    ("AOA", 500.0),
    ("CDF", 1600.0),
    ("XAF", 370.0),
    ("XOF", 370.0),
    ("NGN", 700.0),
    ("GHS", 7.0),
    ("GNF", 5000.0),
    ("SLE", 12.0),
    ("LRD", 110.0),
    ("MGA", 2600.0),
];

/// How a design's tiers share the top price, in the order of [`Design::tier_names`].
fn shares(design: Design) -> &'static [f64] {
    match design {
        Design::Theatre => &[1.0, 0.72, 0.52],
        Design::ConcertHall => &[1.0, 0.79, 0.58, 0.37],
        Design::Cinema => &[1.0, 0.78],
        Design::Arena => &[0.9, 1.0, 0.78, 0.52],
        Design::Stadium => &[1.0, 0.7, 0.6, 0.42],
        Design::Club => &[1.0, 0.72],
        Design::OpenAir => &[1.0, 0.8, 0.55, 0.4],
    }
}

/// The tiers of an event in a house of that design: `top` is the dearest in dollars; 0 makes all of them free.
pub fn tiers(design: Design, top: f64, currency: Currency) -> Vec<Tier> {
    let tier = |(n, (name, share)): (usize, (&&str, &f64))| {
        let id = TierId::nth(n).unwrap_or_else(|| unreachable!("designs have at most four tiers"));
        Tier { id, name: (*name).to_owned(), price: price(top * share, currency) }
    };
    design.tier_names().iter().zip(shares(design)).enumerate().map(tier).collect()
}

/// What so many dollars feel like there, rounded as printed prices are: two or three telling digits.
pub fn price(dollars: f64, currency: Currency) -> Money {
    let rate = FEELS_LIKE_A_DOLLAR.iter().find(|(code, _)| *code == currency.code()).map_or(1.0, |(_, rate)| *rate);
    let amount = dollars * rate;
    let step = match amount {
        ..=0.0 => 1.0,
        ..3.0 => 0.25,
        ..25.0 => 0.5,
        ..100.0 => 1.0,
        amount => 10_f64.powf(amount.log10().floor()) / 20.0,
    };
    let minor = 10_f64.powi(currency.minor_digits() as i32);
    Money::new(((amount / step).round() * step * minor).round() as i64, currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(code: &str) -> Currency {
        code.parse().expect("a code")
    }

    #[test]
    fn prices_look_printed() {
        let table = [
            (63.3, "USD", "US$63"),
            (63.3, "JPY", "¥6,950"),
            (12.3, "EUR", "€10.50"),
            (41.0, "IDR", "IDR 285,000"),
            (0.0, "GBP", "£0"),
        ];
        for (dollars, currency, text) in table {
            assert_eq!(price(dollars, code(currency)).to_string(), text);
        }
    }

    #[test]
    fn every_currency_of_a_city_has_a_rate() {
        for city in super::super::cities::cities() {
            assert!(FEELS_LIKE_A_DOLLAR.iter().any(|(code, _)| *code == city.currency.code()), "{}", city.currency);
        }
    }

    #[test]
    fn every_tier_of_a_design_has_a_name_and_a_share() {
        for design in Design::ALL {
            assert_eq!(design.tier_names().len(), shares(design).len());
            assert!(tiers(design, 0.0, code("USD")).iter().all(|tier| tier.price.amount == 0));
        }
    }
}
