//! The loop that joins a [`Connection`] to a network and a clock. There is one loop for every
//! environment: a program that brings its own ([`Environment`]) runs what the page and native
//! programs run, for example a simulation in virtual time.

mod setup;

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
    time::Duration,
};

use futures::{
    StreamExt,
    channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
};
use typed_socketio::Catalogue;

use crate::{
    client::Client,
    connection::{Connection, Output},
    engine::{Action, Frame, Input, Time},
    handle::{Answer, Command, Request},
    notice::Notices,
    options::Options,
    others::Other,
    reason::DisconnectReason,
};

pub(crate) use setup::{Setup, prepare};

/// A browser's timer takes no more than 24 days, and a server may name any interval.
pub(crate) const LONGEST_SLEEP: Duration = Duration::from_secs(24 * 60 * 60);

/// Connects to a server through the network and the clock of `environment`.
///
/// The connection lives as long as the returned future is polled. It ends by itself after the last
/// clone of the client is dropped and everything that waited is sent. `seed` is any number: it spreads
/// the waits between two tries, and the same seed gives the same waits.
///
/// The future is `Send` if the environment and its futures are.
pub fn connect<E: Environment, C: Catalogue>(
    environment: E,
    options: Options,
    seed: u64,
) -> (Client<C>, Notices<C>, impl Future<Output = ()> + use<E, C>) {
    let (client, notices, setup) = prepare(options, seed);
    client.connect();
    (client, notices, run(environment, setup))
}

/// What the place that a program runs in must bring: WebSockets, HTTP requests and time.
pub trait Environment: 'static {
    /// A WebSocket that is open or being opened. Dropping it closes it.
    type Socket: Socket;

    /// Opens a WebSocket at this `ws:` or `wss:` address and reports what happens on it, until it
    /// is dropped: [`Input::Opened`], then [`Input::Frame`] for each that arrives, in their order,
    /// and [`Input::Closed`] at its end or when it cannot be opened. Nothing after that.
    fn open(&self, url: &str, events: UnboundedSender<Input>) -> Self::Socket;
    /// Makes a POST of the text, or a GET without one. The answer is the body of a response with
    /// status 200, or what went wrong. Dropping it gives up the request.
    fn request(
        &self,
        url: String,
        body: Option<String>,
    ) -> impl Future<Output = Result<String, String>> + 'static;
    /// The time since some fixed point. It goes on while the machine sleeps, where that can be
    /// known.
    fn now(&self) -> Time;
    /// Waits.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + 'static;
}

/// A WebSocket that is open or being opened.
pub trait Socket {
    /// Sends a frame, behind those that were sent before it, without waiting. What cannot be sent
    /// is reported as [`Input::Closed`]. Not called before [`Input::Opened`].
    fn send(&self, frame: Frame);

    /// How many bytes of what was sent are not on their way yet; 0 where that is not known.
    fn buffered(&self) -> usize {
        0
    }

    /// The driver has taken this many bytes of the frames that were reported: an implementation that
    /// reads ahead may go on.
    fn taken(&self, _bytes: usize) {}
}

enum Wake {
    Network(Input),
    Request(Option<Request>),
    Timer,
}

/// Runs until the last handle that sends commands is gone and everything that waited is sent.
pub(crate) async fn run<E: Environment>(environment: E, mut setup: Setup) {
    let mut connection: Connection<Answer> = Connection::new(setup.config.clone(), setup.seed);
    connection.observe(setup.observer.take());
    connection.follow_on(setup.joins.clone());
    let mut socket: Option<(E::Socket, UnboundedReceiver<Input>)> = None;
    let (mut get, mut post) = (None, None);
    let mut timer = None;
    let mut ending = false;
    // Waits until the one before under its name has heard its end.
    let mut added: Option<Other> = None;
    let mut now = environment.now();
    let mut buffered = 0;
    loop {
        let mut sent = false;
        while let Some(output) = connection.poll_output() {
            match output {
                Output::Action(Action::Open { query }) => {
                    let (sender, receiver) = unbounded();
                    let url = setup.address.url("ws", &query);
                    socket = Some((environment.open(&url, sender), receiver));
                }
                Output::Action(Action::Send(frame)) => {
                    sent = true;
                    if let Some((socket, _)) = &socket {
                        socket.send(frame);
                    }
                }
                Output::Action(Action::Close) => socket = None,
                Output::Action(Action::Get { query }) => {
                    let url = setup.address.url("http", &query);
                    get = Some(Box::pin(environment.request(url, None)));
                }
                Output::Action(Action::Post { query, body }) => {
                    let url = setup.address.url("http", &query);
                    post = Some(Box::pin(environment.request(url, Some(body))));
                }
                Output::Action(Action::Abort) => (get, post) = (None, None),
                Output::Authenticate { namespace } => {
                    let auth = setup.authenticate(&namespace);
                    connection.handle_auth(now, &namespace, auth.as_deref());
                }
                // The program may not wait for the answer any more.
                Output::Answer { asker, answer } => drop(asker.send(answer)),
                Output::Event { namespace, event } => {
                    if !setup.tell(&namespace, now, event) {
                        connection.discard(now, DisconnectReason::Overflow);
                    }
                }
            }
        }
        if let Some(other) = added.take() {
            setup.others.add(other);
        }
        // In a browser this question costs more than handling a message does, so it is asked only if the
        // answer may have changed.
        if sent || buffered > 0 {
            buffered = socket.as_ref().map_or(0, |(socket, _)| socket.buffered());
        }
        setup.report(&connection, buffered);
        if ending && connection.is_idle() {
            return;
        }
        // A timer that fires too early costs one turn; a new one for every frame would cost more.
        if let Some(next) = connection.next_timeout()
            && timer.as_ref().is_none_or(|(armed, _): &(Time, Pin<Box<_>>)| next < *armed)
        {
            let wait = next.saturating_sub(now).min(LONGEST_SLEEP);
            timer = Some((next, Box::pin(environment.sleep(wait))));
        }
        let wake = poll_fn(|context| {
            if let Some((_, events)) = &mut socket
                && let Poll::Ready(Some(event)) = events.poll_next_unpin(context)
            {
                return Poll::Ready(Wake::Network(event));
            }
            if let Some(request) = &mut get
                && let Poll::Ready(result) = request.as_mut().poll(context)
            {
                get = None;
                return Poll::Ready(Wake::Network(Input::Got(result)));
            }
            if let Some(request) = &mut post
                && let Poll::Ready(result) = request.as_mut().poll(context)
            {
                post = None;
                return Poll::Ready(Wake::Network(Input::Posted(result.map(drop))));
            }
            if !ending && let Poll::Ready(request) = setup.requests.poll_next_unpin(context) {
                return Poll::Ready(Wake::Request(request));
            }
            if let Some((_, sleep)) = &mut timer
                && sleep.as_mut().poll(context).is_ready()
            {
                return Poll::Ready(Wake::Timer);
            }
            Poll::Pending
        })
        .await;
        // Once a turn, because reading the clock costs more than most of what is done with the time.
        now = environment.now();
        // After a sleep a command may come before the timer does: it must not be sent on a
        // connection that has been silent for too long.
        if matches!(wake, Wake::Request(_)) && connection.next_timeout().is_some_and(|time| time <= now) {
            connection.handle_timeout(now);
        }
        match wake {
            Wake::Network(Input::Closed(reason)) => {
                socket = None;
                connection.handle(now, Input::Closed(reason));
            }
            Wake::Network(input) => {
                if let (Input::Frame(frame), Some((socket, _))) = (&input, &socket) {
                    socket.taken(frame.bytes());
                }
                connection.handle(now, input);
            }
            Wake::Request(Some(Request::Command(command))) => {
                setup.took(&command);
                connection.command(now, command);
            }
            Wake::Request(Some(Request::Add(other))) => {
                let namespace = other.namespace.clone();
                connection.command(now, Command::Disconnect { namespace });
                added = Some(other);
            }
            Wake::Request(Some(Request::Remove(backlog))) => {
                if let Some(namespace) = setup.others.remove(&backlog) {
                    connection.command(now, Command::Disconnect { namespace });
                }
            }
            Wake::Request(None) => {
                ending = true;
                connection.close(now);
            }
            Wake::Timer => {
                timer = None;
                connection.handle_timeout(now);
            }
        }
    }
}
