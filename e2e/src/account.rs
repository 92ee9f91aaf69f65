//! Accounts without a browser, and programs that use them.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context as _, Result};
use client::{Client, Options, native};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use protocol::{
    AddReaction, Chat, CreateGroup, EditMessage, Group, GroupId, JoinGroup, MessageId, SendGroupMessage,
    SendPrivateMessage, UserId, Visibility,
};
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::person::PASSWORD;

/// How many calls are on their way at once.
const AT_ONCE: usize = 500;

/// Somebody, and what they connect with.
pub struct Account {
    pub id: UserId,
    pub token: String,
}

impl Account {
    /// Makes one.
    pub async fn register(url: &str, name: &str) -> Result<Self> {
        Self::ask(url, "register", name).await
    }

    /// The account of somebody who registered before.
    pub async fn of(url: &str, name: &str) -> Result<Self> {
        Self::ask(url, "login", name).await
    }

    async fn ask(url: &str, how: &str, name: &str) -> Result<Self> {
        let credentials = json!({ "username": name, "password": PASSWORD });
        let answer = reqwest::Client::new().post(format!("{url}/api/auth/{how}")).json(&credentials).send();
        let answer: Value = answer.await?.error_for_status()?.json().await?;
        let token = answer["token"].as_str().context("no token")?.to_owned();
        Ok(Self { id: serde_json::from_value(answer["user"]["id"].clone())?, token })
    }

    /// Connects as this person.
    pub fn connects(self, url: &str) -> Client<Chat> {
        let (client, notices) = native::connect::<Chat>(
            Options::new(url).auth(move || protocol::ConnectAuth::new(self.token.clone())),
        );
        tokio::spawn(notices.for_each(async |_| ()));
        client
    }
}

/// A program called Ben that writes to one person.
pub struct Bot {
    client: Client<Chat>,
    to: UserId,
}

impl Bot {
    pub async fn writes_to(url: &str, name: &str) -> Result<Self> {
        let to = Account::of(url, name).await?.id;
        Ok(Self { client: Account::register(url, "ben").await?.connects(url), to })
    }

    pub async fn says(&self, text: &str) -> Result<()> {
        let content = text.parse().context("a text")?;
        self.client.call(SendPrivateMessage::new(self.to, content)).await?;
        Ok(())
    }

    /// Writes at an even pace for so long, and changes what was written a short time ago. Returns how many
    /// messages it wrote.
    pub async fn keeps_writing(&self, pace: Pace, time: Duration) -> Result<u64> {
        let mut ticks = interval(Duration::from_secs(1) / pace.messages);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let (mut sent, mut changed, mut recent) = (0, 0, VecDeque::new());
        let end = Instant::now() + time;
        while Instant::now() < end {
            ticks.tick().await;
            let content = format!("{sent}: what happens while one types").parse().context("a text")?;
            let message = self.client.call(SendPrivateMessage::new(self.to, content)).await?;
            sent += 1;
            recent.push_back(message.id);
            if recent.len() > RECENT {
                recent.pop_front();
            }
            while changed * u64::from(pace.messages) < sent * u64::from(pace.changes) {
                changed += 1;
                let index = usize::try_from(changed)? % recent.len();
                self.changes(recent[index], changed).await?;
            }
        }
        Ok(sent)
    }

    /// Corrects a message, or reacts to it.
    async fn changes(&self, message_id: MessageId, number: u64) -> Result<()> {
        if number.is_multiple_of(2) {
            let content = format!("corrected for the {number}th time").parse().context("a text")?;
            self.client.call(EditMessage { message_id, content, client_id: None }).await?;
        } else {
            let emoji = "👍".parse().context("an emoji")?;
            self.client.call(AddReaction { message_id, emoji }).await?;
        }
        Ok(())
    }

    /// All of them, in this order, without waiting for the answer to one before the next is sent.
    pub async fn says_all(&self, texts: impl Iterator<Item = String>) -> Result<()> {
        let answers = stream::iter(texts).map(async |text| self.says(&text).await);
        answers.buffered(AT_ONCE).try_collect::<Vec<()>>().await.map(drop)
    }
}

/// How much happens each second.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub messages: u32,
    pub changes: u32,
}

/// So many of the newest messages are changed.
const RECENT: usize = 30;

/// Makes a group of each name.
pub async fn make_groups(owner: &Client<Chat>, names: impl Iterator<Item = String>) -> Result<Vec<Group>> {
    let make = async |name: String| -> Result<Group> {
        let name = name.parse().context("a name")?;
        Ok(owner.call(CreateGroup { name, visibility: Visibility::Public, client_id: None }).await?)
    };
    stream::iter(names).map(make).buffered(AT_ONCE).try_collect().await
}

/// Joins a group and writes into it.
pub async fn says_in_group(client: &Client<Chat>, group_id: GroupId, text: &str) -> Result<()> {
    client.call(JoinGroup { group_id }).await?;
    let content = text.parse().context("a text")?;
    client.call(SendGroupMessage::new(group_id, content)).await?;
    Ok(())
}
