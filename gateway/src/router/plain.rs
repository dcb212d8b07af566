//! Operations that take no query parameters: one that is sent to them is refused by name, as handlers with parameters do it themselves.

use std::collections::HashMap;

use axum::http::{Method, Uri};
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{OpenApi, RefOr};

use crate::router::openapi;
use crate::web::error::ApiError;
use crate::web::extract::Params;

/// The methods of each route of the API that take no query parameters, as the document says.
#[derive(Debug, Default)]
pub struct Plain(HashMap<String, Vec<&'static str>>);

impl Plain {
    pub fn of(document: &OpenApi) -> Self {
        let plain = |operation: &Operation| {
            operation
                .parameters
                .iter()
                .flatten()
                .all(|parameter| matches!(parameter, RefOr::T(known) if known.parameter_in != ParameterIn::Query))
        };
        let api = document.paths.paths.iter().filter(|(path, _)| path.starts_with("/v1/"));
        let methods = api.map(|(path, item)| {
            let plain = openapi::operations(item).into_iter().filter(|(_, operation)| plain(operation));
            (path.clone(), plain.map(|(method, _)| method).collect())
        });
        Self(methods.collect())
    }

    /// Refuses the first parameter of a query where there are to be none.
    pub fn check(&self, method: &Method, route: &str, uri: &Uri) -> Result<(), ApiError> {
        let Some(query) = uri.query().filter(|query| !query.is_empty()) else { return Ok(()) };
        let method = if method == Method::HEAD { "GET" } else { method.as_str() };
        let plain = self.0.get(route).is_some_and(|methods| methods.contains(&method));
        if plain { Params::read(query)?.only(&[]) } else { Ok(()) }
    }
}
