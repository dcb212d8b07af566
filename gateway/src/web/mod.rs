//! What every handler stands on: the shared app, who asks, what was sent, how an answer is finished, and the limits.

mod answer;
pub mod app;
mod art;
mod asker;
pub mod extract;
pub mod finder;
mod nodes;
mod rates;
pub mod requests;
pub mod store;
pub mod telemetry;
pub(crate) mod unbroken;
pub mod vitals;
pub mod waiting_room;
pub mod wire;

pub(crate) use answer::coding;
pub use answer::{answer_cache, error, forget, money, policy, socket, trial};
pub use art::{album, easels, logos, studio, wallet};
pub use asker::{acting, auth, client, cookie, door, keys, order_key, origin, partner, renewal, shown, token};
pub use nodes::{broker, neighbours};
pub use rates::{bucket, class, leafing, limits, routes, watchers};
