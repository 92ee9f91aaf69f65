//! The client's example program against a `socket.io` server that knows nothing of tables, over TLS.

use anyhow::{Result, anyhow, ensure};
use client::{Notice, Options, Transports, native};
use e2e::plain::PlainServer;
use futures::StreamExt as _;

#[path = "../../../client/examples/node.rs"]
mod example;

#[tokio::test]
async fn the_example_works_over_tls_on_every_way() -> Result<()> {
    let server = PlainServer::start("interop-plain", None)?;
    for transports in [Transports::WebSocket, Transports::Polling, Transports::PollingThenWebSocket] {
        let options = Options::new(server.url()).roots(server.certificate()).transports(transports);
        let lines = example::run(options).await.map_err(|error| anyhow!("{transports:?}: {error}"))?;
        let expected = ["1 + 2 = 3", "reversed: [3, 2, 1]", "Connected", "everybody hears that 1 + 2 = 3"];
        ensure!(lines == expected, "{transports:?}: {lines:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_whose_certificate_nobody_signed_is_not_talked_to() -> Result<()> {
    let server = PlainServer::start("interop-untrusted", None)?;
    let (_client, mut notices) = native::connect::<typed_socketio::Dynamic>(Options::new(server.url()));
    match notices.next().await {
        Some(Notice::Disconnected { reason, .. }) => {
            ensure!(reason.to_string().contains("certificate is not trusted"), "{reason}");
        }
        other => ensure!(false, "{other:?}"),
    }
    Ok(())
}
