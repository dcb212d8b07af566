//! What counting and filtering ask of every document, side by side in one word.

/// A document's venue, month and category by their common numbers; 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traits(u64);

/// Months are numbered from the year 1400 on, up to 9999: below 2¹⁷.
const MONTH_BITS: u32 = 17;
const CATEGORY_BITS: u32 = 15;
/// Categories from this number on do not fit.
const MANY: u32 = (1 << CATEGORY_BITS) - 1;

impl Traits {
    pub fn new(venue: u32, month: u32, category: u32) -> Self {
        let month = month.min((1 << MONTH_BITS) - 1);
        Self(u64::from(venue) << 32 | u64::from(month) << CATEGORY_BITS | u64::from(category.min(MANY)))
    }

    #[inline]
    pub fn venue(self) -> u32 {
        (self.0 >> 32) as u32
    }

    #[inline]
    pub fn month(self) -> usize {
        (self.0 as u32 >> CATEGORY_BITS) as usize
    }

    /// The category; none when its number does not fit here.
    #[inline]
    pub fn category(self) -> Option<u32> {
        let category = self.0 as u32 & MANY;
        (category < MANY).then_some(category)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_read_back_and_what_does_not_is_told() {
        for (venue, month, category) in [(0, 0, 0), (u32::MAX, 103_200, MANY - 1), (7, 131_071, 1), (1, 0, MANY - 1)] {
            let traits = Traits::new(venue, month, category);
            assert_eq!((traits.venue(), traits.month(), traits.category()), (venue, month as usize, Some(category)));
        }
        for category in [MANY, MANY + 1, u32::MAX] {
            let traits = Traits::new(3, 5, category);
            assert_eq!((traits.venue(), traits.month(), traits.category()), (3, 5, None));
        }
    }
}
