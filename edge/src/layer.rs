//! The layer: looks up, asks once, keeps, answers.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{AGE, AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, RANGE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use tower::{Layer, Service};

use crate::body::{BoxError, Collected, EdgeBody, collect};
use crate::flight::{Flights, Turn};
use crate::rules::cache_status::CacheStatus;
use crate::rules::{etag, key, policy};
use crate::store::{Purger, Store, StoredResponse};

/// How long one request waits for another's answer before it asks for itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub struct EdgeConfig {
    /// All entries together.
    pub max_bytes: u64,
    /// One body; a longer one streams through.
    pub max_body: usize,
}

impl Default for EdgeConfig {
    fn default() -> Self {
        Self { max_bytes: 128 << 20, max_body: 8 << 20 }
    }
}

/// The cache, to be laid over a service; clones share their entries.
#[derive(Clone)]
pub struct EdgeLayer {
    store: Arc<Store>,
    flights: Arc<Flights<String, Arc<StoredResponse>>>,
    max_body: usize,
}

impl EdgeLayer {
    pub fn new(config: EdgeConfig) -> Self {
        Self { store: Arc::new(Store::new(config.max_bytes)), flights: Arc::default(), max_body: config.max_body }
    }

    /// The handle that removes entries.
    pub fn purger(&self) -> Purger {
        Purger(Arc::clone(&self.store))
    }
}

impl<S> Layer<S> for EdgeLayer {
    type Service = EdgeService<S>;

    fn layer(&self, inner: S) -> EdgeService<S> {
        EdgeService { inner, edge: self.clone() }
    }
}

/// A service behind the cache.
#[derive(Clone)]
pub struct EdgeService<S> {
    inner: S,
    edge: EdgeLayer,
}

type ResponseFuture<B, E> = Pin<Box<dyn Future<Output = Result<Response<EdgeBody<B>>, E>> + Send>>;

impl<S, Q, B> Service<Request<Q>> for EdgeService<S>
where
    S: Service<Request<Q>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    Q: Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<EdgeBody<B>>;
    type Error = S::Error;
    type Future = ResponseFuture<B, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        // the clone is not known to be ready, the original is
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        let edge = self.edge.clone();
        match *request.method() {
            Method::GET | Method::HEAD => Box::pin(edge.answer(inner, request)),
            _ => Box::pin(pass(inner, request)),
        }
    }
}

/// What a request asks of the cache, kept while its other parts are with the service.
struct Lookup {
    key: Option<String>,
    headers: HeaderMap,
    head: bool,
    credentials: bool,
}

impl EdgeLayer {
    async fn answer<S, Q, B>(self, inner: S, mut request: Request<Q>) -> Result<Response<EdgeBody<B>>, S::Error>
    where
        S: Service<Request<Q>, Response = Response<B>>,
        B: Body<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        let lookup = Lookup::of(&request);
        // what a HEAD says is what a GET says, and the GET may be kept
        *request.method_mut() = Method::GET;
        let Some(key) = lookup.key.clone() else { return self.bypass(inner, request, &lookup).await };
        if let Some(entry) = self.find(&key, &lookup) {
            return Ok(lookup.serve(&entry, CacheStatus::Hit { ttl: entry.ttl() }));
        }
        metrics::counter!("edge_cache_misses_total").increment(1);
        without_conditions(request.headers_mut());
        if lookup.credentials || self.store.passes(&key) {
            return Ok(self.ask(inner, request, &lookup, &key).await?.0);
        }
        let mut flight = None;
        loop {
            let known = key::varied(&key, &self.store.vary(&key), &lookup.headers);
            if flight.as_ref() == Some(&known) {
                return Ok(self.ask(inner, request, &lookup, &key).await?.0);
            }
            let (purges, passenger) = (self.store.purges(), self.flights.join(known.clone()));
            // what others brought may vary by what was not known before: those who want the same kind of it ask as one, too
            flight = Some(known);
            // a leader that hangs must not hang everybody: who has waited long enough goes alone
            let turn = tokio::time::timeout(PATIENCE, passenger.turn()).await;
            match turn.unwrap_or(Turn::Landed(None)) {
                Turn::Lead(lead) => {
                    // between the look above and this turn another leader may have come back
                    if let Some(entry) = self.find(&key, &lookup) {
                        lead.land(Some(Arc::clone(&entry)));
                        return Ok(lookup.serve(&entry, CacheStatus::Hit { ttl: entry.ttl() }));
                    }
                    let (response, entry) = self.ask(inner, request, &lookup, &key).await?;
                    lead.land(entry);
                    return Ok(response);
                }
                Turn::Landed(landed) => match self.landed(&key, &lookup, landed, purges) {
                    Some(entry) if entry.is_fresh() => return Ok(lookup.serve(&entry, CacheStatus::Hit { ttl: entry.ttl() })),
                    // the leader failed and was given what is old: the others need not fail one after the other
                    Some(entry) => {
                        return Ok(lookup.serve(&entry, CacheStatus::Stale { status: StatusCode::SERVICE_UNAVAILABLE }));
                    }
                    None => {}
                },
            }
        }
    }

    async fn bypass<S, Q, B>(&self, mut inner: S, request: Request<Q>, lookup: &Lookup) -> Result<Response<EdgeBody<B>>, S::Error>
    where
        S: Service<Request<Q>, Response = Response<B>>,
        B: Body<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        Ok(self.through(inner.call(request).await?, lookup, CacheStatus::Bypass).await)
    }

    /// A fresh entry that this request may have.
    fn find(&self, key: &str, lookup: &Lookup) -> Option<Arc<StoredResponse>> {
        let entry = self.store.get(&key::varied(key, &self.store.vary(key), &lookup.headers))?;
        (entry.public || !lookup.credentials).then(|| {
            metrics::counter!("edge_cache_hits_total").increment(1);
            entry
        })
    }

    /// What one who waited may have: a fresh entry, the leader's own if nothing was purged meanwhile, or the old one that the leader had to take.
    fn landed(
        &self,
        key: &str,
        lookup: &Lookup,
        landed: Option<Arc<StoredResponse>>,
        purges: u64,
    ) -> Option<Arc<StoredResponse>> {
        let old = landed.as_ref().is_some_and(|entry| !entry.is_fresh());
        let fresh = self.find(key, lookup).or(landed.filter(|entry| entry.is_fresh() && entry.may_be_shared(purges)));
        fresh.or_else(|| if old { self.stale(key, lookup) } else { None })
    }

    /// An entry that may be given because the service failed, to a request that may have it.
    fn stale(&self, key: &str, lookup: &Lookup) -> Option<Arc<StoredResponse>> {
        let entry = self.store.get_stale(&key::varied(key, &self.store.vary(key), &lookup.headers))?;
        (entry.public || !lookup.credentials).then(|| {
            metrics::counter!("edge_cache_stale_total").increment(1);
            entry
        })
    }

    /// Asks the service and keeps what its response allows to keep; where the service fails, what was kept before is given.
    ///
    /// Gives     what to answer, and the entry if others may have it.
    async fn ask<S, Q, B>(&self, mut inner: S, request: Request<Q>, lookup: &Lookup, key: &str) -> Result<Asking<B>, S::Error>
    where
        S: Service<Request<Q>, Response = Response<B>>,
        B: Body<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        let departure = self.store.depart();
        let response = inner.call(request).await?;
        if response.status().is_server_error()
            && let Some(entry) = self.stale(key, lookup)
        {
            let said = CacheStatus::Stale { status: response.status() };
            return Ok((lookup.serve(&entry, said), Some(entry)));
        }
        let keep = policy::keep(response.status(), response.headers()).filter(|keep| keep.public || !lookup.credentials);
        let Some(keep) = keep.filter(|_| response.body().size_hint().lower() <= self.max_body as u64) else {
            // one user's own answer says nothing about another's, and an error may be gone the next time
            if !lookup.credentials && (response.status().is_success() || response.status().is_redirection()) {
                self.store.pass(key);
            }
            return Ok((self.through(response, lookup, CacheStatus::Miss).await, None));
        };
        let (mut head, body) = response.into_parts();
        let body = match collect(body, self.max_body).await {
            Collected::Whole(body) => body,
            Collected::Other(body) => {
                self.store.pass(key);
                CacheStatus::Miss.write(&mut head.headers);
                return Ok((Response::from_parts(head, lookup.body(body)), None));
            }
        };
        describe(&mut head.headers, &body);
        self.store.set_vary(key, &keep.vary);
        let entry = StoredResponse::new(head.status, head.headers, body, &keep);
        let entry = departure.keep(&key::varied(key, &keep.vary, &lookup.headers), entry);
        Ok((lookup.serve(&entry, CacheStatus::Stored), Some(entry)))
    }

    /// Answers with a response that is not kept: with an ETag if its whole body is at hand, else as it comes.
    async fn through<B>(&self, response: Response<B>, lookup: &Lookup, said: CacheStatus) -> Response<EdgeBody<B>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        let (mut head, body) = response.into_parts();
        said.write(&mut head.headers);
        let plain = head.status == StatusCode::OK && !policy::is_stream(&head.headers);
        let known = head.headers.contains_key(ETAG);
        let at_hand = body.size_hint().exact().is_some_and(|length| length <= self.max_body as u64);
        let body = if plain && !known && at_hand {
            match collect(body, self.max_body).await {
                Collected::Whole(body) => {
                    describe(&mut head.headers, &body);
                    EdgeBody::whole(body)
                }
                Collected::Other(body) => body,
            }
        } else {
            EdgeBody::Stream(Box::pin(body))
        };
        if plain && etag::matches(&lookup.headers, &head.headers) {
            etag::not_modified(&mut head.status, &mut head.headers);
            return Response::from_parts(head, EdgeBody::empty());
        }
        Response::from_parts(head, lookup.body(body))
    }
}

/// What to answer, and what others may have of it.
type Asking<B> = (Response<EdgeBody<B>>, Option<Arc<StoredResponse>>);

impl Lookup {
    fn of<Q>(request: &Request<Q>) -> Self {
        let headers = request.headers();
        let no_store = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
        let no_store = no_store.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case("no-store"));
        Self {
            key: if no_store || headers.contains_key(RANGE) { None } else { key::of(request) },
            headers: headers.clone(),
            head: request.method() == Method::HEAD,
            credentials: headers.contains_key(AUTHORIZATION),
        }
    }

    fn body<B>(&self, body: EdgeBody<B>) -> EdgeBody<B> {
        if self.head { EdgeBody::empty() } else { body }
    }

    fn serve<B>(&self, entry: &StoredResponse, said: CacheStatus) -> Response<EdgeBody<B>> {
        let mut headers = entry.headers.clone();
        let mut status = entry.status;
        headers.insert(AGE, HeaderValue::from(entry.age.saturating_add(entry.stored.elapsed().as_secs())));
        said.write(&mut headers);
        let same = status == StatusCode::OK && etag::matches(&self.headers, &headers);
        let body = if same {
            etag::not_modified(&mut status, &mut headers);
            EdgeBody::empty()
        } else {
            self.body(EdgeBody::whole(entry.body.clone()))
        };
        let mut response = Response::new(body);
        (*response.status_mut(), *response.headers_mut()) = (status, headers);
        response
    }
}

/// The conditions are judged here, on what the service says without them; a date alone is left to the service.
fn without_conditions(headers: &mut HeaderMap) {
    if headers.remove(IF_NONE_MATCH).is_some() {
        headers.remove(IF_MODIFIED_SINCE);
    }
}

/// Length and ETag of a body that is at hand.
fn describe(headers: &mut HeaderMap, body: &Bytes) {
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    if !headers.contains_key(ETAG) {
        headers.insert(ETAG, etag::of(body));
    }
}

async fn pass<S, Q, B>(mut inner: S, request: Request<Q>) -> Result<Response<EdgeBody<B>>, S::Error>
where
    S: Service<Request<Q>, Response = Response<B>>,
{
    let mut response = inner.call(request).await?.map(|body| EdgeBody::Stream(Box::pin(body)));
    CacheStatus::Method.write(response.headers_mut());
    Ok(response)
}
