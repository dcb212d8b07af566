//! Money as the API says it.

use domain::Money;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An amount in minor units of one currency: 4500 AUD is 45 dollars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(title = "Money", example = json!({ "amount": 4500, "currency": "AUD" }))]
pub struct MoneyBody {
    pub amount: i64,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$")]
    pub currency: String,
}

impl From<Money> for MoneyBody {
    fn from(money: Money) -> Self {
        Self { amount: money.amount, currency: money.currency.code().to_owned() }
    }
}
