//! Guards and their switches: a test can switch one off, to see that the check built on it fails.

/// A guard of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Only the latest owner's writes are taken.
    Epoch,
    /// Who is known already is looked up before a place is given.
    Known,
    /// A start begins behind the numbers that were set aside before it.
    Range,
}

/// Which guards stand: all, unless a test says otherwise.
#[derive(Debug, Clone, Copy, Default)]
pub struct Controls {
    #[cfg(test)]
    off: Option<Guard>,
}

impl Controls {
    #[cfg(test)]
    pub(crate) fn without(guard: Guard) -> Controls {
        Controls { off: Some(guard) }
    }

    #[cfg(test)]
    pub(crate) fn stands(&self, guard: Guard) -> bool {
        self.off != Some(guard)
    }

    #[cfg(not(test))]
    pub(crate) fn stands(&self, _: Guard) -> bool {
        true
    }
}
