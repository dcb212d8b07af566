//! Two tokenizers for texts that were cut beforehand: lines as they stand, and words with their class.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// The longest word that is indexed or looked up, in bytes; longer ones are cut.
pub const MAX_WORD_BYTES: usize = 48;

/// The lines of a text that are not empty, found byte by byte: they are as short as words, and a search for each would cost more.
#[derive(Clone)]
pub struct Rows<'a>(&'a str);

impl<'a> Rows<'a> {
    pub fn of(text: &'a str) -> Self {
        Self(text)
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        while !self.0.is_empty() {
            let end = self.0.bytes().position(|byte| byte == b'\n').unwrap_or(self.0.len());
            let line = &self.0[..end];
            self.0 = self.0.get(end + 1..).unwrap_or_default();
            if !line.is_empty() {
                return Some(line);
            }
        }
        None
    }
}

/// Every line is a term.
#[derive(Clone, Default)]
pub struct LineTokenizer {
    token: Token,
}

impl LineTokenizer {
    pub const NAME: &str = "lines";
}

impl Tokenizer for LineTokenizer {
    type TokenStream<'a> = Lines<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Lines<'a> {
        self.token = Token::default();
        Lines { rest: Rows::of(text), token: &mut self.token }
    }
}

pub struct Lines<'a> {
    rest: Rows<'a>,
    token: &'a mut Token,
}

impl TokenStream for Lines<'_> {
    fn advance(&mut self) -> bool {
        let Some(line) = self.rest.next() else { return false };
        self.token.text.clear();
        self.token.text.push_str(line);
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

/// Every line is a word with its class as a digit before it; the word is given as often as its class says, so that its term
/// frequency is its class.
#[derive(Clone, Default)]
pub struct ClassedTokenizer {
    token: Token,
}

impl ClassedTokenizer {
    pub const NAME: &str = "classed";
}

impl Tokenizer for ClassedTokenizer {
    type TokenStream<'a> = Classed<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Classed<'a> {
        self.token = Token::default();
        Classed { rest: Rows::of(text), again: 0, token: &mut self.token }
    }
}

pub struct Classed<'a> {
    rest: Rows<'a>,
    again: u8,
    token: &'a mut Token,
}

impl TokenStream for Classed<'_> {
    fn advance(&mut self) -> bool {
        if self.again > 0 {
            self.again -= 1;
            return true;
        }
        let Some(line) = self.rest.by_ref().find(|line| line.len() > 1) else { return false };
        self.token.text.clear();
        self.token.text.push_str(&line[1..]);
        self.token.position = self.token.position.wrapping_add(1);
        self.again = line.as_bytes()[0].saturating_sub(b'1');
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

/// Cuts a folded word to what is indexed.
pub fn cut(word: &str) -> &str {
    let end = (0..=word.len().min(MAX_WORD_BYTES)).rev().find(|at| word.is_char_boundary(*at)).unwrap_or(0);
    &word[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut stream: impl TokenStream) -> Vec<String> {
        let mut tokens = Vec::new();
        while stream.advance() {
            tokens.push(stream.token().text.clone());
        }
        tokens
    }

    #[test]
    fn a_word_comes_as_often_as_its_class_says() {
        assert_eq!(all(ClassedTokenizer::default().token_stream("1a\n3bc\n")), ["a", "bc", "bc", "bc"]);
        assert_eq!(all(LineTokenizer::default().token_stream("a b\n\nc")), ["a b", "c"]);
        assert_eq!(all(LineTokenizer::default().token_stream("\né\n")), ["é"]);
    }

    #[test]
    fn a_long_word_is_cut_between_characters() {
        assert_eq!(cut(&"é".repeat(40)).len(), MAX_WORD_BYTES);
        assert_eq!(cut("東京"), "東京");
    }
}
