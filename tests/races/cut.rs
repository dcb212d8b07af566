//! A way to Postgres that can be cut: connections stay open, and nothing goes through any more.

use std::path::Path;
use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;

/// The way, and whether it is whole.
pub struct Way(watch::Sender<bool>);

impl Way {
    /// Begins in a directory of its own. Gives the URL by which one goes this way.
    pub fn to(database_url: &str, dir: &Path) -> (Self, String) {
        let options = PgConnectOptions::from_str(database_url).expect("a URL");
        let name = format!(".s.PGSQL.{}", options.get_port());
        let listener = UnixListener::bind(dir.join(&name)).expect("a socket");
        let whole = watch::Sender::new(true);
        let (kept, database) = (whole.clone(), options);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (whole, database, name) = (kept.subscribe(), database.clone(), name.clone());
                tokio::spawn(async move {
                    match database.get_socket() {
                        Some(dir) => join(client, UnixStream::connect(dir.join(name)).await.expect("Postgres"), whole).await,
                        None => {
                            let address = (database.get_host().to_owned(), database.get_port());
                            join(client, TcpStream::connect(address).await.expect("Postgres"), whole).await;
                        }
                    }
                });
            }
        });
        let bare = database_url.split('?').next().unwrap_or_default();
        (Self(whole), format!("{bare}?host={}", dir.display()))
    }

    pub fn cut(&self) {
        self.0.send_replace(false);
    }

    pub fn mend(&self) {
        self.0.send_replace(true);
    }
}

/// Carries bytes both ways while the way is whole, until one side ends.
async fn join<A: AsyncRead + AsyncWrite, B: AsyncRead + AsyncWrite>(one: A, other: B, whole: watch::Receiver<bool>) {
    let ((from_one, to_one), (from_other, to_other)) = (tokio::io::split(one), tokio::io::split(other));
    tokio::select! {
        () = carry(from_one, to_other, whole.clone()) => {}
        () = carry(from_other, to_one, whole) => {}
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
