//! The draw: who came before the start is ordered by chance that anybody can check.
//!
//! A seed is chosen when the queue is made, and SHA-256 of it is public from then on. At the start those who are there are ordered by
//! `HMAC-SHA256(seed, holder)`, smallest first, and the seed becomes public. A holder is told as a hash, so that the published order names
//! nobody; who joined knows his own.

use domain::BuyerId;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// The secret that orders, until the start.
pub type Seed = [u8; 32];
/// A holder as the published order names him: SHA-256 of a context and his id, cut.
pub type Holder = [u8; 16];

const CONTEXT: &[u8] = b"boxoffice queue holder 1\0";

/// The published order of who came before the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// SHA-256 of the seed, as it was public before the start.
    pub seed_hash: [u8; 32],
    pub seed: Seed,
    /// In order of their places.
    pub order: Vec<Drawn>,
}

/// One place of a published order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    /// From 1 on.
    pub place: u32,
    pub holder: Holder,
}

/// Why a published order is not what was promised.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfair {
    #[error("the seed is not the one whose hash was published before the start")]
    OtherSeed,
    #[error("place {0} is not where the seed puts it")]
    Misplaced(u32),
    #[error("place {0} is named twice, or a place before it is missing")]
    Uncounted(u32),
}

/// What is public of a seed before the start.
pub fn commitment(seed: &Seed) -> [u8; 32] {
    Sha256::digest(seed).into()
}

/// A buyer as the published order names him.
pub fn holder(buyer: BuyerId) -> Holder {
    let full: [u8; 32] = Sha256::new().chain_update(CONTEXT).chain_update(buyer.0.as_bytes()).finalize().into();
    std::array::from_fn(|at| full[at])
}

/// The numbers of those who came before the start, in the order of the draw.
///
/// Cost      a million: about half a second.
pub fn draw(seed: &Seed, waiters: &[(u32, BuyerId)]) -> Vec<u32> {
    let key = keyed(seed);
    let mut ranked: Vec<_> = waiters.iter().map(|(number, buyer)| (rank(&key, &holder(*buyer)), *number)).collect();
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, number)| number).collect()
}

/// Checks a published order from the outside.
///
/// Gives     how many places it has.
pub fn verify(published: &Published) -> Result<usize, Unfair> {
    if commitment(&published.seed) != published.seed_hash {
        return Err(Unfair::OtherSeed);
    }
    let key = keyed(&published.seed);
    let mut before = None;
    for (n, drawn) in published.order.iter().enumerate() {
        if drawn.place as usize != n + 1 {
            return Err(Unfair::Uncounted(drawn.place));
        }
        let here = Some(rank(&key, &drawn.holder));
        if before >= here {
            return Err(Unfair::Misplaced(drawn.place));
        }
        before = here;
    }
    Ok(published.order.len())
}

fn keyed(seed: &Seed) -> Hmac<Sha256> {
    Hmac::new_from_slice(seed).unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"))
}

fn rank(key: &Hmac<Sha256>, holder: &Holder) -> [u8; 32] {
    key.clone().chain_update(holder).finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn buyer(n: u32) -> BuyerId {
        BuyerId(Uuid::from_u128(u128::from(n)))
    }

    fn published(seed: Seed, count: u32) -> Published {
        let waiters: Vec<_> = (0..count).map(|n| (n, buyer(n))).collect();
        let drawn = draw(&seed, &waiters).into_iter().zip(1..);
        let order = drawn.map(|(number, place)| Drawn { place, holder: holder(buyer(number)) }).collect();
        Published { seed_hash: commitment(&seed), seed, order }
    }

    #[test]
    fn the_order_is_by_the_seed_alone_and_anybody_can_check_it() {
        let fair = published([7; 32], 1_000);
        assert_eq!(verify(&fair), Ok(1_000));
        let mut reversed: Vec<_> = (0..1_000).map(|n| (n, buyer(n))).rev().collect();
        let order = draw(&[7; 32], &reversed);
        assert_eq!(holder(buyer(order[0])), fair.order[0].holder, "whoever comes first has nothing of it");
        reversed.truncate(500);
        assert_eq!(draw(&[7; 32], &reversed).len(), 500);
        assert_ne!(published([8; 32], 1_000).order, fair.order);
    }

    #[test]
    fn an_order_that_was_changed_is_found_out() {
        let fair = published([7; 32], 100);
        let mut swapped = fair.clone();
        (swapped.order[3].holder, swapped.order[50].holder) = (fair.order[50].holder, fair.order[3].holder);
        assert_eq!(verify(&swapped), Err(Unfair::Misplaced(5)));
        let mut twice = fair.clone();
        twice.order[9].holder = fair.order[8].holder;
        assert_eq!(verify(&twice), Err(Unfair::Misplaced(10)));
        let mut short = fair.clone();
        short.order.remove(20);
        assert_eq!(verify(&short), Err(Unfair::Uncounted(22)));
        let other = Published { seed: [9; 32], ..fair };
        assert_eq!(verify(&other), Err(Unfair::OtherSeed));
    }
}
