//! What a driver is made of, and how it speaks with the program.

use std::sync::{Arc, atomic::AtomicU32};

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use serde_json::value::RawValue;
use typed_socketio::Catalogue;

use crate::{
    backlog::Backlog,
    client::Client,
    connection::{Config, Connection, Event, Name, Observer, Time},
    handle::{Answer, Command, Handle, Request},
    notice::Notices,
    options::{Address, Auth, Options},
    others::Others,
    packet::MAIN_NAMESPACE,
};

/// Makes a client and what its driver needs.
pub(crate) fn prepare<C: Catalogue>(options: Options, seed: u64) -> (Client<C>, Notices<C>, Setup) {
    let (requests, receiver) = unbounded();
    let (events, notices) = unbounded();
    let address = options.endpoint();
    let Options { namespace, config, observer, .. } = options;
    let handle = Arc::new(Handle {
        namespace: Name::Borrowed(MAIN_NAMESPACE),
        requests,
        call_timeout: namespace.call_timeout,
        is_main: true,
        backlog: Arc::new(Backlog::new(config.send_buffer, config.max_unsent_bytes, config.max_unread_bytes)),
    });
    let setup = Setup {
        address,
        config,
        seed,
        observer,
        joins: Arc::default(),
        requests: receiver,
        auth: namespace.auth,
        events,
        others: Others::default(),
        backlog: handle.backlog.clone(),
    };
    let notices = Notices::new(notices, &handle);
    (Client::new(handle), notices, setup)
}

/// What a driver is made of, besides its environment.
pub(crate) struct Setup {
    pub(crate) address: Address,
    pub(crate) config: Config,
    pub(crate) seed: u64,
    pub(crate) observer: Option<Observer>,
    /// How often the program has joined a namespace.
    pub(crate) joins: Arc<AtomicU32>,
    pub(crate) requests: UnboundedReceiver<Request>,
    /// Of the main namespace.
    pub(crate) auth: Auth,
    /// Of the main namespace.
    pub(crate) events: UnboundedSender<(Time, Event)>,
    pub(crate) others: Others,
    /// Of the main namespace.
    pub(crate) backlog: Arc<Backlog>,
}

impl Setup {
    pub(crate) fn authenticate(&self, namespace: &str) -> Option<Box<RawValue>> {
        if namespace == MAIN_NAMESPACE {
            (self.auth)()
        } else {
            self.others.find(namespace).and_then(|other| (other.auth)())
        }
    }

    /// `false` if the program has too much to read already. If nobody listens any more, that is fine.
    pub(crate) fn tell(&self, namespace: &str, now: Time, event: Event) -> bool {
        let tell = |events: &UnboundedSender<(Time, Event)>, backlog: &Backlog| {
            // What nobody reads is not kept.
            let told = backlog.arrive(&event) || events.is_closed();
            if told {
                let _ = events.unbounded_send((now, event));
            }
            told
        };
        if namespace == MAIN_NAMESPACE {
            tell(&self.events, &self.backlog)
        } else {
            self.others.find(namespace).is_none_or(|other| tell(&other.events, &other.backlog))
        }
    }

    pub(crate) fn took(&self, command: &Command) {
        match command {
            Command::Emit { namespace, .. } | Command::Call { namespace, .. }
                if namespace != MAIN_NAMESPACE =>
            {
                if let Some(other) = self.others.find(namespace) {
                    other.backlog.take(command);
                }
            }
            command => self.backlog.take(command),
        }
    }

    /// Says how much waits, so that the program is told in time.
    pub(crate) fn report(&self, connection: &Connection<Answer>, buffered: usize) {
        let report = |namespace: &str, backlog: &Backlog| {
            let (events, bytes) = connection.unsent(namespace);
            backlog.report(events, bytes + buffered);
        };
        report(MAIN_NAMESPACE, &self.backlog);
        for other in self.others.all() {
            report(&other.namespace, &other.backlog);
        }
    }
}
