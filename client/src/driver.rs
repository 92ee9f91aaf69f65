//! The loop that joins a [`Connection`] to a transport and a clock. One for every environment.

use std::{
    borrow::Cow,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use futures::{
    StreamExt,
    channel::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
        oneshot,
    },
};
use serde_json::value::RawValue;

use crate::connection::{CallFailure, Config, Connection, Event, Output, Time};

/// What a place that programs run in must bring.
pub(crate) trait Environment: 'static {
    /// An open transport. Dropping it closes it.
    type Socket: Socket;

    /// Opens a WebSocket and reports what happens on it, until it is dropped.
    fn open(&self, url: &str, events: UnboundedSender<TransportEvent>) -> Self::Socket;
    /// The time since some fixed point.
    fn now(&self) -> Time;
    /// Waits.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + 'static;
}

/// An open transport.
pub(crate) trait Socket {
    /// Sends a text frame; what cannot be sent is reported as a close.
    fn send(&self, frame: String);
}

/// What happens on a transport.
pub(crate) enum TransportEvent {
    Opened,
    Text(String),
    Binary,
    Closed(String),
}

/// What a program asks for.
pub(crate) enum Command {
    Connect,
    Disconnect,
    Emit { name: Cow<'static, str>, payload: Box<RawValue> },
    Call { name: Cow<'static, str>, payload: Box<RawValue>, timeout: Duration, answer: Answer },
}

pub(crate) type Answer = oneshot::Sender<Result<Box<RawValue>, CallFailure>>;

/// Evaluated anew for each connection.
pub(crate) type Auth = Arc<dyn Fn() -> Option<Box<RawValue>> + Send + Sync>;

/// What a driver is made of, besides its environment.
pub(crate) struct Setup {
    pub(crate) url: String,
    pub(crate) config: Config,
    pub(crate) seed: u64,
    pub(crate) auth: Auth,
    pub(crate) commands: UnboundedReceiver<Command>,
    pub(crate) events: UnboundedSender<(Time, Event)>,
}

enum Wake {
    Transport(TransportEvent),
    Command(Option<Command>),
    Timer,
}

/// Runs until the last handle that sends commands is gone.
pub(crate) async fn run<E: Environment>(environment: E, mut setup: Setup) {
    let mut connection: Connection<Answer> = Connection::new(setup.config.clone(), setup.seed);
    let mut transport: Option<(E::Socket, UnboundedReceiver<TransportEvent>)> = None;
    let mut timer = None;
    loop {
        while let Some(output) = connection.poll_output() {
            match output {
                Output::Open => {
                    let (sender, receiver) = unbounded();
                    transport = Some((environment.open(&setup.url, sender), receiver));
                }
                Output::Authenticate => connection.handle_auth((setup.auth)().as_deref()),
                Output::Send(frame) => {
                    if let Some((socket, _)) = &transport {
                        socket.send(frame);
                    }
                }
                Output::Close => transport = None,
                // Whoever asked may have lost interest.
                Output::Answer { asker, result } => drop(asker.send(result)),
                Output::Event(event) => {
                    let ack = if let Event::Received { ack, .. } = &event { *ack } else { None };
                    let _ = setup.events.unbounded_send((environment.now(), event));
                    if let Some(ack) = ack {
                        connection.acknowledge(ack, None);
                    }
                }
            }
        }
        // A timer that fires too early costs one turn; a new one for every frame would cost more.
        if let Some(next) = connection.next_timeout()
            && timer.as_ref().is_none_or(|(armed, _): &(Time, Pin<Box<_>>)| next < *armed)
        {
            let wait = next.saturating_sub(environment.now());
            timer = Some((next, Box::pin(environment.sleep(wait))));
        }
        let wake = poll_fn(|context| {
            if let Some((_, events)) = &mut transport
                && let Poll::Ready(Some(event)) = events.poll_next_unpin(context)
            {
                return Poll::Ready(Wake::Transport(event));
            }
            if let Poll::Ready(command) = setup.commands.poll_next_unpin(context) {
                return Poll::Ready(Wake::Command(command));
            }
            if let Some((_, sleep)) = &mut timer
                && sleep.as_mut().poll(context).is_ready()
            {
                return Poll::Ready(Wake::Timer);
            }
            Poll::Pending
        })
        .await;
        let now = environment.now();
        // After a sleep a command may come before the timer does: it must not be sent on a
        // connection that has been silent for too long.
        if matches!(wake, Wake::Command(_)) && connection.next_timeout().is_some_and(|time| time <= now) {
            connection.handle_timeout(now);
        }
        match wake {
            Wake::Transport(TransportEvent::Opened) => connection.handle_opened(now),
            Wake::Transport(TransportEvent::Text(frame)) => connection.handle_text(now, &frame),
            Wake::Transport(TransportEvent::Binary) => connection.handle_binary(now),
            Wake::Transport(TransportEvent::Closed(reason)) => {
                transport = None;
                connection.handle_closed(now, &reason);
            }
            Wake::Command(Some(Command::Connect)) => connection.connect(now),
            Wake::Command(Some(Command::Disconnect)) => connection.disconnect(now),
            Wake::Command(Some(Command::Emit { name, payload })) => {
                // Without an ack nobody waits for the outcome; a full buffer drops it.
                let _ = connection.emit(&name, payload);
            }
            Wake::Command(Some(Command::Call { name, payload, timeout, answer })) => {
                connection.call(now, &name, payload, timeout, answer);
            }
            Wake::Command(None) => {
                connection.disconnect(now);
                while let Some(output) = connection.poll_output() {
                    if let (Output::Send(frame), Some((socket, _))) = (output, &transport) {
                        socket.send(frame);
                    }
                }
                return;
            }
            Wake::Timer => {
                timer = None;
                connection.handle_timeout(now);
            }
        }
    }
}
