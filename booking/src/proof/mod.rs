//! Proofs of selling: the plainest model, the table of states, the race and the house they all play in.

#[cfg(any(test, feature = "controls"))]
pub mod race;

#[cfg(test)]
mod cost;
#[cfg(test)]
mod cut;
#[cfg(test)]
pub mod fixture;
#[cfg(test)]
mod frames;
#[cfg(test)]
pub mod hall;
#[cfg(test)]
pub mod listening;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod payments;
#[cfg(test)]
mod prints;
#[cfg(test)]
mod states;
#[cfg(test)]
mod waitlist;
#[cfg(test)]
pub mod wire;

/// A provider of the proofs' own.
#[cfg(any(test, feature = "controls"))]
pub(crate) const PLAY_MONEY: crate::Method = crate::Method::Provider(crate::ProviderName::of("sandbox"));
