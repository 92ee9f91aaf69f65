//! The two connections to Redis: one to speak, one to listen. Either is opened again when it is lost, and says so
//! once.

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures::StreamExt;
use redis::{
    AsyncConnectionConfig, Client, ErrorKind, IntoConnectionInfo, RedisError, ServerErrorKind,
    aio::MultiplexedConnection,
};
use tokio::time::{sleep, timeout};

use super::{inbox::Inbox, outbox::Outbox};
use crate::{config::RedisUrl, error::StartError};

/// How long Redis may take to answer.
const ANSWER: Duration = Duration::from_secs(2);
/// How long to wait before the first further try, and at most.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Link {
    client: Client,
    channel: String,
    /// Host and port, for people to read.
    place: String,
    /// It was said that Redis does not answer.
    is_lost: AtomicBool,
}

impl Link {
    /// Looks at the address, and whether Redis lets us in. If it does not answer, it may do so later.
    pub(super) async fn new(url: &RedisUrl, channel: String) -> Result<Self, StartError> {
        let wrong = |error: &dyn fmt::Display| {
            StartError::Redis(format!(
                "The address of Redis cannot be used ({error}). It looks like redis://:password@host:6379, or \
                 rediss:// for TLS."
            ))
        };
        let info = url.as_str().into_connection_info().map_err(|error| wrong(&error))?;
        let place = info.addr().to_string();
        let client = Client::open(info).map_err(|error| wrong(&error))?;
        let link = Self { client, channel, place, is_lost: AtomicBool::new(false) };
        match link.try_to_speak().await {
            Ok(()) => {}
            Err(error) if is_refusal(&error) => {
                return Err(StartError::Redis(format!(
                    "Redis at {} does not let Parlance in: {error}. Look at the name and the password in its \
                     address, and at its ACL: Parlance uses PUBLISH and SUBSCRIBE.",
                    link.place
                )));
            }
            Err(error) => link.lost(&error),
        }
        Ok(link)
    }

    /// Says something where nobody listens: Redis lets everybody connect, and refuses what they ask.
    async fn try_to_speak(&self) -> Result<(), RedisError> {
        let mut connection = self.connect().await?;
        let channel = format!("{}:try", self.channel);
        redis::cmd("PUBLISH").arg(channel).arg("").query_async(&mut connection).await
    }

    /// Tells the others what there is to tell. Never ends. What cannot be sent is not sent again: they see by the
    /// numbers that they missed it.
    pub(super) async fn speak(&self, outbox: &Outbox) {
        let mut connection = None;
        let mut pause = PAUSE;
        loop {
            let frame = outbox.next().await;
            let published = self.publish(&mut connection, &frame).await;
            outbox.sent();
            match published {
                Ok(()) => pause = PAUSE,
                Err(error) => {
                    connection = None;
                    self.lost(&error);
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    async fn publish(
        &self,
        connection: &mut Option<MultiplexedConnection>,
        frame: &[u8],
    ) -> Result<(), RedisError> {
        let mut open = match connection.take() {
            Some(open) => open,
            None => self.connect().await?,
        };
        let publishing =
            redis::cmd("PUBLISH").arg(&self.channel).arg(frame).query_async::<()>(&mut open).await;
        *connection = Some(open);
        publishing
    }

    async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(ANSWER))
            .set_response_timeout(Some(ANSWER));
        self.client.get_multiplexed_async_connection_with_config(&config).await
    }

    /// Puts everything that is said into the inbox. Never ends.
    pub(super) async fn listen(&self, inbox: &Inbox) {
        let mut pause = PAUSE;
        loop {
            match self.hear(inbox).await {
                Ok(()) => pause = PAUSE,
                Err(error) => self.lost(&error),
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Listens until the connection ends.
    async fn hear(&self, inbox: &Inbox) -> Result<(), RedisError> {
        let late = |_| RedisError::from((ErrorKind::Io, "it does not answer"));
        let mut pubsub = timeout(ANSWER, self.client.get_async_pubsub()).await.map_err(late)??;
        timeout(ANSWER, pubsub.subscribe(&self.channel)).await.map_err(late)??;
        let (mut sink, mut said) = pubsub.split();
        self.found();
        loop {
            match timeout(ANSWER, said.next()).await {
                Ok(Some(message)) => inbox.put(message.get_payload::<Vec<u8>>()?),
                Ok(None) => return Ok(()),
                // Usually this server hears at least itself, every second.
                Err(_) => timeout(ANSWER, sink.ping::<()>()).await.map_err(late)??,
            }
        }
    }

    fn lost(&self, error: &RedisError) {
        if !self.is_lost.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                redis = self.place,
                %error,
                "Redis does not answer: what other servers do arrives some seconds late"
            );
        }
    }

    fn found(&self) {
        if self.is_lost.swap(false, Ordering::Relaxed) {
            tracing::info!(redis = self.place, "Redis answers again");
        }
    }
}

/// Whether it makes no sense to try again.
fn is_refusal(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::AuthenticationFailed
            | ErrorKind::InvalidClientConfig
            | ErrorKind::Server(ServerErrorKind::NoPerm)
    ) || matches!(error.code(), Some("NOAUTH" | "WRONGPASS" | "NOPERM"))
}
