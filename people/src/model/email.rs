//! E-mail addresses: kept as typed, compared in lower case.

/// The longest address. Source: RFC 5321, section 4.5.3.1.3, without the angle brackets.
const MAX_BYTES: usize = 254;

/// An address as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Refuses   what has no `@` between two parts, holds spaces or control characters, or is too long.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.len() <= MAX_BYTES && !text.chars().any(|c| c.is_whitespace() || c.is_control());
        match text.rsplit_once('@') {
            Some((local, host)) if plain && !local.is_empty() && !host.is_empty() => Some(Self(text.to_owned())),
            _ => None,
        }
    }

    pub fn typed(&self) -> &str {
        &self.0
    }

    /// What two spellings of one address have in common.
    pub fn key(&self) -> String {
        key(&self.0)
    }
}

/// The key of any text, an address or not: who tries to sign in with nonsense is slowed like others.
pub fn key(text: &str) -> String {
    text.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_two_parts_and_one_key() {
        assert_eq!(Email::parse("Ada@Example.ORG").expect("an address").key(), key(" ada@example.org "));
        for wrong in
            ["", "ada", "@example.org", "ada@", "a da@example.org", "ada@example.org\n", &format!("{}@x", "a".repeat(253))]
        {
            assert!(Email::parse(wrong).is_none(), "{wrong:?}");
        }
    }
}
