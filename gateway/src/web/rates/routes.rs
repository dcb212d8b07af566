//! Routes with what must be said of each where it is listed: the class whose rate limits it, and whether an answer may be given again.
//!
//! There is no way to list a route without its class, so a new one is never unlimited in silence.

use std::collections::HashMap;
use std::convert::Infallible;

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::Method;
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, Route, on};
use tower::{Layer, Service};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::PathItem;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::web::app::App;
use crate::web::class::Class;

/// Routes, their documents and what was said of each.
#[derive(Default)]
pub struct Routes {
    listed: OpenApiRouter<App>,
    table: RouteTable,
}

/// What was said of each route, by its path with the parameters in braces.
#[derive(Debug, Clone, Default)]
pub struct RouteTable {
    classes: HashMap<String, Vec<(Method, Class)>>,
    kept: Vec<(String, Class)>,
    /// Routes that take longer bodies than others, and how long.
    long: Vec<(String, usize)>,
    /// Routes one of whose forms is of another class, told by how the path ends.
    forms: Vec<(String, &'static str, Class)>,
}

impl Routes {
    /// No routes yet, with the frame of their document.
    pub fn new(frame: OpenApi) -> Self {
        Self { listed: OpenApiRouter::with_openapi(frame), table: RouteTable::default() }
    }

    /// Lists calls of the API: their documents name paths and methods.
    #[must_use]
    pub fn calls(mut self, class: Class, calls: UtoipaMethodRouter<App>) -> Self {
        for (path, item) in &calls.1.paths {
            for method in methods(item) {
                self.table.insert(path, method, class);
            }
        }
        Self { listed: self.listed.routes(calls), table: self.table }
    }

    /// Lists a call whose answers depend on nothing but URL, coding and state of the index, and may be given again.
    #[must_use]
    pub fn kept(mut self, class: Class, call: UtoipaMethodRouter<App>) -> Self {
        self.table.kept.extend(call.1.paths.keys().map(|path| (path.clone(), class)));
        self.calls(class, call)
    }

    /// Lists a page whose answers depend on nothing else either.
    #[must_use]
    pub fn kept_page<H: Handler<T, App>, T: 'static>(mut self, class: Class, path: &str, handler: H) -> Self {
        self.table.kept.push((path.to_owned(), class));
        self.get(class, path, handler)
    }

    /// Lists calls whose bodies may be longer than those of others.
    #[must_use]
    pub fn uploads(mut self, longest: usize, class: Class, calls: UtoipaMethodRouter<App>) -> Self {
        self.table.long.extend(calls.1.paths.keys().map(|path| (path.clone(), longest)));
        self.calls(class, calls)
    }

    /// Lists something to look at: a page, a file, or a call whose document is written elsewhere.
    #[must_use]
    pub fn get<H: Handler<T, App>, T: 'static>(self, class: Class, path: &str, handler: H) -> Self {
        self.on(class, (Method::GET, MethodFilter::GET), path, handler)
    }

    /// Lists a thing with several forms, which the router cannot tell apart: those of another class by how their paths end.
    #[must_use]
    pub fn form<H: Handler<T, App>, T: 'static>(
        mut self,
        class: Class,
        path: &str,
        handler: H,
        others: &[(&'static str, Class)],
    ) -> Self {
        self.table.forms.extend(others.iter().map(|(ending, class)| (path.to_owned(), *ending, *class)));
        self.get(class, path, handler)
    }

    /// Lists where a form is sent.
    #[must_use]
    pub fn post<H: Handler<T, App>, T: 'static>(self, class: Class, path: &str, handler: H) -> Self {
        self.on(class, (Method::POST, MethodFilter::POST), path, handler)
    }

    /// Lists where something is sent that may be longer than other bodies.
    #[must_use]
    pub fn long_post<H: Handler<T, App>, T: 'static>(mut self, longest: usize, class: Class, path: &str, handler: H) -> Self {
        self.table.long.push((path.to_owned(), longest));
        self.post(class, path, handler)
    }

    /// Lists what is replaced or changed by PUT without a document here.
    #[must_use]
    pub fn put<H: Handler<T, App>, T: 'static>(self, class: Class, path: &str, handler: H) -> Self {
        self.on(class, (Method::PUT, MethodFilter::PUT), path, handler)
    }

    fn on<H: Handler<T, App>, T: 'static>(
        mut self,
        class: Class,
        (method, filter): (Method, MethodFilter),
        path: &str,
        handler: H,
    ) -> Self {
        self.table.insert(path, method, class);
        Self { listed: self.listed.route(path, on(filter, handler)), table: self.table }
    }

    #[must_use]
    pub fn merge(mut self, other: Routes) -> Self {
        for (path, listed) in other.table.classes {
            self.table.classes.entry(path).or_default().extend(listed);
        }
        self.table.kept.extend(other.table.kept);
        self.table.long.extend(other.table.long);
        self.table.forms.extend(other.table.forms);
        Self { listed: self.listed.merge(other.listed), table: self.table }
    }

    /// Puts a layer around the routes that are listed so far.
    #[must_use]
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        Self { listed: self.listed.layer(layer), table: self.table }
    }

    /// The document of what is listed so far.
    pub fn document(&self) -> OpenApi {
        self.listed.get_openapi().clone()
    }

    /// Gives     the router, the document of the API, and what was said of each route.
    pub fn split(self) -> (Router<App>, OpenApi, RouteTable) {
        let (router, document) = self.listed.split_for_parts();
        (router, document, self.table)
    }
}

impl RouteTable {
    fn insert(&mut self, path: &str, method: Method, class: Class) {
        self.classes.entry(path.to_owned()).or_default().push((method, class));
    }

    /// The class that limits a request: that of its route and method; where there is no such route or method, that of reads.
    pub fn class(&self, method: &Method, route: &str) -> Class {
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        let listed = self.classes.get(route).map(Vec::as_slice).unwrap_or_default();
        listed.iter().find(|(known, _)| known == method).map_or(Class::Reads, |(_, class)| *class)
    }

    /// How long a body may be that is sent to a path, or to the route of one; others take `usual`.
    pub fn longest_body(&self, path: &str, usual: usize) -> usize {
        let leads = |route: &str| match route.split_once("{id}") {
            Some((before, "")) => path.strip_prefix(before).is_some_and(|rest| !rest.is_empty() && !rest.contains('/')),
            _ => route == path,
        };
        self.long.iter().find(|(route, _)| leads(route)).map_or(usual, |(_, longest)| usual.max(*longest))
    }

    /// The class that limits a request for a path: its form's, where that has one of its own.
    pub fn class_of(&self, method: &Method, route: &str, path: &str) -> Class {
        let form = self.forms.iter().find(|(known, ending, _)| known == route && path.ends_with(ending));
        form.map_or_else(|| self.class(method, route), |(.., class)| *class)
    }

    /// The route and class of a path whose answers may be given again.
    pub fn kept(&self, path: &str) -> Option<(&str, Class)> {
        self.kept.iter().find(|(route, _)| route == path).map(|(route, class)| (route.as_str(), *class))
    }

    /// Every route with its method and class, in the order of their paths.
    pub fn all(&self) -> Vec<(&str, &Method, Class)> {
        let mut all: Vec<_> = self
            .classes
            .iter()
            .flat_map(|(path, listed)| listed.iter().map(|(method, class)| (path.as_str(), method, *class)))
            .collect();
        all.sort_by(|a, b| (a.0, a.1.as_str()).cmp(&(b.0, b.1.as_str())));
        all
    }
}

/// The methods that a path's document names.
fn methods(item: &PathItem) -> impl Iterator<Item = Method> {
    let all = [
        (Method::GET, item.get.is_some()),
        (Method::POST, item.post.is_some()),
        (Method::PUT, item.put.is_some()),
        (Method::PATCH, item.patch.is_some()),
        (Method::DELETE, item.delete.is_some()),
    ];
    all.into_iter().filter(|(_, there)| *there).map(|(method, _)| method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_routes_that_say_so_take_long_bodies() {
        let long = vec![("/v1/images".to_owned(), 10), ("/v1/images/{id}".to_owned(), 10)];
        let table = RouteTable { long, ..RouteTable::default() };
        let paths = ["/v1/images", "/v1/images/7", "/v1/images/{id}", "/v1/images/", "/v1/images/7/x", "/v1/events", "/"];
        assert_eq!(paths.map(|path| table.longest_body(path, 1)), [10, 10, 10, 1, 1, 1, 1]);
        assert_eq!(table.longest_body("/v1/images", 20), 20, "who allows more everywhere allows it here");
    }
}
