//! Cutting a question into words.

use domain::text::fold;

use crate::index::terms;

/// Further words of a question are not looked at.
pub const MAX_WORDS: usize = 16;

/// Cuts a question into folded words.
pub fn split(text: &str) -> Vec<String> {
    let mut words = terms::question(text);
    words.truncate(MAX_WORDS);
    words
}

/// A question without a part of it, as it was typed otherwise; the whole where the part does not stand in it.
///
/// Takes     `part`: folded words.
pub fn without(question: &str, part: &str) -> String {
    let pieces: Vec<&str> = question.split_whitespace().collect();
    let spans = (0..pieces.len()).flat_map(|from| (from + 1..=pieces.len()).map(move |to| from..to));
    match spans.into_iter().find(|span| fold(&pieces[span.clone()].join(" ")) == part) {
        Some(span) => [&pieces[..span.start], &pieces[span.end..]].concat().join(" "),
        None => question.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_taken_out_of_a_question_and_the_rest_stays_as_typed() {
        let table = [
            ("Jazz in  São Paulo, tonight!", "sao paulo", "Jazz in tonight!"),
            ("Jazz in São Paulo tonight!", "tonight", "Jazz in São Paulo"),
            ("Hip-Hop berlin", "hip hop", "berlin"),
            ("tonight tonight", "tonight", "tonight"),
            ("opera", "opera", ""),
            ("opera", "ballet", "opera"),
            ("", "", ""),
        ];
        for (question, part, expected) in table {
            assert_eq!(without(question, part), expected, "{question}");
        }
    }
}
