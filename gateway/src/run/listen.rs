//! Taking connections: bounded in number, with a time limit for headers, ended gracefully.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

/// How long a client may take to send its headers; an idle kept-alive connection is closed after it, too.
const HEADER_LIMIT: Duration = Duration::from_secs(75);
/// How long to wait after an accept that failed for lack of descriptors.
const BREATH: Duration = Duration::from_millis(50);

/// Serves until `stop`, then lets requests under way end.
///
/// Takes     `limit`: connections at once; more wait in the kernel's queue.
/// Gives     the tracker of connections that are still open: closed, to be waited for.
pub async fn serve<S>(listener: TcpListener, service: S, limit: u32, stop: CancellationToken) -> TaskTracker
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let places = Arc::new(Semaphore::new(limit as usize));
    let connections = TaskTracker::new();
    loop {
        let place = tokio::select! {
            () = stop.cancelled() => break,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // a token of its own: all connections would meet at the lock of one
                let (service, stop) = (service.clone(), stop.child_token());
                connections.spawn(async move {
                    connection(stream, peer, service, stop).await;
                    drop(place);
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

async fn connection<S>(stream: TcpStream, peer: SocketAddr, inner: S, stop: CancellationToken)
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let _ = stream.set_nodelay(true);
    if peer.ip().to_canonical().is_loopback() {
        unpaced(&stream);
    }
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        inner.clone().call(request)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_LIMIT);
    let mut served = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        biased;
        ended = &mut served => ended,
        () = stop.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a connection broke off");
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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_connection_from_here_is_not_paced() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let _client = TcpStream::connect(listener.local_addr().expect("an address")).await.expect("a connection");
        let (stream, _) = listener.accept().await.expect("accepted");
        unpaced(&stream);
        assert_eq!(rustix::net::sockopt::tcp_congestion(&stream).expect("readable"), "reno");
    }

    #[tokio::test]
    async fn a_request_under_way_ends_after_the_stop_and_an_idle_connection_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let slow = || async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            "done"
        };
        let stop = CancellationToken::new();
        let server = tokio::spawn(serve(listener, Router::new().route("/", get(slow)), 10, stop.clone()));
        let mut busy = TcpStream::connect(address).await.expect("a connection");
        let _idle = TcpStream::connect(address).await.expect("a connection");
        busy.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
        tokio::time::sleep(Duration::from_millis(50)).await;
        stop.cancel();
        let open = server.await.expect("served");
        let mut answer = String::new();
        busy.read_to_string(&mut answer).await.expect("read to its end");
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
        tokio::time::timeout(Duration::from_secs(2), open.wait()).await.expect("all connections end");
    }
}
