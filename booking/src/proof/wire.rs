//! A wire between a pool and Postgres: it counts what goes over it, and can be cut in the middle of COMMIT.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};

use crate::store::desks;

/// What becomes of the next COMMIT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Cut {
    No,
    /// The wire is cut before Postgres hears of it.
    Before,
    /// The wire is cut once Postgres has committed, before anybody else hears of it.
    After,
    /// Postgres hears nothing any more and says nothing, on any wire.
    Frozen,
}

/// Stands between a pool and Postgres.
#[derive(Default)]
pub struct Wire {
    next: AtomicU8,
    /// COMMITs that were cut.
    pub cuts: AtomicU32,
    /// Messages to Postgres, each of which waits for an answer.
    pub asked: AtomicU32,
    /// SERIALIZABLE transactions.
    pub begun: AtomicU32,
    /// Errors, warnings and notices that Postgres answered.
    pub complaints: AtomicU32,
}

/// The messages in the bytes of one connection, which come in any pieces.
#[derive(Default)]
struct Frames(Vec<u8>);

impl Frames {
    /// The kinds of the messages that are complete with these bytes.
    fn kinds(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.0.extend_from_slice(bytes);
        let mut kinds = Vec::new();
        while let Some(length) = self.0.get(1..5) {
            let length = 1 + u32::from_be_bytes(length.try_into().expect("four bytes")) as usize;
            if self.0.len() < length {
                break;
            }
            kinds.push(self.0[0]);
            self.0.drain(..length);
        }
        kinds
    }
}

impl Wire {
    /// A pool that reaches the same database over a wire.
    pub async fn to(pool: &PgPool) -> (Arc<Wire>, PgPool) {
        let wire = Arc::<Wire>::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let server = pool.connect_options();
        let near = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(listener.local_addr().expect("an address").port())
            .username(server.get_username())
            .database(server.get_database().expect("a database"))
            .ssl_mode(sqlx::postgres::PgSslMode::Disable);
        let mine = Arc::clone(&wire);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (wire, server) = (Arc::clone(&mine), Arc::clone(&server));
                tokio::spawn(async move { wire.serve(client, &server).await });
            }
        });
        let options = PgPoolOptions::new().max_connections(4).acquire_timeout(Duration::from_secs(20)).test_before_acquire(false);
        (wire, options.connect_lazy_with(near))
    }

    pub fn cut_next(&self, cut: Cut) {
        self.next.store(cut as u8, Ordering::SeqCst);
    }

    /// Counts anew.
    pub fn forget(&self) {
        for count in [&self.asked, &self.begun, &self.complaints] {
            count.store(0, Ordering::SeqCst);
        }
    }

    async fn serve(&self, client: TcpStream, server: &PgConnectOptions) {
        let socket = server.get_socket().map_or_else(|| PathBuf::from(server.get_host()), Clone::clone);
        if socket.is_absolute() {
            let path = socket.join(format!(".s.PGSQL.{}", server.get_port()));
            self.carry(client, UnixStream::connect(path).await.expect("Postgres")).await;
        } else {
            self.carry(client, TcpStream::connect((server.get_host(), server.get_port())).await.expect("Postgres")).await;
        }
    }

    /// Carries bytes both ways until either side ends or the wire is cut.
    async fn carry(&self, mut client: TcpStream, mut server: impl AsyncRead + AsyncWrite + Unpin) {
        let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
        let mut frames = Frames::default();
        loop {
            let arrived = tokio::select! {
                n = client.read(&mut asked) => (n, true),
                n = server.read(&mut answered) => (n, false),
            };
            let (Ok(n), from_client) = arrived else { return };
            if n == 0 {
                return;
            }
            if !from_client {
                let complaints = frames.kinds(&answered[..n]).into_iter().filter(|kind| matches!(kind, b'E' | b'N')).count();
                self.complaints.fetch_add(complaints as u32, Ordering::SeqCst);
                if client.write_all(&answered[..n]).await.is_err() {
                    return;
                }
                continue;
            }
            // a pool says one Sync when a connection comes back to it, after the answer
            let farewell = asked[..n] == *b"S\0\0\0\x04";
            self.asked.fetch_add(u32::from(!farewell), Ordering::SeqCst);
            self.begun.fetch_add(u32::from(find(&asked[..n], desks::BEGIN.as_bytes())), Ordering::SeqCst);
            let commits = find(&asked[..n], desks::COMMIT_AND_LEAVE.as_bytes());
            match self.cut(commits) {
                Cut::No => {}
                Cut::Before => return,
                Cut::Frozen => std::future::pending::<()>().await,
                Cut::After => {
                    server.write_all(&asked[..n]).await.expect("Postgres listens");
                    let told = server.read(&mut answered).await.expect("Postgres answers");
                    assert!(told > 0, "Postgres has committed");
                    return;
                }
            }
            if server.write_all(&asked[..n]).await.is_err() {
                return;
            }
        }
    }

    fn cut(&self, commits: bool) -> Cut {
        let next = self.next.load(Ordering::SeqCst);
        if next == Cut::Frozen as u8 {
            return Cut::Frozen;
        }
        if !commits || next == Cut::No as u8 {
            return Cut::No;
        }
        self.next.store(Cut::No as u8, Ordering::SeqCst);
        self.cuts.fetch_add(1, Ordering::SeqCst);
        if next == Cut::Before as u8 { Cut::Before } else { Cut::After }
    }
}

fn find(bytes: &[u8], words: &[u8]) -> bool {
    bytes.windows(words.len()).any(|window| window == words)
}
