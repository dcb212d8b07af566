//! What an organiser says of an event's queue.

use domain::Invalid;
use jiff::Timestamp;

use super::estimate::Pace;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$of])* $variant),+ }

        impl $name {
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words! {
    /// Whether there is a queue.
    Mode { Off = "off", On = "on", /// From a load on.
        Auto = "auto" }
}
words! {
    /// Who may join.
    Who { Anyone = "anyone", SignedIn = "signed_in" }
}
words! {
    /// How those are ordered who came before the start.
    Order { FirstCome = "first_come", Shuffle = "shuffle" }
}

/// The settings of one event's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    pub mode: Mode,
    /// How many may be inside at once: 1 to 1,000,000.
    pub slots: u32,
    /// How long each may be inside: 1 to 120.
    pub minutes: u32,
    /// With `auto`: joins and attempts to hold a second above which there is a queue, 1 to 1,000,000.
    pub auto_above: Option<u32>,
    /// What is added to each estimate: 0 to 600.
    pub buffer_seconds: u32,
    /// How many are let in a minute at most: 1 to 1,000,000; none: as many as there are slots.
    pub rate_per_minute: Option<u32>,
    /// How long the turn of somebody who is away is kept: 0 to 3,600.
    pub grace_seconds: u32,
    /// From when one may come before the start; none: not before.
    pub pre_queue_from: Option<Timestamp>,
    pub join: Who,
    pub order: Order,
}

impl Default for Settings {
    /// A queue of ten minutes for 500 at once, first come, first served.
    fn default() -> Self {
        Self {
            mode: Mode::On,
            slots: 500,
            minutes: 10,
            auto_above: None,
            buffer_seconds: 10,
            rate_per_minute: None,
            grace_seconds: 120,
            pre_queue_from: None,
            join: Who::Anyone,
            order: Order::FirstCome,
        }
    }
}

/// What no setting of a number may exceed.
const MOST: u32 = 1_000_000;

impl Settings {
    /// Refuses   what is out of bounds, or contradicts itself; the first such field.
    pub fn check(&self) -> Result<(), Invalid> {
        within("slots", Some(self.slots), 1, MOST)?;
        within("minutes", Some(self.minutes), 1, 120)?;
        within("auto_above", self.auto_above, 1, MOST)?;
        within("buffer_seconds", Some(self.buffer_seconds), 0, 600)?;
        within("rate_per_minute", self.rate_per_minute, 1, MOST)?;
        within("grace_seconds", Some(self.grace_seconds), 0, 3_600)?;
        match (self.mode, self.auto_above) {
            (Mode::Auto, None) => Err(Invalid::new("auto_above", "must say from which load on, where mode is auto")),
            (Mode::On | Mode::Off, Some(_)) => Err(Invalid::new("auto_above", "has a meaning only where mode is auto")),
            _ => Ok(()),
        }?;
        if self.mode == Mode::Auto && self.pre_queue_from.is_some() {
            return Err(Invalid::new("pre_queue_from", "has no meaning where mode is auto: who knows when there is a queue?"));
        }
        Ok(())
    }

    pub fn pace(&self) -> Pace {
        Pace { slots: self.slots, inside: self.minutes * 60, buffer: self.buffer_seconds, a_minute: self.rate_per_minute }
    }
}

fn within(field: &'static str, value: Option<u32>, least: u32, most: u32) -> Result<(), Invalid> {
    match value {
        Some(value) if !(least..=most).contains(&value) => Err(Invalid::new(field, format!("must be {least} to {most}"))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_bounds_is_named() {
        let good = Settings::default();
        assert_eq!(good.check(), Ok(()));
        let table = [
            ("slots", Settings { slots: 0, ..good }),
            ("slots", Settings { slots: 1_000_001, ..good }),
            ("minutes", Settings { minutes: 0, ..good }),
            ("minutes", Settings { minutes: 121, ..good }),
            ("auto_above", Settings { mode: Mode::Auto, ..good }),
            ("auto_above", Settings { auto_above: Some(5), ..good }),
            ("auto_above", Settings { mode: Mode::Auto, auto_above: Some(0), ..good }),
            ("buffer_seconds", Settings { buffer_seconds: 601, ..good }),
            ("rate_per_minute", Settings { rate_per_minute: Some(0), ..good }),
            ("grace_seconds", Settings { grace_seconds: 3_601, ..good }),
            (
                "pre_queue_from",
                Settings { mode: Mode::Auto, auto_above: Some(5), pre_queue_from: Some(Timestamp::UNIX_EPOCH), ..good },
            ),
        ];
        for (field, settings) in table {
            assert_eq!(settings.check().map_err(|invalid| invalid.field), Err(field.to_owned()), "{settings:?}");
        }
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for mode in [Mode::Off, Mode::On, Mode::Auto] {
            assert_eq!(Mode::parse(mode.as_str()), Some(mode));
        }
        assert_eq!(
            (Who::parse("signed_in"), Order::parse("shuffle"), Order::parse("x")),
            (Some(Who::SignedIn), Some(Order::Shuffle), None)
        );
    }
}
