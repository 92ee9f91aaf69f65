//! Conversations with something of everything that a message can be.

use anyhow::{Context as _, Result};
use client::Client;
use e2e::account::{Account, says_in_group};
use protocol::{
    AddMembers, AddReaction, BanMember, Chat, CreateGroup, DeleteMessage, EditMessage, Message, MessageText,
    PinMessage, Role, SendGroupMessage, SendPrivateMessage, SetRole, UserId, Visibility,
};

const FORMATTED: &str = "# Release\nIt is **done**, _nearly_ on time: `cargo test`, https://a.example/notes\n\n\
    > Shall we?\n\n- one\n- two\n\n```rust\nfn main() {}\n```";

/// What Ann has, and where.
pub(crate) struct Furniture {
    ben: Client<Chat>,
    ann: UserId,
    /// With Ben.
    pub(crate) private: String,
    pub(crate) with_cleo: String,
    /// With Ben and Cleo. Ann is an admin, and Emil is banned.
    pub(crate) group: String,
    /// Which Ann is not in.
    pub(crate) other_group: String,
}

pub(crate) async fn furnish(url: &str) -> Result<Furniture> {
    let ann = Account::of(url, "ann").await?;
    let ben = Account::register(url, "ben").await?;
    let cleo = Account::register(url, "cleo").await?;
    Account::register(url, "dora").await?;
    let emil = Account::register(url, "emil").await?.id;
    let (ann_id, ben_id, cleo_id) = (ann.id, ben.id, cleo.id);
    let (ann, ben, cleo) = (ann.connects(url), ben.connects(url), cleo.connects(url));

    let asks = write(&ben, ann_id, "Who brings the **cake**?").await?;
    write(&ben, ann_id, FORMATTED).await?;
    let answer = SendPrivateMessage {
        reply_to: Some(asks.id),
        ..SendPrivateMessage::new(ben_id, words("Cake frm me")?)
    };
    let answer = ann.call(answer).await?;
    ann.call(EditMessage { message_id: answer.id, content: words("Cake from me")?, client_id: None }).await?;
    let secret = write(&ben, ann_id, "a secret").await?;
    ben.call(DeleteMessage { message_id: secret.id }).await?;
    ben.call(PinMessage { message_id: answer.id }).await?;
    for (who, emoji) in [(&ben, "🎉"), (&ann, "🎉"), (&ben, "👍")] {
        let emoji = emoji.parse().context("an emoji")?;
        who.call(AddReaction { message_id: answer.id, emoji }).await?;
    }
    write(&cleo, ann_id, "Did you see it?").await?;

    let group = make(&ben, "Lunch").await?;
    ben.call(AddMembers { group_id: group, user_ids: vec![ann_id, cleo_id] }).await?;
    ben.call(SetRole { group_id: group, user_id: ann_id, role: Role::Admin }).await?;
    ben.call(BanMember { group_id: group, user_id: emil }).await?;
    says_in_group(&cleo, group, "Where?").await?;
    ben.call(SendGroupMessage::new(group, words("@ann knows, and @cleo")?)).await?;
    let other_group = make(&ben, "Chess").await?;
    Ok(Furniture {
        ben,
        ann: ann_id,
        private: format!("/people/{ben_id}"),
        with_cleo: format!("/people/{cleo_id}"),
        group: format!("/groups/{group}"),
        other_group: format!("/groups/{other_group}"),
    })
}

impl Furniture {
    pub(crate) async fn ben_writes(&self, text: &str) -> Result<()> {
        write(&self.ben, self.ann, text).await.map(drop)
    }
}

async fn write(from: &Client<Chat>, to: UserId, text: &str) -> Result<Message> {
    Ok(from.call(SendPrivateMessage::new(to, words(text)?)).await?)
}

async fn make(owner: &Client<Chat>, name: &str) -> Result<protocol::GroupId> {
    let name = name.parse().context("a name")?;
    Ok(owner.call(CreateGroup { name, visibility: Visibility::Public, client_id: None }).await?.id)
}

fn words(text: &str) -> Result<MessageText> {
    text.parse().context("a text")
}
