//! The server: built by [`Server::bind`], run until it is told to stop by [`Server::run`].

use std::{
    future::{Future, pending},
    io,
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use axum::Router;
use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::{interval, timeout},
};

use tokio_rustls::TlsAcceptor;

use crate::{
    app::App,
    auth::{device::Devices, key, password::Passwords, token::Tokens},
    clock,
    cluster::Cluster,
    config::Config,
    data_dir::DataDir,
    error::StartError,
    gateway::Gateway,
    http::{self, PageFile},
    limit::Limits,
    metrics::Metrics,
    presence::{self, Online},
    publisher,
    store::Store,
    volatile,
};

/// How long open HTTP requests may take to be answered. Together with the closing of the gateway and
/// the writing of what is left it stays below the ten seconds that service managers grant.
const FAREWELL: Duration = Duration::from_secs(2);

/// A peer that acknowledges nothing for this long is gone. Otherwise a peer that stalls while it is written
/// to would stay online forever.
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

/// A server that listens but does not answer yet.
pub struct Server {
    listener: TcpListener,
    local_addr: SocketAddr,
    metrics_addr: Option<SocketAddr>,
    app: Arc<App>,
    gateway: Gateway,
    router: Router,
    tls: Option<TlsAcceptor>,
    tasks: JoinSet<()>,
    data_dir: DataDir,
}

impl Server {
    /// Opens the data directory and the address. The page has these files; a debug build also looks for others in dist/.
    ///
    /// # Errors
    /// A sentence for the person who started it.
    pub async fn bind(config: Config, page: &'static [PageFile]) -> Result<Self, StartError> {
        let cannot_listen = |addr| move |cause: io::Error| StartError::Listen { addr, cause };
        let tls = match (&config.tls_cert, &config.tls_key) {
            (Some(certificates), Some(key)) => Some(http::acceptor(certificates, key)?),
            _ => None,
        };
        let data_dir = DataDir::take(&config.data_dir)?;
        let listener = TcpListener::bind(config.addr).await.map_err(cannot_listen(config.addr))?;
        let local_addr = listener.local_addr().map_err(cannot_listen(config.addr))?;
        let metrics = match config.metrics {
            Some(addr) => Some(TcpListener::bind(addr).await.map_err(cannot_listen(addr))?),
            None => None,
        };
        let metrics_addr = metrics.as_ref().and_then(|listener| listener.local_addr().ok());
        let (mut store, committed) = Store::of(&config)?;
        let key = key::load(&data_dir, store.signing_key())?;
        store.set_session_lifetime(config.session_ttl);
        let cluster = match &config.redis {
            Some(redis) => Some(Cluster::new(redis, store.installation_id()).await?),
            None => None,
        };
        let limits = Limits::new(config.rate_limit, config.token_ttl);
        let (volatile, deliveries) = mpsc::channel(volatile::QUEUED);
        let app = Arc::new(App {
            metrics: Metrics::new(store.metrics()),
            store,
            tokens: Tokens::new(&key, config.token_ttl),
            devices: Devices::new(&key).map_err(|error| StartError::Random(error.to_string()))?,
            passwords: Passwords::new(config.rate_limit),
            limits: match &cluster {
                Some(cluster) => limits.shared(cluster.me()),
                None => limits,
            },
            online: Online::default(),
            peers: cluster.as_ref().map(Cluster::peers).unwrap_or_default(),
            volatile,
        });
        let (presence, changes) = mpsc::unbounded_channel();
        let (sockets, gateway) = Gateway::new(app.clone(), presence.clone());
        let router = http::router(app.clone(), sockets, page, &config);
        let mut tasks = JoinSet::new();
        let peers = app.peers.clone();
        let published = match cluster {
            Some(cluster) => cluster.start(&mut tasks, committed, &app, &gateway, presence),
            None => committed,
        };
        tasks.spawn(publisher::publish(published, gateway.clone()));
        tasks.spawn(presence::watch(
            changes,
            gateway.clone(),
            config.presence_grace,
            app.clone(),
            peers.clone(),
        ));
        tasks.spawn(volatile::deliver(deliveries, gateway.clone(), peers));
        tasks.spawn(gateway.clone().sweep());
        tasks.spawn(gateway.clone().look());
        tasks.spawn(gateway.clone().catch_up_with_the_untold());
        tasks.spawn(forget_sessions(app.clone()));
        if let Some(listener) = metrics {
            let router = http::metrics_router(app.clone(), gateway.clone());
            tasks.spawn(async move {
                // It ends with the tasks, and not before: a server that is stopping is worth looking at.
                http::serve(listener, router, None, prepare, pending()).await.ok();
            });
        }
        Ok(Self { listener, local_addr, metrics_addr, app, gateway, router, tls, tasks, data_dir })
    }

    /// Where pages find it.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.local_addr)
    }

    /// Where it listens, with the port that it got.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Where it serves `/metrics`, if it does, with the port that it got.
    #[must_use]
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics_addr
    }

    /// Its router, without a network. Its tasks run for as long as the process does.
    #[cfg(fuzzing)]
    pub(crate) fn forever(self) -> Router {
        let router = self.router.clone();
        std::mem::forget(self);
        router
    }

    /// Serves until `shutdown` completes, then says farewell to the sockets and closes the store.
    ///
    /// # Errors
    /// A part of the server failed without which it cannot go on.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let Self { listener, local_addr: _, metrics_addr: _, app, gateway, router, tls, mut tasks, data_dir } =
            self;
        let (stop, stopped) = oneshot::channel::<()>();
        let mut serving = tokio::spawn(http::serve(listener, router, tls, prepare, async {
            stopped.await.ok();
        }));
        let result = tokio::select! {
            () = shutdown => Ok(()),
            ended = &mut serving => ended.unwrap_or_else(|panic| Err(io::Error::other(panic))),
            // These tasks run as long as the server does: one panicked, and the panic is in the log.
            Some(_) = tasks.join_next() => Err(io::Error::other("A part of the server failed.")),
        };
        tracing::info!("stopping");
        // Requests are served until then, because clients that poll still fetch their answers.
        gateway.close().await;
        stop.send(()).ok();
        if !serving.is_finished() && timeout(FAREWELL, &mut serving).await.is_err() {
            serving.abort();
        }
        presence::everybody_leaves(&app).await;
        app.peers.withdraw(&app).await;
        app.store.close().await;
        app.peers.say_goodbye().await;
        drop(data_dir);
        result
    }
}

/// Deletes sessions that are long over, at the start and once a day.
async fn forget_sessions(app: Arc<App>) {
    let mut days = interval(Duration::from_secs(24 * 60 * 60));
    loop {
        days.tick().await;
        match app.store.delete_idle_sessions(clock::now()).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "old sessions deleted"),
            // It is tried again tomorrow.
            Err(error) => tracing::warn!(%error, "old sessions not deleted"),
        }
    }
}

/// Sets up a connection that was accepted.
fn prepare(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let result = socket.set_tcp_nodelay(true);
    #[cfg(target_os = "linux")]
    let result = result.and_then(|()| socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED)));
    if let Err(error) = result {
        tracing::debug!(%error, "a connection could not be set up");
    }
}
