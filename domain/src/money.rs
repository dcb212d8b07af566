//! Money in minor units with its currency; never a float, never two currencies in one sum.

use serde::{Deserialize, Serialize};

/// An ISO 4217 alphabetic code: three capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// The currencies that tickets are paid in. Source: ISO 4217 list one of 2025, without funds, metals and codes for tests; and those that
/// left it since 2022, in which older events are priced.
const LISTED: &str = "\
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF \
    CLP CNY COP CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL \
    HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD \
    MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR \
    RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD \
    TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an ISO 4217 currency code")]
pub struct CurrencyError(pub String);

impl Currency {
    /// The code, such as `AUD`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Whether it is a currency that somebody can pay in: asked of what comes from outside. What is stored is read whatever it says.
    pub fn is_listed(&self) -> bool {
        LISTED.split(' ').any(|code| code == self.code())
    }

    /// Digits after the decimal point. Source: ISO 4217 list one, minor units.
    pub fn minor_digits(&self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX" | b"VND"
            | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }

    /// What tells apart currencies that share a symbol.
    fn owner(&self) -> &'static str {
        match &self.0 {
            b"USD" => "US",
            b"AUD" => "A",
            b"CAD" => "C",
            b"NZD" => "NZ",
            b"SGD" => "S",
            b"HKD" => "HK",
            b"MXN" => "MX",
            b"CNY" => "CN",
            _ => "",
        }
    }

    fn symbol(&self) -> Option<&'static str> {
        Some(match &self.0 {
            b"USD" | b"AUD" | b"CAD" | b"NZD" | b"SGD" | b"HKD" | b"MXN" => "$",
            b"EUR" => "€",
            b"GBP" => "£",
            b"JPY" | b"CNY" => "¥",
            b"INR" => "₹",
            b"KRW" => "₩",
            _ => return None,
        })
    }
}

impl std::str::FromStr for Currency {
    type Err = CurrencyError;
    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        match text.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(|byte| byte.is_ascii_uppercase()) => Ok(Self([*a, *b, *c])),
            _ => Err(CurrencyError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = CurrencyError;
    fn try_from(text: String) -> Result<Self, CurrencyError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount in minor units of one currency: `{ "amount": 4500, "currency": "AUD" }` is 45 dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    pub amount: i64,
    pub currency: Currency,
}

impl Money {
    pub fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// A price as people say it: `A$45`, and `Free` instead of `A$0`.
    pub fn told(self) -> String {
        if self.amount == 0 { "Free".to_owned() } else { self.to_string() }
    }

    /// Adds two amounts of one currency. Gives `None` on overflow or when the currencies differ.
    pub fn checked_add(self, other: Money) -> Option<Money> {
        (self.currency == other.currency).then_some(())?;
        Some(Money { amount: self.amount.checked_add(other.amount)?, currency: self.currency })
    }

    /// Multiplies by a number of places. Gives `None` on overflow.
    pub fn checked_mul(self, times: u32) -> Option<Money> {
        Some(Money { amount: self.amount.checked_mul(i64::from(times))?, currency: self.currency })
    }
}

/// For people, of one currency alone whatever stands beside it: `A$45`, `€12.50`, `CHF 30`; no minor digits when they are zero.
impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = self.currency.minor_digits();
        let unit = 10_i64.pow(digits);
        let (whole, minor) = (self.amount.abs() / unit, self.amount.abs() % unit);
        if self.amount < 0 {
            f.write_str("−")?;
        }
        match self.currency.symbol() {
            Some(symbol) => write!(f, "{}{symbol}", self.currency.owner())?,
            None => write!(f, "{} ", self.currency)?,
        }
        f.write_str(&crate::text::thousands(whole.unsigned_abs()))?;
        if minor != 0 { write!(f, ".{minor:0width$}", width = digits as usize) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount: i64, code: &str) -> Money {
        Money::new(amount, code.parse().expect("a code"))
    }

    #[test]
    fn currencies_that_share_a_symbol_say_whose_it_is() {
        let codes = ["USD", "AUD", "CAD", "NZD", "SGD", "HKD", "MXN", "CNY", "JPY", "EUR"];
        let told = codes.map(|code| money(if code == "JPY" { 45 } else { 4500 }, code).to_string());
        assert_eq!(told, ["US$45", "A$45", "C$45", "NZ$45", "S$45", "HK$45", "MX$45", "CN¥45", "¥45", "€45"]);
    }

    #[test]
    fn money_reads_as_people_write_it() {
        let table = [
            (4500, "AUD", "A$45"),
            (4500, "USD", "US$45"),
            (-4500, "CNY", "−CN¥45"),
            (1250, "EUR", "€12.50"),
            (3000, "CHF", "CHF 30"),
            (900, "JPY", "¥900"),
            (0, "AUD", "A$0"),
            (123_400, "INR", "₹1,234"),
            (12_000, "KRW", "₩12,000"),
            (-105, "GBP", "−£1.05"),
            (1500, "KWD", "KWD 1.500"),
            (99_999, "AUD", "A$999.99"),
            (123_456_750, "AUD", "A$1,234,567.50"),
            (-435_000, "VND", "−VND 435,000"),
        ];
        for (amount, code, text) in table {
            assert_eq!(money(amount, code).to_string(), text);
        }
    }

    #[test]
    fn a_price_of_nothing_is_told_as_free() {
        assert_eq!([0, 4_500, -5].map(|amount| money(amount, "AUD").told()), ["Free", "A$45", "−A$0.05"]);
    }

    #[test]
    fn an_amount_is_read_as_it_is_written() {
        let text = serde_json::to_string(&money(4_500, "AUD")).expect("text");
        assert_eq!(text, r#"{"amount":4500,"currency":"AUD"}"#);
        assert_eq!(serde_json::from_str::<Money>(&text).expect("money"), money(4_500, "AUD"));
        assert_eq!(String::from(money(0, "JPY").currency), "JPY");
    }

    #[test]
    fn two_currencies_do_not_add_and_sums_do_not_wrap() {
        assert_eq!(money(1, "AUD").checked_add(money(1, "NZD")), None);
        assert_eq!(money(i64::MAX, "AUD").checked_add(money(1, "AUD")), None);
        assert_eq!(money(4_500, "AUD").checked_add(money(50, "AUD")), Some(money(4_550, "AUD")));
        assert_eq!(money(2, "AUD").checked_mul(3), Some(money(6, "AUD")));
    }

    #[test]
    fn a_currency_is_three_capital_letters() {
        for wrong in ["aud", "AU", "AUDD", "A1D", ""] {
            assert!(wrong.parse::<Currency>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_currency_is_one_of_the_list() {
        assert!(
            ["AUD", "EUR", "JPY", "ZWG", "AED"].into_iter().all(|code| code.parse::<Currency>().expect("a code").is_listed())
        );
        assert!(
            !["ZZZ", "XXX", "XTS", "XAU", "AAA"].into_iter().any(|code| code.parse::<Currency>().expect("a code").is_listed())
        );
        assert!(LISTED.split(' ').all(|code| code.parse::<Currency>().is_ok()) && LISTED.split(' ').is_sorted());
    }
}
