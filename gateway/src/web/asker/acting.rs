//! Who acts by a key: whose things it may change, with which scope.
//!
//! A handler names the scope it needs in its argument: `by: Acting<may::EventsWrite>`. A key of another role or without the scope is 403;
//! whose a thing is, the statements say, and another's is as absent.

use std::marker::PhantomData;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::http::request::Parts;
use domain::{Actor, ActorKind};
use people::{KeyView, Role, Scope};

use crate::web::app::App;
use crate::web::auth;
use crate::web::client::client;
use crate::web::error::{ApiError, Code};
use crate::web::extract::Params;
use crate::web::requests::RequestId;

/// A scope as a type.
pub trait Verb {
    const SCOPE: Scope;
}

macro_rules! verbs {
    ($($name:ident)+) => {
        /// One type for each scope that a handler asks for.
        pub mod may {
            $(
                #[doc = concat!("[`people::Scope::", stringify!($name), "`]")]
                #[derive(Debug, Clone, Copy)]
                pub struct $name;
                impl super::Verb for $name {
                    const SCOPE: people::Scope = people::Scope::$name;
                }
            )+
        }
    };
}

verbs! { EventsWrite MapsWrite SaleWrite AuditRead KeysWrite }

/// A key of an organiser or admin that may do one thing.
#[derive(Debug, Clone)]
pub struct Acting<V> {
    pub actor: Actor,
    pub key: KeyView,
    verb: PhantomData<V>,
}

impl<S: Send + Sync, V: Verb> FromRequestParts<S> for Acting<V>
where
    App: FromRef<S>,
{
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let app = App::from_ref(state);
        let key = auth::key(&app, parts, &[Role::Organiser, Role::Admin]).await?;
        needs(&key, V::SCOPE)?;
        Ok(Self { actor: actor(&app, parts, &key), key, verb: PhantomData })
    }
}

/// Who runs the installation: a key of an admin.
#[derive(Debug, Clone)]
pub struct Running(pub Actor);

impl<S: Send + Sync> FromRequestParts<S> for Running
where
    App: FromRef<S>,
{
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let app = App::from_ref(state);
        let key = auth::key(&app, parts, &[Role::Admin]).await?;
        Ok(Self(actor(&app, parts, &key)))
    }
}

/// Whether an organiser asks how a question is answered.
#[derive(Debug, Clone, Copy)]
pub struct Explaining(pub bool);

impl Explaining {
    pub const PARAMETER: &str = "explain";
}

impl<S: Send + Sync> FromRequestParts<S> for Explaining
where
    App: FromRef<S>,
{
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = Params::read(parts.uri.query().unwrap_or_default())?;
        match params.one(Self::PARAMETER)? {
            None | Some("" | "no") => return Ok(Self(false)),
            Some("yes") => {}
            Some(_) => return Err(ApiError::invalid(Self::PARAMETER, "must be yes or no")),
        }
        let key = auth::key(&App::from_ref(state), parts, &[Role::Organiser, Role::Admin]).await;
        key.map(|_| Self(true))
            .map_err(|_| ApiError::invalid(Self::PARAMETER, "is told to organisers alone: send the key of one"))
    }
}

/// Refuses a key without the scope, and names it.
pub fn needs(key: &KeyView, scope: Scope) -> Result<(), ApiError> {
    if key.scopes.has(scope) { Ok(()) } else { Err(lacking(scope)) }
}

/// 403 that names the scope.
pub fn lacking(scope: Scope) -> ApiError {
    ApiError::new(Code::Forbidden).detail(format!("the key lacks the scope {}", scope.as_str())).with("scope", scope.as_str())
}

fn actor(app: &App, parts: &Parts, key: &KeyView) -> Actor {
    let kind = if key.role == Role::Admin { ActorKind::Admin } else { ActorKind::Key };
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let address = peer.map(|peer| prefix(client(&app.config.trusted_proxies, peer, &parts.headers))).unwrap_or_default();
    let request_id = parts.extensions.get::<RequestId>().map(|id| id.0.to_string()).unwrap_or_default();
    Actor { kind, id: Some(key.id.0), organiser: key.organiser, request_id, address }
}

/// An address without the bits that tell one household from the next: /24 of IPv4, /48 of IPv6.
fn prefix(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{}/48", std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_cut_to_its_prefix() {
        for (address, cut) in [("203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48")] {
            assert_eq!(prefix(address.parse().expect("an address")), cut);
        }
    }
}
