//! How many requests each partner made on this node, in this second and on this day.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::KeyId;

use crate::model::key::KeyView;
use crate::model::quota::Spent;

pub(crate) const DAY_SECONDS: i64 = 86_400;

/// The requests of one partner on this node.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Count {
    pub second: i64,
    pub in_second: u64,
    pub day: i64,
    /// Of all nodes, as the table last said.
    pub told: u64,
    /// Of this node, not yet in the table.
    pub pending: u64,
}

impl Count {
    fn at(&mut self, second: i64) {
        if self.second != second {
            (self.second, self.in_second) = (second, 0);
        }
    }
}

/// Counts of all partners that were heard of since start: as many as there are keys.
#[derive(Debug, Default)]
pub(crate) struct KeyCounts(Mutex<HashMap<KeyId, Count>>);

impl KeyCounts {
    pub fn with<T>(&self, act: impl FnOnce(&mut HashMap<KeyId, Count>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts one request.
    ///
    /// Refuses   spent: the day's quota before the second's. What is refused does not count.
    pub fn take(&self, key: &KeyView, now: i64) -> Result<(), Spent> {
        self.with(|counts| {
            let count = counts.entry(key.id).or_default();
            count.at(now);
            let of_day = count.told + count.pending;
            if let Some(limit) = key.quota.requests_day.filter(|limit| of_day >= u64::from(*limit)) {
                let seconds = (DAY_SECONDS - now.rem_euclid(DAY_SECONDS)).unsigned_abs();
                return Err(Spent { quota: "requests_per_day", limit, used: of_day, seconds });
            }
            if let Some(limit) = key.quota.requests_second.filter(|limit| count.in_second >= u64::from(*limit)) {
                return Err(Spent { quota: "requests_per_second", limit, used: count.in_second, seconds: 1 });
            }
            count.in_second += 1;
            count.pending += 1;
            Ok(())
        })
    }
}
