//! What everything on the server shares, built in one place and passed down.

use tokio::sync::mpsc;

use crate::{
    auth::{device::Devices, password::Passwords, token::Tokens},
    cluster::Peers,
    delivery::Delivery,
    limit::Limits,
    metrics::Metrics,
    presence::Online,
    store::Store,
};

pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) tokens: Tokens,
    pub(crate) devices: Devices,
    pub(crate) passwords: Passwords,
    pub(crate) limits: Limits,
    pub(crate) metrics: Metrics,
    pub(crate) online: Online,
    /// The other servers, if there are any.
    pub(crate) peers: Peers,
    /// What is told at once or never, see [`GatewayCommand::DeliverVolatile`](crate::delivery::GatewayCommand).
    pub(crate) volatile: mpsc::Sender<Delivery>,
}
