//! What components ask the server for by themselves. An error is a sentence for people.

use chat::{Runtime, runtime::Answered};
use leptos::prelude::*;
use protocol::{
    BannedUser, ClientId, ConversationId, FormerText, FoundMessages, Group, GroupId, GroupName, Message,
    MessageId, Peer, Role, SearchMessages, Seq, Timestamp, User, UserId, Visibility,
};

use super::Store;
use crate::intl::calendar;

impl Store {
    /// People by a part of their name; they are known from then on.
    pub(crate) async fn find_people(self, query: String) -> Answered<Vec<User>> {
        self.runtime()?.find_people(query).await
    }

    /// Public groups by a part of their name.
    pub(crate) async fn find_groups(self, query: String) -> Answered<Vec<Group>> {
        self.runtime()?.find_groups(query).await
    }

    /// Messages of all conversations. Within the answer, an error says what is wrong with the query.
    pub(crate) async fn search_messages(
        self,
        query: String,
        before: Option<MessageId>,
    ) -> Answered<Result<FoundMessages, String>> {
        let utc_offset = Some(calendar::utc_offset());
        let search = SearchMessages { query, before, utc_offset, ..SearchMessages::default() };
        self.runtime()?.search_messages(search).await
    }

    /// Who or what an address is about; `None` if there is no such person or group.
    pub(crate) async fn look_up(self, id: ConversationId) -> Answered<Option<Peer>> {
        self.runtime()?.look_up(id).await
    }

    /// With the same id it makes no second one.
    pub(crate) async fn create_group(
        self,
        client_id: ClientId,
        name: GroupName,
        visibility: Visibility,
    ) -> Answered<ConversationId> {
        self.runtime()?.create_group(client_id, name, visibility).await
    }

    pub(crate) async fn join_group(self, group_id: GroupId) -> Answered<ConversationId> {
        self.runtime()?.join_group(group_id).await
    }

    pub(crate) async fn add_members(self, group_id: GroupId, people: Vec<UserId>) -> Answered<()> {
        self.runtime()?.add_members(group_id, people).await
    }

    /// By name.
    pub(crate) async fn shared_groups(self, user: UserId) -> Answered<Vec<Group>> {
        self.runtime()?.shared_groups(user).await
    }

    /// When somebody was online last; `None` if they are online, or if that is not known.
    pub(crate) async fn last_seen(self, user: UserId) -> Answered<Option<Timestamp>> {
        self.runtime()?.last_seen(user).await
    }

    pub(crate) async fn mute(self, id: ConversationId, muted: bool) -> Answered<()> {
        self.runtime()?.mute(id, muted).await
    }

    /// The first message of a time or later, or else the newest.
    pub(crate) async fn message_at(
        self,
        id: ConversationId,
        at: Timestamp,
    ) -> Answered<Option<(Seq, MessageId)>> {
        self.runtime()?.message_at(id, at).await
    }

    pub(crate) async fn leave_group(self, group_id: GroupId) -> Answered<()> {
        self.runtime()?.leave_group(group_id).await
    }

    /// The members of a group that this person is in; they are in the state from then on.
    pub(crate) async fn load_members(self, group_id: GroupId) -> Answered<()> {
        self.runtime()?.load_members(group_id).await
    }

    pub(crate) async fn set_role(self, group: GroupId, user: UserId, role: Role) -> Answered<()> {
        self.runtime()?.set_role(group, user, role).await
    }

    pub(crate) async fn remove_member(self, group: GroupId, user: UserId) -> Answered<()> {
        self.runtime()?.remove_member(group, user).await
    }

    pub(crate) async fn ban_member(self, group: GroupId, user: UserId) -> Answered<()> {
        self.runtime()?.ban_member(group, user).await
    }

    pub(crate) async fn unban_member(self, group: GroupId, user: UserId) -> Answered<()> {
        self.runtime()?.unban_member(group, user).await
    }

    /// Everybody who is banned from a group, by name.
    pub(crate) async fn banned(self, group: GroupId) -> Answered<Vec<BannedUser>> {
        self.runtime()?.banned(group).await
    }

    /// One message, and the conversation that it is in; `None` if there is none for this person.
    pub(crate) async fn message(self, id: MessageId) -> Answered<Option<Message>> {
        self.runtime()?.message(id).await
    }

    /// The texts that a message had before, the oldest first.
    pub(crate) async fn former_texts(self, id: MessageId) -> Answered<Vec<FormerText>> {
        self.runtime()?.former_texts(id).await
    }

    /// The pinned messages of a conversation, those pinned last first.
    pub(crate) async fn pins(self, id: ConversationId) -> Answered<Vec<Message>> {
        self.runtime()?.pins(id).await
    }

    /// An error once the page that asks is gone; then nobody reads the sentence either.
    pub(crate) fn runtime(self) -> Answered<Runtime> {
        self.runtime.try_with_value(Runtime::clone).ok_or_else(String::new)
    }
}
