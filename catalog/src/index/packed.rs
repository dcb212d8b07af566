//! Numbers and texts packed one behind the other, and bytes as the values of a column of numbers.

/// Writes.
#[derive(Debug, Default)]
pub struct Packer(Vec<u8>);

impl Packer {
    /// Seven bits a byte, the lowest first; the highest bit says that more follow.
    pub fn number(&mut self, mut number: u64) {
        while number > 0x7f {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// Small numbers of either sign are short.
    pub fn signed(&mut self, number: i64) {
        self.number((number << 1 ^ number >> 63) as u64);
    }

    pub fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Reads what a [`Packer`] wrote; `None` where the bytes end too early.
#[derive(Debug)]
pub struct Unpacker<'a>(&'a [u8]);

impl<'a> Unpacker<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if *byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    pub fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    pub fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }
}

/// Bytes as numbers of eight each; the last byte of the last number says how many of its bytes are filling.
///
/// A column hands them out at a multiplication and a look; of the document store, with its blocks and skip lists, the same takes
/// thousands of instructions.
pub fn numbers(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    (0..=bytes.len() / 8).map(|at| {
        let rest = &bytes[at * 8..];
        let mut eight = [(8 - rest.len().min(7)) as u8; 8];
        let taken = rest.len().min(8);
        eight[..taken].copy_from_slice(&rest[..taken]);
        u64::from_le_bytes(eight)
    })
}

/// Reads what [`numbers`] gave.
pub fn bytes(numbers: impl Iterator<Item = u64>) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(8 * numbers.size_hint().0);
    numbers.for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
    let filling = usize::from(*bytes.last()?);
    bytes.truncate(bytes.len().checked_sub(filling)?);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_read_back_and_what_is_cut_off_is_noticed() {
        let numbers = [0, 1, 127, 128, 300, u64::MAX];
        let signed = [0, -1, 1, i64::MIN, i64::MAX];
        let mut packer = Packer::default();
        numbers.iter().for_each(|number| packer.number(*number));
        signed.iter().for_each(|number| packer.signed(*number));
        packer.text("Dvořák");
        let bytes = packer.into_bytes();
        let mut all = Unpacker::new(&bytes);
        assert!(numbers.iter().all(|number| all.number() == Some(*number)));
        assert!(signed.iter().all(|number| all.signed() == Some(*number)));
        assert_eq!((all.text(), all.number()), (Some("Dvořák"), None));
        let mut cut = Unpacker::new(&bytes[..bytes.len() - 1]);
        numbers.iter().for_each(|_| assert!(cut.number().is_some()));
        signed.iter().for_each(|_| assert!(cut.signed().is_some()));
        assert_eq!(cut.text(), None);
        assert_eq!(Unpacker::new(&[0xff; 20]).number(), None, "longer than any number");
    }

    #[test]
    fn bytes_survive_as_numbers() {
        for length in 0..40 {
            let plain: Vec<u8> = (0..length).map(|byte: u8| byte.wrapping_mul(37)).collect();
            let packed: Vec<u64> = numbers(&plain).collect();
            assert_eq!(packed.len(), plain.len() / 8 + 1);
            assert_eq!(bytes(packed.into_iter()), Some(plain));
        }
        assert_eq!(bytes(std::iter::empty()), None);
        assert_eq!(bytes(std::iter::once(u64::MAX)), None);
    }
}
