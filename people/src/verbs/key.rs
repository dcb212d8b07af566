//! API keys of organisers, partners and admins: `bxo_`, an id part, a secret; stored hashed.
//!
//! The id part tells whose key leaked; the whole text is hashed. Keys from before organisers have no id part and work as ever.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Actor, KeyId};
use jiff::{SignedDuration, Timestamp};

use crate::error::{Fault, PeopleError};
use crate::model::key::{KeyLine, KeyView, NewKey, WantedKey};
use crate::model::role::Role;
use crate::model::scope::Scopes;
use crate::people::People;
use crate::secret::{hash, secret};
use crate::store::{api_keys, organisers};

/// How every key begins, so that it is told from a buyer's token, and found when it leaks.
const PREFIX: &str = "bxo_";
/// How long the old secret of a rotated key may live.
pub const OLD_SECRET: SignedDuration = SignedDuration::from_hours(24);
/// Names are for people to read.
const MAX_NAME: usize = 200;

/// Whether a text claims to be a key.
pub fn looks_like_key(text: &str) -> bool {
    text.starts_with(PREFIX)
}

fn text(id: KeyId) -> Result<String, Fault> {
    Ok(format!("{PREFIX}{}{}", URL_SAFE_NO_PAD.encode(id.0.as_bytes()), secret()?))
}

/// Nobody gives what he does not have.
fn within(maker: Option<&KeyView>, role: Role, scopes: Scopes) -> Result<(), PeopleError> {
    let Some(maker) = maker else { return Ok(()) };
    if maker.by_old {
        return Err(PeopleError::OldSecret);
    }
    if role == Role::Admin && maker.role != Role::Admin {
        return Err(PeopleError::ExceedsRole);
    }
    scopes.beyond(maker.scopes).map_or(Ok(()), |scope| Err(PeopleError::Exceeds(scope)))
}

impl People {
    /// Makes a key.
    ///
    /// Takes     `maker`: the key that asks; none: the command line, which may give everything.
    /// Refuses   invalid; not_found: no such organiser, or not the maker's; exceeds: more than the maker has.
    pub async fn create_key(&self, actor: &Actor, maker: Option<&KeyView>, wanted: WantedKey) -> Result<NewKey, PeopleError> {
        let now = self.clock.now();
        check(&wanted, maker, now)?;
        within(maker, wanted.role, wanted.scopes.unwrap_or(Scopes::of(wanted.role)))?;
        if actor.bounds().is_some_and(|own| own != wanted.organiser) || !organisers::exists(&self.pool, wanted.organiser).await? {
            return Err(PeopleError::NotFound);
        }
        let (id, role) = (KeyId::at(now), wanted.role);
        let key = text(id)?;
        api_keys::insert(&self.pool, actor, id, hash(&key), &wanted, now).await?;
        Ok(NewKey { id, key, role })
    }

    /// Lists keys by id, those of the actor's organiser; those of admins to admins only.
    pub async fn list_keys(&self, actor: &Actor, after: Option<KeyId>, limit: u16) -> Result<Vec<KeyLine>, PeopleError> {
        Ok(api_keys::list(&self.pool, actor, after, limit).await?)
    }

    /// Ends a key, for every node within a second. Again: nothing more happens.
    ///
    /// Refuses   not_found.
    pub async fn revoke_key(&self, actor: &Actor, id: KeyId) -> Result<(), PeopleError> {
        let now = self.clock.now();
        let revoked = pg::transaction("keys.revoke", &self.pool, |conn| {
            let actor = actor.clone();
            Box::pin(async move { api_keys::revoke(conn, &actor, id, now).await })
        });
        let (hashes, partner) = revoked.await?.ok_or(PeopleError::NotFound)?;
        self.forget_key(&hashes, partner);
        Ok(())
    }

    /// Gives a key a new secret; the old one works until `old_for` is over, at most 24 hours.
    ///
    /// Refuses   not_found: also for a revoked key; exceeds: the key has more than the maker, or ends later, and the maker
    ///           would then have it too; the maker came by an old secret.
    pub async fn rotate_key(
        &self,
        actor: &Actor,
        maker: Option<&KeyView>,
        id: KeyId,
        old_for: SignedDuration,
    ) -> Result<NewKey, PeopleError> {
        if old_for.is_negative() || old_for > OLD_SECRET {
            return Err(PeopleError::invalid("old_secret_seconds", "must be 0 to 86400"));
        }
        let now = self.clock.now();
        let (key, maker) = (text(id)?, maker.copied());
        let new = hash(&key);
        let rotated = pg::transaction("keys.rotate", &self.pool, |conn| {
            let actor = actor.clone();
            Box::pin(async move {
                let line = api_keys::lock(conn, actor.bounds(), id, now).await?.ok_or(PeopleError::NotFound)?;
                within(maker.as_ref(), line.role, line.may())?;
                if outlasts(line.expires_at, maker.and_then(|maker| maker.until)) {
                    return Err(PeopleError::Outlasts);
                }
                let old_until = now.checked_add(old_for).unwrap_or(now);
                let hashes = api_keys::rotate(conn, &actor, &line, new, old_until).await?;
                Ok::<_, PeopleError>((line.role, hashes))
            })
        });
        let (role, hashes) = rotated.await?;
        self.forget_key(&hashes, role == Role::Partner);
        Ok(NewKey { id, key, role })
    }

    /// Finds the key; none for text that is no key of ours, or of one that ended.
    pub async fn find_key(&self, key: &str) -> Result<Option<KeyView>, Fault> {
        if !looks_like_key(key) {
            return Ok(None);
        }
        let (hash, now) = (hash(key), self.clock.now());
        if let Some(known) = self.keys.get(&hash) {
            return Ok(Some(known).filter(|key| key.lives(now)));
        }
        let asking = self.keys.asking(&hash);
        let found = api_keys::find(&self.pool, hash, now).await?;
        Ok(found.inspect(|key| self.keys.keep(hash, *key, asking)))
    }

    fn forget_key(&self, hashes: &[[u8; 32]], partner: bool) {
        hashes.iter().for_each(|hash| self.keys.forget(hash));
        if partner {
            self.sessions.forget_all();
        }
    }
}

fn check(wanted: &WantedKey, maker: Option<&KeyView>, now: Timestamp) -> Result<(), PeopleError> {
    if wanted.name.chars().count() > MAX_NAME || wanted.name.chars().any(char::is_control) {
        return Err(PeopleError::invalid("name", "must be at most 200 characters, without control characters"));
    }
    if let Some(scopes) = wanted.scopes {
        if scopes.iter().next().is_none() {
            return Err(PeopleError::invalid("scopes", "must name one scope at least"));
        }
        if let Some(scope) = scopes.beyond(Scopes::of(wanted.role)) {
            let (scope, role) = (scope.as_str(), wanted.role.as_str());
            return Err(PeopleError::invalid("scopes", format!("the role {role} has no {scope}")));
        }
    }
    if wanted.expires_at.is_some_and(|end| end <= now) {
        return Err(PeopleError::invalid("expires_at", "must lie ahead"));
    }
    if outlasts(wanted.expires_at, maker.and_then(|maker| maker.until)) {
        return Err(PeopleError::invalid("expires_at", "must not lie behind the end of your own key"));
    }
    Ok(())
}

/// Whether a key that ends then is good longer than one that ends at `end`.
fn outlasts(key: Option<Timestamp>, end: Option<Timestamp>) -> bool {
    end.is_some_and(|end| key.is_none_or(|key| key > end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{admin, clock, node_at, of, people};
    use crate::model::scope::Scope;
    use domain::OrganiserId;
    use sqlx::PgPool;
    use std::time::Duration;

    async fn found(people: &People, key: &str) -> Option<KeyView> {
        people.find_key(key).await.expect("an answer")
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_key_is_found_by_its_text_and_nothing_else(pool: PgPool) {
        let people = people(&pool);
        for role in Role::ALL {
            let new = people.create_key(&admin(), None, WantedKey::new(role, "test")).await.expect("a key");
            assert!(new.key.starts_with("bxo_") && new.key.len() == 69, "{}", new.key);
            let view = found(&people, &new.key).await.expect("known");
            assert_eq!((view.id, view.role, view.organiser, view.scopes), (new.id, role, OrganiserId::HOUSE, Scopes::of(role)));
            assert_eq!(found(&people, &new.key[..68]).await, None);
        }
        assert_eq!(found(&people, "not a key").await, None);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_key_from_before_organisers_works(pool: PgPool) {
        let old = "bxo_0123456789012345678901234567890123456789012";
        crate::store::fixture::old_key(&pool, hash(old)).await;
        let view = found(&people(&pool), old).await.expect("known");
        assert_eq!((view.organiser, view.scopes, view.until), (OrganiserId::HOUSE, Scopes::of(Role::Organiser), None));
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_key_ends_when_it_said(pool: PgPool) {
        let clock = clock();
        let people = node_at(&pool, &clock);
        let end = clock.now() + SignedDuration::from_secs(60);
        let wanted = WantedKey { expires_at: Some(end), ..WantedKey::new(Role::Organiser, "") };
        let new = people.create_key(&admin(), None, wanted).await.expect("a key");
        clock.advance(Duration::from_micros(59_999_999));
        assert!(found(&people, &new.key).await.is_some());
        clock.advance(Duration::from_micros(1));
        assert_eq!(found(&people, &new.key).await, None, "remembered");
        assert_eq!(found(&node_at(&pool, &clock), &new.key).await, None, "read");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn an_old_secret_lives_for_a_day_at_most(pool: PgPool) {
        let clock = clock();
        let people = node_at(&pool, &clock);
        let first = people.create_key(&admin(), None, WantedKey::new(Role::Organiser, "")).await.expect("a key");
        assert!(found(&people, &first.key).await.is_some());
        let day = people.rotate_key(&admin(), None, first.id, SignedDuration::from_hours(25)).await;
        assert!(matches!(day, Err(PeopleError::Invalid { field: "old_secret_seconds", .. })), "{day:?}");
        let second = people.rotate_key(&admin(), None, first.id, OLD_SECRET).await.expect("rotated");
        assert_eq!((second.id, first.key == second.key), (first.id, false));
        for key in [&first, &second] {
            assert_eq!(found(&people, &key.key).await.map(|key| key.id), Some(first.id));
        }
        clock.advance(Duration::from_secs(24 * 3_600));
        assert_eq!(found(&people, &first.key).await, None);
        assert!(found(&people, &second.key).await.is_some());
        let third = people.rotate_key(&admin(), None, first.id, SignedDuration::ZERO).await.expect("rotated");
        assert_eq!(found(&people, &second.key).await, None, "at once");
        people.revoke_key(&admin(), first.id).await.expect("revoked");
        assert_eq!(found(&people, &third.key).await, None);
        assert!(matches!(people.rotate_key(&admin(), None, first.id, OLD_SECRET).await, Err(PeopleError::NotFound)));
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn nobody_gives_more_than_he_has_nor_in_another_s_name(pool: PgPool) {
        let people = people(&pool);
        let other = people.create_organiser(&admin(), "Other").await.expect("an organiser");
        let scopes: Scopes = [Scope::KeysWrite, Scope::EventsRead].into_iter().collect();
        let wanted = WantedKey { scopes: Some(scopes), ..WantedKey::new(Role::Organiser, "small") };
        let small = people.create_key(&admin(), None, wanted.clone()).await.expect("a key");
        let maker = found(&people, &small.key).await.expect("known");
        let by = of(&maker);
        let refused = |wanted: WantedKey| {
            let (people, by, maker) = (people.clone(), by.clone(), maker);
            async move { people.create_key(&by, Some(&maker), wanted).await.expect_err("refused") }
        };
        assert!(matches!(refused(WantedKey::new(Role::Organiser, "")).await, PeopleError::Exceeds(Scope::EventsWrite)));
        assert!(matches!(refused(WantedKey::new(Role::Admin, "")).await, PeopleError::ExceedsRole));
        assert!(matches!(refused(WantedKey { organiser: other, ..wanted.clone() }).await, PeopleError::NotFound));
        people.create_key(&by, Some(&maker), wanted).await.expect("as much as he has");
        // a new secret of a greater key would be a greater key
        let great = people.create_key(&admin(), None, WantedKey::new(Role::Organiser, "great")).await.expect("a key");
        let taken = people.rotate_key(&by, Some(&maker), great.id, OLD_SECRET).await.expect_err("refused");
        assert!(matches!(taken, PeopleError::Exceeds(_)), "{taken}");
        assert!(found(&people, &great.key).await.is_some());
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn nobody_makes_himself_last_by_rotation(pool: PgPool) {
        let clock = clock();
        let people = node_at(&pool, &clock);
        let end = clock.now() + SignedDuration::from_secs(3_600);
        let brief = WantedKey { expires_at: Some(end), ..WantedKey::new(Role::Organiser, "brief") };
        let brief = people.create_key(&admin(), None, brief).await.expect("a key");
        let lasting = people.create_key(&admin(), None, WantedKey::new(Role::Organiser, "lasting")).await.expect("a key");
        let maker = found(&people, &brief.key).await.expect("known");
        let taken = people.rotate_key(&of(&maker), Some(&maker), lasting.id, OLD_SECRET).await;
        assert!(matches!(taken, Err(PeopleError::Outlasts)), "{taken:?}");
        people.rotate_key(&of(&maker), Some(&maker), brief.id, OLD_SECRET).await.expect("one that ends with it");
        // whoever stole the old secret of a rotated key has it for a day, and no more
        let new = people.rotate_key(&admin(), None, lasting.id, OLD_SECRET).await.expect("rotated");
        let thief = found(&people, &lasting.key).await.expect("known");
        let (by, ends) = (of(&thief), WantedKey { expires_at: thief.until, ..WantedKey::new(Role::Organiser, "thief's") });
        for id in [lasting.id, brief.id] {
            let taken = people.rotate_key(&by, Some(&thief), id, OLD_SECRET).await;
            assert!(matches!(taken, Err(PeopleError::OldSecret)), "{taken:?}");
        }
        let made = people.create_key(&by, Some(&thief), ends.clone()).await;
        assert!(matches!(made, Err(PeopleError::OldSecret)), "{made:?}");
        let owner = found(&people, &new.key).await.expect("known");
        people.create_key(&of(&owner), Some(&owner), ends).await.expect("the new secret makes keys");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn an_admin_s_key_of_the_house_is_as_absent_to_the_house_s_organisers(pool: PgPool) {
        let people = people(&pool);
        let great = people.create_key(&admin(), None, WantedKey::new(Role::Admin, "admin's")).await.expect("a key");
        let ours = people.create_key(&admin(), None, WantedKey::new(Role::Organiser, "ours")).await.expect("a key");
        let by = of(&found(&people, &ours.key).await.expect("known"));
        assert!(matches!(people.revoke_key(&by, great.id).await, Err(PeopleError::NotFound)));
        let listed = people.list_keys(&by, None, 100).await.expect("listed");
        assert_eq!(listed.iter().map(|line| line.id).collect::<Vec<_>>(), [ours.id]);
        assert!(found(&people, &great.key).await.is_some());
        assert_eq!(people.list_keys(&admin(), None, 100).await.expect("listed").len(), 2);
        people.revoke_key(&admin(), great.id).await.expect("revoked by an admin");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn another_s_key_is_as_absent(pool: PgPool) {
        let people = people(&pool);
        let other = people.create_organiser(&admin(), "Other").await.expect("an organiser");
        let wanted = WantedKey { organiser: other, ..WantedKey::new(Role::Organiser, "theirs") };
        let theirs = people.create_key(&admin(), None, wanted).await.expect("a key");
        let ours = people.create_key(&admin(), None, WantedKey::new(Role::Organiser, "ours")).await.expect("a key");
        let view = found(&people, &ours.key).await.expect("known");
        let by = of(&view);
        assert!(matches!(people.revoke_key(&by, theirs.id).await, Err(PeopleError::NotFound)));
        assert!(matches!(people.rotate_key(&by, Some(&view), theirs.id, OLD_SECRET).await, Err(PeopleError::NotFound)));
        let listed = people.list_keys(&by, None, 100).await.expect("listed");
        assert_eq!(listed.iter().map(|line| line.id).collect::<Vec<_>>(), [ours.id]);
        assert_eq!(people.list_keys(&admin(), None, 100).await.expect("listed").len(), 2);
        assert!(found(&people, &theirs.key).await.is_some());
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn the_last_use_is_kept_in_steps(pool: PgPool) {
        let clock = clock();
        let new = node_at(&pool, &clock).create_key(&admin(), None, WantedKey::new(Role::Admin, "")).await.expect("a key");
        let last = || async { node_at(&pool, &clock).list_keys(&admin(), None, 1).await.expect("listed")[0].last_used_at };
        assert_eq!(last().await, None);
        let first = clock.now();
        for (wait, expected) in [(0, first), (299, first), (1, first + SignedDuration::from_secs(300))] {
            clock.advance(Duration::from_secs(wait));
            assert!(found(&node_at(&pool, &clock), &new.key).await.is_some());
            assert_eq!(last().await, Some(expected), "after {wait}");
        }
    }
}
