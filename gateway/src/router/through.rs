//! A socket that goes through this node to another one: bytes as they are, both ways, until one side ends or falls silent.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// The other node shows each 20 s that it lives; one that says nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(60);
/// How long either side may take nothing.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is read at once: frames are some hundred bytes.
const PIECE: usize = 2 << 10;

/// Carries bytes.
///
/// Takes     `client`: not blocking.  `read`: what it has sent already.
pub async fn carry(client: std::net::TcpStream, read: &[u8], mut owner: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    let mut client = TcpStream::from_std(client)?;
    write(&mut owner, read).await?;
    let (mut there, mut back) = (vec![0; PIECE], vec![0; PIECE]);
    // moved by what the other node says alone: whatever the client sends, that one may be gone
    let mut silent = std::pin::pin!(tokio::time::sleep(SILENCE));
    loop {
        tokio::select! {
            read = client.read(&mut there) => match read? {
                0 => return Ok(()),
                length => write(&mut owner, &there[..length]).await?,
            },
            read = owner.read(&mut back) => match read? {
                0 => return Ok(()),
                length => {
                    silent.as_mut().reset(Instant::now() + SILENCE);
                    write(&mut client, &back[..length]).await?;
                }
            },
            () = &mut silent => return Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

async fn write(to: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    tokio::time::timeout(PATIENCE, async {
        to.write_all(bytes).await?;
        to.flush().await
    })
    .await?
}
