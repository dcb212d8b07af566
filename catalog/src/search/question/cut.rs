//! Cutting a question into words.

use crate::index::terms;

/// Further words of a question are not looked at.
pub const MAX_WORDS: usize = 16;

/// Cuts a question into folded words.
pub fn split(text: &str) -> Vec<String> {
    let mut words = terms::question(text);
    words.truncate(MAX_WORDS);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_cut_into_folded_words() {
        assert_eq!(split("  Dvořák’s “Rusalka” "), ["dvorak's", "rusalka"]);
        assert_eq!(split("?!… "), Vec::<String>::new());
        assert_eq!(split(&"word ".repeat(100)).len(), MAX_WORDS);
    }
}
