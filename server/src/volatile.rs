//! What is told at once or never, such as who is typing: it passes neither the store nor the publisher.

use tokio::sync::mpsc;

use crate::{
    cluster::Peers,
    delivery::{Delivery, FanOut, GatewayCommand},
};

/// Deliveries that wait for the gateway. When it falls this far behind, what comes then is dropped.
pub(crate) const QUEUED: usize = 1024;

/// Delivers them, here and at the other servers. Never ends while the server runs.
pub(crate) async fn deliver(mut deliveries: mpsc::Receiver<Delivery>, gateway: impl FanOut, peers: Peers) {
    while let Some(delivery) = deliveries.recv().await {
        peers.tell_volatile(&delivery);
        gateway.execute(GatewayCommand::DeliverVolatile(delivery)).await;
    }
}
