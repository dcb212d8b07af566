//! Enums whose variants are values of a parameter.

/// Gives the variants of an enum their words: `ALL`, in this order, `as_str` and `parse`.
macro_rules! spelt {
    ($name:ident { $($variant:ident $(($of:path))? = $word:literal),+ $(,)? }) => {
        impl $name {
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant $(($of))?),+];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant $(($of))? => $word),+
                }
            }

            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|known| known.as_str() == text)
            }
        }
    };
}

pub(super) use spelt;
