//! A way of paying, as selling, the API and the pages see it: one adapter a provider, in the gateway.

use std::future::Future;
use std::pin::Pin;

use domain::PaymentId;
use jiff::Timestamp;
use sqlx::PgPool;

use crate::error::Fault;
use crate::rules::checkout::{Method, ProviderName};
use crate::verbs::audit::Unheard;

/// What a provider is asked, in its own time.
pub type ProviderFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// Whoever takes the money. Its word about a payment comes as a verified notice ([`Booking::confirm`](crate::Booking::confirm)); money
/// that is to go back stands in a row, in the transaction that decided so.
pub trait Provider: Send + Sync {
    fn name(&self) -> ProviderName;

    /// Where the buyer pays what was begun: a path of this server, or an address elsewhere.
    fn page(&self, payment: PaymentId) -> String;

    /// Captures that selling should have heard of a while before `now` and has not taken: the audit names them.
    fn unheard<'a>(&'a self, pool: &'a PgPool, now: Timestamp) -> ProviderFuture<'a, Vec<Unheard>>;

    /// The way of paying that it is.
    fn method(&self) -> Method {
        Method::Provider(self.name())
    }
}
