//! Organisers: tenants, each with records, keys and an audit log of its own.

use domain::{Actor, OrganiserId};
use serde_json::Value;

use crate::error::PeopleError;
use crate::model::organiser::{Organiser, TicketLook};
use crate::people::People;
use crate::store::organisers;

impl People {
    /// Makes an organiser.
    ///
    /// Takes     `name`: 1 to 200 characters, not only blanks; two may be called alike.
    /// Refuses   invalid.
    pub async fn create_organiser(&self, actor: &Actor, name: &str) -> Result<OrganiserId, PeopleError> {
        let name = name.trim();
        if !(1..=200).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(PeopleError::invalid("name", "must be 1 to 200 characters, without control characters"));
        }
        let now = self.clock.now();
        let organiser = Organiser { id: OrganiserId::at(now), name: name.to_owned(), created_at: now };
        organisers::insert(&self.pool, actor, &organiser).await?;
        Ok(organiser.id)
    }

    /// What an organiser's tickets show of it.
    pub async fn ticket_look(&self, organiser: OrganiserId) -> Result<TicketLook, PeopleError> {
        organisers::look(&self.pool, organiser).await?.ok_or(PeopleError::NotFound)
    }

    /// Puts how the tickets of the actor's organiser look.
    ///
    /// Takes     `theme`: an object of at most 8 KiB, checked by who knows what it means.
    /// Refuses   not_found.
    pub async fn put_ticket_theme(&self, actor: &Actor, theme: &Value) -> Result<(), PeopleError> {
        if organisers::put_theme(&self.pool, actor, theme).await? { Ok(()) } else { Err(PeopleError::NotFound) }
    }

    /// Makes an organiser of a fixed id, where there is none: one that a part of the program owns things by.
    pub async fn ensure_organiser(&self, id: OrganiserId, name: &str) -> Result<(), PeopleError> {
        let organiser = Organiser { id, name: name.to_owned(), created_at: self.clock.now() };
        organisers::ensure(&self.pool, &Actor::system(id), &organiser).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{admin, people};
    use sqlx::PgPool;

    #[sqlx::test(migrations = "../migrations")]
    async fn a_theme_is_its_organiser_s_and_stands_in_the_log(pool: PgPool) {
        let people = people(&pool);
        let mine = people.create_organiser(&admin(), "Mine").await.expect("made");
        let other = people.create_organiser(&admin(), "Other").await.expect("made");
        let actor = domain::Actor { organiser: mine, ..admin() };
        let theme = serde_json::json!({ "head": "#102030" });
        for _ in 0..2 {
            people.put_ticket_theme(&actor, &theme).await.expect("put");
        }
        let look = |organiser| people.ticket_look(organiser);
        assert_eq!(look(mine).await.expect("a look"), TicketLook { organiser: "Mine".into(), theme: Some(theme.clone()) });
        assert_eq!(look(other).await.expect("a look").theme, None);
        let wanted = crate::AuditFilter { action: Some("ticket_theme.put".into()), ..Default::default() };
        let lines = crate::store::audit::list(&pool, Some(mine), &wanted, None, 10).await.expect("lines");
        assert_eq!(lines.iter().map(|line| line.after.clone()).collect::<Vec<_>>(), [Some(theme)], "the same again is no change");
        let nobody = domain::Actor { organiser: OrganiserId(uuid::Uuid::nil()), ..admin() };
        assert!(matches!(people.put_ticket_theme(&nobody, &serde_json::json!({})).await, Err(PeopleError::NotFound)));
        // control: what is no object does not get in, whoever writes it
        assert!(people.put_ticket_theme(&actor, &serde_json::json!([1])).await.is_err());
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn an_organiser_needs_a_name(pool: PgPool) {
        let people = people(&pool);
        for wrong in ["", "  ", "a\u{0}b", &"x".repeat(201)] {
            let refused = people.create_organiser(&admin(), wrong).await;
            assert!(matches!(refused, Err(PeopleError::Invalid { field: "name", .. })), "{wrong:?}: {refused:?}");
        }
        let (one, two) = (people.create_organiser(&admin(), "Ö").await, people.create_organiser(&admin(), "Ö").await);
        assert_ne!(one.expect("made"), two.expect("made"));
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn an_organiser_of_a_fixed_id_is_made_once(pool: PgPool) {
        let people = people(&pool);
        let id = OrganiserId(uuid::Uuid::from_u128(7));
        for _ in 0..2 {
            people.ensure_organiser(id, "facade").await.expect("there");
        }
        assert!(organisers::exists(&pool, id).await.expect("read"));
        let told = people.audit(&Actor::system(id), &crate::AuditFilter::default(), None, 10).await.expect("lines");
        assert_eq!(told.len(), 1, "made once, told once");
    }
}
