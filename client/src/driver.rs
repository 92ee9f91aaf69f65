//! The loop that joins a [`Connection`] to a network and a clock. There is one loop for every
//! environment: a program that brings its own ([`Environment`]) runs what the page and native
//! programs run, for example a simulation in virtual time.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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
use typed_socketio::Catalogue;

use crate::{
    backlog::Backlog,
    client::Client,
    connection::{self, Config, Connection, Event, Name, Observer, Output},
    engine::{Action, Frame, Input, Time},
    notice::Notices,
    options::Options,
    packet::MAIN_NAMESPACE,
    reason::DisconnectReason,
};

/// A browser's timer takes no more than 24 days, and a server may name any interval.
const LONGEST_SLEEP: Duration = Duration::from_secs(24 * 60 * 60);

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
    let (client, notices, setup) = options.build(seed);
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

/// What a program asks for.
pub(crate) type Command = connection::Command<Answer>;

pub(crate) type Answer = oneshot::Sender<connection::Answer>;

/// What a namespace is joined with; evaluated anew each time.
pub(crate) type Auth = Arc<dyn Fn() -> Option<Box<RawValue>> + Send + Sync>;

/// What a driver is made of, besides its environment.
pub(crate) struct Setup {
    pub(crate) address: Address,
    pub(crate) config: Config,
    pub(crate) seed: u64,
    pub(crate) observer: Option<Observer>,
    pub(crate) commands: UnboundedReceiver<Command>,
    /// Of the main namespace.
    pub(crate) auth: Auth,
    /// Of the main namespace.
    pub(crate) events: UnboundedSender<(Time, Event)>,
    pub(crate) others: Arc<Others>,
    /// Of the main namespace.
    pub(crate) backlog: Arc<Backlog>,
}

/// Where a server is, without the scheme and what belongs to one request.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) secure: bool,
    /// `chat.example/socket.io/?`, or with parameters of the program's own and an `&` behind.
    pub(crate) rest: String,
}

impl Address {
    fn url(&self, scheme: &str, query: &str) -> String {
        let secure = if self.secure { "s" } else { "" };
        format!("{scheme}{secure}://{}{query}", self.rest)
    }
}

/// The namespaces besides the main one.
#[derive(Default)]
pub(crate) struct Others(Mutex<Vec<Other>>);

/// A namespace, for as long as it has a client.
pub(crate) struct Other {
    pub(crate) namespace: Name,
    pub(crate) auth: Auth,
    pub(crate) events: UnboundedSender<(Time, Event)>,
    pub(crate) backlog: Arc<Backlog>,
}

impl Others {
    /// Adds a namespace. If another one was there under the same name, its stream ends.
    pub(crate) fn add(&self, other: Other) {
        let mut all = self.all();
        all.retain(|old| old.namespace != other.namespace);
        all.push(other);
    }

    /// Removes a namespace; `false` if it was not there, or another one has its name by now.
    pub(crate) fn remove(&self, auth: &Auth) -> bool {
        let mut all = self.all();
        let before = all.len();
        all.retain(|other| !Arc::ptr_eq(&other.auth, auth));
        all.len() < before
    }

    fn auth(&self, namespace: &str) -> Option<Auth> {
        self.all().iter().find(|other| other.namespace == namespace).map(|other| other.auth.clone())
    }

    fn find<T>(&self, namespace: &str, then: impl FnOnce(&Other) -> T) -> Option<T> {
        self.all().iter().find(|other| other.namespace == namespace).map(then)
    }

    fn all(&self) -> MutexGuard<'_, Vec<Other>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Setup {
    fn authenticate(&self, namespace: &str) -> Option<Box<RawValue>> {
        if namespace == MAIN_NAMESPACE {
            (self.auth)()
        } else {
            self.others.auth(namespace).and_then(|auth| auth())
        }
    }

    /// `false` if the program has too much to read already. If nobody listens any more, that is fine.
    fn tell(&self, namespace: &str, now: Time, event: Event, id: Option<&str>) -> bool {
        let tell = |events: &UnboundedSender<(Time, Event)>, backlog: &Backlog| {
            if !matches!(event, Event::Received { .. }) {
                backlog.set_id(id);
            }
            // What nobody reads is not kept.
            let told = events.is_closed() || backlog.arrive(&event);
            if told {
                let _ = events.unbounded_send((now, event));
            }
            told
        };
        if namespace == MAIN_NAMESPACE {
            tell(&self.events, &self.backlog)
        } else {
            self.others.find(namespace, |other| tell(&other.events, &other.backlog)).unwrap_or(true)
        }
    }

    fn took(&self, command: &Command) {
        match command {
            Command::Emit { namespace, .. } | Command::Call { namespace, .. }
                if namespace != MAIN_NAMESPACE =>
            {
                self.others.find(namespace, |other| other.backlog.take(command));
            }
            command => self.backlog.take(command),
        }
    }

    /// Says how much waits, so that the program is told in time.
    fn report(&self, connection: &Connection<Answer>, buffered: usize) {
        let report = |namespace: &str, backlog: &Backlog| {
            let (events, bytes) = connection.unsent(namespace);
            backlog.report(events, bytes + buffered);
        };
        report(MAIN_NAMESPACE, &self.backlog);
        for other in self.others.all().iter() {
            report(&other.namespace, &other.backlog);
        }
    }
}

enum Wake {
    Network(Input),
    Command(Option<Command>),
    Timer,
}

/// Runs until the last handle that sends commands is gone and everything that waited is sent.
pub(crate) async fn run<E: Environment>(environment: E, mut setup: Setup) {
    let mut connection: Connection<Answer> = Connection::new(setup.config.clone(), setup.seed);
    connection.observe(setup.observer.take());
    let mut socket: Option<(E::Socket, UnboundedReceiver<Input>)> = None;
    let (mut get, mut post) = (None, None);
    let mut timer = None;
    let mut ending = false;
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
                    let id = connection.socket_id(&namespace);
                    if !setup.tell(&namespace, now, event, id) {
                        connection.discard(now, DisconnectReason::Overflow);
                    }
                }
            }
        }
        // Asked only if the answer may have changed: in a browser the question costs more than a
        // message.
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
            if !ending && let Poll::Ready(command) = setup.commands.poll_next_unpin(context) {
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
        // Once a turn, because reading the clock costs more than most of what is done with the time.
        now = environment.now();
        // After a sleep a command may come before the timer does: it must not be sent on a
        // connection that has been silent for too long.
        if matches!(wake, Wake::Command(_)) && connection.next_timeout().is_some_and(|time| time <= now) {
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
            Wake::Command(Some(command)) => {
                setup.took(&command);
                connection.command(now, command);
            }
            Wake::Command(None) => {
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
