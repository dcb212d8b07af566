//! Quotas of partners: requests a second and a day, open holds at once.
//!
//! A day's requests are counted in memory and added up in the table each second, so nodes agree within a second; those of a second are
//! counted on each node for itself. Open holds are counted in the database under one lock a partner, so they are never exceeded.

use domain::{BuyerId, HoldId, KeyId};
use jiff::{SignedDuration, Timestamp};

use crate::counts::{Count, DAY_SECONDS};
use crate::error::{Fault, PeopleError};
use crate::model::key::KeyView;
use crate::model::quota::{QuotaUse, Spent, Use};
use crate::people::People;
use crate::secret::hash;
use crate::store::partners;

impl People {
    /// Counts one request of a partner.
    ///
    /// Refuses   spent, by name: the day's quota before the second's. A refused request does not count.
    pub async fn count_request(&self, key: &KeyView) -> Result<(), PeopleError> {
        let now = self.clock.now().as_second();
        let day = now.div_euclid(DAY_SECONDS);
        let known = self.counts.with(|counts| counts.get(&key.id).is_some_and(|count| count.day == day));
        if !known {
            self.begin_day(key.id, day).await?;
        }
        Ok(self.counts.take(key, now)?)
    }

    /// What other nodes, or this one before it was started anew, counted on this day.
    async fn begin_day(&self, key: KeyId, day: i64) -> Result<(), Fault> {
        self.add_up(Some(key)).await?;
        let told = partners::requests(&self.pool, key, day).await?;
        self.counts.with(|counts| {
            let count = counts.entry(key).or_default();
            if count.day != day {
                (count.day, count.told, count.pending) = (day, told, 0);
            }
        });
        Ok(())
    }

    /// Adds what was counted to the table and learns what others added; call it every second, and at the end.
    pub async fn add_up_requests(&self) -> Result<(), Fault> {
        self.add_up(None).await
    }

    async fn add_up(&self, only: Option<KeyId>) -> Result<(), Fault> {
        let due: Vec<(KeyId, Count)> = self.counts.with(|counts| {
            let due = counts.iter().filter(|(key, count)| count.pending > 0 && only.is_none_or(|only| only == **key));
            due.map(|(key, count)| (*key, *count)).collect()
        });
        for (key, seen) in due {
            let total = partners::add_requests(&self.pool, key, seen.day, seen.pending).await?;
            self.counts.with(|counts| {
                if let Some(count) = counts.get_mut(&key).filter(|count| count.day == seen.day) {
                    (count.told, count.pending) = (total, count.pending.saturating_sub(seen.pending));
                }
            });
        }
        Ok(())
    }

    /// Takes room for one open hold of a partner's buyer, before the hold is asked for.
    ///
    /// Takes     `claim`: the hold's Idempotency-Key; the same one again has the room it had.
    /// Refuses   spent: as many holds of the partner's buyers live as its quota allows.
    pub async fn take_hold_room(&self, key: &KeyView, buyer: BuyerId, claim: &str) -> Result<(), PeopleError> {
        let Some(limit) = key.quota.open_holds else { return Ok(()) };
        let room = partners::HoldRoom { key: key.id, buyer, claim: hash(claim) };
        match partners::take(&self.pool, room, limit).await? {
            None => Ok(()),
            Some(used) => Err(Spent { quota: "open_holds", limit, used, seconds: 5 }.into()),
        }
    }

    /// Says which hold has the room that was taken; none gives it back.
    pub async fn settle_hold_room(
        &self,
        key: &KeyView,
        buyer: BuyerId,
        claim: &str,
        hold: Option<(HoldId, Timestamp)>,
    ) -> Result<(), PeopleError> {
        if key.quota.open_holds.is_none() {
            return Ok(());
        }
        let room = partners::HoldRoom { key: key.id, buyer, claim: hash(claim) };
        Ok(partners::settle(&self.pool, room, hold).await?)
    }

    /// A key's quotas and what is used of them.
    pub async fn quota(&self, key: &KeyView) -> Result<QuotaUse, PeopleError> {
        let now = self.clock.now().as_second();
        let day = now.div_euclid(DAY_SECONDS);
        let here = self.counts.with(|counts| counts.get(&key.id).copied()).unwrap_or_default();
        let pending = if here.day == day { here.pending } else { 0 };
        let in_second = if here.second == now { here.in_second } else { 0 };
        let used = |limit, used| Use { limit, used };
        let ends = Timestamp::from_second((day + 1) * DAY_SECONDS).unwrap_or(Timestamp::MAX);
        Ok(QuotaUse {
            requests_second: used(key.quota.requests_second, in_second),
            requests_day: used(key.quota.requests_day, partners::requests(&self.pool, key.id, day).await? + pending),
            open_holds: used(key.quota.open_holds, partners::open(&self.pool, key.id).await?),
            day_ends_at: ends,
        })
    }

    pub(crate) async fn purge_partners(&self) -> Result<u64, Fault> {
        let now = self.clock.now();
        let before = now.checked_sub(SignedDuration::from_hours(24 * 40)).unwrap_or(now);
        partners::purge(&self.pool, before.as_second().div_euclid(DAY_SECONDS)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{clock, node_at, partner, people};
    use crate::model::quota::Quota;
    use sqlx::PgPool;
    use std::time::Duration;

    async fn asked(people: &People, key: &KeyView) -> Option<Spent> {
        match people.count_request(key).await {
            Ok(()) => None,
            Err(PeopleError::Spent(spent)) => Some(spent),
            Err(other) => panic!("{other}"),
        }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_second_and_a_day_have_their_ends_on_every_node(pool: PgPool) {
        let clock = clock();
        let (here, there) = (node_at(&pool, &clock), node_at(&pool, &clock));
        let quota = Quota { requests_second: Some(2), requests_day: Some(5), open_holds: None };
        let key = partner(&here, quota).await;
        assert_eq!((asked(&here, &key).await, asked(&here, &key).await), (None, None));
        let spent = asked(&here, &key).await.expect("spent");
        assert_eq!((spent.quota, spent.limit, spent.used, spent.seconds), ("requests_per_second", 2, 2, 1));
        clock.advance(Duration::from_secs(1));
        assert_eq!((asked(&here, &key).await, asked(&here, &key).await), (None, None));
        here.add_up_requests().await.expect("added");
        assert_eq!(asked(&there, &key).await, None, "the fifth of the day");
        let spent = asked(&there, &key).await.expect("spent");
        assert_eq!((spent.quota, spent.limit, spent.used), ("requests_per_day", 5, 5));
        assert_eq!(spent.seconds, 86_400 - 12 * 3_600 - 1);
        assert_eq!(there.quota(&key).await.expect("told").requests_day, Use { limit: Some(5), used: 5 });
        clock.advance(Duration::from_secs(spent.seconds));
        assert_eq!(asked(&there, &key).await, None, "a new day");
        assert_eq!(there.quota(&key).await.expect("told").requests_day.used, 1);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn room_for_holds_is_never_given_twice_and_comes_back(pool: PgPool) {
        let people = people(&pool);
        let key = partner(&people, Quota { open_holds: Some(3), ..Quota::default() }).await;
        let buyer = BuyerId::at(people.clock.now());
        let claims: Vec<String> = (0..8).map(|n| format!("claim-{n}")).collect();
        let taken = futures_of(claims.iter().map(|claim| people.take_hold_room(&key, buyer, claim))).await;
        assert_eq!(taken.iter().filter(|taken| taken.is_ok()).count(), 3);
        let first = taken.iter().position(Result::is_ok).expect("one");
        people.take_hold_room(&key, buyer, &claims[first]).await.expect("the same claim has its room");
        people.settle_hold_room(&key, buyer, &claims[first], None).await.expect("given back");
        people.take_hold_room(&key, buyer, "another").await.expect("room again");
        let spent = people.take_hold_room(&key, buyer, "one more").await.expect_err("spent");
        assert!(matches!(spent, PeopleError::Spent(Spent { quota: "open_holds", limit: 3, used: 3, .. })), "{spent}");
        // a hold that is none any more, here since it never was, makes room
        let hold = (HoldId::at(people.clock.now()), people.clock.now() + SignedDuration::from_secs(300));
        people.settle_hold_room(&key, buyer, "another", Some(hold)).await.expect("settled");
        people.take_hold_room(&key, buyer, "one more").await.expect("room again");
    }

    async fn futures_of<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
        futures::future::join_all(futures).await
    }
}
