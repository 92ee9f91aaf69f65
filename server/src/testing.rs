//! What unit tests share.

pub(crate) mod postgresql;

use std::{env, fs, ops::Deref, sync::Arc, time::Duration};

use protocol::{Timestamp, User};
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::{
    app::App,
    auth::{
        device::Devices,
        password::Passwords,
        token::{Claimed, TokenId, Tokens},
    },
    clock,
    cluster::Peers,
    config::Switch,
    delivery::Delivery,
    domain_event::Envelope,
    ids::SocketId,
    limit::Limits,
    metrics::Metrics,
    presence::Online,
    session::Session,
    store::Store,
    volatile,
};

const TOKEN_TTL: Duration = Duration::from_secs(60);

/// An empty directory in the target directory, for as long as it is held.
pub(crate) fn scratch() -> TempDir {
    let target = env::current_exe().unwrap().ancestors().nth(3).unwrap().join("tmp");
    fs::create_dir_all(&target).unwrap();
    TempDir::new_in(target).unwrap()
}

/// An app without sockets: its handlers can be called, and what they publish be seen.
pub(crate) struct TestApp {
    pub(crate) app: Arc<App>,
    pub(crate) domain_events: mpsc::Receiver<Envelope>,
    pub(crate) volatile: mpsc::Receiver<Delivery>,
    _data_dir: TempDir,
}

impl Deref for TestApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl TestApp {
    pub(crate) fn new() -> Self {
        let data_dir = scratch();
        let (store, domain_events) = Store::open(data_dir.path()).unwrap();
        let (volatile, deliveries) = mpsc::channel(volatile::QUEUED);
        let app = App {
            metrics: Metrics::new(store.metrics()),
            store,
            tokens: Tokens::new(&[7; 32], TOKEN_TTL),
            devices: Devices::new(&[7; 32]).unwrap(),
            passwords: Passwords::new(Switch::On),
            limits: Limits::new(Switch::On, TOKEN_TTL),
            online: Online::default(),
            peers: Peers::default(),
            volatile,
        };
        Self { app: Arc::new(app), domain_events, volatile: deliveries, _data_dir: data_dir }
    }

    /// Somebody who is registered and connected.
    pub(crate) async fn session(&self, name: &str) -> Session {
        let user: User = self.store.register(name.parse().unwrap(), "a hash".to_owned()).await.unwrap();
        let id = self.store.start_session(user.id, [0; 32]).await.unwrap();
        let expires_at = Timestamp(clock::now().0 + 1_000);
        let claimed =
            Claimed { user: user.id, session: id, expires_at, token: TokenId([1; 16]), rotation: 0 };
        Session::new(self.app.clone(), &claimed, user, SocketId(1))
    }
}
