//! What is kept of drawn seat maps: all that stands still of them, in bytes up to a limit, and each one's last answer.
//!
//! Who asks for a picture takes its easel: one draws, the others wait and take what it drew. Widths come from a ladder, so
//! that nobody fills the memory with thousands of them.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use moka::future::Cache;
use renderer::{Easel, Ground, Plan};
use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore};

use crate::web::error::{ApiError, ApiResult, Code};
use crate::web::policy;

/// Grounds with their easels, in bytes: one of 1,200 px takes some 2 MB, one of 4,096 px some 20.
const GROUNDS: u64 = 64 << 20;
/// Plans of SVGs, in bytes.
const PLANS: u64 = 16 << 20;
/// Longer answers are not kept here; the edge cache may keep them.
const MAX_ANSWER: usize = 1 << 20;
/// Who may wait for their turn at one stand; they stand in no line of the studio yet.
const LINE: usize = 64;

/// Names everything that stands still of one picture, and its theme, form and size.
pub type Still = [u8; 32];

/// Which state of an event a picture shows: its seats' version, under the terms and the event of those versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    pub seats: u64,
    pub terms: u64,
    pub event: i64,
}

impl Version {
    /// Whether this is the other state or one that came after it under the same terms.
    fn covers(&self, other: &Self) -> bool {
        (self.terms, self.event) == (other.terms, other.event) && self.seats >= other.seats
    }
}

/// A drawn picture.
#[derive(Debug, Clone)]
pub struct DrawnPicture {
    pub bytes: Bytes,
    pub version: Version,
    /// In pixels.
    pub width: u32,
    /// Names the bytes.
    pub digest: String,
}

impl DrawnPicture {
    /// Cost      a hash of the bytes: made where they are drawn, once, not for each who is given them.
    pub fn of(bytes: impl Into<Bytes>, version: Version, width: u32) -> Self {
        let bytes = bytes.into();
        Self { digest: policy::digest(&bytes), bytes, version, width }
    }
}

/// The last picture, and the easel that it stands on.
#[derive(Default)]
pub struct Last {
    pub easel: Option<Easel>,
    answer: Option<DrawnPicture>,
}

/// What stands still, and who draws on it.
pub struct Stand<T> {
    pub still: Arc<T>,
    last: Arc<Mutex<Last>>,
    line: Semaphore,
}

/// The right to draw; others wait meanwhile.
pub struct DrawingTurn {
    pub last: OwnedMutexGuard<Last>,
    /// Others drew before: what was read before the wait may be old.
    pub waited: bool,
}

impl DrawingTurn {
    /// Keeps what was drawn, and lets the next one in.
    pub fn end(mut self, answer: DrawnPicture) -> DrawnPicture {
        self.last.answer = Some(&answer).filter(|answer| answer.bytes.len() <= MAX_ANSWER).cloned();
        answer
    }
}

impl<T> Stand<T> {
    pub fn new(still: T) -> Self {
        Self { still: Arc::new(still), last: Arc::default(), line: Semaphore::new(LINE) }
    }

    /// Gives the last picture if it shows that version or a later one, else draws. One draws at a time, however many ask.
    ///
    /// Refuses   busy when too many wait for their turn already.
    pub async fn answer<F, D>(&self, width: u32, seen: Version, draw: D) -> ApiResult<DrawnPicture>
    where
        D: FnOnce(DrawingTurn) -> F,
        F: Future<Output = ApiResult<DrawnPicture>>,
    {
        let (last, waited) = match Arc::clone(&self.last).try_lock_owned() {
            Ok(last) => (last, false),
            Err(_) => {
                let _waiting = self.line.try_acquire().map_err(|_| ApiError::new(Code::Busy).retry_after(1))?;
                (Arc::clone(&self.last).lock_owned().await, true)
            }
        };
        match &last.answer {
            Some(answer) if answer.width == width && answer.version.covers(&seen) => Ok(answer.clone()),
            _ => draw(DrawingTurn { last, waited }).await,
        }
    }
}

/// The stands that are kept; the least used go first.
pub struct Easels {
    grounds: Cache<Still, Arc<Stand<Ground>>>,
    plans: Cache<Still, Arc<Stand<Plan>>>,
}

impl Default for Easels {
    fn default() -> Self {
        Self::of(GROUNDS, PLANS)
    }
}

impl Easels {
    fn of(grounds: u64, plans: u64) -> Self {
        // what is drawn on a ground packs to a third of it at most, and its answer is kept once more
        let ground = |_: &Still, stand: &Arc<Stand<Ground>>| weight(stand.still.bytes() * 5 / 3 + 4_096);
        let plan = |_: &Still, stand: &Arc<Stand<Plan>>| weight(stand.still.bytes() + MAX_ANSWER);
        Self {
            grounds: Cache::builder().max_capacity(grounds).weigher(ground).build(),
            plans: Cache::builder().max_capacity(plans).weigher(plan).build(),
        }
    }

    /// A ground, painted once for all that ask at the same time.
    pub async fn ground(&self, still: Still, paint: impl Future<Output = ApiResult<Ground>>) -> ApiResult<Arc<Stand<Ground>>> {
        let paint = async { Ok(Arc::new(Stand::new(paint.await?))) };
        self.grounds.try_get_with(still, paint).await.map_err(|error: Arc<ApiError>| ApiError::clone(&error))
    }

    /// A plan, laid out once for all that ask at the same time.
    pub async fn plan(&self, still: Still, lay: impl Future<Output = ApiResult<Plan>>) -> ApiResult<Arc<Stand<Plan>>> {
        let lay = async { Ok(Arc::new(Stand::new(lay.await?))) };
        self.plans.try_get_with(still, lay).await.map_err(|error: Arc<ApiError>| ApiError::clone(&error))
    }
}

fn weight(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use domain::{EventId, SeatMap};
    use renderer::{LADDER, Renderer, SeatMapDrawing, Theme};

    use super::*;

    fn version(seats: u64) -> Version {
        Version { seats, terms: 1, event: 1 }
    }

    fn drawn(width: u32, seats: u64) -> DrawnPicture {
        DrawnPicture::of(Bytes::from_static(b"picture"), version(seats), width)
    }

    #[tokio::test]
    async fn one_draws_for_all_that_ask_meanwhile() {
        let (stand, draws) = (Stand::new(()), AtomicUsize::new(0));
        let (begun, go) = (tokio::sync::Notify::new(), tokio::sync::Notify::new());
        let first = stand.answer(320, version(7), async |turn: DrawingTurn| {
            draws.fetch_add(1, Ordering::SeqCst);
            begun.notify_one();
            go.notified().await;
            Ok(turn.end(drawn(320, 7)))
        });
        let others = async {
            begun.notified().await;
            let asks = (0..50).map(|_| {
                stand.answer(320, version(7), async |turn: DrawingTurn| {
                    draws.fetch_add(1, Ordering::SeqCst);
                    Ok(turn.end(drawn(320, 7)))
                })
            });
            let asks = futures::future::join_all(asks);
            let (answers, ()) = tokio::join!(asks, async { go.notify_one() });
            assert!(answers.into_iter().all(|answer| answer.is_ok()));
        };
        let (first, ()) = tokio::join!(first, others);
        assert!(first.is_ok() && draws.load(Ordering::SeqCst) == 1);
    }

    /// Control: a later version, other terms and another width are drawn.
    #[tokio::test]
    async fn what_was_not_drawn_yet_is_drawn() {
        let (stand, draws) = (Stand::new(()), AtomicUsize::new(0));
        let other_terms = Version { terms: 2, ..version(8) };
        for (width, wanted, expected) in
            [(320, version(7), 1), (320, version(6), 1), (320, version(8), 2), (400, version(8), 3), (400, other_terms, 4)]
        {
            let answer = stand.answer(width, wanted, async |turn: DrawingTurn| {
                draws.fetch_add(1, Ordering::SeqCst);
                Ok(turn.end(DrawnPicture::of(Bytes::new(), wanted, width)))
            });
            assert!(answer.await.is_ok());
            assert_eq!(draws.load(Ordering::SeqCst), expected, "{width} {wanted:?}");
        }
    }

    fn drawing() -> SeatMapDrawing {
        SeatMapDrawing {
            map: Arc::new(SeatMap::general("Field", 100)),
            title: "Owls".into(),
            subtitle: String::new(),
            tiers: Vec::new(),
            seat_tiers: Vec::new(),
            seat_states: Vec::new(),
            areas: Vec::new(),
            selected: Vec::new(),
            event: EventId(uuid::Uuid::nil()),
            edition: 1,
            version: 1,
        }
    }

    #[tokio::test]
    async fn grounds_are_bounded_in_bytes() {
        let renderer = Renderer::new().expect("a renderer");
        let limit = 4 << 20;
        let easels = Easels::of(limit, PLANS);
        for n in 0..60_u8 {
            let width = LADDER[usize::from(n) % 7];
            let paint = async { renderer.seat_map_ground(&drawing(), Theme::Light, width).map_err(ApiError::fault) };
            let stand = easels.ground([n; 32], paint).await.expect("a ground");
            let drawn = stand.answer(width, version(1), async |mut turn: DrawingTurn| {
                let easel = turn.last.easel.get_or_insert_with(|| Easel::new(Arc::clone(&stand.still)));
                let bytes = renderer.redraw(easel, &drawing()).map_err(ApiError::fault)?;
                Ok(turn.end(DrawnPicture::of(bytes, version(1), width)))
            });
            assert!(drawn.await.is_ok());
        }
        easels.grounds.run_pending_tasks().await;
        let kept = |(_, stand): (_, Arc<Stand<Ground>>)| {
            let last = stand.last.try_lock().expect("nobody draws");
            let drawn = last.easel.as_ref().map_or(0, Easel::bytes) + last.answer.as_ref().map_or(0, |answer| answer.bytes.len());
            stand.still.bytes() + drawn
        };
        let bytes: usize = easels.grounds.iter().map(kept).sum();
        assert!(bytes > 0 && bytes as u64 <= limit, "{bytes}");
    }

    #[tokio::test]
    async fn so_many_wait_for_their_turn_and_the_others_are_told_to_come_back() {
        let stand = Stand::new(());
        let turn = Arc::clone(&stand.last).lock_owned().await;
        let asks = (0..LINE + 3).map(|_| stand.answer(320, version(7), async |turn: DrawingTurn| Ok(turn.end(drawn(320, 7)))));
        let asks = futures::future::join_all(asks);
        // all have asked when the turn is free
        let (answers, ()) = tokio::join!(asks, async { drop(turn) });
        let busy = answers.iter().filter(|answer| answer.as_ref().is_err_and(|error| error.code() == Code::Busy)).count();
        assert_eq!((busy, answers.iter().filter(|answer| answer.is_ok()).count()), (3, LINE));
    }
}
