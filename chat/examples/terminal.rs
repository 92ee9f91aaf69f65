//! A chat in a terminal, on the runtime that the page runs:
//!
//! ```sh
//! cargo run -p chat --example terminal -- http://127.0.0.1:8000
//! ```
//!
//! It asks for a name and a password (a new name registers), lists the conversations, and follows
//! the one that is chosen with `/open 0`. Every other line is sent there. What the server does not
//! have yet is kept in `$XDG_DATA_HOME/parlance-terminal` and goes out at the next start at the
//! latest. `/list`, `/find NAME` and `/quit` are the other commands.

use std::{
    cell::RefCell,
    env,
    path::PathBuf,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use chat::{
    Action, ChatState, Command, Connection, Environment, Login, OneTab, Opening, RefreshError, Runtime,
    native::{Folder, TokioClock},
};
use client::{Options, native};
use futures::{FutureExt as _, StreamExt as _, channel::mpsc::unbounded, future::LocalBoxFuture};
use protocol::{ClientId, ConversationId, LoggedIn, Peer, RenewedToken, Seq, Timestamp, User, path};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, stdin},
    task::{LocalSet, spawn_local},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    LocalSet::new().run_until(run()).await
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let url = env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:8000".to_owned());
    let mut lines = BufReader::new(stdin()).lines();
    println!("Name, then password:");
    let name = lines.next_line().await?.unwrap_or_default();
    let password = lines.next_line().await?.unwrap_or_default();
    let account = Account { url: url.clone(), name, password, token: Arc::default() };
    let me = account.enter().await?;
    let opening = Opening::default();
    let (shown, next) = (account.clone(), opening.clone());
    let (client, notices) = native::connect(Options::new(&url).auth(move || next.auth(shown.get())));
    let home = || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".local/share");
    let data = env::var_os("XDG_DATA_HOME").map_or_else(home, PathBuf::from).join("parlance-terminal");
    let environment = Environment {
        disk: Rc::new(Folder::open(data.join(me.id.to_string()))?),
        clock: Rc::new(TokioClock),
        login: Rc::new(account),
        tabs: Rc::new(OneTab),
        seed: fastrand::u64(..),
    };
    let screen = Rc::new(RefCell::new(Screen::default()));
    let (changed, mut changes) = unbounded();
    let (chat, run) =
        Runtime::start(me, Connection { client, notices, opening }, environment, move |_, _| {
            let _ = changed.unbounded_send(());
        });
    spawn_local(run);
    let (shown, state) = (screen.clone(), chat.clone());
    spawn_local(async move {
        while changes.next().await.is_some() {
            state.with(|state| shown.borrow_mut().show(state));
        }
    });
    println!("/list, /open NUMBER, /find NAME, /quit; every other line is sent.");
    while let Some(line) = lines.next_line().await? {
        match line.split_once(' ').unwrap_or((&line, "")) {
            ("/quit", _) => break,
            ("/list", _) => chat.with(|state| screen.borrow_mut().list(state)),
            ("/find", name) => match chat.find_people(name.to_owned()).await {
                Ok(found) => screen.borrow_mut().choices(
                    found.iter().map(|user| (ConversationId::User(user.id), user.username.to_string())),
                ),
                Err(sentence) => println!("! {sentence}"),
            },
            ("/open", number) => {
                match number.parse().ok().and_then(|n: usize| screen.borrow().offered.get(n).copied()) {
                    Some(id) => chat.act(Action::Open(id)),
                    None => println!("! There is no {number} in the list."),
                }
            }
            _ => match (chat.with(|state| state.open), line.parse()) {
                (Some(conversation), Ok(content)) => {
                    let now = Timestamp(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as i64);
                    let client_id = ClientId::new(now, std::array::from_fn(|_| fastrand::u8(..)));
                    let command = Command::Send { content, reply_to: None };
                    chat.act(Action::Write { conversation, client_id, command, now });
                }
                (None, _) => println!("! Open a conversation first."),
                (_, Err(error)) => println!("! {error}"),
            },
        }
    }
    chat.end();
    Ok(())
}

/// What was printed already.
#[derive(Default)]
struct Screen {
    offered: Vec<ConversationId>,
    open: Option<ConversationId>,
    printed: Seq,
    online: bool,
}

impl Screen {
    fn show(&mut self, state: &ChatState) {
        let online = state.link.is_online();
        if std::mem::replace(&mut self.online, online) != online {
            println!("* {}", if online { "connected" } else { "not connected; what you write is kept" });
        }
        if std::mem::replace(&mut self.open, state.open) != state.open {
            self.printed = Seq::ZERO;
        }
        let Some(open) = state.open.and_then(|id| state.conversation(id)) else { return };
        for message in open.timeline.messages().iter().filter(|message| message.seq > self.printed) {
            let name = state.people.get(message.sender_id).map_or("somebody", |user| user.username.as_str());
            println!("{name}: {}", message.content.as_str());
        }
        self.printed = self.printed.max(open.timeline.newest());
    }

    fn list(&mut self, state: &ChatState) {
        self.choices(state.sorted_conversations().into_iter().map(|(id, one)| match &one.peer {
            Some(Peer::User(user)) => (id, format!("{} ({} unread)", user.username, one.unread)),
            Some(Peer::Group(group)) => (id, format!("{} ({} unread)", group.name, one.unread)),
            None => (id, "?".to_owned()),
        }));
    }

    fn choices(&mut self, all: impl Iterator<Item = (ConversationId, String)>) {
        self.offered.clear();
        for (n, (id, name)) in all.enumerate() {
            println!("{n}. {name}");
            self.offered.push(id);
        }
    }
}

/// Logs in by name and password, whenever a new token is needed.
#[derive(Clone)]
struct Account {
    url: String,
    name: String,
    password: String,
    token: Arc<Mutex<String>>,
}

impl Account {
    async fn enter(&self) -> Result<User, String> {
        let body = json!({ "username": self.name, "password": self.password });
        let mut refusal = String::new();
        for path in [path::LOGIN, path::REGISTER] {
            let sent = reqwest::Client::new().post(format!("{}{path}", self.url)).json(&body).send().await;
            let answer = sent.map_err(|error| error.to_string())?.text().await.unwrap_or_default();
            match serde_json::from_str::<LoggedIn>(&answer) {
                Ok(LoggedIn { token, user, .. }) => {
                    self.set(token);
                    return Ok(user);
                }
                Err(_) => refusal = answer,
            }
        }
        Err(refusal)
    }

    fn set(&self, token: String) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = token;
    }

    fn get(&self) -> String {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Login for Account {
    fn renew_in(&self) -> Duration {
        Duration::from_hours(1)
    }

    fn renewed(&self, token: RenewedToken) {
        self.set(token.token);
    }

    fn refresh(&self) -> LocalBoxFuture<'static, Result<(), RefreshError>> {
        let this = self.clone();
        async move { this.enter().await.map(drop).map_err(RefreshError::Unavailable) }.boxed_local()
    }

    fn end(&self, sentence: String) {
        println!("! {sentence}");
    }
}
