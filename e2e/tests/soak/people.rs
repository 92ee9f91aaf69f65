//! Those who use the server, each in a task of their own, until they are told to stop.

use std::{
    fmt,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use client::{CallError, Options, native};
use futures::{StreamExt as _, future::try_join_all};
use protocol::{
    Call, Chat, ConversationId, CreateGroup, Credentials, ErrorBody, ErrorCode, FetchHistory, FindGroups,
    FindUsers, GroupId, JoinGroup, LeaveGroup, ListConversations, LoggedIn, SendGroupMessage,
    SendPrivateMessage, Seq, Visibility, path,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpSocket,
    sync::watch,
    task::JoinSet,
    time::sleep,
};

type Client = client::Client<Chat>;

const WRITERS: usize = 12;
const GROUPS: usize = 4;
const READERS: usize = 4;
const MOVERS: usize = 2;
const COMERS: usize = 4;
const SLOW: usize = 3;

/// How many messages of 3 KB each writer writes to fill the caches at the beginning.
const FILLING: usize = 600;

/// All of them.
pub(crate) struct Load {
    world: Arc<World>,
    pace: watch::Sender<Pace>,
    tasks: JoinSet<Result<()>>,
}

/// What all of them do.
#[derive(Clone, Copy, PartialEq)]
enum Pace {
    Work,
    /// Nothing for a while.
    Rest,
    Stop,
}

/// Told to one of them.
#[derive(Clone)]
struct Told(watch::Receiver<Pace>);

impl Told {
    /// Waits while all rest. False: it is over.
    async fn goes_on(&mut self) -> bool {
        self.0.wait_for(|pace| *pace != Pace::Rest).await.is_ok_and(|pace| *pace == Pace::Work)
    }

    fn works(&self) -> bool {
        *self.0.borrow() == Pace::Work
    }
}

/// What all of them know.
struct World {
    url: String,
    people: Vec<LoggedIn>,
    groups: Vec<GroupId>,
    /// Acknowledged, by group.
    written: Vec<AtomicU64>,
    private: AtomicU64,
    pages: AtomicU64,
    searches: AtomicU64,
    moves: AtomicU64,
    connections: AtomicU64,
    given_up: AtomicU64,
}

impl Load {
    pub(crate) async fn begin(url: &str) -> Result<Self> {
        let count = WRITERS + READERS + MOVERS + COMERS + SLOW;
        let mut people = Vec::new();
        for number in 0..count {
            people.push(register(url, &format!("person{number}")).await?);
        }
        let (owner, _running) = connect(url, &people[0]);
        let mut groups = Vec::new();
        for number in 0..GROUPS {
            let name = format!("Group {number}").parse()?;
            let group = CreateGroup { name, visibility: Visibility::Public, client_id: None };
            groups.push(owner.call(group).await?.id);
        }
        let written = (0..GROUPS).map(|_| AtomicU64::new(0)).collect();
        let [private, pages, searches, moves, connections, given_up] = [const { AtomicU64::new(0) }; 6];
        let url = url.to_owned();
        let world =
            World { url, people, groups, written, private, pages, searches, moves, connections, given_up };
        let mut load =
            Self { world: Arc::new(world), pace: watch::channel(Pace::Work).0, tasks: JoinSet::new() };
        let mut who = 0..count;
        let mut take = |some| who.by_ref().take(some).collect::<Vec<_>>();
        for one in take(WRITERS) {
            load.spawn(World::writes, one);
        }
        for one in take(READERS) {
            load.spawn(World::reads, one);
        }
        for one in take(MOVERS) {
            load.spawn(World::joins_and_leaves, one);
        }
        for one in take(COMERS) {
            load.spawn(World::comes_and_goes, one);
        }
        for one in take(SLOW) {
            load.spawn(World::reads_slowly, one);
        }
        Ok(load)
    }

    /// Fills the database with more than its caches hold. Otherwise they would fill for half an hour.
    pub(crate) async fn fill(&self) -> Result<()> {
        let World { url, people, groups, written, .. } = &*self.world;
        let fill = async |writer: &LoggedIn| -> Result<()> {
            let (client, _running) = connect(url, writer);
            for number in 0..FILLING {
                let group_id = groups[number % GROUPS];
                if number < GROUPS {
                    call(&client, JoinGroup { group_id }).await?;
                }
                let content = "x".repeat(3_000).parse()?;
                call(&client, SendGroupMessage::new(group_id, content)).await?;
                written[number % GROUPS].fetch_add(1, Relaxed);
            }
            Ok(())
        };
        try_join_all(people[..WRITERS].iter().map(fill)).await.map(drop)
    }

    /// Until it is told to stop, one person does something over and over.
    fn spawn<F>(&mut self, act: fn(Arc<World>, usize, Told) -> F, who: usize)
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        self.tasks.spawn(act(self.world.clone(), who, Told(self.pace.subscribe())));
    }

    /// Everybody does nothing for so long, and then goes on. `then` is done before they do.
    pub(crate) async fn rest<T>(&self, pause: Duration, then: impl FnOnce() -> T) -> T {
        self.pace.send_replace(Pace::Rest);
        sleep(pause).await;
        let done = then();
        self.pace.send_replace(Pace::Work);
        done
    }

    /// Nobody was told anything that they should not have been told.
    pub(crate) fn is_well(&mut self) -> Result<()> {
        match self.tasks.try_join_next() {
            None => Ok(()),
            Some(ended) => bail!("somebody ended: {:?}", ended?),
        }
    }

    /// Everybody stops; what was acknowledged is there.
    pub(crate) async fn end(mut self) -> Result<impl fmt::Display> {
        self.pace.send_replace(Pace::Stop);
        while let Some(ended) = self.tasks.join_next().await {
            ended??;
        }
        let World { url, people, groups, written, .. } = &*self.world;
        let (client, _running) = connect(url, &people[0]);
        for (group, written) in groups.iter().zip(written) {
            let kept = messages(&client, ConversationId::Group(*group)).await?;
            ensure!(kept == written.load(Relaxed), "{kept} messages, {written:?} acknowledged");
        }
        Ok(Done(self.world))
    }
}

/// How many messages there are, after a look at their order.
async fn messages(client: &Client, conversation: ConversationId) -> Result<u64> {
    let mut last = Seq::ZERO;
    loop {
        let fetch =
            FetchHistory { after: Some(last), limit: Some(200), ..FetchHistory::newest(conversation) };
        let page = client.call(fetch).await?;
        if page.messages.is_empty() {
            return Ok(last.0);
        }
        for message in page.messages {
            ensure!(message.seq.0 == last.0 + 1, "{:?} after {last:?}", message.seq);
            last = message.seq;
        }
    }
}

impl World {
    async fn writes(self: Arc<Self>, who: usize, mut told: Told) -> Result<()> {
        let (client, _running) = connect(&self.url, &self.people[who]);
        for group in &self.groups {
            call(&client, JoinGroup { group_id: *group }).await?;
        }
        let mut number = 0;
        while told.goes_on().await {
            let text = format!("{number} {}", "x".repeat(fastrand::usize(..400)));
            let content = text.parse()?;
            if fastrand::bool() {
                let other = &self.people[fastrand::usize(..self.people.len())];
                let recipient_id = other.user.id;
                call(&client, SendPrivateMessage::new(recipient_id, content)).await?;
                self.private.fetch_add(1, Relaxed);
            } else {
                let group = fastrand::usize(..self.groups.len());
                let group_id = self.groups[group];
                call(&client, SendGroupMessage::new(group_id, content)).await?;
                self.written[group].fetch_add(1, Relaxed);
            }
            number += 1;
            sleep(Duration::from_millis(fastrand::u64(10..150))).await;
        }
        Ok(())
    }

    async fn reads(self: Arc<Self>, who: usize, mut told: Told) -> Result<()> {
        let (client, _running) = connect(&self.url, &self.people[who]);
        for group in &self.groups {
            call(&client, JoinGroup { group_id: *group }).await?;
        }
        while told.goes_on().await {
            let conversation = ConversationId::Group(self.groups[fastrand::usize(..self.groups.len())]);
            let before = fastrand::bool().then(|| Seq(fastrand::u64(1..10_000)));
            call(&client, FetchHistory { before, limit: Some(100), ..FetchHistory::newest(conversation) })
                .await?;
            call(&client, ListConversations::default()).await?;
            self.pages.fetch_add(2, Relaxed);
            let query = format!("{}", fastrand::u8(..100));
            call(&client, FindUsers { query: query.clone() }).await?;
            call(&client, FindGroups { query }).await?;
            self.searches.fetch_add(2, Relaxed);
            sleep(Duration::from_millis(fastrand::u64(50..400))).await;
        }
        Ok(())
    }

    async fn joins_and_leaves(self: Arc<Self>, who: usize, mut told: Told) -> Result<()> {
        let (client, _running) = connect(&self.url, &self.people[who]);
        while told.goes_on().await {
            let group_id = self.groups[fastrand::usize(..self.groups.len())];
            call(&client, JoinGroup { group_id }).await?;
            sleep(Duration::from_millis(fastrand::u64(50..300))).await;
            call(&client, LeaveGroup { group_id }).await?;
            self.moves.fetch_add(2, Relaxed);
        }
        Ok(())
    }

    async fn comes_and_goes(self: Arc<Self>, who: usize, mut told: Told) -> Result<()> {
        while told.goes_on().await {
            let (client, _running) = connect(&self.url, &self.people[who]);
            call(&client, ListConversations::default()).await?;
            self.connections.fetch_add(1, Relaxed);
            sleep(Duration::from_millis(fastrand::u64(300..1_500))).await;
        }
        Ok(())
    }

    /// Asks for more than it reads, is given up by the server, and comes back.
    async fn reads_slowly(self: Arc<Self>, who: usize, mut told: Told) -> Result<()> {
        let addr = self.url.trim_start_matches("http://");
        while told.goes_on().await {
            let socket = TcpSocket::new_v4()?;
            socket.set_recv_buffer_size(4096)?;
            let mut stream = socket.connect(addr.parse()?).await?;
            let head = format!(
                "GET {}?EIO=4&transport=websocket HTTP/1.1\r\nhost: {addr}\r\nconnection: upgrade\r\n\
                 upgrade: websocket\r\nsec-websocket-version: 13\r\n\
                 sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                path::SOCKET_IO,
            );
            stream.write_all(head.as_bytes()).await?;
            let token = format!(r#"40{{"token":"{}"}}"#, self.people[who].token);
            stream.write_all(&frame(&token)).await?;
            self.connections.fetch_add(1, Relaxed);
            let mut some = [0; 512];
            while told.works() {
                let asked = stream.write_all(&frame(r#"421["listConversations",{}]"#)).await;
                if asked.is_err() || !matches!(stream.read(&mut some).await, Ok(1..)) {
                    self.given_up.fetch_add(1, Relaxed);
                    break;
                }
                sleep(Duration::from_millis(100)).await;
            }
        }
        Ok(())
    }
}

/// A text as a client's frame.
fn frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match u8::try_from(text.len()) {
        Ok(short @ ..126) => frame.push(0x80 | short),
        _ => {
            frame.push(0x80 | 126);
            frame.extend((text.len() as u16).to_be_bytes());
        }
    }
    // A mask of zeros changes nothing.
    frame.extend([0; 4]);
    frame.extend(text.bytes());
    frame
}

/// Calls, and tries again later if the server says that it is too much.
async fn call<E: Call<Catalogue = Chat> + Clone>(client: &Client, event: E) -> Result<E::Ack> {
    for _ in 0..100 {
        match client.call(event.clone()).await {
            Ok(ack) => return Ok(ack),
            Err(CallError::Refused(ErrorBody { code: ErrorCode::RateLimited, .. })) => {
                sleep(Duration::from_millis(100)).await;
            }
            Err(error) => return Err(anyhow!("{error:?}")),
        }
    }
    bail!("it is always too much")
}

/// A client, and the task that hears for it. The connection ends with them.
fn connect(url: &str, who: &LoggedIn) -> (Client, Listening) {
    let token = who.token.clone();
    let options = Options::new(url)
        .auth(move || protocol::ConnectAuth::new(token.clone()))
        .call_timeout(Duration::from_secs(30));
    let (client, notices) = native::connect::<Chat>(options);
    (client, Listening(tokio::spawn(notices.for_each(async |_| ()))))
}

struct Listening(tokio::task::JoinHandle<()>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn register(url: &str, name: &str) -> Result<LoggedIn> {
    let credentials = Credentials { username: name.parse()?, password: "correct horse".parse()? };
    let answer = reqwest::Client::new().post(format!("{url}{}", path::REGISTER)).json(&credentials).send();
    answer.await?.error_for_status()?.json().await.context("no login")
}

struct Done(Arc<World>);

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let World { written, private, pages, searches, moves, connections, given_up, .. } = &*self.0;
        let to_groups: u64 = written.iter().map(|count| count.load(Relaxed)).sum();
        let [private, pages, searches, moves, connections, given_up] =
            [private, pages, searches, moves, connections, given_up].map(|count| count.load(Relaxed));
        write!(
            f,
            "{private} private messages, {to_groups} to groups, {pages} pages, {searches} searches, \
             {moves} joins and leaves, {connections} connections, {given_up} slow readers given up"
        )
    }
}
