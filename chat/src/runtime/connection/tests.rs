//! What brings the connection back, told by notices that no client made: only tabs of one browser hear
//! that they joined one.

use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Waker},
};

use client::{
    Options,
    connection::Time,
    driver::{self, Socket},
    engine::{Frame, Input},
};
use futures::{
    FutureExt as _,
    channel::mpsc::{UnboundedSender, unbounded},
    future::LocalBoxFuture,
};
use protocol::{ClientId, RenewedToken, User, UserId};

use super::*;
use crate::{
    environment::{Clock, Disk, Environment, Login, OneTab},
    outbox::Unsent,
    runtime::Opening,
};

/// A network and a clock that the client never comes to use, because nobody drives it.
struct Nowhere;

impl Socket for Nowhere {
    fn send(&self, _frame: Frame) {}
}

impl driver::Environment for Nowhere {
    type Socket = Self;

    fn open(&self, _url: &str, _events: UnboundedSender<Input>) -> Self {
        Self
    }

    fn request(
        &self,
        _url: String,
        _body: Option<String>,
    ) -> impl Future<Output = Result<String, String>> + 'static {
        std::future::ready(Err("nowhere".to_owned()))
    }

    fn now(&self) -> Time {
        Time::ZERO
    }

    fn sleep(&self, _duration: Duration) -> impl Future<Output = ()> + 'static {
        std::future::pending()
    }
}

/// A disk that is empty, a login that lasts, and a clock that stands until a test lets time pass.
#[derive(Clone, Default)]
struct World(Rc<RefCell<Alarms>>);

#[derive(Default)]
struct Alarms {
    now: Duration,
    set: Vec<(Duration, oneshot::Sender<()>)>,
}

impl Disk for World {
    fn keep(&self, _unsent: &Unsent) -> LocalBoxFuture<'static, bool> {
        async { true }.boxed_local()
    }

    fn forget(&self, _client_id: &ClientId) -> LocalBoxFuture<'static, ()> {
        async {}.boxed_local()
    }

    fn read(&self) -> LocalBoxFuture<'static, Vec<Unsent>> {
        async { vec![] }.boxed_local()
    }
}

impl Login for World {
    fn renew_in(&self) -> Duration {
        Duration::from_secs(24 * 60 * 60)
    }

    fn renewed(&self, _token: RenewedToken) {}

    fn refresh(&self) -> LocalBoxFuture<'static, Result<(), RefreshError>> {
        async { Err(RefreshError::Unavailable("not now".to_owned())) }.boxed_local()
    }

    fn end(&self, sentence: String) {
        panic!("{sentence}");
    }
}

impl Clock for World {
    fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()> {
        let (rings, rung) = oneshot::channel();
        let mut alarms = self.0.borrow_mut();
        let at = alarms.now + duration;
        alarms.set.push((at, rings));
        rung.map(drop).boxed_local()
    }
}

/// A chat with one window, and what is said to it.
struct Told {
    chat: Runtime,
    run: Pin<Box<dyn Future<Output = ()>>>,
    notices: UnboundedSender<Notice<Chat>>,
    world: World,
}

impl Told {
    fn new() -> Self {
        let (client, _, _) = driver::connect::<_, Chat>(Nowhere, Options::new("http://nowhere"), 7);
        let (notices, heard) = unbounded();
        let world = World::default();
        let environment = Environment {
            disk: Rc::new(world.clone()),
            clock: Rc::new(world.clone()),
            login: Rc::new(world.clone()),
            tabs: Rc::new(OneTab),
            seed: 7,
        };
        let me = User { id: UserId::from_bytes([1; 16]), username: "ann".parse().unwrap() };
        let (chat, run) = Runtime::hearing(heard, me, client, Opening::default(), environment, |_, _| {});
        Self { chat, run: Box::pin(run), notices, world }
    }

    fn hear(&mut self, notice: Notice<Chat>) -> Link {
        self.notices.unbounded_send(notice).unwrap();
        self.turn()
    }

    fn pass(&mut self, time: Duration) -> Link {
        let mut alarms = self.world.0.borrow_mut();
        alarms.now += time;
        let now = alarms.now;
        for (_, rings) in alarms.set.extract_if(.., |(at, _)| *at <= now) {
            // Nobody may wait for it any more.
            let _ = rings.send(());
        }
        drop(alarms);
        self.turn()
    }

    /// Runs everything until nothing happens at this moment.
    fn turn(&mut self) -> Link {
        assert!(self.run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        self.chat.with(|state| state.link.clone())
    }
}

fn sent_away() -> Notice<Chat> {
    Notice::Disconnected { reason: DisconnectReason::Server, retry_in: None }
}

#[test]
fn after_the_server_sent_us_away_it_is_tried_again_after_a_wait() {
    let mut told = Told::new();
    assert_eq!(told.hear(Notice::Connected), Link::Online);
    assert!(matches!(told.hear(sent_away()), Link::Offline { retry_in: Some(_), .. }));
    assert!(matches!(told.pass(LONGEST_WAIT), Link::Offline { retry_in: None, .. }));
}

#[test]
fn a_wait_for_a_try_ends_when_there_is_a_connection_whoever_made_it() {
    for connection in [|| Notice::Connected, || Notice::Joined] {
        let mut told = Told::new();
        assert!(matches!(told.hear(sent_away()), Link::Offline { retry_in: Some(_), .. }));
        assert_eq!(told.hear(connection()), Link::Online);
        assert_eq!(told.pass(LONGEST_WAIT), Link::Online);
    }
}
