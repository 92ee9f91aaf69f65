//! The JavaScript of the WebSocket API documentation, run by the real `socket.io-client`.

use anyhow::Result;
use e2e::Server;

use crate::node;

#[test]
fn the_documented_javascript_works_over_polling() -> Result<()> {
    works_over("polling")
}

#[test]
fn the_documented_javascript_works_over_websocket() -> Result<()> {
    works_over("websocket")
}

fn works_over(transport: &str) -> Result<()> {
    let mut server = Server::start(&format!("documented-{transport}"))?;
    node(&["documented.mjs", &server.url(), transport])?;
    server.stop()
}
