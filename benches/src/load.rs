//! A load generator that costs little: HTTP/1.1 over keep-alive connections, one task a connection, answers read by Content-Length.

use std::ops::Range;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use domain::Stopwatch;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One answer.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// A keep-alive connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a whole request, head and body, and reads the answer.
    pub async fn send(&mut self, request: &[u8]) -> Result<Answer> {
        let (status, body) = self.exchange(request).await?;
        Ok(Answer { status, body: self.buffer[body].to_vec() })
    }

    /// Sends a whole request and gives the answer's status, and where its body lies in the buffer until the next request.
    async fn exchange(&mut self, request: &[u8]) -> Result<(u16, Range<usize>)> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            self.fill().await?;
        };
        let text = std::str::from_utf8(&self.buffer[..head])?;
        let status = text.get(9..12).context("a status line")?.parse()?;
        let length = content_length(text)?;
        while self.buffer.len() < head + length {
            self.fill().await?;
        }
        Ok((status, head..head + length))
    }

    async fn fill(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => bail!("the server closed the connection"),
            _ => Ok(()),
        }
    }
}

fn content_length(head: &str) -> Result<usize> {
    for line in head.lines() {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            return Ok(value.trim().parse()?);
        }
    }
    if head.contains(" 204 ") || head.contains(" 304 ") { Ok(0) } else { bail!("an answer without Content-Length:\n{head}") }
}

/// What a run of many clients saw.
pub struct Run {
    pub seconds: f64,
    pub statuses: std::collections::BTreeMap<u16, u64>,
    /// Latencies in microseconds, sorted.
    pub latencies_us: Vec<u64>,
}

impl Run {
    pub fn per_second(&self) -> f64 {
        self.latencies_us.len() as f64 / self.seconds
    }

    pub fn status_per_second(&self, status: u16) -> f64 {
        self.statuses.get(&status).copied().unwrap_or(0) as f64 / self.seconds
    }

    /// Answers with any other status.
    pub fn without(&self, status: u16) -> u64 {
        self.statuses.iter().filter(|(seen, _)| **seen != status).map(|(_, count)| count).sum()
    }

    pub fn quantile_ms(&self, q: f64) -> f64 {
        quantile(&self.latencies_us, q) as f64 / 1_000.0
    }
}

/// The value at quantile `q` (0..=1) of sorted values; 0 for none.
pub fn quantile(sorted: &[u64], q: f64) -> u64 {
    let at = ((sorted.len() as f64 * q).ceil() as usize).clamp(1, sorted.len().max(1)) - 1;
    sorted.get(at).copied().unwrap_or(0)
}

/// Lets `clients` connections send `requests` requests each, as fast as the answers come.
///
/// Takes  `request`: (client, number) → bytes, all made before the clock starts: the machine is the server's.
pub async fn run<F>(address: &str, clients: usize, requests: usize, request: F) -> Result<Run>
where
    F: Fn(usize, usize) -> Vec<u8>,
{
    let mut ready = Vec::new();
    for client in 0..clients {
        let requests: Vec<Vec<u8>> = (0..requests).map(|number| request(client, number)).collect();
        ready.push((Connection::open(address).await?, requests));
    }
    let watch = Stopwatch::start();
    let tasks: Vec<_> = ready.into_iter().map(|(connection, requests)| tokio::spawn(one_client(connection, requests))).collect();
    let mut all = Run { seconds: 0.0, statuses: Default::default(), latencies_us: Vec::new() };
    for task in tasks {
        for (status, latency) in task.await?? {
            *all.statuses.entry(status).or_default() += 1;
            all.latencies_us.push(u64::try_from(latency.as_micros())?);
        }
    }
    all.seconds = watch.seconds();
    all.latencies_us.sort_unstable();
    Ok(all)
}

/// Requests a second of one address; any answer but 200 is an error.
///
/// Takes  `headers`: each with its end of line.
pub async fn per_second(address: &str, path: &str, clients: usize, requests: usize, headers: &str) -> Result<f64> {
    let run = run(address, clients, requests, |_, _| get_with(path, headers)).await?;
    if run.without(200) > 0 {
        bail!("{address}{path}: {:?}", run.statuses);
    }
    Ok(run.per_second())
}

async fn one_client(mut connection: Connection, requests: Vec<Vec<u8>>) -> Result<Vec<(u16, Duration)>> {
    let mut seen = Vec::with_capacity(requests.len());
    for bytes in requests {
        let watch = Stopwatch::start();
        let (status, _) = connection.exchange(&bytes).await?;
        seen.push((status, watch.elapsed()));
    }
    Ok(seen)
}

/// A GET request's bytes.
pub fn get(path: &str) -> Vec<u8> {
    get_with(path, "")
}

/// A request with headers of its own, each with its end of line.
pub fn get_with(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n").into_bytes()
}

/// A request with a JSON body.
pub fn json(method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("{method} {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_seen() {
        let sorted: Vec<u64> = (1..=100).collect();
        assert_eq!(
            (quantile(&sorted, 0.5), quantile(&sorted, 0.99), quantile(&sorted, 1.0), quantile(&[], 0.5)),
            (50, 99, 100, 0)
        );
    }

    #[test]
    fn a_content_length_is_found_whatever_its_case() {
        assert_eq!(content_length("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n").expect("there is one"), 12);
        assert!(content_length("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n").is_err());
    }
}
