//! A page: the real runtime over the real client and its driver, with a clock, a network and a
//! disk of this world.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet, VecDeque},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use chat::{
    Action, Changes, ChatState, Connection, Environment, Link, Login, Opening, RefreshError, Runtime,
    TabNews, Tabs, Topic, Unsent,
};
use client::{
    Client, Options, Transports,
    connection::{Config, Time},
    driver::{self, Socket},
    engine::{Frame, Input},
};
use futures::{
    FutureExt as _,
    channel::{mpsc::UnboundedSender, oneshot},
    future::{LocalBoxFuture, pending},
};
use protocol::{Chat, ClientId, GroupId, RenewedToken};

use super::{
    clock::{Clock, Tasks},
    disk::{Disk, Request},
    network::TransportId,
    server::{REFUSAL, user},
};

/// What a page did that the world has to know.
pub(super) enum Deed {
    /// It opened a WebSocket, which tells what happens on it.
    Open(TransportId, UnboundedSender<Input>),
    Send(TransportId, String),
    Close(TransportId),
    /// It asked its disk for something.
    Disk(Request),
    /// It told the other tabs of its browser.
    Tell(TabNews),
}

/// What a tab shows as refused.
#[derive(Default)]
pub(super) struct Refusals {
    /// Since when.
    pub(super) shown: BTreeMap<ClientId, Time>,
    /// What it showed, and when it did last.
    pub(super) gone: BTreeMap<ClientId, Time>,
}

pub(super) struct Device {
    pub(super) person: u8,
    /// Which browser it is a tab of.
    pub(super) disk: usize,
    /// How often it was started.
    pub(super) life: u32,
    /// When it was started last.
    pub(super) started: Time,
    pub(super) runtime: Runtime,
    client: Client<Chat>,
    /// What the screen was told to show anew.
    pub(super) changes: Rc<RefCell<Changes>>,
    tasks: Tasks,
    deeds: Deeds,
    pub(super) transport: Option<TransportId>,
    pub(super) requests: VecDeque<Request>,
    /// Tries to connect that failed, since the last connection that lasted.
    failures: usize,
    online_since: Option<Time>,
    links: Links,
    /// What may be shown: the disk has answered.
    pub(super) answered: BTreeSet<ClientId>,
    /// What it was told that the server has: it was taken off the disk, and nobody discarded it.
    pub(super) acknowledged: BTreeSet<ClientId>,
    /// What it shows as refused.
    pub(super) refusals: Refusals,
}

type Deeds = Rc<RefCell<VecDeque<Deed>>>;

/// How the link stood, one after the other, and where to look.
type Links = Rc<RefCell<(Option<Runtime>, Vec<(Time, Link)>)>>;

impl Drop for Device {
    fn drop(&mut self) {
        // Otherwise the runtime and this list would keep each other alive.
        self.links.borrow_mut().0 = None;
    }
}

/// What all the pages of a world share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) clock: Rc<Clock>,
    pub(super) disks: Rc<RefCell<Vec<Disk>>>,
    /// Which tab of each browser leads.
    pub(super) leaders: Rc<RefCell<Vec<usize>>>,
    /// How many WebSockets there were.
    pub(super) transports: Rc<RefCell<TransportId>>,
    /// The token of each browser, and how long a new one takes.
    pub(super) tokens: Rc<[Arc<AtomicU32>]>,
    pub(super) refreshing: Rc<Cell<Duration>>,
}

impl Device {
    pub(super) fn start(
        shared: &Shared,
        index: usize,
        person: u8,
        disk: usize,
        life: u32,
        seed: u64,
    ) -> Self {
        let deeds = Deeds::default();
        let part = Part { shared: shared.clone(), index, disk, deeds: deeds.clone() };
        // Transports have tests of their own; a model of a server for polling would be another
        // server.
        let opening = Opening::default();
        let (next, token) = (opening.clone(), shared.tokens[disk].clone());
        let options = Options::new("http://chat.example")
            .auth(move || next.auth(token.load(Ordering::Relaxed).to_string()))
            .transports(Transports::WebSocket);
        let (client, notices, driver) = driver::connect(part.clone(), options, seed);
        let environment = Environment {
            disk: Rc::new(part.clone()),
            clock: Rc::new(part.clone()),
            login: Rc::new(part.clone()),
            tabs: Rc::new(part),
            seed,
        };
        let connection = Connection { client: client.clone(), notices, opening };
        let changes = Rc::<RefCell<Changes>>::default();
        let links = Links::default();
        let (told, heard, clock) = (changes.clone(), links.clone(), shared.clock.clone());
        let show = move |changes: Changes, _| {
            if changes.contains(&Topic::Link) {
                let runtime = heard.borrow().0.clone();
                let link = runtime.map(|runtime| runtime.with(|state| state.link.clone()));
                heard.borrow_mut().1.extend(link.map(|link| (clock.now(), link)));
            }
            told.borrow_mut().extend(changes);
        };
        let (runtime, run) = Runtime::start(user(person), connection, environment, show);
        links.borrow_mut().0 = Some(runtime.clone());
        let mut tasks = Tasks::default();
        tasks.spawn(run);
        tasks.spawn(driver);
        Self {
            person,
            disk,
            life,
            started: shared.clock.now(),
            runtime,
            client,
            changes,
            tasks,
            deeds,
            transport: None,
            requests: VecDeque::new(),
            failures: 0,
            online_since: None,
            links,
            answered: BTreeSet::new(),
            acknowledged: BTreeSet::new(),
            refusals: Refusals::default(),
        }
    }

    /// Does what there is to do now, and says what the world has to know of it.
    pub(super) fn run(&mut self) -> VecDeque<Deed> {
        self.tasks.run();
        let links = std::mem::take(&mut self.links.borrow_mut().1);
        for (when, link) in links {
            self.watch_link(when, &link);
        }
        self.deeds.take()
    }

    pub(super) fn act(&self, action: Action) {
        self.runtime.act(action);
    }

    pub(super) fn is_to_connect(&self) {
        self.client.connect();
    }

    pub(super) fn join(&mut self, group_id: GroupId) {
        let runtime = self.runtime.clone();
        self.tasks.spawn(async move { drop(runtime.join_group(group_id).await) });
    }

    /// The page says good-bye to the other tabs; what it tells them.
    pub(super) fn put_away(&mut self) -> VecDeque<Deed> {
        self.runtime.put_away();
        self.deeds.take()
    }

    pub(super) fn leave(&mut self, group_id: GroupId) {
        let runtime = self.runtime.clone();
        self.tasks.spawn(async move { drop(runtime.leave_group(group_id).await) });
    }

    pub(super) fn with<T>(&self, look: impl FnOnce(&ChatState) -> T) -> T {
        self.runtime.with(look)
    }

    /// A wait before a try is bounded by how often it failed.
    fn watch_link(&mut self, now: Time, link: &Link) {
        match link {
            // Said again when the server falls silent, and when it is heard again.
            Link::Online => {
                self.online_since.get_or_insert(now);
            }
            Link::Offline { reason, retry_in: Some(wait) } if reason == REFUSAL => {
                assert!(*wait <= 32_000, "a refused try waits {wait} ms");
            }
            Link::Offline { .. } | Link::Waiting { .. } => {
                let lasted = self.online_since.take().map(|since| now - since);
                let longest: &[u64] = match lasted {
                    Some(time) if time < Config::default().stable_after => &[1, 2, 4, 8, 15],
                    Some(_) => {
                        self.failures = 0;
                        &[1]
                    }
                    None => &[1, 1, 1, 2, 4, 5],
                };
                if let Link::Offline { retry_in: Some(wait), .. } = link {
                    let longest = longest[self.failures.min(longest.len() - 1)];
                    assert!(*wait <= longest * 1_000, "try {} waits {wait} ms", self.failures);
                    self.failures += 1;
                }
            }
            _ => {}
        }
    }
}

/// What a page is given to run with.
#[derive(Clone)]
struct Part {
    shared: Shared,
    index: usize,
    disk: usize,
    deeds: Deeds,
}

impl Part {
    fn did(&self, deed: Deed) {
        self.deeds.borrow_mut().push_back(deed);
    }

    fn ask<T: 'static>(
        &self,
        request: impl FnOnce(oneshot::Sender<T>) -> Request,
    ) -> LocalBoxFuture<'static, T> {
        let (answer, answered) = oneshot::channel();
        let request = request(answer);
        self.shared.disks.borrow_mut()[self.disk].asked(self.shared.clock.now(), &request);
        self.did(Deed::Disk(request));
        // A page whose disk is gone is gone itself.
        answered.map(|answer| answer.expect("the world answers")).boxed_local()
    }
}

impl driver::Environment for Part {
    type Socket = WebSocket;

    fn open(&self, _url: &str, events: UnboundedSender<Input>) -> WebSocket {
        let mut count = self.shared.transports.borrow_mut();
        let transport = *count;
        *count += 1;
        self.did(Deed::Open(transport, events));
        WebSocket { transport, deeds: self.deeds.clone() }
    }

    fn request(
        &self,
        _url: String,
        _body: Option<String>,
    ) -> impl Future<Output = Result<String, String>> + 'static {
        // Never asked for: the transport is a WebSocket.
        pending()
    }

    fn now(&self) -> Time {
        self.shared.clock.now()
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + 'static {
        self.shared.clock.sleep(self.index, duration)
    }
}

struct WebSocket {
    transport: TransportId,
    deeds: Deeds,
}

impl Socket for WebSocket {
    fn send(&self, frame: Frame) {
        let Frame::Text(text) = frame else { panic!("chat has no bytes in its payloads") };
        self.deeds.borrow_mut().push_back(Deed::Send(self.transport, text));
    }
}

impl Drop for WebSocket {
    fn drop(&mut self) {
        self.deeds.borrow_mut().push_back(Deed::Close(self.transport));
    }
}

impl chat::Disk for Part {
    fn keep(&self, unsent: &Unsent) -> LocalBoxFuture<'static, bool> {
        let unsent = unsent.clone();
        self.ask(|answer| Request::Keep(unsent, answer))
    }

    fn forget(&self, client_id: &ClientId) -> LocalBoxFuture<'static, ()> {
        let client_id = client_id.clone();
        self.ask(|answer| Request::Forget(client_id, answer))
    }

    fn read(&self) -> LocalBoxFuture<'static, Vec<Unsent>> {
        self.ask(Request::Read)
    }
}

impl chat::Clock for Part {
    fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()> {
        self.shared.clock.sleep(self.index, duration).boxed_local()
    }
}

impl Login for Part {
    fn renew_in(&self) -> Duration {
        // Tokens have tests of their own.
        Duration::from_hours(1)
    }

    fn renewed(&self, _token: RenewedToken) {}

    fn refresh(&self) -> LocalBoxFuture<'static, Result<(), RefreshError>> {
        let token = self.shared.tokens[self.disk].clone();
        let answered = self.shared.clock.sleep(self.index, self.shared.refreshing.get());
        async move {
            answered.await;
            token.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
        .boxed_local()
    }

    fn end(&self, sentence: String) {
        panic!("the login is over: {sentence}");
    }
}

impl Tabs for Part {
    fn leads(&self) -> bool {
        self.shared.leaders.borrow()[self.disk] == self.index
    }

    fn tell(&self, news: TabNews) {
        self.did(Deed::Tell(news));
    }
}
