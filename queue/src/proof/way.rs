//! A way to Postgres that can be cut: connections stay open, and nothing goes through any more.

use std::path::PathBuf;
use std::sync::Arc;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

/// The way, and whether it is whole.
pub struct Way(watch::Sender<bool>);

impl Way {
    /// A pool that reaches the same database by this way.
    pub async fn to(pool: &PgPool) -> (Way, PgPool) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let server = pool.connect_options();
        let near = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(listener.local_addr().expect("an address").port())
            .username(server.get_username())
            .database(server.get_database().expect("a database"))
            .ssl_mode(PgSslMode::Disable);
        let way = watch::Sender::new(true);
        let whole = way.subscribe();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, Arc::clone(&server), whole.clone()));
            }
        });
        (Way(way), PgPoolOptions::new().max_connections(4).test_before_acquire(false).connect_lazy_with(near))
    }

    pub fn cut(&self) {
        self.0.send_replace(false);
    }

    pub fn mend(&self) {
        self.0.send_replace(true);
    }
}

async fn serve(client: TcpStream, server: Arc<PgConnectOptions>, whole: watch::Receiver<bool>) {
    let socket = server.get_socket().map_or_else(|| PathBuf::from(server.get_host()), Clone::clone);
    if socket.is_absolute() {
        let path = socket.join(format!(".s.PGSQL.{}", server.get_port()));
        join(client, UnixStream::connect(path).await.expect("Postgres"), whole).await;
    } else {
        join(client, TcpStream::connect((server.get_host(), server.get_port())).await.expect("Postgres"), whole).await;
    }
}

/// Carries bytes both ways while the way is whole, until one side ends.
async fn join(client: TcpStream, server: impl AsyncRead + AsyncWrite, whole: watch::Receiver<bool>) {
    let ((asked, told), (answers, asks)) = (tokio::io::split(client), tokio::io::split(server));
    tokio::select! {
        () = carry(asked, asks, whole.clone()) => {}
        () = carry(answers, told, whole) => {}
    }
}

async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, mut whole: watch::Receiver<bool>) {
    let mut bytes = vec![0; 16 << 10];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        if whole.wait_for(|whole| *whole).await.is_err() || to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
}
