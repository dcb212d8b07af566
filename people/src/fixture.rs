//! People for tests.

use domain::{Actor, ActorKind, Clock, OrganiserId};
use sqlx::PgPool;

use crate::{KeyView, NewKey, People, PeopleConfig, Quota, Role, WantedKey};

/// Noon of a day.
pub fn clock() -> Clock {
    Clock::manual("2027-03-12T12:00:00Z".parse().expect("an instant"))
}

pub fn node_at(pool: &PgPool, clock: &Clock) -> People {
    People::new(pool.clone(), clock.clone(), PeopleConfig::default())
}

pub fn people(pool: &PgPool) -> People {
    node_at(pool, &clock())
}

/// Who may do everything.
pub fn admin() -> Actor {
    Actor { kind: ActorKind::Admin, ..Actor::system(OrganiserId::HOUSE) }
}

/// Who acts by a key.
pub fn of(key: &KeyView) -> Actor {
    Actor { kind: ActorKind::Key, id: Some(key.id.0), ..Actor::system(key.organiser) }
}

pub async fn key(people: &People, role: Role) -> NewKey {
    people.create_key(&admin(), None, WantedKey::new(role, "test")).await.expect("a key")
}

pub async fn partner(people: &People, quota: Quota) -> KeyView {
    let wanted = WantedKey { quota, ..WantedKey::new(Role::Partner, "partner") };
    let made = people.create_key(&admin(), None, wanted).await.expect("a key");
    people.find_key(&made.key).await.expect("an answer").expect("known")
}
