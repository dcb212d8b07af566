//! Sockets through a node that has not the event: they are their clients', and not that node's.

use std::net::SocketAddr;

use acceptance::{Socket, client, database};

use super::crowd::organise;
use super::program::Program;
use super::queue::{line_up, owner};

/// Connections that one address may have.
const MOST: usize = 20;

/// Opens a socket; gives it and the status, if there is one.
async fn open(source: [u8; 4], base: &str, token: &str, headers: &[(&str, &str)]) -> Option<(Socket, String)> {
    let address: SocketAddr = base.trim_start_matches("http://").parse().expect("an address");
    let socket = Socket::open_from(source, address, &format!("/v1/queue/{token}/live"), headers).await?;
    let status = socket.head.split(' ').nth(1).expect("a status").to_owned();
    Some((socket, status))
}

/// Six clients with ten sockets each through one node are three times what one address may have. The controls: one client has no more at the
/// owner by two ways than by one, and a stranger is counted as himself, whatever he says.
#[tokio::test(flavor = "multi_thread")]
async fn who_comes_through_another_node_is_counted_as_himself_and_a_stranger_gains_nothing() {
    let homes: [tempfile::TempDir; 3] = std::array::from_fn(|_| tempfile::tempdir().expect("a directory"));
    let database_url = database::fresh().await;
    let [shared, dirs @ ..] = &homes;
    let nodes = dirs.each_ref().map(|dir| Program::node(dir.path(), &database_url, shared.path()));
    let mut nodes = nodes.map(|node| node.with_connections_of_an_address(MOST as u32));
    for node in &mut nodes {
        node.start().await;
    }
    let (client, bases) = (client(), nodes.each_ref().map(|node| node.base.clone()));
    let event = organise(&nodes[0], &client).await;
    let tokens = line_up(&client, &nodes[0], &event, &bases).await;
    let own = owner(&client, &bases, &event).await;
    let (near, far) = (&bases[own], &bases[1 - own]);
    let mut open_ones = Vec::new();
    for n in 0..3 * MOST {
        let source = [127, 0, 1, (n / 10) as u8 + 1];
        let (mut socket, status) = open(source, far, &tokens[n % tokens.len()], &[]).await.expect("an answer");
        assert_eq!(status, "101", "the {n}th: {}", socket.head);
        socket.message().await;
        open_ones.push(socket);
    }
    let ada = [127, 0, 1, 1];
    for (n, token) in tokens.iter().take(MOST / 2).enumerate() {
        let (socket, status) = open(ada, near, token, &[]).await.expect("an answer");
        assert_eq!(status, "101", "the {n}th at the owner");
        open_ones.push(socket);
    }
    let (refused, status) = open(ada, far, &tokens[0], &[]).await.expect("an answer");
    assert!(status == "503" && refused.head.contains("retry-after"), "{}", refused.head);
    let (stranger, mut strangers) = ([127, 0, 2, 1], 0);
    while let Some((socket, status)) =
        open(stranger, near, &tokens[1], &[("x-node-secret", "a-secret-of-those-tests"), ("x-forwarded-for", "127.0.3.1")]).await
    {
        assert_eq!(status, "101");
        open_ones.push(socket);
        strangers += 1;
        assert!(strangers <= MOST, "a stranger has more than one address may");
    }
    assert_eq!(strangers, MOST);
    drop(open_ones);
    for node in &mut nodes {
        node.stop().await;
    }
    database::drop_database(&database_url).await;
}
