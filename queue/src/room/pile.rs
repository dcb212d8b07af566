//! A pile: the commands that one transaction writes. Numbers are given in order of arrival; who is known already gets his place again.

use std::collections::HashMap;

use domain::{BuyerId, EventId, QueueToken};
use jiff::Timestamp;
use sqlx::PgConnection;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::command::{Joining, RoomCommand};
use super::open_room::Live;
use super::owner::{Owner, unwritten};
use crate::error::{Fault, QueueError};
use crate::rules::controls::Guard;
use crate::rules::refusal::Refusal;
use crate::rules::room::MOST_NUMBERS;
use crate::rules::settings::{Mode, Who};
use crate::rules::standing::Standing;
use crate::store::places::KnownPlace;
use crate::store::{places, queues};

/// A pile, sorted by what is done.
#[derive(Default)]
struct Pile {
    joining: Vec<Joining>,
    returning: Vec<(QueueToken, oneshot::Sender<Result<(), QueueError>>)>,
    ending: Vec<(u32, Standing)>,
    /// Who hears that all was written.
    told: Vec<oneshot::Sender<Result<(), QueueError>>>,
}

/// What a transaction wrote.
struct Written {
    now: Timestamp,
    reserved: Option<u32>,
    /// The place of each who joins, and whether it is new; none: the queue is full.
    places: Vec<Option<(KnownPlace, bool)>>,
    stale: Vec<(u32, Standing)>,
    returned: Vec<bool>,
}

impl Owner {
    /// Writes a pile and answers it. A fault answers all of it, and ends the room.
    pub(super) async fn write(&mut self, commands: Vec<RoomCommand>) -> Result<(), Fault> {
        let pile = self.sort(commands);
        if pile.joining.is_empty() && pile.returning.is_empty() && pile.ending.is_empty() {
            pile.told.into_iter().for_each(|reply| answer(reply, Ok(())));
            return Ok(());
        }
        metrics::histogram!("queue_pile").record(pile.joining.len() as f64);
        match self.patiently(|| self.written(&pile)).await {
            Ok(written) => {
                self.apply(pile, written);
                Ok(())
            }
            Err(fault) => {
                pile.joining.into_iter().for_each(|joining| answer(joining.reply, Err(unwritten())));
                let others = pile.told.into_iter().chain(pile.returning.into_iter().map(|(_, reply)| reply));
                others.for_each(|reply| answer(reply, Err(unwritten())));
                Err(fault)
            }
        }
    }

    /// Refuses who may not join, and drops what changes nothing.
    fn sort(&self, commands: Vec<RoomCommand>) -> Pile {
        let mut live = self.room.live();
        let now = self.room.time.now();
        live.room.pass_time(now.as_second());
        let mut pile = Pile::default();
        for command in commands {
            match command {
                RoomCommand::Join(joining) => {
                    live.room.came(now.as_second());
                    match may_join(&live, now, joining.signed_in) {
                        Ok(()) => pile.joining.push(joining),
                        Err(refusal) => answer(joining.reply, Err(refusal.into())),
                    }
                }
                RoomCommand::Return(token, reply) if live.room.standing(token.number) == Standing::Nobody => {
                    // of an older one the row may have been removed for good
                    match now.duration_since(token.issued_at).unsigned_abs() < self.room.premises.config.kept {
                        true => pile.returning.push((token, reply)),
                        false => answer(reply, Err(QueueError::NotFound)),
                    }
                }
                RoomCommand::Leave(number, reply) => {
                    if matches!(live.room.standing(number), Standing::Waiting | Standing::Called | Standing::Inside) {
                        pile.ending.push((number, Standing::Left));
                    }
                    pile.told.push(reply);
                }
                RoomCommand::Ended(pass, reply) => {
                    pile.ending.extend(live.room.with_pass(pass).map(|number| (number, Standing::Over)));
                    pile.told.push(reply);
                }
                RoomCommand::Return(_, reply) | RoomCommand::Look(reply) => pile.told.push(reply),
            }
        }
        pile
    }

    async fn written(&self, pile: &Pile) -> Result<Written, Fault> {
        let (room, event) = (&self.room, self.room.event);
        let mut db = pg::begin(&room.premises.pool).await?;
        let now = queues::fence(&mut db, event, self.epoch()).await?;
        let reserved = self.reserve(&mut db, pile.joining.len()).await?;
        places::end(&mut db, event, &pile.ending).await?;
        let mut returned = Vec::new();
        for (token, _) in &pile.returning {
            returned.push(places::restore_one(&mut db, event, &known_of(token)).await?);
        }
        let ids: Vec<Uuid> = pile.joining.iter().flat_map(|joining| joining.ids.iter().map(|id| id.0)).collect();
        let known = match room.premises.config.controls.stands(Guard::Known) && !ids.is_empty() {
            true => places::known(&mut db, event, &ids).await?,
            false => Vec::new(),
        };
        let given = self.give(&pile.joining, known, reserved);
        places::end(&mut db, event, &given.stale).await?;
        insert(&mut db, event, room.epoch, &given).await?;
        db.commit().await?;
        Ok(Written { now, reserved, places: given.places, stale: given.stale, returned })
    }

    /// Sets numbers aside before they are used up.
    async fn reserve(&self, db: &mut PgConnection, joining: usize) -> Result<Option<u32>, Fault> {
        let (next, reserved) = self.room.live().room.numbers();
        let wanted = next.saturating_add(joining as u32);
        if wanted <= reserved || reserved >= MOST_NUMBERS {
            return Ok(None);
        }
        let reserved = wanted.saturating_add(self.room.premises.config.range).min(MOST_NUMBERS);
        queues::reserve(db, self.room.event, self.room.epoch, reserved).await?;
        Ok(Some(reserved))
    }

    /// Gives each who joins the place that he has, or a new number. A place that is over makes room for a new one.
    ///
    /// Takes     `reserved`: the first number that is not set aside, where this transaction says so.
    fn give(&self, joining: &[Joining], known: Vec<KnownPlace>, reserved: Option<u32>) -> Given {
        let joined_at = self.joined_at();
        let mut live = self.room.live();
        let reserved = reserved.unwrap_or(live.room.numbers().1);
        let is_over = |place: &KnownPlace| matches!(live.room.standing(place.number), Standing::Over | Standing::Left);
        let (stale, known): (Vec<KnownPlace>, Vec<KnownPlace>) = known.into_iter().partition(is_over);
        let mut of: HashMap<BuyerId, (KnownPlace, bool)> = known.into_iter().map(|place| (place.buyer, (place, false))).collect();
        let mut places = Vec::with_capacity(joining.len());
        for one in joining {
            let has = one.ids.iter().find_map(|id| of.get(id)).map(|(place, _)| (*place, false));
            let own = one.ids.first().copied();
            let place = has.or_else(|| {
                let (buyer, number) = (own?, live.room.give(reserved)?);
                Some((KnownPlace { buyer, number, epoch: self.room.epoch, joined_at }, true))
            });
            if let Some((place, true)) = place {
                of.extend(one.ids.iter().map(|id| (*id, (place, true))));
            }
            places.push(place);
        }
        Given { places, stale: stale.into_iter().map(|place| (place.number, Standing::Over)).collect() }
    }

    fn joined_at(&self) -> Timestamp {
        let millis = self.room.time.now().as_millisecond();
        Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn apply(&self, pile: Pile, written: Written) {
        let room = &self.room;
        room.time.heard(written.now);
        let now = room.second();
        let mut live = room.live();
        if let Some(reserved) = written.reserved {
            live.room.reserve(reserved);
        }
        for (number, standing) in pile.ending.iter().chain(&written.stale) {
            live.room.end(*number, *standing);
        }
        for ((token, reply), returned) in pile.returning.into_iter().zip(written.returned) {
            if returned {
                live.room.joined(token.number);
            }
            answer(reply, if returned { Ok(()) } else { Err(QueueError::NotFound) });
        }
        for (joining, place) in pile.joining.into_iter().zip(written.places) {
            let Some((place, fresh)) = place else {
                answer(joining.reply, Err(Refusal::Full.into()));
                continue;
            };
            // or written by an attempt of which nothing was heard
            if fresh || live.room.standing(place.number) == Standing::Nobody {
                live.room.joined(place.number);
            }
            live.room.heard(place.number, now);
            answer(joining.reply, Ok((token_of(room.event, &place), fresh)));
        }
        pile.told.into_iter().for_each(|reply| answer(reply, Ok(())));
    }
}

struct Given {
    places: Vec<Option<(KnownPlace, bool)>>,
    /// Places that are over though their rows do not say so yet.
    stale: Vec<(u32, Standing)>,
}

async fn insert(db: &mut PgConnection, event: EventId, epoch: u32, given: &Given) -> Result<(), Fault> {
    let fresh = given.places.iter().flatten().filter(|(_, fresh)| *fresh);
    let rows: Vec<(u32, BuyerId)> = fresh.clone().map(|(place, _)| (place.number, place.buyer)).collect();
    match fresh.clone().next() {
        Some((first, _)) => places::insert(db, event, epoch, first.joined_at, &rows).await,
        None => Ok(()),
    }
}

/// Whether somebody may join now.
fn may_join(live: &Live, now: Timestamp, signed_in: bool) -> Result<(), Refusal> {
    let settings = live.room.settings();
    if settings.mode == Mode::Off {
        return Err(Refusal::NoQueue);
    }
    if live.terms.is_over(now) {
        return Err(Refusal::Closed);
    }
    if settings.join == Who::SignedIn && !signed_in {
        return Err(Refusal::SignIn);
    }
    if !live.terms.has_opened(now) && settings.pre_queue_from.is_none_or(|from| from > now) {
        return Err(Refusal::NotOpen { at: settings.pre_queue_from.or(live.terms.opens_at) });
    }
    Ok(())
}

fn known_of(token: &QueueToken) -> KnownPlace {
    KnownPlace { buyer: token.holder, number: token.number, epoch: token.epoch, joined_at: token.issued_at }
}

fn token_of(event: EventId, place: &KnownPlace) -> QueueToken {
    QueueToken { event, holder: place.buyer, issued_at: place.joined_at, epoch: place.epoch, number: place.number }
}

/// Answers; whoever asked may have gone.
fn answer<T>(reply: oneshot::Sender<T>, said: T) {
    let _ = reply.send(said);
}
