//! Taking connections: bounded in number, by room and by address, with time limits, ended gracefully.

mod crowd;
mod guarded;
mod limits;
mod own;
mod phase;
mod timer;

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use domain::Clock;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use crate::live::{Handover, Taker};
use crate::web::client;
use crate::web::door::Door;

use self::crowd::{Crowd, Guest};
use self::guarded::Guarded;
use self::limits::RESERVE;
use self::phase::{Phase, PhasedBody, WRITTEN, Watched};

pub use self::limits::{ConnectionLimits, ConnectionTimes};

/// How long to wait after an accept that failed for lack of descriptors.
const BREATH: Duration = Duration::from_millis(50);
/// Connections that may wait to be accepted.
const BACKLOG: u32 = 4_096;

/// What one connection may make us keep of what it sends: 400 KB, as hyper has it, would be gigabytes of unfinished heads. A little
/// more than the longest path that hyper reads, so that a longer one is told so.
const BUFFER: usize = 96 << 10;

/// Opens a port with a long queue, so that a burst of new connections waits instead of being sent away.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `stop`, then lets requests under way end.
///
/// Gives     the tracker of connections that are still open: closed, to be waited for.
pub async fn serve<S>(listener: TcpListener, service: S, limits: ConnectionLimits, stop: CancellationToken) -> TaskTracker
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let rooms = ListenerPlaces::new(&limits);
    let (crowd, reserve) = (Crowd::new(&limits), Crowd::of_reserve(&limits));
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = rooms.accept(&listener) => accepted,
        };
        match accepted {
            Ok((stream, peer, door, permit)) => {
                let Some(guest) = crowd.admit(peer.ip()) else { continue };
                let (times, lodger) = match door {
                    Door::Reserve => (limits.times.lent(), reserve.admit(peer.ip())),
                    _ => (limits.times, Some(Guest::default())),
                };
                let Some(lodger) = lodger else { continue };
                // a token of its own: all connections would meet at the lock of one
                let (stop, service, clock) = (stop.child_token(), service.clone(), limits.clock.clone());
                let visit = Arc::new(Arrival { peer, door, guest, crowd: crowd.clone() });
                connections.spawn(async move {
                    let parked = connection(stream, Arc::clone(&visit), service, (times, clock), stop).await;
                    // it makes room for others: where it is parked it has a place of its own
                    drop((permit, lodger));
                    if let Some((taker, socket, read)) = parked {
                        taker(socket, read, visit.guest.kept());
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    connections.close();
    connections
}

/// The places of one listener.
struct ListenerPlaces {
    ordinary: Arc<Semaphore>,
    reserve: Arc<Semaphore>,
    admin: bool,
}

impl ListenerPlaces {
    fn new(limits: &ConnectionLimits) -> Self {
        let reserve = if limits.admin { 0 } else { RESERVE };
        let room = |places: usize| Arc::new(Semaphore::new(places));
        Self { ordinary: room(limits.connections as usize), reserve: room(reserve), admin: limits.admin }
    }

    /// Waits for a place, then for a connection that takes it: an ordinary place where there is one, else one of the reserve.
    async fn accept(&self, listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr, Door, OwnedSemaphorePermit)> {
        let take = |room: &Arc<Semaphore>| Arc::clone(room).acquire_owned();
        let (permit, mut spare) = tokio::select! {
            biased;
            permit = take(&self.ordinary) => (permit, false),
            permit = take(&self.reserve) => (permit, true),
        };
        let mut permit = permit.map_err(io::Error::other)?;
        let (stream, peer) = listener.accept().await?;
        // somebody may have left while we waited
        if spare && let Ok(better) = Arc::clone(&self.ordinary).try_acquire_owned() {
            (permit, spare) = (better, false);
        }
        let door = if self.admin {
            Door::Admin
        } else if spare {
            Door::Reserve
        } else {
            Door::Main
        };
        Ok((stream, peer, door, permit))
    }
}

/// Who came, by which door, and as whom he is counted.
struct Arrival {
    peer: SocketAddr,
    door: Door,
    guest: Guest,
    crowd: Crowd,
}

impl Arrival {
    /// What a node passes on is counted there as the client's who asked it; here its connections are nobody's, but for a socket that stays.
    ///
    /// Gives     whether that client has as many here as he may.
    fn stays(&self, client: Option<IpAddr>) -> bool {
        match client.map_or_else(|| Some(Guest::default()), |client| self.crowd.admit(client)) {
            Some(guest) => self.guest.becomes(guest),
            None => return false,
        }
        true
    }
}

/// Who takes a socket, with what its client has sent beyond the request.
type Leaving = (Taker, std::net::TcpStream, Bytes);

/// Serves one connection. Gives its socket where an answer ordered that it be parked, and that is written.
async fn connection<S>(
    stream: TcpStream,
    visit: Arc<Arrival>,
    inner: S,
    (times, clock): (ConnectionTimes, Clock),
    stop: CancellationToken,
) -> Option<Leaving>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let peer = visit.peer;
    let _ = stream.set_nodelay(true);
    if peer.ip().to_canonical().is_loopback() {
        unpaced(&stream);
    }
    let phase = Arc::new(Phase::default());
    let words = clock.clone();
    let io = Guarded::new(stream, Arc::clone(&phase), times, clock);
    let ordered: Arc<Mutex<Option<Taker>>> = Arc::default();
    let (told, orders) = (Arc::clone(&phase), Arc::clone(&ordered));
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        told.begin();
        let (inner, phase, orders) = (inner.clone(), Arc::clone(&told), Arc::clone(&orders));
        let (visit, clock) = (Arc::clone(&visit), words.clone());
        async move {
            let (response, parking) = answer(inner, request, &visit, &clock).await;
            let parks = parking.is_some();
            *orders.lock().unwrap_or_else(PoisonError::into_inner) = parking;
            Ok::<_, Infallible>(response.map(|body| PhasedBody::new(body, phase, parks)))
        }
    });
    let mut served = http1::Builder::new().max_buf_size(BUFFER).serve_connection(TokioIo::new(io), service);
    let (mut stopping, mut asked) = (pin!(stop.cancelled()), false);
    // until the connection ends, or all is written of an answer that never ends
    let ended = poll_fn(|cx| {
        if !asked && stopping.as_mut().poll(cx).is_ready() {
            asked = true;
            Pin::new(&mut served).graceful_shutdown();
        }
        match Pin::new(&mut served).poll(cx) {
            Poll::Pending if phase.now() == WRITTEN => Poll::Ready(Ok(())),
            polled => polled,
        }
    });
    let ended = ended.await;
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a connection broke off");
        return None;
    }
    let parking = ordered.lock().unwrap_or_else(PoisonError::into_inner).take()?;
    let parts = served.into_parts();
    let socket = parts.io.into_inner().into_inner().into_std().ok()?;
    Some((parking, socket, parts.read_buf))
}

/// Asks the service; says that the connection ends where the rest of a body was not read, and where the place is only lent.
///
/// Gives     the answer, and how its socket is to be parked if it is.
async fn answer<S>(mut inner: S, request: hyper::Request<Incoming>, visit: &Arrival, clock: &Clock) -> (Response, Option<Taker>)
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let client = visit.crowd.is_node(request.headers()).then(|| client::last_hop(request.headers()));
    if client.is_some() {
        visit.guest.becomes(Guest::default());
    }
    let read = Arc::new(AtomicBool::new(request.body().is_end_stream()));
    let mut request = request.map(|body| Body::new(Watched::new(body, Arc::clone(&read))));
    let lent = visit.door == Door::Reserve;
    request.extensions_mut().insert(ConnectInfo(visit.peer));
    request.extensions_mut().insert(visit.door);
    let get = request.method() == Method::GET;
    let Ok(mut response) = inner.call(request).await;
    let handover = response.extensions_mut().remove::<Handover>();
    if lent || !read.load(Ordering::Relaxed) {
        if handover.is_some() {
            // the rest of its words would come from nobody, and the connection end with nothing
            *response.status_mut() = StatusCode::BAD_REQUEST;
            *response.body_mut() = Body::empty();
        }
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        return (response, None);
    }
    let taker = handover.filter(|_| get).and_then(|handover| handover.take());
    match client {
        Some(client) if taker.is_some() && !visit.stays(client) => (own::refused(clock), None),
        _ => (response, taker),
    }
}

/// Sends to the same machine, which is to say to a reverse proxy, without pacing: where the system's default paces (BBR), a timer for
/// each answer took a tenth of the time of a search.
#[cfg(target_os = "linux")]
fn unpaced(stream: &TcpStream) {
    let _ = rustix::net::sockopt::set_tcp_congestion(stream, "reno");
}

#[cfg(not(target_os = "linux"))]
fn unpaced(_: &TcpStream) {}

/// What is kept of whoever is counted, in bytes.
#[cfg(test)]
pub const GUEST: usize = size_of::<crowd::CountedConnection>();

#[cfg(test)]
mod tests;
