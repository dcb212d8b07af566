//! Organisers: tenants, each with records, keys and an audit log of its own.

use domain::{Actor, OrganiserId};

use crate::error::PeopleError;
use crate::model::organiser::Organiser;
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{admin, people};
    use sqlx::PgPool;

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
}
