//! The terms of one event's sale, as the organiser last said them.

use std::sync::Arc;

use domain::{Currency, EventId, EventStatus, Invalid, Money, OrganiserId, OrphanRule, SeatIndex, SeatMapId, Tier, TierId};
use jiff::Timestamp;

use crate::rules::house::House;
use crate::rules::refusal::Refusal;
use crate::rules::wanted::Best;

#[derive(Debug, Clone)]
pub struct Terms {
    pub event: EventId,
    /// Whose event it is.
    pub organiser: OrganiserId,
    /// Grows with every change of the event; a desk whose terms are older reads them again.
    pub version: i64,
    pub edition: u32,
    pub status: EventStatus,
    /// When it counts as begun, and nothing is given back any more; what only has a day lasts it.
    pub over_at: Timestamp,
    pub map: Option<SeatMapId>,
    pub house: Arc<House>,
    pub tiers: Vec<Tier>,
    pub currency: Currency,
    /// By section position, by area position: the event's word, else the map's own.
    pub section_tiers: Vec<TierId>,
    pub area_tiers: Vec<TierId>,
    pub opens_at: Option<Timestamp>,
    pub closes_at: Timestamp,
    pub buyer_limit: Option<u32>,
    pub queue_required: bool,
    pub orphan_rule: OrphanRule,
}

impl Terms {
    pub fn seat_tier(&self, seat: SeatIndex) -> TierId {
        self.section_tiers[self.house.row_of(seat).section as usize]
    }

    /// The price of one place; none for a tier the event does not price: it is not for sale.
    pub fn price(&self, tier: TierId) -> Option<Money> {
        self.tiers.iter().find(|known| known.id == tier).map(|known| known.price)
    }

    /// The position of the section that a wish names; names the field that means nothing here.
    pub fn section_of(&self, best: &Best) -> Result<Option<usize>, Invalid> {
        if let Some(tier) = best.tier.filter(|tier| self.price(*tier).is_none()) {
            return Err(Invalid::new("best.tier", format!("this event has no tier {tier}")));
        }
        let Some(id) = &best.section else { return Ok(None) };
        let section = self.house.sections.iter().position(|section| section.id == *id);
        section.map(Some).ok_or_else(|| Invalid::new("best.section", format!("this event has no section {id:?}")))
    }

    /// Whether anything can be sold now. A cancelled event's sale is closed, whatever its times say.
    pub fn check_open(&self, now: Timestamp) -> Result<(), Refusal> {
        self.check_status()?;
        if self.map.is_none() || self.tiers.is_empty() {
            return Err(Refusal::SaleNotOpen { opens_at: None });
        }
        self.check_times(now)
    }

    /// As [`Terms::check_open`], for what is sold at once: it needs no price, and where there is no map, there is nothing left.
    pub fn check_open_at_once(&self, now: Timestamp) -> Result<(), Refusal> {
        self.check_status()?;
        self.check_times(now)
    }

    fn check_status(&self) -> Result<(), Refusal> {
        match self.status {
            EventStatus::Scheduled | EventStatus::Postponed => Ok(()),
            EventStatus::Cancelled | EventStatus::Awarded | EventStatus::Abandoned => Err(Refusal::SaleClosed),
        }
    }

    fn check_times(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.opens_at {
            Some(opens_at) if now >= opens_at => {}
            opens_at => return Err(Refusal::SaleNotOpen { opens_at }),
        }
        if now >= self.closes_at { Err(Refusal::SaleClosed) } else { Ok(()) }
    }
}
