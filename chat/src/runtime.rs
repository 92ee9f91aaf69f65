//! The one place that hears the server and carries out what the state asks for.
//!
//! - this file: the handle, and the loop behind it
//! - `effects`: effect → call → answer, and what is tried again
//! - `connection`: the notices of the connection, and bringing it back
//! - `opening`: what a connection begins with
//! - `upkeep`: what happens by the clock: the look every minute, a new token, a probe
//! - `queries`, `ways`: what programs ask the server without changing the state

mod connection;
mod effects;
mod opening;
mod queries;
mod upkeep;
mod ways;

use std::{
    cell::{Cell, RefCell},
    fmt,
    future::{Future, poll_fn},
    pin::pin,
    rc::Rc,
    task::Poll,
};

use client::{CallError, Client, Notice, Notices};
use futures::{
    FutureExt as _, Stream, StreamExt as _,
    channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
    future::{AbortHandle, Abortable, LocalBoxFuture},
    stream::FuturesUnordered,
};
use protocol::{Chat, ErrorBody, User};

use self::connection::Attempt;
pub use self::opening::Opening;
pub use self::queries::Answered;
pub use self::upkeep::{LOOK_AGAIN, PROBE_PATIENCE, SEND_PATIENCE};
use crate::{
    environment::{Environment, TabNews},
    state::{Action, Answer, Changes, ChatState, Effect},
};

/// The connection that a chat runs over.
#[derive(Debug)]
pub struct Connection {
    /// What calls the server.
    pub client: Client<Chat>,
    /// What the server says.
    pub notices: Notices<Chat>,
    /// What the client's options show when it connects.
    pub opening: Opening,
}

/// What made the state change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The person at this program did something and waits to see it.
    Person,
    /// Anything else. Many such changes may come at once.
    Network,
}

/// A chat of somebody who is logged in. Clones are the same chat.
#[derive(Clone)]
pub struct Runtime {
    inner: Rc<Inner>,
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").finish_non_exhaustive()
    }
}

struct Inner {
    state: RefCell<ChatState>,
    client: Client<Chat>,
    opening: Opening,
    environment: Environment,
    /// What is under way besides the loop itself.
    tasks: UnboundedSender<LocalBoxFuture<'static, ()>>,
    show: Box<dyn Fn(Changes, Cause)>,
    /// How often the server has said something.
    heard: Cell<u64>,
    attempt: RefCell<Attempt>,
    random: RefCell<fastrand::Rng>,
    ended: AbortHandle,
}

type Called<T> = Result<T, CallError<ErrorBody>>;

impl Runtime {
    /// Starts a chat. The future drives it and must be run; it ends with [`Self::end`].
    ///
    /// `show` is told what changed, after each change; it may read the state and act.
    pub fn start(
        me: User,
        connection: Connection,
        environment: Environment,
        show: impl Fn(Changes, Cause) + 'static,
    ) -> (Self, impl Future<Output = ()>) {
        let Connection { client, notices, opening } = connection;
        Self::hearing(notices, me, client, opening, environment, show)
    }

    fn hearing(
        notices: impl Stream<Item = Notice<Chat>> + Unpin,
        me: User,
        client: Client<Chat>,
        opening: Opening,
        environment: Environment,
        show: impl Fn(Changes, Cause) + 'static,
    ) -> (Self, impl Future<Output = ()>) {
        let (tasks, new_tasks) = unbounded();
        let (ended, registration) = AbortHandle::new_pair();
        let mut random = fastrand::Rng::with_seed(environment.seed);
        let mut state = ChatState::new(me);
        state.tab = random.u32(..);
        let inner = Inner {
            state: RefCell::new(state),
            client,
            opening,
            random: RefCell::new(random),
            environment,
            tasks,
            show: Box::new(show),
            heard: Cell::new(0),
            attempt: RefCell::default(),
            ended,
        };
        let this = Self { inner: Rc::new(inner) };
        this.change(Cause::Network, ChatState::read_outbox);
        let run = Abortable::new(this.clone().run(notices, new_tasks), registration);
        (this, run.map(|_| ()))
    }

    async fn run(
        self,
        notices: impl Stream<Item = Notice<Chat>> + Unpin,
        mut new_tasks: UnboundedReceiver<LocalBoxFuture<'static, ()>>,
    ) {
        let mut tasks = FuturesUnordered::new();
        tasks.push(self.clone().look_again_and_again());
        tasks.push(self.clone().renew_again_and_again());
        let mut listening = pin!(self.listen(notices));
        poll_fn(|context| {
            loop {
                if listening.as_mut().poll(context).is_ready() {
                    return Poll::Ready(());
                }
                while let Poll::Ready(Some(task)) = new_tasks.poll_next_unpin(context) {
                    tasks.push(task);
                }
                if let Poll::Pending | Poll::Ready(None) = tasks.poll_next_unpin(context) {
                    return Poll::Pending;
                }
            }
        })
        .await;
    }

    /// Leaves the connection and stops.
    pub fn end(&self) {
        self.put_away();
        self.inner.client.disconnect();
        self.inner.ended.abort();
    }

    /// Nobody sees this window any more, perhaps for good: it watches nobody.
    pub fn put_away(&self) {
        self.tell_tabs(TabNews::Gone(self.with(|state| state.tab)));
    }

    /// A look at the state.
    pub fn with<T>(&self, look: impl FnOnce(&ChatState) -> T) -> T {
        look(&self.inner.state.borrow())
    }

    /// The person did something. The state has it when this returns.
    pub fn act(&self, action: Action) {
        self.change(Cause::Person, |state| state.act(action));
    }

    /// Another window of this program did something.
    pub fn hear_tab(&self, news: TabNews) {
        self.change(Cause::Network, |state| state.apply_tab(news));
    }

    fn answer(&self, answer: Answer) {
        self.change(Cause::Network, |state| state.answer(answer));
    }

    /// Changes the state, and does what follows from it.
    fn change(&self, cause: Cause, change: impl FnOnce(&mut ChatState) -> Vec<Effect>) {
        let (effects, changes) = {
            let mut state = self.inner.state.borrow_mut();
            state.leads = self.inner.environment.tabs.leads();
            let effects = change(&mut state);
            (effects, state.take_changes())
        };
        for effect in effects {
            self.perform(effect);
        }
        if !changes.is_empty() {
            (self.inner.show)(changes, cause);
        }
    }

    /// Lets something happen beside the loop.
    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        // Nobody runs it once the chat has ended.
        let _ = self.inner.tasks.unbounded_send(Box::pin(task));
    }

    async fn sleep(&self, duration: std::time::Duration) {
        self.inner.environment.clock.sleep(duration).await;
    }
}

/// For tests of components: what a test says instead of a server.
#[cfg(feature = "testing")]
impl Runtime {
    /// Changes the state as the loop does when it hears something.
    pub fn pretend(&self, change: impl FnOnce(&mut ChatState) -> Vec<Effect>) {
        self.change(Cause::Network, change);
    }

    /// Leaves the connection, which has nobody at its other end, and goes on without.
    pub fn hang_up(&self) {
        self.inner.client.disconnect();
    }
}
