//! An order's number: what people read out, type and search their mail for.

/// Without I, L, O, U: nothing to misread. Source: Crockford's base32.
pub(crate) const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Ten letters in two groups: 50 random bits, so that one number tells nothing about the next.
const GROUP: usize = 5;

/// Ten letters such as `7KQ2M-X4BPD`, by chance.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrderNumber(Box<str>);

/// The text is no order's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an order's number is ten letters or digits such as 7KQ2M-X4BPD")]
pub struct NoOrderNumber;

impl OrderNumber {
    /// A new number. Two of them meet once in 10¹⁵: the schema refuses the second, and who wrote it takes another.
    pub fn random() -> Self {
        let bytes: [u8; 2 * GROUP] = rand::random();
        let letter = |byte: &u8| char::from(CROCKFORD[usize::from(byte & 31)]);
        let group = |bytes: &[u8]| bytes.iter().map(letter).collect::<String>();
        Self(format!("{}-{}", group(&bytes[..GROUP]), group(&bytes[GROUP..])).into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for OrderNumber {
    type Error = NoOrderNumber;
    fn try_from(text: String) -> Result<Self, NoOrderNumber> {
        text.parse()
    }
}

impl From<OrderNumber> for String {
    fn from(number: OrderNumber) -> Self {
        number.0.into()
    }
}

impl std::fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for OrderNumber {
    type Err = NoOrderNumber;
    /// Reads the one spelling that is written.
    fn from_str(text: &str) -> Result<Self, NoOrderNumber> {
        let fits = |(at, byte): (usize, u8)| if at == GROUP { byte == b'-' } else { CROCKFORD.contains(&byte) };
        let good = text.len() == 2 * GROUP + 1 && text.bytes().enumerate().all(fits);
        if good { Ok(Self(text.into())) } else { Err(NoOrderNumber) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_reads_back_and_no_other_spelling_does() {
        for _ in 0..1_000 {
            let number = OrderNumber::random();
            assert_eq!(number.to_string().parse(), Ok(number.clone()));
            assert_eq!(OrderNumber::try_from(String::from(number.clone())), Ok(number));
        }
        for wrong in ["", "7KQ2MX4BPD", "7KQ2M-X4BP", "7KQ2M-X4BPDD", "7kq2m-x4bpd", "7KQ2M-X4BPO", "7KQ2M X4BPD", "7KQ2é-X4BPD"]
        {
            assert_eq!(wrong.parse::<OrderNumber>(), Err(NoOrderNumber), "{wrong}");
        }
    }

    #[test]
    fn numbers_use_the_whole_alphabet_and_do_not_repeat() {
        let numbers: std::collections::HashSet<_> = (0..2_000).map(|_| OrderNumber::random()).collect();
        assert_eq!(numbers.len(), 2_000);
        let seen: std::collections::HashSet<_> = numbers.iter().flat_map(|number| number.as_str().chars()).collect();
        assert_eq!(seen.len(), 33, "32 letters and the hyphen");
    }
}
