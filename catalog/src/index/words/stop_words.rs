//! Words that mean little by themselves, and the names of the months.

/// Words that need not be there. Source: those that the query sets of the relevance bench do not require.
const STOP_WORDS: [&str; 18] =
    ["a", "an", "the", "of", "in", "at", "on", "by", "for", "and", "with", "v", "vs", "from", "to", "de", "la", "le"];

pub fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.contains(&word)
}

/// Months as they are indexed; a question may shorten them to three letters, or four.
pub const MONTHS: [&str; 12] =
    ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];

pub fn month(text: &str) -> Option<&'static str> {
    let short = (3..=4).contains(&text.len());
    MONTHS.into_iter().find(|month| short && month.starts_with(text) && *month != text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_may_be_short() {
        for (text, expected) in
            [("oct", Some("october")), ("sept", Some("september")), ("may", None), ("oc", None), ("octo", Some("october"))]
        {
            assert_eq!(month(text), expected, "{text}");
        }
    }
}
