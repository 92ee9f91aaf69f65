//! Several tabs on one connection: the rules of `tabs` with the browser's locks and channels.

mod channel;
mod lock;

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
};

use futures::{
    FutureExt as _, StreamExt as _,
    channel::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
        oneshot,
    },
    future::LocalBoxFuture,
};
use gloo::events::EventListener;
use typed_socketio::Catalogue;
use wasm_bindgen_futures::spawn_local;
use web_sys::EventTarget;

use super::{Browser, random, spawn};
use crate::{
    backlog::Backlog,
    client::Client,
    connection::{self, CallFailure, DisconnectReason, Event, Time},
    driver::{self, Environment as _, LONGEST_SLEEP, Setup},
    handle::{self, Command, Request},
    notice::Notices,
    options::Options,
    others::Others,
    packet::MAIN_NAMESPACE,
    tabs::{Asker, FORM, Output, Tab, TabId, TabMessage},
};
use channel::Channel;
use lock::{Lock, Locks};

/// Connects to a server, together with every other tab that gives the same `name`: one of them
/// *leads* and holds the connection; when it is closed or frozen, another one takes its place, and
/// all are told [`Notice::Disconnected`](crate::Notice::Disconnected) and then
/// [`Notice::Connected`](crate::Notice::Connected). A tab that comes later is told
/// [`Notice::Joined`](crate::Notice::Joined).
///
/// What a program emits is bounded by what waits in its own tab, and in a tab that leads also by what
/// waits there. A tab that follows hands it to the leader without knowing how much waits there: if that is
/// too much already, a [`call`](Client::call) fails, and an event that asks for no answer is dropped.
///
/// The token is that of the leading tab, so the name should say who is logged in. Tabs that were
/// loaded with different catalogues do not share. What is shared is the main namespace; there are
/// no others.
///
/// Built on the [Web Locks](https://w3c.github.io/web-locks/) and `BroadcastChannel`; where the
/// browser has no locks (outside of secure contexts) or denies them (with all cookies blocked), every
/// tab connects for itself.
#[must_use]
pub fn connect_shared<C: Catalogue>(name: &str, options: Options) -> (Client<C>, Notices<C>, Leading) {
    let (client, notices, setup) = driver::prepare(options, random());
    let leading = Leading::default();
    let name = format!("{name}/{}/{FORM}", C::FINGERPRINT);
    spawn({
        let leading = leading.clone();
        async move {
            match Locks::find() {
                Some(locks) if locks.work(&name).await => run(setup, locks, name, leading).await,
                _ => {
                    leading.set(true);
                    driver::run(Browser::default(), setup).await;
                }
            }
        }
    });
    client.connect();
    (client, notices, leading)
}

/// Whether this tab holds the connection that it shares with others. Only this tab needs to act when
/// the server refuses or ends the connection.
#[derive(Clone, Debug, Default)]
pub struct Leading(Arc<AtomicBool>);

impl Leading {
    /// Whether it does now.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, here: bool) {
        self.0.store(here, Ordering::Relaxed);
    }
}

enum Wake {
    Request(Option<Request>),
    Message(TabMessage),
    /// The lock was granted to the request with this number.
    Elected(u32),
    /// The lock was taken from the request with this number.
    Deposed(u32),
    /// Our own connection said something.
    Event(Time, Event),
    /// Our own connection answered what another tab asked.
    Answered(TabId, u32, connection::Answer),
    /// The page is hidden for good, or frozen.
    Leave,
    /// The page is back.
    Enter,
    Timer,
}

/// The connection of the tab that leads.
struct OwnConnection {
    requests: UnboundedSender<Request>,
    events: UnboundedReceiver<(Time, Event)>,
    backlog: Arc<Backlog>,
}

impl OwnConnection {
    /// What this tab or another one asks for, if there is room for it.
    fn send(&self, command: Command) {
        if !command.is_event() || self.backlog.push(&command).is_ok() {
            let _ = self.requests.unbounded_send(Request::Command(command));
        } else if let Command::Call { asker, .. } = command {
            let _ = asker.send(Err(CallFailure::BufferFull));
        }
    }
}

/// What a program is told if it has too much to read already.
fn overflow(now: Time) -> Event {
    Event::Disconnected { reason: DisconnectReason::Overflow, retry_at: Some(now) }
}

async fn run(mut setup: Setup, locks: Locks, name: String, leading: Leading) {
    let (wakes, mut woken) = unbounded();
    let _lifecycle = lifecycle(&wakes);
    let browser = Browser::default();
    let mut tab: Tab<handle::Answer> = Tab::new(random());
    let mut channel: Option<Channel> = None;
    let mut lock: Option<Lock> = None;
    let mut turn = 0;
    let mut own: Option<OwnConnection> = None;
    let mut timer: Option<(Time, LocalBoxFuture<'static, ()>)> = None;
    loop {
        if !tab.takes_part() {
            channel = None;
        } else if channel.is_none() {
            channel = Channel::open(&name, &wakes);
        }
        while let Some(output) = tab.poll_output() {
            match output {
                Output::Elect { by_force } => {
                    turn += 1;
                    lock = Some(Lock::request(&locks, &name, by_force, turn, &wakes));
                }
                Output::Resign => {
                    lock = None;
                    own = None;
                }
                Output::Start => {
                    let (requests, receiver) = unbounded();
                    let (sender, events) = unbounded();
                    let backlog = Arc::new(setup.backlog.another());
                    let setup = Setup {
                        address: setup.address.clone(),
                        config: setup.config.clone(),
                        seed: random(),
                        observer: setup.observer.clone(),
                        joins: setup.joins.clone(),
                        requests: receiver,
                        auth: setup.auth.clone(),
                        events: sender,
                        others: Others::default(),
                        backlog: backlog.clone(),
                    };
                    spawn(driver::run(Browser::default(), setup));
                    let own = own.insert(OwnConnection { requests, events, backlog });
                    own.send(Command::Connect { namespace: MAIN_NAMESPACE.into() });
                }
                Output::Forward(command) => {
                    if let Some(own) = &own {
                        own.send(command.asked_by(|asker| answered(asker, &wakes)));
                    }
                }
                Output::Post(message) => {
                    if let Some(channel) = &channel {
                        channel.post(&message);
                    }
                }
                Output::Notify(event) => {
                    let now = browser.now();
                    if !setup.tell(MAIN_NAMESPACE, now, event) {
                        // A program that missed a part must start again.
                        setup.tell(MAIN_NAMESPACE, now, overflow(now));
                        tab.leave();
                        tab.enter(now);
                    }
                }
                Output::Answer(asker, result) => drop(asker.send(result)),
            }
        }
        leading.set(tab.leads());
        let (events, bytes) = own.as_ref().map_or_else(|| tab.waiting(), |own| own.backlog.unsent());
        setup.backlog.report(events, bytes);
        let next = tab.next_timeout();
        if timer.as_ref().map(|(armed, _)| *armed) != next {
            timer = next.map(|next| {
                let wait = next.saturating_sub(browser.now()).min(LONGEST_SLEEP);
                (next, browser.sleep(wait).boxed_local())
            });
        }
        let wake = poll_fn(|context| {
            if let Some(own) = &mut own
                && let Poll::Ready(Some((at, event))) = own.events.poll_next_unpin(context)
            {
                return Poll::Ready(Wake::Event(at, event));
            }
            if let Poll::Ready(Some(wake)) = woken.poll_next_unpin(context) {
                return Poll::Ready(wake);
            }
            if let Poll::Ready(request) = setup.requests.poll_next_unpin(context) {
                return Poll::Ready(Wake::Request(request));
            }
            match &mut timer {
                Some((_, sleep)) => sleep.as_mut().poll(context).map(|()| Wake::Timer),
                None => Poll::Pending,
            }
        })
        .await;
        let now = browser.now();
        match wake {
            Wake::Enter => tab.enter(now),
            // There are no others: their streams end.
            Wake::Request(Some(Request::Add(_) | Request::Remove(_))) => {}
            Wake::Request(Some(Request::Command(command))) if !command.is_for(MAIN_NAMESPACE) => {}
            Wake::Request(Some(Request::Command(command))) => {
                setup.backlog.take(&command);
                tab.command(now, command);
            }
            // Dropping what we hold gives the lock back and ends the connection.
            Wake::Request(None) => return,
            Wake::Message(message) => tab.receive(now, message),
            Wake::Elected(granted) if granted == turn && lock.is_some() => tab.elected(now),
            Wake::Deposed(lost) if lost == turn && lock.is_some() => tab.deposed(now),
            // About a request that was withdrawn meanwhile.
            Wake::Elected(_) | Wake::Deposed(_) => {}
            Wake::Event(at, mut event) => {
                if let Some(own) = &own {
                    own.backlog.read(&event);
                }
                // The connection's driver has a clock of its own.
                if let Event::Disconnected { retry_at: Some(retry), .. } = &mut event {
                    *retry = now + retry.saturating_sub(at);
                }
                tab.event(now, event);
            }
            Wake::Answered(to, call, answer) => tab.answered(to, call, answer),
            Wake::Leave => tab.leave(),
            Wake::Timer => {
                timer = None;
                tab.handle_timeout(now);
            }
        }
    }
}

/// Where our connection is to send an answer.
fn answered(asker: Asker<handle::Answer>, wakes: &UnboundedSender<Wake>) -> handle::Answer {
    match asker {
        Asker::Here(answer) => answer,
        Asker::There { tab, call } => {
            let (answer, answered) = oneshot::channel();
            let wakes = wakes.clone();
            spawn_local(async move {
                let answer = answered.await.unwrap_or(Err(CallFailure::Disconnected));
                let _ = wakes.unbounded_send(Wake::Answered(tab, call, answer));
            });
            answer
        }
    }
}

/// Listens to the page being hidden or frozen and shown again ([Page
/// Lifecycle](https://wicg.github.io/page-lifecycle/)), for as long as the listeners are held.
fn lifecycle(wakes: &UnboundedSender<Wake>) -> Vec<EventListener> {
    let Some(window) = web_sys::window() else { return vec![] };
    let listen = |target: &EventTarget, name, wake: fn() -> Wake| {
        let wakes = wakes.clone();
        EventListener::new(target, name, move |_| {
            let _ = wakes.unbounded_send(wake());
        })
    };
    let mut listeners =
        vec![listen(&window, "pagehide", || Wake::Leave), listen(&window, "pageshow", || Wake::Enter)];
    if let Some(document) = window.document() {
        listeners.push(listen(&document, "freeze", || Wake::Leave));
        listeners.push(listen(&document, "resume", || Wake::Enter));
    }
    listeners
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use std::time::Duration;

    use js_sys::{Object, Promise, Reflect};
    use typed_socketio::Dynamic;
    use wasm_bindgen::{JsCast as _, closure::Closure};
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;
    use crate::{EmitError, Notice, connection::Config};

    wasm_bindgen_test_configure!(run_in_browser);

    async fn pause() {
        gloo_timers::future::sleep(Duration::from_millis(20)).await;
    }

    /// A tab that leads, without a server.
    async fn leads(name: &str) -> (Client<Dynamic>, Notices<Dynamic>, Leading) {
        let config = Config { send_buffer: 3, ..Config::default() };
        let options = Options::new("http://127.0.0.1:9").config(config);
        let (client, notices, leading) = connect_shared::<Dynamic>(name, options);
        while !leading.is_here() {
            pause().await;
        }
        (client, notices, leading)
    }

    #[wasm_bindgen_test]
    async fn where_the_browser_denies_its_locks_a_tab_connects_for_itself() {
        let navigator = web_sys::window().unwrap().navigator();
        let locks: Object = Reflect::get(&navigator, &"locks".into()).unwrap().unchecked_into();
        let deny = Closure::<dyn Fn() -> Promise>::new(|| Promise::reject(&"SecurityError".into()));
        // In front of the one that all lock managers have.
        Reflect::set(&locks, &"request".into(), deny.as_ref()).unwrap();
        let (_client, _notices, leading) =
            connect_shared::<Dynamic>("shared-denied", Options::new("http://127.0.0.1:9"));
        for _ in 0..20 {
            pause().await;
        }
        Reflect::delete_property(&locks, &"request".into()).unwrap();
        assert!(leading.is_here());
    }

    #[wasm_bindgen_test]
    async fn a_tab_that_leads_says_when_too_much_waits_already() {
        let (client, _notices, _leading) = leads("shared-full").await;
        for _ in 0..3 {
            client.emit_by_name("x", &[1]).unwrap();
            pause().await;
        }
        assert_eq!(client.emit_by_name("x", &[1]), Err(EmitError::BufferFull));
    }

    #[wasm_bindgen_test]
    async fn a_page_that_comes_back_does_not_connect_against_its_programs_will() {
        let (client, mut notices, leading) = leads("shared-end").await;
        client.disconnect();
        while !matches!(
            notices.next().await,
            Some(Notice::Disconnected { reason: DisconnectReason::Client, retry_in: None })
        ) {}
        let event = web_sys::Event::new("pageshow").unwrap();
        web_sys::window().unwrap().dispatch_event(&event).unwrap();
        pause().await;
        assert!(!leading.is_here());
        client.connect();
        while !leading.is_here() {
            pause().await;
        }
    }
}
