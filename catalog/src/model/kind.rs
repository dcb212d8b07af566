//! The things the catalogue knows: the change feed, imports and search speak of the same.

/// The things the catalogue knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Event,
    Series,
    Performer,
    Venue,
    City,
    /// Shown with others and never found by itself.
    Image,
}

impl Kind {
    pub const ALL: [Self; 6] = [Self::Event, Self::Series, Self::Performer, Self::Venue, Self::City, Self::Image];
    /// Those that have a page of their own.
    pub const PAGES: [Self; 5] = [Self::Event, Self::Series, Self::Performer, Self::Venue, Self::City];
    /// Those that have a document of their own in the index, by the number under which it keeps them; a city is part of its venues.
    pub const INDEXED: [Self; 4] = [Self::Event, Self::Series, Self::Performer, Self::Venue];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Series => "series",
            Self::Performer => "performer",
            Self::Venue => "venue",
            Self::City => "city",
            Self::Image => "image",
        }
    }

    /// The word for all of a kind: in addresses, and as the tag of lists.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Event => "events",
            Self::Series => "series",
            Self::Performer => "performers",
            Self::Venue => "venues",
            Self::City => "cities",
            Self::Image => "images",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    pub fn parse_indexed(text: &str) -> Option<Self> {
        Self::INDEXED.into_iter().find(|kind| kind.as_str() == text)
    }
}
