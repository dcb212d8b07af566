//! Rate classes: what is limited together. Each route names its own where it is listed.

/// What is limited together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Search, suggestions and lists, and the pages that show them.
    Search,
    /// One thing each: details, seats, orders, tickets, pages, files; also what does not exist.
    Reads,
    /// What is drawn when it is asked for.
    Drawings,
    /// Reads by the key of an order's link: they count here and in the class of what is read.
    Links,
    /// Holds, checkouts and what else a buyer changes.
    Holds,
    /// New buyers.
    Sessions,
    /// What organisers change.
    Writes,
    /// What payment providers tell.
    Webhooks,
    /// Health, readiness and metrics.
    Operations,
    /// Another published interface over our verbs: it knows no limits, and is served where nobody strange comes.
    Facade,
    /// What other nodes of the installation ask: they show a secret, and what is limited was limited where it came in.
    Nodes,
}

impl Class {
    pub const ALL: [Self; 11] = [
        Self::Search,
        Self::Reads,
        Self::Drawings,
        Self::Links,
        Self::Holds,
        Self::Sessions,
        Self::Writes,
        Self::Webhooks,
        Self::Operations,
        Self::Facade,
        Self::Nodes,
    ];

    /// Its name in headers and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Reads => "reads",
            Self::Drawings => "drawings",
            Self::Links => "links",
            Self::Holds => "holds",
            Self::Sessions => "sessions",
            Self::Writes => "writes",
            Self::Webhooks => "webhooks",
            Self::Operations => "operations",
            Self::Facade => "facade",
            Self::Nodes => "nodes",
        }
    }
}
