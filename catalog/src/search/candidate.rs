//! A document that may be a hit, with what the question's words are worth there.

use tantivy::DocId;

/// A document that holds words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    pub doc: DocId,
    pub score: u32,
    /// How many words stand in its own title or name.
    pub named: u16,
    /// What the words that it holds count, where some are enough.
    pub held: u16,
}

impl Candidate {
    /// Of a question without words.
    pub fn plain(doc: DocId) -> Self {
        Self { doc, score: 0, named: 0, held: 0 }
    }

    #[inline]
    pub fn with(self, value: u32, weight: u32) -> Self {
        Self { score: self.score + (value >> 1) * weight, named: self.named + (value & 1) as u16, ..self }
    }
}
