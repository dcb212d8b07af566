//! Which of the tasks that run beside the requests are well: `/readyz` asks.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Each task's state by name; one that nobody has spoken of is well.
#[derive(Debug, Default)]
pub struct Vitals(Mutex<BTreeMap<&'static str, &'static str>>);

impl Vitals {
    pub fn well(&self, task: &'static str) {
        self.lock().remove(task);
    }

    /// Notes what a task lacks, in a word or two for who reads `/readyz`.
    pub fn ill(&self, task: &'static str, lacks: &'static str) {
        self.lock().insert(task, lacks);
    }

    /// The tasks that are not well, each with what it lacks: `badges: begins again`.
    pub fn told(&self) -> Vec<String> {
        self.lock().iter().map(|(task, lacks)| format!("{task}: {lacks}")).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, &'static str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_ill_is_told_with_what_it_lacks_until_it_is_well() {
        let vitals = Vitals::default();
        assert_eq!(vitals.told(), [] as [String; 0]);
        vitals.ill("badges", "begins again");
        vitals.ill("audit", "lacks a key");
        assert_eq!(vitals.told(), ["audit: lacks a key", "badges: begins again"]);
        vitals.well("audit");
        vitals.well("nobody");
        assert_eq!(vitals.told(), ["badges: begins again"]);
    }
}
