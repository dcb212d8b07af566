//! Ways of paying: one folder a provider.

pub mod sandbox;

use booking::{AuditReport, Booking, BookingError, Fault};
use sqlx::PgPool;

/// Audits all books: those of selling, and what providers could not tell it.
pub async fn audit(pool: &PgPool, booking: &Booking) -> Result<AuditReport, BookingError> {
    let mut report = booking.audit().await?;
    let unheard = sandbox::unheard(pool, booking.now()).await.map_err(Fault::from)?;
    booking.report_unheard(&mut report, &unheard).await?;
    Ok(report)
}
