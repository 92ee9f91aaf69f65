//! A model of the server: the rules of delivery and nothing else.

mod answers;
mod changes;
mod mentions;
mod presence;
mod reading;
mod receipts;
mod roles;

use std::collections::{BTreeMap, BTreeSet};

use client::packet::{Body, Packet};
use protocol::{
    ChangeId, ClientEvent, ClientId, ConnectAuth, ConversationId, ErrorBody, ErrorCode, EventEnum, GroupId,
    JoinedGroup, LeftGroup, MembershipChange, Message, MessageId, Recipient, Reply, Rev, Role,
    SendGroupMessage, SendPrivateMessage, Seq, ServerEvent, Timestamp, User, UserId, UserJoinedGroup,
    UserLeftGroup, UserTyping,
};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use self::reading::Mark;
use super::network::TransportId;

/// Everybody is in the first group and stays there; people come to the second one and go.
pub(super) const ALL: GroupId = GroupId::from_bytes([9; 16]);
pub(super) const SOME: GroupId = GroupId::from_bytes([8; 16]);

pub(super) fn user(n: u8) -> User {
    User { id: UserId::from_bytes([n; 16]), username: format!("user{n}").parse().unwrap() }
}

/// A conversation, whoever looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ConversationKey {
    Group(GroupId),
    Pair(UserId, UserId),
}

impl ConversationKey {
    pub(super) fn of(me: UserId, conversation: ConversationId) -> Self {
        match conversation {
            ConversationId::Group(group) => Self::Group(group),
            ConversationId::User(other) => Self::Pair(me.min(other), me.max(other)),
        }
    }

    fn seen_by(self, me: UserId) -> ConversationId {
        match self {
            Self::Group(group) => ConversationId::Group(group),
            Self::Pair(low, high) => ConversationId::User(if low == me { high } else { low }),
        }
    }
}

/// What a backup contains.
#[derive(Clone, Default)]
pub(super) struct Files {
    pub(super) history: BTreeMap<ConversationKey, Vec<Message>>,
    /// Every change, in order: which one it was.
    changes: BTreeMap<ConversationKey, Vec<ChangeId>>,
    sent: BTreeMap<(UserId, ClientId), (ConversationKey, usize)>,
    edited: BTreeSet<(UserId, ClientId)>,
    read: BTreeMap<(UserId, ConversationKey), Mark>,
    delivered: BTreeMap<(UserId, ConversationKey), Seq>,
    /// How far somebody had read when they marked something as unread.
    seen: BTreeMap<(UserId, ConversationKey), Seq>,
    joined_after: BTreeMap<(UserId, ConversationKey), Seq>,
    members: BTreeMap<GroupId, BTreeSet<UserId>>,
    memberships: Vec<(GroupId, MembershipChange)>,
    roles: BTreeMap<(UserId, GroupId), Role>,
}

impl Files {
    /// The corrections that were carried out.
    pub(super) fn corrections(&self) -> impl Iterator<Item = &ClientId> {
        self.edited.iter().map(|(_, client_id)| client_id)
    }

    fn note(&mut self, group: GroupId, user_id: UserId, joined: bool, after: Seq) {
        let number = self.memberships.len() as u64 + 1;
        let change = MembershipChange { number, after, user_id, joined, removed_by: None, at: Timestamp(0) };
        self.memberships.push((group, change));
    }
}

/// What it says to whom it does not let in.
pub(super) const REFUSAL: &str = "Not now.";

#[derive(Default)]
pub(super) struct Server {
    pub(super) files: Files,
    /// Who is connected, and whether they were let in.
    transports: BTreeMap<TransportId, (UserId, bool)>,
    /// Whom those who were let in watch.
    watched: BTreeMap<TransportId, Vec<UserId>>,
    /// People who are online on devices outside of this world.
    strangers: BTreeSet<UserId>,
    /// Why it lets nobody in.
    pub(super) lets_nobody_in: Option<ErrorCode>,
    /// The token that it lets in, and any later one.
    pub(super) valid_token: u32,
    /// How often it did not let somebody in.
    pub(super) refusals: u64,
    /// Never used twice, whatever backup is restored.
    ids: u64,
    /// How often a receipt changed.
    pub(super) receipts_told: u64,
}

/// What goes out after a frame came in.
#[derive(Default)]
pub(super) struct Outgoing {
    pub(super) frames: Frames,
    /// A message was committed.
    pub(super) committed: bool,
    /// The message that somebody sent, committed or not.
    pub(super) sent: Option<ClientId>,
}

/// Frames, and over which transports they go.
pub(super) type Frames = Vec<(TransportId, String)>;

type Answer = Result<Box<RawValue>, ErrorBody>;

impl Server {
    pub(super) fn new(people: u8) -> Self {
        let mut server = Self::default();
        let everybody: BTreeSet<UserId> = (1..=people).map(|n| user(n).id).collect();
        server.files.members.insert(SOME, everybody.iter().copied().skip(1).collect());
        server.files.members.insert(ALL, everybody);
        server
    }

    pub(super) fn opened(&mut self, transport: TransportId, user: UserId) -> String {
        self.transports.insert(transport, (user, false));
        r#"0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
            .to_owned()
    }

    pub(super) fn receive(&mut self, transport: TransportId, frame: &str) -> Outgoing {
        let mut out = Outgoing::default();
        let Some((sender, joined)) = self.transports.get_mut(&transport) else { return out };
        let sender = *sender;
        let Some(text) = frame.strip_prefix('4') else { return out };
        match Packet::decode(text).unwrap().body {
            Body::Connect(auth) => {
                let auth: ConnectAuth = serde_json::from_str(auth.unwrap().get()).unwrap();
                let is_expired = auth.token.parse::<u32>().unwrap() < self.valid_token;
                if let Some(code) = self.lets_nobody_in.or(is_expired.then_some(ErrorCode::Unauthorized)) {
                    self.refusals += 1;
                    let refusal = ErrorBody::new(code, REFUSAL).to_refusal();
                    out.frames.push((transport, format!("44{}", serde_json::json!({ "message": refusal }))));
                    return out;
                }
                let watched = auth.watch.unwrap();
                // Rooms first: from here on it receives what is said.
                *joined = true;
                out.frames.push((transport, r#"40{"sid":"y"}"#.to_owned()));
                let online = ServerEvent::OnlineUsers(self.online_of(&watched));
                out.frames.push((transport, encode(&online)));
                out.frames.extend(self.tell_watchers(sender));
                self.watched.insert(transport, watched);
            }
            Body::Event { name, args, ack, .. } => {
                assert!(*joined, "nothing is sent before the server let it in");
                let event = ClientEvent::decode(&name, &args[0]).unwrap();
                if let ClientEvent::SendGroupMessage(SendGroupMessage { client_id, .. })
                | ClientEvent::SendPrivateMessage(SendPrivateMessage { client_id, .. }) = &event
                {
                    out.sent.clone_from(client_id);
                }
                let mut told = Vec::new();
                if let ClientEvent::WatchPresence(watch) = &event {
                    self.watched.insert(transport, watch.user_ids.clone());
                }
                let reply = match self.handle(sender, event, &mut told) {
                    Ok(data) => data,
                    Err(error) => to_raw_value(&Reply::<(), _>::Error(error)).unwrap(),
                };
                // Only what is volatile asks for none.
                if let Some(id) = ack {
                    let args = vec![std::borrow::Cow::Owned(reply)];
                    let ack = Packet::main(Body::Ack { id, args, attachments: None });
                    out.frames.push((transport, ack.encode()));
                }
                for (to, event) in told {
                    out.committed |= matches!(
                        event,
                        ServerEvent::GroupMessage(_)
                            | ServerEvent::MessageSent(_)
                            | ServerEvent::MessageChanged(_)
                    );
                    let frame = encode(&event);
                    let sockets = self.transports.iter().filter(|(_, (user, joined))| *joined && *user == to);
                    out.frames.extend(sockets.map(|(transport, _)| (*transport, frame.clone())));
                }
            }
            _ => {}
        }
        out
    }

    pub(super) fn is_member(&self, me: UserId, group: GroupId) -> bool {
        self.files.members[&group].contains(&me)
    }

    fn handle(&mut self, me: UserId, event: ClientEvent, told: &mut Vec<(UserId, ServerEvent)>) -> Answer {
        match event {
            ClientEvent::SendGroupMessage(new) => {
                self.check_member(me, new.group_id)?;
                self.send(me, Recipient::Group(new.group_id), new.content, new.client_id, new.reply_to, told)
            }
            ClientEvent::SendPrivateMessage(new) => self.send(
                me,
                Recipient::User(new.recipient_id),
                new.content,
                new.client_id,
                new.reply_to,
                told,
            ),
            ClientEvent::Synchronise(asked) => Ok(data(&self.synchronise(me, &asked))),
            ClientEvent::FetchHistory(fetch) => {
                if let ConversationId::Group(group) = fetch.conversation {
                    self.check_member(me, group)?;
                }
                Ok(data(&self.page(me, &fetch)))
            }
            ClientEvent::GetUsers(get) => {
                let users: Vec<User> = get.user_ids.iter().map(|id| self::user(id.into_bytes()[0])).collect();
                Ok(data(&users))
            }
            ClientEvent::WatchPresence(watch) => Ok(data(&self.online_of(&watch.user_ids))),
            ClientEvent::MarkRead(_) | ClientEvent::MarkUnread(_) => self.mark(me, &event, told),
            ClientEvent::JoinGroup(join) => {
                let (group, head) = (join.group_id, self.head(ConversationKey::Group(join.group_id)));
                let members = self.files.members.get_mut(&group).unwrap();
                if members.insert(me) {
                    self.files.note(group, me, true, head);
                    let members = &self.files.members[&group];
                    let others = members.iter().copied().filter(|other| *other != me);
                    let user = self::user(me.into_bytes()[0]);
                    let joined = UserJoinedGroup { group_id: group, user };
                    told.extend(others.map(|other| (other, ServerEvent::UserJoinedGroup(joined.clone()))));
                    let joined = JoinedGroup { group_id: group, name: "Some".parse().unwrap() };
                    told.push((me, ServerEvent::JoinedGroup(joined)));
                    self.files.read.insert((me, ConversationKey::Group(group)), (0, head));
                    self.files.joined_after.insert((me, ConversationKey::Group(group)), head);
                }
                Ok(data(&self.group(group)))
            }
            ClientEvent::LeaveGroup(leave) => {
                let group = leave.group_id;
                self.check_member(me, group)?;
                let head = self.head(ConversationKey::Group(group));
                self.files.members.get_mut(&group).unwrap().remove(&me);
                self.files.roles.remove(&(me, group));
                self.files.note(group, me, false, head);
                let members = &self.files.members[&group];
                let left = LeftGroup { group_id: group, name: "Some".parse().unwrap(), removed_by: None };
                told.push((me, ServerEvent::LeftGroup(left.clone())));
                let other = UserLeftGroup { group_id: group, user_id: me, removed_by: None };
                told.extend(
                    members.iter().map(|member| (*member, ServerEvent::UserLeftGroup(other.clone()))),
                );
                Ok(data(&left))
            }
            ClientEvent::Typing(typing) => {
                let place = ConversationKey::of(me, typing.conversation);
                let others = match typing.conversation {
                    ConversationId::User(other) => vec![other],
                    ConversationId::Group(group) => {
                        self.check_member(me, group)?;
                        self.files.members[&group].iter().copied().filter(|other| *other != me).collect()
                    }
                };
                let typing = |other| UserTyping { conversation: place.seen_by(other), user_id: me };
                told.extend(others.into_iter().map(|other| (other, ServerEvent::UserTyping(typing(other)))));
                Ok(data(&()))
            }
            ClientEvent::MarkDelivered(mark) => self.mark_delivered(me, &mark, told),
            ClientEvent::ListReceipts(list) => self.list_receipts(me, &list),
            ClientEvent::FetchChanges(fetch) => {
                if let ConversationId::Group(group) = fetch.conversation {
                    self.check_member(me, group)?;
                }
                Ok(data(&self.changes_since(ConversationKey::of(me, fetch.conversation), fetch.since)))
            }
            other => self.change(me, &other, told),
        }
    }

    fn send(
        &mut self,
        sender: UserId,
        recipient: Recipient,
        content: protocol::MessageText,
        client_id: Option<ClientId>,
        reply_to: Option<MessageId>,
        told: &mut Vec<(UserId, ServerEvent)>,
    ) -> Answer {
        // A program of others may leave it out; ours never does.
        if let Some(key) = client_id.clone().map(|client_id| (sender, client_id))
            && let Some((place, index)) = self.files.sent.get(&key)
        {
            let original = self.history(*place).swap_remove(*index);
            let untouched = original.edited_at.is_none() && original.deleted_at.is_none();
            if (untouched && original.content != content) || original.recipient != recipient {
                return Err(ErrorBody::new(ErrorCode::ClientIdReused, "Another message."));
            }
            return Ok(data(&original));
        }
        let place = match recipient {
            Recipient::Group(group) => ConversationKey::Group(group),
            Recipient::User(other) => ConversationKey::of(sender, ConversationId::User(other)),
        };
        self.ids += 1;
        let id = MessageId::from_bytes(u128::from(self.ids).to_be_bytes());
        let reply_to = match reply_to {
            None => None,
            Some(quoted) => Some(self.quote(place, quoted)?),
        };
        let changes = self.files.changes.entry(place).or_default();
        changes.push(id.into());
        let rev = Rev(changes.len() as u64);
        let seq = self.head(place).next();
        let message = Message {
            client_id: client_id.clone(),
            rev,
            reply_to,
            ..Message::new(id, sender, recipient, seq, content)
        };
        let message = self.mention(place, message);
        let messages = self.files.history.entry(place).or_default();
        messages.push(message.clone());
        if let Some(client_id) = client_id {
            self.files.sent.insert((sender, client_id), (place, seq.0 as usize - 1));
        }
        let (number, _) = self.read_by(sender, place);
        self.files.read.insert((sender, place), (number, seq));
        match recipient {
            Recipient::Group(group) => {
                let members = self.files.members[&group].iter();
                told.extend(members.map(|member| (*member, ServerEvent::GroupMessage(message.clone()))));
            }
            Recipient::User(other) => {
                told.push((sender, ServerEvent::MessageSent(message.clone())));
                told.push((other, ServerEvent::PrivateMessage(message.clone())));
            }
        }
        Ok(data(&message))
    }

    fn head(&self, place: ConversationKey) -> Seq {
        Seq(self.files.history.get(&place).map_or(0, Vec::len) as u64)
    }

    fn rev(&self, place: ConversationKey) -> Rev {
        Rev(self.files.changes.get(&place).map_or(0, Vec::len) as u64)
    }

    /// Which change was the last, unless that was a sending.
    fn last_change_id(&self, place: ConversationKey) -> Option<ChangeId> {
        let last = *self.files.changes.get(&place)?.last()?;
        let sent =
            self.files.history[&place].last().is_some_and(|message| ChangeId::from(message.id) == last);
        (!sent).then_some(last)
    }

    fn check_member(&self, me: UserId, group: GroupId) -> Result<(), ErrorBody> {
        match self.is_member(me, group) {
            true => Ok(()),
            false => Err(ErrorBody::new(ErrorCode::NotAMember, "Not a member.")),
        }
    }
}

fn data<T: Serialize + ?Sized>(answer: &T) -> Box<RawValue> {
    to_raw_value(&Reply::<_, ()>::Data(answer)).unwrap()
}

fn encode(event: &ServerEvent) -> String {
    let args = vec![std::borrow::Cow::Owned(event.payload().unwrap())];
    Packet::main(Body::Event { name: event.name().into(), args, ack: None, attachments: None }).encode()
}
