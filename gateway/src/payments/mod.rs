//! Ways of paying: one folder a provider.

pub mod sandbox;

use booking::{AuditReport, Booking, BookingError, Fault, Method};
use sqlx::PgPool;

use crate::settings::config::Config;
use crate::web::error::{ApiError, ApiResult};

/// Audits all books: those of selling, and what providers could not tell it.
pub async fn audit(pool: &PgPool, booking: &Booking) -> Result<AuditReport, BookingError> {
    let mut report = booking.audit().await?;
    let unheard = sandbox::unheard(pool, booking.now()).await.map_err(Fault::from)?;
    booking.report_unheard(&mut report, &unheard).await?;
    Ok(report)
}

/// Refuses a way of paying that this server does not offer: the sandbox takes no money, so it is there only when it was asked for.
pub fn check_offered(method: Method, config: &Config) -> ApiResult<()> {
    match method {
        Method::Sandbox if !config.sandbox => Err(ApiError::invalid("method", "sandbox is not offered here")),
        Method::Sandbox | Method::Free => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn play_money_buys_only_where_it_was_asked_for() {
        let config = |sandbox| Config { sandbox, ..Config::for_testing(std::path::PathBuf::new()) };
        assert!(check_offered(Method::Sandbox, &config(true)).is_ok());
        assert_eq!(check_offered(Method::Sandbox, &config(false)).expect_err("refused").status(), 422);
        assert!(check_offered(Method::Free, &config(false)).is_ok());
    }
}
