//! One bit a filter.

use crate::search::question::query::FacetName;

/// One bit a filter.
pub mod bit {
    pub const KIND: u16 = 1;
    pub const CITY: u16 = 1 << 1;
    pub const COUNTRY: u16 = 1 << 2;
    pub const VENUE: u16 = 1 << 3;
    pub const PLACE: u16 = 1 << 4;
    pub const CATEGORY: u16 = 1 << 5;
    pub const PERFORMER: u16 = 1 << 6;
    pub const SERIES: u16 = 1 << 7;
    pub const DAY: u16 = 1 << 8;
    pub const PRICE: u16 = 1 << 9;
    pub const AVAILABILITY: u16 = 1 << 10;
    pub const EXTERNAL: u16 = 1 << 11;
    pub const WHEN: u16 = 1 << 12;
    pub const MONTH: u16 = 1 << 13;
    pub const SALE: u16 = 1 << 14;
}

/// The filter that a facet is counted without.
pub fn own_filter(facet: FacetName) -> u16 {
    match facet {
        FacetName::Category => bit::CATEGORY,
        FacetName::City => bit::CITY,
        FacetName::Country => bit::COUNTRY,
        FacetName::Venue => bit::VENUE,
        FacetName::Performer => bit::PERFORMER,
        FacetName::Month => bit::MONTH,
        FacetName::Availability => bit::AVAILABILITY,
        FacetName::Price => bit::PRICE,
    }
}
