//! How a question is answered, decided once, in one place.

/// Which documents a search looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    Words,
    Dates,
    Names,
    Cells,
    Terms,
    Scan,
}

/// A plan in words.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Explained {
    pub plan: &'static str,
    pub why: &'static str,
}

/// What of a question decides its plan.
pub struct Shape {
    pub words: bool,
    /// Events are asked for, nothing else, and each stands for itself.
    pub events_alone: bool,
    pub counts: bool,
    /// The order is that of dates or of distance.
    pub listed: bool,
    pub by_place: bool,
    pub by_category: bool,
    /// Performers, series, ids or houses are named, and no facet looks past them.
    pub named: bool,
    /// A place or a category that no facet looks past narrows it.
    pub narrowed: bool,
    /// The time of day matters, by each venue's clock.
    pub occasion: bool,
    /// Prices, sales or badges matter, performers or series.
    pub others: bool,
    /// Months are named.
    pub months: bool,
}

impl Plan {
    /// The first that is possible.
    pub fn of(shape: &Shape) -> Self {
        let plain = shape.events_alone && !shape.others && !shape.occasion;
        match () {
            () if shape.words => Self::Words,
            () if plain && !shape.months && !shape.counts && shape.listed && shape.by_place && !shape.by_category => Self::Dates,
            () if shape.named => Self::Names,
            () if plain => Self::Cells,
            () if shape.narrowed => Self::Terms,
            () => Self::Scan,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Dates => "dates",
            Self::Names => "names",
            Self::Cells => "cells",
            Self::Terms => "terms",
            Self::Scan => "scan",
        }
    }

    /// Why it is possible, and what it costs.
    pub fn why(self) -> &'static str {
        match self {
            Self::Words => {
                "there are words: the lists of those that hold them are walked, and filters refuse some of what they hold"
            }
            Self::Dates => {
                "place and days alone decide and nothing is counted: each place's dates are listed in their order, so that the lengths of \
                 lists are the total and their beginnings the page"
            }
            Self::Names => "performers, series, houses or ids are named: only what has one of them is looked at",
            Self::Cells => {
                "nothing but place, category and days decides: totals and counts come from running counts by venue and category, and the \
                 page from the beginning of an order that is prepared"
            }
            Self::Terms => {
                "a place or a category narrows it and no facet looks past that: only what has one of them is looked at"
            }
            Self::Scan => "nothing narrows enough: every document of the span of time is held against the filters",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Shape = Shape {
        words: false,
        events_alone: true,
        counts: false,
        listed: true,
        by_place: false,
        by_category: false,
        named: false,
        narrowed: false,
        occasion: false,
        others: false,
        months: false,
    };

    #[test]
    fn each_shape_of_question_has_its_plan() {
        let table = [
            (PLAIN, Plan::Cells),
            (Shape { words: true, ..PLAIN }, Plan::Words),
            (Shape { by_place: true, narrowed: true, ..PLAIN }, Plan::Dates),
            (Shape { by_place: true, counts: true, ..PLAIN }, Plan::Cells),
            (Shape { by_place: true, by_category: true, narrowed: true, ..PLAIN }, Plan::Cells),
            (Shape { by_place: true, listed: false, ..PLAIN }, Plan::Cells),
            (Shape { by_place: true, months: true, ..PLAIN }, Plan::Cells),
            (Shape { named: true, others: true, ..PLAIN }, Plan::Names),
            (Shape { named: true, by_place: true, counts: true, ..PLAIN }, Plan::Names),
            (Shape { others: true, narrowed: true, ..PLAIN }, Plan::Terms),
            (Shape { occasion: true, ..PLAIN }, Plan::Scan),
            (Shape { events_alone: false, ..PLAIN }, Plan::Scan),
            (Shape { events_alone: false, by_category: true, narrowed: true, ..PLAIN }, Plan::Terms),
        ];
        for (shape, plan) in table {
            assert_eq!(Plan::of(&shape), plan, "{}", plan.why());
        }
    }
}
