//! Scopes: the verbs that a key may be limited to.

use crate::model::role::Role;

macro_rules! scopes {
    ($($name:ident $word:literal $meaning:literal;)+) => {
        /// One verb that a key may do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Scope { $(#[doc = $meaning] $name,)+ }

        impl Scope {
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// What it lets one do, for documents.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)+ }
            }
        }
    };
}

scopes! {
    EventsRead   "events:read"   "See the organiser's own records, drafts too.";
    EventsWrite  "events:write"  "Create, change and delete events, series, venues and performers, and set tiers.";
    MapsWrite    "maps:write"    "Put seat maps.";
    SaleWrite    "sale:write"    "Block seats, give them back, cancel an event.";
    OrdersRead   "orders:read"   "See orders with names and addresses.";
    OrdersHelp   "orders:help"   "Help buyers with their orders.";
    RefundsWrite "refunds:write" "Give money back.";
    AuditRead    "audit:read"    "Read the audit log.";
    KeysWrite    "keys:write"    "List, make, rotate and revoke keys.";
    Search       "search"        "Search in a partner's name.";
    Hold         "hold"          "Open sessions for a partner's buyers, who hold seats.";
    Checkout     "checkout"      "Let a partner's buyers pay.";
}

impl Scope {
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scope| scope.as_str() == text)
    }
}

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u32);

impl Scopes {
    /// All that a role may do.
    pub fn of(role: Role) -> Self {
        match role {
            Role::Organiser | Role::Admin => Scope::ALL.iter().copied().collect(),
            Role::Partner => [Scope::Search, Scope::Hold, Scope::Checkout].into_iter().collect(),
        }
    }

    pub fn has(self, scope: Scope) -> bool {
        self.0 & 1 << scope as u32 != 0
    }

    /// The first scope of this set that `other` lacks.
    pub fn beyond(self, other: Self) -> Option<Scope> {
        self.iter().find(|scope| !other.has(*scope))
    }

    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.iter().copied().filter(move |scope| self.has(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |set, scope| set | 1 << scope as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_one_word_and_a_set_holds_what_was_put_in() {
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.as_str()), Some(*scope));
        }
        let set: Scopes = [Scope::Hold, Scope::EventsRead].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [Scope::EventsRead, Scope::Hold]);
        assert_eq!(set.beyond(Scopes::of(Role::Partner)), Some(Scope::EventsRead));
        assert_eq!(set.beyond(Scopes::of(Role::Organiser)), None);
        assert_eq!(Scope::parse("events:own"), None);
    }
}
