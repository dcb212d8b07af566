//! Ways of paying: one folder a provider, and which of them this server offers.

pub mod sandbox;

use booking::{AuditReport, Booking, BookingError, Method, PaymentView, Provider};
use sqlx::PgPool;

use crate::settings::config::Config;
use crate::web::error::{ApiError, ApiResult};

/// A provider, and whether a server offers it.
struct PaymentWay {
    provider: &'static dyn Provider,
    offered: fn(&Config) -> bool,
}

/// Every provider that this program knows; pages take the first that is offered.
const WAYS: &[PaymentWay] = &[PaymentWay { provider: &sandbox::Sandbox, offered: |config| config.sandbox }];

/// Audits all books: those of selling, and what providers could not tell it.
pub async fn audit(pool: &PgPool, booking: &Booking) -> Result<AuditReport, BookingError> {
    let mut report = booking.audit().await?;
    for way in WAYS {
        let unheard = way.provider.unheard(pool, booking.now()).await?;
        booking.report_unheard(&mut report, &unheard).await?;
    }
    Ok(report)
}

/// Reads a way of paying that this server offers.
pub fn offered(method: &str, config: &Config) -> ApiResult<Method> {
    offered_of(WAYS, method, config)
}

fn offered_of(ways: &[PaymentWay], text: &str, config: &Config) -> ApiResult<Method> {
    let method = Method::parse(text).filter(|method| *method == Method::Free || named(ways, *method).is_some());
    let Some(method) = method else {
        let mut known: Vec<_> = ways.iter().map(|way| way.provider.method()).collect();
        known.push(Method::Free);
        let known: Vec<_> = known.iter().map(Method::as_str).collect();
        return Err(ApiError::invalid("method", format!("must be {}", known.join(" or "))));
    };
    match named(ways, method) {
        Some(way) if !(way.offered)(config) => Err(ApiError::invalid("method", format!("{text} is not offered here"))),
        _ => Ok(method),
    }
}

/// How a page lets a buyer pay an amount; none where something is due and nobody takes it.
pub fn for_pages(amount: i64, config: &Config) -> Option<Method> {
    if amount == 0 {
        return Some(Method::Free);
    }
    WAYS.iter().find(|way| (way.offered)(config)).map(|way| way.provider.method())
}

/// Where a buyer pays what was begun: a path of this server, or an address elsewhere; none where nothing is due.
pub fn page(payment: &PaymentView) -> Option<String> {
    named(WAYS, payment.method).map(|way| way.provider.page(payment.id))
}

fn named(ways: &[PaymentWay], method: Method) -> Option<&PaymentWay> {
    ways.iter().find(|way| way.provider.method() == method)
}

#[cfg(test)]
mod tests {
    use booking::{ProviderFuture, ProviderName, Unheard};
    use domain::PaymentId;
    use jiff::Timestamp;

    use super::*;

    fn config(sandbox: bool) -> Config {
        Config { sandbox, ..Config::for_testing(std::path::PathBuf::new()) }
    }

    #[test]
    fn play_money_buys_only_where_it_was_asked_for() {
        assert_eq!(offered("sandbox", &config(true)).expect("offered").as_str(), "sandbox");
        let refused = offered("sandbox", &config(false)).expect_err("refused");
        assert_eq!(
            (refused.status().as_u16(), refused.to_string()),
            (422, "invalid: method: sandbox is not offered here".into())
        );
        assert_eq!(offered("free", &config(false)).expect("always"), Method::Free);
        let unknown = offered("stripe", &config(true)).expect_err("nobody").to_string();
        assert_eq!(unknown, "invalid: method: must be sandbox or free");
        assert_eq!(for_pages(100, &config(false)), None);
        assert_eq!(for_pages(0, &config(false)), Some(Method::Free));
    }

    /// A provider that sends buyers elsewhere.
    struct Cards;

    impl Provider for Cards {
        fn name(&self) -> ProviderName {
            ProviderName::of("cards")
        }

        fn page(&self, payment: PaymentId) -> String {
            format!("https://cards.example/{payment}")
        }

        fn unheard<'a>(&'a self, _: &'a PgPool, _: Timestamp) -> ProviderFuture<'a, Vec<Unheard>> {
            Box::pin(async { Ok(Vec::new()) })
        }
    }

    #[test]
    fn another_provider_is_one_line_more() {
        let ways = [
            PaymentWay { provider: &Cards, offered: |_| true },
            PaymentWay { provider: &sandbox::Sandbox, offered: |config| config.sandbox },
        ];
        assert_eq!(offered_of(&ways, "cards", &config(false)).expect("offered"), Cards.method());
        let unknown = offered_of(&ways, "stripe", &config(false)).expect_err("nobody").to_string();
        assert_eq!(unknown, "invalid: method: must be cards or sandbox or free");
    }
}
