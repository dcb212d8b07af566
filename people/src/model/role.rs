//! What a key is for, in one word.

/// Whose key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Organiser,
    Partner,
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Organiser, Self::Partner, Self::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Organiser => "organiser",
            Self::Partner => "partner",
            Self::Admin => "admin",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}
