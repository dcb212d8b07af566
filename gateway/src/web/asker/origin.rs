//! From where somebody asks, as a number that stands on rows: a hash of the address under a secret, the same on all nodes.
//!
//! It tells addresses apart and does not tell them: without the secret nobody finds an address to a number.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use booking::Asker;
use domain::{BuyerIds, PresentedPass};
use people::{KeyView, Session};
use sha2::{Digest as _, Sha256};

use crate::web::app::App;
use crate::web::error::{ApiError, ApiResult, Code};

/// Where a request comes from; none where that is not counted, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin(pub Option<i64>);

impl Origin {
    /// A buyer who asks from here, with the pass that is shown.
    pub fn asker(self, buyer: impl Into<BuyerIds>, pass: Option<PresentedPass>) -> Asker {
        Asker { buyer: buyer.into(), client: self.0, pass }
    }

    /// Opens a session for who asks from here. Those that a partner opens count towards its quotas instead.
    ///
    /// Refuses   rate_limited when the address has opened as many as it may within an hour.
    pub async fn open_session(self, app: &App, partner: Option<&KeyView>) -> ApiResult<Session> {
        if partner.is_none() {
            self.count_session(app).await?;
        }
        Ok(app.people.open_session(partner).await?)
    }

    /// Opens the session of a token that is made anew for the same request, or gives it as it stands.
    ///
    /// Refuses   rate_limited when the address has opened as many as it may within an hour.
    pub async fn open_session_again(self, app: &App, token: String) -> ApiResult<Session> {
        self.count_session(app).await?;
        Ok(app.people.open_session_again(token).await?)
    }

    async fn count_session(self, app: &App) -> ApiResult<()> {
        if let (Some(client), Some(most)) = (self.0, app.config.sessions_per_address)
            && let Some(wait) = app.people.count_session(client, most).await?
        {
            let error = ApiError::new(Code::RateLimited).detail("too many sessions were opened from this address");
            return Err(error.retry_after(wait.as_secs().max(1)));
        }
        Ok(())
    }
}

impl FromRequestParts<App> for Origin {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> ApiResult<Self> {
        let counted = app.config.sessions_per_address.is_some() || !app.config.hoards.are_off();
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip()).filter(|_| counted);
        let Some(client) = app.limits.client(peer, &parts.headers) else { return Ok(Self(None)) };
        Ok(Self(Some(number(&app.people.origin_secret().await?, client.address()))))
    }
}

fn number(key: &[u8; 32], address: IpAddr) -> i64 {
    let octets = match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    };
    let digest = Sha256::new().chain_update(b"boxoffice origin").chain_update(key).chain_update(octets).finalize();
    digest[..8].iter().fold(0, |number, byte| number << 8 | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_follows_key_and_address() {
        let of = |key: u8, text: &str| number(&[key; 32], text.parse().expect("an address"));
        assert_eq!(of(1, "192.0.2.1"), of(1, "192.0.2.1"));
        assert_ne!(of(1, "192.0.2.1"), of(1, "192.0.2.2"));
        assert_ne!(of(1, "192.0.2.1"), of(2, "192.0.2.1"));
    }
}
