//! Who acts: whose things one may change, and what the audit log says of it.

use uuid::Uuid;

use crate::id::OrganiserId;

/// What kind of thing acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A person who signed in.
    Account,
    /// An API key.
    Key,
    /// A paired device at a door.
    Device,
    /// Who runs the installation; passes every owner.
    Admin,
    /// The program itself, or its command line.
    System,
}

impl ActorKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Key => "key",
            Self::Device => "device",
            Self::Admin => "admin",
            Self::System => "system",
        }
    }
}

/// Who changes something, and through which request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Actor {
    pub kind: ActorKind,
    /// The key or account; none for the program itself.
    pub id: Option<Uuid>,
    /// To whom belongs what it makes.
    pub organiser: OrganiserId,
    pub request_id: String,
    /// The first bits of the address from which it was asked.
    pub address: String,
}

impl Actor {
    /// The program itself, in an organiser's name.
    pub fn system(organiser: OrganiserId) -> Self {
        Self { kind: ActorKind::System, id: None, organiser, request_id: String::new(), address: String::new() }
    }

    /// The program itself, for the house.
    pub fn house() -> Self {
        Self::system(OrganiserId::HOUSE)
    }

    /// Whose things it may change; none: everybody's. Statements carry it, so that another's row is as absent.
    pub fn bounds(&self) -> Option<OrganiserId> {
        (self.kind != ActorKind::Admin).then_some(self.organiser)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_the_words_of_the_audit_log() {
        let kinds = [ActorKind::Account, ActorKind::Key, ActorKind::Device, ActorKind::Admin, ActorKind::System];
        assert_eq!(kinds.map(ActorKind::as_str), ["account", "key", "device", "admin", "system"]);
    }

    #[test]
    fn only_an_admin_passes_every_owner() {
        for kind in [ActorKind::Account, ActorKind::Key, ActorKind::Device, ActorKind::Admin, ActorKind::System] {
            let actor = Actor { kind, ..Actor::system(OrganiserId::HOUSE) };
            assert_eq!(actor.bounds().is_none(), kind == ActorKind::Admin, "{kind:?}");
        }
    }
}
