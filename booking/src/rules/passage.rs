//! Passes in the inventory: a new hold stands on one, and what becomes of the hold becomes of it.

use domain::{BuyerIds, PassId, PresentedPass};
use jiff::{SignedDuration, Timestamp};

use crate::rules::change::{Change, Hold};
use crate::rules::command::Reply;
use crate::rules::controls::{Controls, Guard};
use crate::rules::corrupt::Corrupt;
use crate::rules::deciding::Deciding;
use crate::rules::denial::Denial;
use crate::rules::inventory::Inventory;
use crate::rules::pass::{PassUse, admit};
use crate::rules::refusal::Refusal;

/// Passes of which none is forgotten.
const LOOKED_THROUGH: usize = 1_024;
/// A pass is good for two hours at most, its row is kept for a day after its use, and then there is a purge.
const LONG_OVER: SignedDuration = SignedDuration::from_hours(3 * 24);

fn is_long_over(pass: PassId, now: Timestamp) -> bool {
    pass.given_at().is_some_and(|given| now.duration_since(given) > LONG_OVER)
}

impl Deciding<'_> {
    /// Ends the pass of who left the queue. One under a live hold stays, as `Gone` says; an order has ended it already.
    pub(crate) fn end_pass(&mut self, pass: PassId) -> Result<Reply, Denial> {
        if matches!(self.inventory.passes.get(&pass), Some(PassUse::Held(_))) {
            return Ok(Reply::Gone);
        }
        if self.inventory.is_pass_free(pass) {
            self.change(Change::PassLeft(pass))?;
        }
        Ok(Reply::Done)
    }
}

impl Inventory {
    /// The pass that a new hold stands on; none where the event has no queue.
    pub(crate) fn check_pass(
        &self,
        shown: Option<&PresentedPass>,
        buyer: &BuyerIds,
        now: Timestamp,
        controls: Controls,
    ) -> Result<Option<PassId>, Refusal> {
        if !self.terms.queue_required {
            return Ok(None);
        }
        let pass = admit(shown, self.terms.event, buyer, now).map_err(|why| Refusal::QueueFirst { why })?;
        match self.passes.get(&pass.id).filter(|_| controls.stands(Guard::PassOnce)) {
            Some(PassUse::Held(hold)) => Err(Refusal::PassUsed { hold_id: Some(*hold) }),
            Some(PassUse::Ordered(_) | PassUse::Left) => Err(Refusal::PassUsed { hold_id: None }),
            None => Ok(Some(pass.id)),
        }
    }

    /// Notes that a hold stands on its pass.
    pub(crate) fn use_pass(&mut self, hold: &Hold) -> Result<(), Corrupt> {
        let Some(pass) = hold.pass else { return Ok(()) };
        match self.passes.insert(pass, PassUse::Held(hold.id)) {
            None => Ok(()),
            Some(other) => Err(Corrupt::new("inventory", format_args!("pass {pass} is {other:?} already"))),
        }
    }

    /// Notes that a hold is over, without an order until more is said.
    pub(crate) fn free_pass(&mut self, hold: &Hold) -> Result<(), Corrupt> {
        let Some(pass) = hold.pass else { return Ok(()) };
        match self.passes.remove(&pass) {
            Some(PassUse::Held(found)) if found == hold.id => Ok(()),
            found => Err(Corrupt::new("inventory", format_args!("pass {pass} of hold {} is {found:?}", hold.id))),
        }
    }

    /// Notes that the hold, whose pass was freed, has become an order.
    pub(crate) fn order_pass(&mut self, hold: &Hold) {
        self.passes.extend(hold.pass.map(|pass| (pass, PassUse::Ordered(hold.id))));
    }

    /// Takes back that a hold became an order, or that a holder left.
    pub(crate) fn forget_pass(&mut self, pass: Option<PassId>) {
        if let Some(pass) = pass {
            self.passes.remove(&pass);
        }
    }

    /// Notes that the holder left: nothing may stand on the pass.
    pub(crate) fn leave_pass(&mut self, pass: PassId) -> Result<(), Corrupt> {
        match self.passes.insert(pass, PassUse::Left) {
            None => Ok(()),
            Some(other) => Err(Corrupt::new("inventory", format_args!("pass {pass} is {other:?} and left"))),
        }
    }

    /// Forgets passes that let nobody in any more by their own word: not those under live holds, and none whose row may still be there.
    ///
    /// Cost      a look at all, when they have become twice as many as were left by the last.
    pub(crate) fn forget_passes(&mut self, now: Timestamp) {
        if self.passes.len() < self.passes_at_most {
            return;
        }
        self.passes.retain(|pass, used| matches!(used, PassUse::Held(_)) || !is_long_over(*pass, now));
        self.passes_at_most = (2 * self.passes.len()).max(LOOKED_THROUGH);
    }

    /// Whether a hold that was over may be taken up again with its pass, which may stand under another hold by now.
    pub(crate) fn is_pass_free(&self, pass: PassId) -> bool {
        !self.passes.contains_key(&pass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{map, noon, seconds, terms};
    use crate::rules::command::Command;
    use crate::rules::deciding::Conditions;
    use crate::rules::pass::NoPass;
    use crate::rules::pile::Pile;
    use crate::rules::wanted::{Best, Wanted};
    use domain::{BuyerId, HoldId, Pass};
    use std::sync::Arc;

    fn required() -> Inventory {
        let mut terms = terms(&map(2, 5, 20));
        terms.queue_required = true;
        Inventory::new(Arc::new(terms))
    }

    fn pass(of: &Inventory, holder: BuyerId) -> Pass {
        Pass { event: of.terms.event, holder, id: PassId::at(noon()), expires_at: noon() + seconds(600) }
    }

    fn ask(house: &mut Inventory, buyer: BuyerId, pass: Option<PresentedPass>, wanted: Wanted, off: &[Guard]) -> String {
        let (now, hold_ttl) = (noon() + seconds(1), std::time::Duration::from_secs(300));
        let conditions =
            Conditions { now, hold_ttl, controls: Controls::without(off), cancelled: false, knobs: Default::default() };
        let command = Command::Hold { id: HoldId::at(now), buyer: buyer.into(), client: None, pass, wanted };
        match house.decide(&command, conditions, &mut Pile::default()) {
            Ok(_) => "held".into(),
            Err(Denial::Refused(refusal)) => refusal.code().into(),
            Err(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn every_way_to_hold_places_needs_a_pass_and_one_pass_has_one_live_hold() {
        let seats = |seat: &str| Wanted::Seats(vec![format!("stalls-{seat}")]);
        let ways = [seats("A-1"), Wanted::Best(Best::of(2)), Wanted::Area { area: "floor".into(), quantity: 1 }];
        for wanted in ways {
            let (mut house, ada) = (required(), BuyerId::at(noon()));
            let shown = Some(PresentedPass::Signed(pass(&house, ada)));
            assert_eq!(ask(&mut house, ada, None, wanted.clone(), &[]), "queue_first");
            assert_eq!(ask(&mut house, ada, shown, wanted, &[]), "held");
            assert_eq!(ask(&mut house, ada, shown, seats("B-5"), &[]), "pass_used");
            let blind = ask(&mut house, ada, shown, seats("B-5"), &[Guard::PassOnce]);
            assert!(blind.starts_with("Corrupt"), "no refusal any more, but no second hold either: {blind}");
        }
    }

    /// The control: the pass that is forgotten is refused by what it says itself, as is one that was never seen.
    #[test]
    fn passes_long_over_are_forgotten_and_none_is_used_again() {
        let (mut house, ada) = (required(), BuyerId::at(noon()));
        let (held, ordered) = (pass(&house, ada), pass(&house, ada));
        let days = |days: i64| noon() + SignedDuration::from_hours(24 * days);
        house.passes.insert(held.id, PassUse::Held(HoldId::at(noon())));
        house.passes.insert(ordered.id, PassUse::Ordered(HoldId::at(noon())));
        house.passes.extend((2..LOOKED_THROUGH).map(|_| (PassId::at(days(2)), PassUse::Left)));
        house.forget_passes(days(3));
        assert_eq!(house.passes.len(), LOOKED_THROUGH, "nothing is over for long");
        house.forget_passes(days(4));
        assert_eq!(house.passes.len(), LOOKED_THROUGH, "they have not become more");
        house.passes.extend((0..LOOKED_THROUGH).map(|_| (PassId::at(days(4)), PassUse::Left)));
        house.forget_passes(days(4));
        assert_eq!(house.passes.len(), 2 * LOOKED_THROUGH - 1);
        assert!(house.passes.contains_key(&held.id) && !house.passes.contains_key(&ordered.id));
        house.passes.extend((house.passes.len()..2 * (2 * LOOKED_THROUGH - 1) - 1).map(|_| (PassId::at(noon()), PassUse::Left)));
        let before = house.passes.len();
        house.forget_passes(days(4));
        assert_eq!(house.passes.len(), before, "looked through again only when they are twice as many as were left");
        let shown = PresentedPass::Signed(ordered);
        let said = house.check_pass(Some(&shown), &ada.into(), days(4), Controls::default());
        assert_eq!(said, Err(Refusal::QueueFirst { why: NoPass::Expired }));
    }

    /// What contradicts itself is said, and not guessed at.
    #[test]
    fn a_pass_is_freed_by_its_hold_alone_and_left_by_nobody_who_holds() {
        let (mut house, ada) = (required(), BuyerId::at(noon()));
        let shown = pass(&house, ada);
        assert!(house.is_pass_free(shown.id));
        assert_eq!(ask(&mut house, ada, Some(PresentedPass::Signed(shown)), Wanted::Best(Best::of(1)), &[]), "held");
        let hold = Hold::clone(house.holds.values().next().expect("a hold"));
        assert!(!house.is_pass_free(shown.id) && house.leave_pass(shown.id).is_err(), "it stands under a hold");
        let mut used = required();
        used.passes.insert(shown.id, PassUse::Held(HoldId::at(noon())));
        assert!(used.free_pass(&hold).is_err(), "of another hold");
        house.passes.insert(shown.id, PassUse::Held(hold.id));
        assert!(house.free_pass(&hold).is_ok() && house.is_pass_free(shown.id));
        house.order_pass(&hold);
        assert_eq!(house.passes.get(&shown.id), Some(&PassUse::Ordered(hold.id)));
        house.forget_pass(Some(shown.id));
        assert!(house.leave_pass(shown.id).is_ok() && house.passes.get(&shown.id) == Some(&PassUse::Left));
    }

    #[test]
    fn an_event_without_a_queue_asks_for_no_pass_and_notes_none() {
        let (mut house, ada) = (required(), BuyerId::at(noon()));
        house.terms = Arc::new(crate::rules::terms::Terms { queue_required: false, ..(*house.terms).clone() });
        let (shown, seat) =
            (Some(PresentedPass::Signed(pass(&house, ada))), |n: u32| Wanted::Seats(vec![format!("stalls-A-{n}")]));
        assert_eq!(ask(&mut house, ada, shown, seat(1), &[]), "held");
        assert_eq!(ask(&mut house, ada, shown, seat(2), &[]), "held");
        assert_eq!(ask(&mut house, ada, Some(PresentedPass::Forged), seat(3), &[]), "held");
        assert!(house.passes.is_empty());
    }
}
