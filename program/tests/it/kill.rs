//! kill -9 in the middle of everything, again and again: what was acknowledged is kept, once, at the place
//! that the ack said; what was not is kept at most once.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use client::CallError;
use protocol::{
    AddReaction, ConversationId, EditMessage, Emoji, FetchChanges, FetchHistory, Group, JoinGroup, Message,
    MessageId, Rev, SendGroupMessage, Seq, limits,
};
use tempfile::TempDir;
use tokio::time::{Instant, sleep_until};

use crate::{
    harness::{Device, Person, Refused, private, register},
    lifecycle::{Running, parlance, scratch, started},
};

/// How many people write, each to the next one and to the group of all.
const WRITERS: usize = 4;
/// Messages of one writer that are on their way at the same time.
const AT_ONCE: usize = 16;
const GROUP: usize = WRITERS;

/// What somebody wants to be done.
#[derive(Clone, Debug)]
enum Wanted {
    Send {
        /// The number of the writer, or [`GROUP`].
        to: usize,
        client_id: String,
    },
    /// Correct a message.
    Edit {
        message: MessageId,
        of: String,
    },
    React {
        message: MessageId,
        of: String,
    },
}

/// A writer, over all rounds.
struct Writer {
    person: Person,
    sent: usize,
    /// Without an ack so far: sent again after each restart.
    pending: Vec<Wanted>,
    acknowledged: Vec<(Wanted, Message)>,
    /// How many of those were considered for a change.
    considered: usize,
}

impl Writer {
    /// Writes until the end or until the server is gone.
    async fn write(&mut self, people: &[Person], group: &Group, end: Instant) {
        // What it is asked before it is connected waits; the server may be killed before that.
        let device = self.person.try_connect(&self.person.login.token);
        loop {
            while self.pending.len() < AT_ONCE {
                if let Some(change) = self.next_change() {
                    self.pending.push(change);
                    continue;
                }
                self.sent += 1;
                let client_id = format!("{}-{}", self.person.user().username, self.sent);
                let to = if self.sent.is_multiple_of(2) { GROUP } else { self.sent % WRITERS };
                self.pending.push(Wanted::Send { to, client_id });
            }
            let sending = self.pending.iter().map(|wanted| send(&device, people, group, wanted));
            let answers = tokio::select! {
                answers = futures::future::join_all(sending) => answers,
                () = sleep_until(end) => return,
            };
            let mut pending = Vec::new();
            for (wanted, answer) in self.pending.drain(..).zip(answers) {
                match answer {
                    Ok(message) => self.acknowledged.push((wanted, message)),
                    Err(CallError::Refused(refusal)) => panic!("{wanted:?}: {refusal:?}"),
                    Err(_) => pending.push(wanted),
                }
            }
            self.pending = pending;
            if !self.pending.is_empty() {
                return;
            }
        }
    }
}

impl Writer {
    /// Every other message is corrected once, and every third gets a reaction.
    fn next_change(&mut self) -> Option<Wanted> {
        while let Some((wanted, message)) = self.acknowledged.get(self.considered) {
            self.considered += 1;
            let Wanted::Send { client_id, .. } = wanted else { continue };
            match self.considered % 6 {
                0 | 2 => return Some(Wanted::Edit { message: message.id, of: client_id.clone() }),
                3 => return Some(Wanted::React { message: message.id, of: client_id.clone() }),
                _ => {}
            }
        }
        None
    }
}

fn corrected(of: &str) -> String {
    format!("{of} corrected")
}

fn thumb() -> Emoji {
    "👍".parse().unwrap()
}

async fn send(
    device: &Device,
    people: &[Person],
    group: &Group,
    wanted: &Wanted,
) -> Result<Message, Refused> {
    let (to, client_id) = match wanted {
        Wanted::Send { to, client_id } => (to, client_id),
        Wanted::Edit { message, of } => {
            let (content, client_id) = (corrected(of).parse().unwrap(), Some(corrected(of).parse().unwrap()));
            return device.call(EditMessage { message_id: *message, content, client_id }).await;
        }
        Wanted::React { message, .. } => {
            return device.call(AddReaction { message_id: *message, emoji: thumb() }).await;
        }
    };
    match people.get(*to) {
        Some(person) => device.call(private(person.id(), client_id, Some(client_id))).await,
        None => {
            let (content, client_id) = (client_id.parse().unwrap(), Some(client_id.parse().unwrap()));
            device.call(SendGroupMessage { client_id, ..SendGroupMessage::new(group.id, content) }).await
        }
    }
}

/// Everything in a conversation, from its beginning.
async fn history(device: &Device, conversation: ConversationId) -> Vec<Message> {
    let mut all: Vec<Message> = Vec::new();
    loop {
        let last = all.last().map_or(Seq(0), |last| last.seq);
        let limit = Some(*limits::HISTORY_PAGE.end());
        let page = device
            .call(FetchHistory { after: Some(last), limit, ..FetchHistory::newest(conversation) })
            .await
            .unwrap();
        if page.messages.is_empty() {
            assert_eq!(page.head, last);
            return all;
        }
        all.extend(page.messages);
    }
}

fn random(below: u64) -> u64 {
    RandomState::new().hash_one(0) % below
}

/// Those who write, and the group of all.
async fn begin(addr: SocketAddr) -> (Vec<Writer>, Group) {
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        let person = register(addr, &format!("writer{number}x")).await;
        writers.push(Writer {
            person,
            sent: 0,
            pending: Vec::new(),
            acknowledged: Vec::new(),
            considered: 0,
        });
    }
    let group = writers[0].person.connect().await.create_group("all").await;
    for writer in &writers {
        writer.person.connect().await.call(JoinGroup { group_id: group.id }).await.unwrap();
    }
    (writers, group)
}

/// Everybody writes until `ending` has ended the server.
async fn write_until(writers: &mut [Writer], group: &Group, addr: SocketAddr, ending: impl AsyncFnOnce()) {
    let end = Instant::now() + Duration::from_millis(30 + random(270));
    let people = people(writers, addr);
    let writing = writers.iter_mut().map(|writer| {
        writer.person.addr = addr;
        writer.write(&people, group, end + Duration::from_millis(500))
    });
    let ending = async {
        sleep_until(end).await;
        ending().await;
    };
    tokio::join!(futures::future::join_all(writing), ending);
}

/// Sends what is pending once more, to a server that stays up, and then checks everything.
async fn settle(writers: &mut [Writer], group: &Group, addr: SocketAddr) -> usize {
    let people = people(writers, addr);
    for (writer, person) in writers.iter_mut().zip(&people) {
        let device = person.connect().await;
        for wanted in std::mem::take(&mut writer.pending) {
            let message = send(&device, &people, group, &wanted).await.unwrap();
            writer.acknowledged.push((wanted, message));
        }
    }
    verify(&people, group, writers).await;
    writers.iter().map(|writer| writer.acknowledged.len()).sum()
}

fn people(writers: &[Writer], addr: SocketAddr) -> Vec<Person> {
    writers.iter().map(|writer| Person { addr, ..writer.person.clone() }).collect()
}

async fn start(data_dir: &Path) -> Running {
    let data_dir = data_dir.to_str().unwrap();
    let options = ["--addr", "127.0.0.1:0", "--data-dir", data_dir, "--rate-limit", "off", "--log", "warn"];
    started(parlance(&options)).await
}

async fn kill_again_and_again(rounds: usize) {
    let data_dir = scratch();
    let (mut running, mut _lines, mut addr) = start(data_dir.path()).await;
    let (mut writers, group) = begin(addr).await;
    for _ in 0..rounds {
        write_until(&mut writers, &group, addr, async || running.kill().await.unwrap()).await;
        (running, _lines, addr) = start(data_dir.path()).await;
    }
    let acknowledged = settle(&mut writers, &group, addr).await;
    running.kill().await.unwrap();
    let checked =
        parlance(&["check", "--data-dir", data_dir.path().to_str().unwrap()]).output().await.unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    println!("{rounds} kills, {acknowledged} messages acknowledged and each kept once");
    assert!(acknowledged > rounds * WRITERS, "{acknowledged}");
}

async fn verify(people: &[Person], group: &Group, writers: &[Writer]) {
    let mut kept: HashMap<String, Message> = HashMap::new();
    for (number, person) in people.iter().enumerate() {
        let device = person.connect().await;
        let mut conversations = vec![ConversationId::User(person.id())];
        conversations.extend(people[number + 1..].iter().map(|other| ConversationId::User(other.id())));
        if number == 0 {
            conversations.push(ConversationId::Group(group.id));
        }
        for conversation in conversations {
            check_changes(&device, conversation).await;
            for (message, seq) in history(&device, conversation).await.into_iter().zip(1..) {
                assert_eq!(message.seq, Seq(seq), "no gap");
                let client_id = message.client_id.as_ref().unwrap().to_string();
                assert!(
                    message.content.as_str() == client_id
                        || message.content.as_str() == corrected(&client_id)
                );
                let twice = kept.insert(client_id, message);
                assert!(twice.is_none(), "kept twice: {twice:?}");
            }
        }
    }
    let mut acknowledged = 0;
    for (wanted, message) in writers.iter().flat_map(|writer| &writer.acknowledged) {
        match wanted {
            Wanted::Send { client_id, .. } => {
                let kept = &kept[client_id];
                assert_eq!((kept.id, kept.seq), (message.id, message.seq), "as the ack said");
                acknowledged += 1;
            }
            Wanted::Edit { of, .. } => assert_eq!(kept[of].content.as_str(), corrected(of)),
            Wanted::React { of, .. } => {
                let people = kept[of].reactions.iter().map(|reaction| reaction.user_ids.len());
                assert_eq!(people.collect::<Vec<_>>(), [1], "once");
            }
        }
    }
    assert_eq!(kept.len(), acknowledged, "nothing is there that nobody was told of");
}

/// What is told of the changes since the beginning is every message, each once.
async fn check_changes(device: &Device, conversation: ConversationId) {
    let (mut all, mut since) = (Vec::new(), Rev::ZERO);
    loop {
        let page = device.call(FetchChanges { conversation, since, limit: None }).await.unwrap();
        all.extend(page.messages);
        since = page.rev;
        if !page.more {
            break;
        }
    }
    assert!(all.windows(2).all(|pair| pair[0].rev < pair[1].rev));
    assert!(all.last().is_none_or(|last| last.rev == since));
    all.sort_by_key(|message| message.seq);
    assert_eq!(all, history(device, conversation).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kills_in_the_middle_of_writing() {
    kill_again_and_again(10).await;
}

/// `cargo nextest run -p server --run-ignored only kill`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn what_was_acknowledged_survives_200_kills() {
    kill_again_and_again(200).await;
}

/// A disk of its own, in a file. What is in the file has been written to the disk; what the system has not
/// written to it yet is lost with the power.
#[cfg(target_os = "linux")]
struct Disk {
    folder: TempDir,
}

#[cfg(target_os = "linux")]
impl Disk {
    fn run(program: &str, options: &[&str]) -> bool {
        let mut command = std::process::Command::new(program);
        command.args(options).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    /// An empty disk; none if nothing may be mounted here.
    fn new() -> Option<Self> {
        let disk = Self { folder: scratch() };
        std::fs::File::create(disk.image()).unwrap().set_len(256 << 20).unwrap();
        (Self::run("mkfs.ext4", &["-q", "-F", disk.image().to_str()?]) && disk.mount()).then_some(disk)
    }

    fn mount(&self) -> bool {
        std::fs::create_dir_all(self.root()).unwrap();
        let (image, root) = (self.image(), self.root());
        Self::run("mount", &["-o", "loop", image.to_str().unwrap(), root.to_str().unwrap()])
    }

    /// What is on the disk when the power is cut, as another disk.
    fn cut(&self) -> Self {
        let copy = Self { folder: scratch() };
        std::fs::copy(self.image(), copy.image()).unwrap();
        copy
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }
}

#[cfg(target_os = "linux")]
impl Drop for Disk {
    fn drop(&mut self) {
        Self::run("umount", &["-l", self.root().to_str().unwrap()]);
    }
}

/// As root: `cargo nextest run -p server --run-ignored only power`.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes, and a file system that only root may mount"]
async fn what_was_acknowledged_survives_power_cuts() {
    const CUTS: usize = 50;
    let mut disk = Disk::new().expect("this takes root, and a loop device");
    let (mut running, mut _lines, mut addr) = start(&disk.root().join("data")).await;
    let (mut writers, group) = begin(addr).await;
    for _ in 0..CUTS {
        let mut after = None;
        write_until(&mut writers, &group, addr, async || {
            // While the disk is copied, nothing is written, and nothing is answered.
            let id = running.id().unwrap().to_string();
            assert!(Disk::run("kill", &["-STOP", &id]));
            after = Some(disk.cut());
            running.kill().await.unwrap();
        })
        .await;
        disk = after.unwrap();
        assert!(disk.mount());
        (running, _lines, addr) = start(&disk.root().join("data")).await;
    }
    let acknowledged = settle(&mut writers, &group, addr).await;
    running.kill().await.unwrap();
    println!("{CUTS} power cuts, {acknowledged} messages acknowledged and each kept once");
    assert!(acknowledged > CUTS * WRITERS, "{acknowledged}");
}
