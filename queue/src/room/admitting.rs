//! Letting in: whoever's turn it is gets a pass, which his row has before he is told.

use domain::PassId;

use super::owner::Owner;
use crate::error::Fault;
use crate::rules::crew::Inside;
use crate::rules::room::Due;
use crate::rules::standing::Standing;
use crate::store::places::{self, Admission};
use crate::store::queues;

/// People let in by one transaction.
const BITE: usize = 1_000;
/// Transactions that let people in, one right after the other.
const BITES: usize = 4;

impl Owner {
    /// Lets in as many as there is room for; of very many some now, and the rest after those who join or leave meanwhile.
    pub(super) async fn let_in(&mut self) -> Result<(), Fault> {
        for _ in 0..BITES {
            let (due, admissions) = self.due();
            if admissions.is_empty() && due.lost.is_empty() {
                return Ok(());
            }
            let admitted = self.patiently(|| self.admit(&due, &admissions)).await?;
            let mut live = self.room.live();
            due.lost.iter().for_each(|number| live.room.end(*number, Standing::Over));
            admitted.iter().for_each(|one| live.room.admitted(one.number, one.inside));
            metrics::counter!("queue_admitted_total").increment(admitted.len() as u64);
            metrics::counter!("queue_turns_lost_total").increment(due.lost.len() as u64);
        }
        self.room.wake.notify_one();
        Ok(())
    }

    fn due(&self) -> (Due, Vec<Admission>) {
        let now = self.room.time.now();
        let mut live = self.room.live();
        live.room.pass_time(now.as_second());
        // a sale that was put off after its start lets nobody in until it begins
        if live.terms.is_over(now) || !live.terms.has_opened(now) {
            return Default::default();
        }
        let due = live.room.due(now.as_millisecond(), BITE);
        let until = now.as_second() + i64::from(live.room.settings().minutes) * 60;
        let admission = |number: &u32| Admission { number: *number, inside: Inside { pass: PassId::at(now), until } };
        let admissions = due.admit.iter().map(admission).collect();
        (due, admissions)
    }

    /// Gives who is inside now: all, since nobody else changes these rows.
    async fn admit(&self, due: &Due, admissions: &[Admission]) -> Result<Vec<Admission>, Fault> {
        let (room, event) = (&self.room, self.room.event);
        let mut db = pg::begin(&room.premises.pool).await?;
        let now = queues::fence(&mut db, event, self.epoch()).await?;
        let lost: Vec<(u32, Standing)> = due.lost.iter().map(|number| (*number, Standing::Over)).collect();
        places::end(&mut db, event, &lost).await?;
        let admitted = places::admit(&mut db, event, admissions).await?;
        if admitted.len() != admissions.len() {
            return Err(Fault::corrupt("places", "somebody who waits has no row that says so"));
        }
        db.commit().await?;
        room.time.heard(now);
        Ok(admitted)
    }
}
