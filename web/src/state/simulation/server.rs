//! A model of the server: the rules of delivery and nothing else.

use std::collections::BTreeMap;

use client::packet::{Body, Packet};
use protocol::{
    ClientEvent, Conversation, ErrorBody, ErrorCode, EventEnum, Group, GroupId, HistoryPage, Message,
    MessageId, Peer, ReadUpTo, Recipient, Reply, SendGroupMessage, Seq, ServerEvent, Timestamp, User, UserId,
    Visibility,
};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

pub(super) const GROUP: GroupId = GroupId::from_bytes([9; 16]);

pub(super) type TransportId = usize;

/// One group, everybody in it, and what was said.
#[derive(Default)]
pub(super) struct Server {
    pub(super) history: Vec<Message>,
    read: BTreeMap<UserId, Seq>,
    /// Who is connected, and whether they were let in.
    transports: BTreeMap<TransportId, (UserId, bool)>,
}

pub(super) fn user(n: u8) -> User {
    User { id: UserId::from_bytes([n; 16]), username: format!("user{n}").parse().unwrap() }
}

impl Server {
    pub(super) fn opened(&mut self, transport: TransportId, user: UserId) -> String {
        self.transports.insert(transport, (user, false));
        r#"0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
            .to_owned()
    }

    pub(super) fn closed(&mut self, transport: TransportId) {
        self.transports.remove(&transport);
    }

    pub(super) fn restart(&mut self) {
        self.transports.clear();
    }

    /// What goes out, and to whom, after a frame came in.
    pub(super) fn receive(&mut self, transport: TransportId, frame: &str) -> Vec<(TransportId, String)> {
        let Some((sender, joined)) = self.transports.get_mut(&transport) else { return vec![] };
        let sender = *sender;
        let Some(text) = frame.strip_prefix('4') else { return vec![] };
        match Packet::decode(text).unwrap().body {
            Body::Connect(_) => {
                // Rooms first: from here on it receives what is said.
                *joined = true;
                vec![(transport, r#"40{"sid":"y"}"#.to_owned())]
            }
            Body::Event { name, args, ack, .. } => {
                assert!(*joined, "nothing is sent before the server let it in");
                let event = ClientEvent::decode(&name, &args[0]).unwrap();
                let (reply, broadcast) = self.handle(sender, event);
                let ack = Packet::main(Body::Ack {
                    id: ack.unwrap(),
                    args: vec![std::borrow::Cow::Owned(reply)],
                    attachments: None,
                });
                let mut out = vec![(transport, ack.encode())];
                if let Some(message) = broadcast {
                    let frame = encode(&ServerEvent::GroupMessage(message));
                    let members = self.transports.iter().filter(|(_, (_, joined))| *joined);
                    out.extend(members.map(|(transport, _)| (*transport, frame.clone())));
                }
                out
            }
            _ => vec![],
        }
    }

    fn handle(&mut self, user: UserId, event: ClientEvent) -> (Box<RawValue>, Option<Message>) {
        match event {
            ClientEvent::SendGroupMessage(new) => match self.send(user, new) {
                Ok((message, fresh)) => (data(&message), fresh.then_some(message)),
                Err(error) => (to_raw_value(&Reply::<(), _>::Error(error)).unwrap(), None),
            },
            ClientEvent::Synchronise(asked) => {
                let list = vec![self.conversation(user)];
                let equal = asked.heads == Some(list.iter().map(protocol::Head::from).collect());
                let conversations = (!equal).then_some(list);
                (data(&protocol::Synced { conversations, diverged: vec![] }), None)
            }
            ClientEvent::FetchHistory(fetch) => {
                let after = fetch.after.unwrap_or_default();
                let before = fetch.before.unwrap_or(Seq(u64::MAX));
                let mut messages: Vec<Message> =
                    self.history.iter().filter(|m| m.seq > after && m.seq < before).cloned().collect();
                // Small pages, so that catching up takes several.
                if fetch.after.is_some() {
                    messages.truncate(3);
                } else {
                    messages.drain(..messages.len().saturating_sub(3));
                }
                (data(&HistoryPage { messages, head: self.head() }), None)
            }
            ClientEvent::GetUsers(get) => {
                let users: Vec<User> = get.user_ids.iter().map(|id| self::user(id.into_bytes()[0])).collect();
                (data(&users), None)
            }
            ClientEvent::MarkRead(mark) => {
                let read = self.read.entry(user).or_default();
                *read = (*read).max(mark.seq);
                (data(&ReadUpTo { conversation: mark.conversation, seq: mark.seq }), None)
            }
            other => panic!("the page sends no {}", other.name()),
        }
    }

    fn send(&mut self, sender: UserId, new: SendGroupMessage) -> Result<(Message, bool), ErrorBody> {
        let original = self.history.iter().find(|m| m.sender_id == sender && m.client_id == new.client_id);
        if let Some(original) = original {
            if original.content != new.content {
                return Err(ErrorBody::new(ErrorCode::ClientIdReused, "Another message."));
            }
            return Ok((original.clone(), false));
        }
        let seq = self.head().next();
        let mut id = [0; 16];
        id[8..].copy_from_slice(&seq.0.to_be_bytes());
        let message = Message {
            id: MessageId::from_bytes(id),
            client_id: new.client_id,
            sender_id: sender,
            recipient: Recipient::Group(GROUP),
            content: new.content,
            seq,
            created_at: Timestamp(0),
        };
        self.history.push(message.clone());
        Ok((message, true))
    }

    fn conversation(&self, user: UserId) -> Conversation {
        let read_up_to = self.read.get(&user).copied().unwrap_or_default();
        Conversation {
            with: Peer::Group(Group {
                id: GROUP,
                name: "All".parse().unwrap(),
                visibility: Visibility::Public,
                member_count: 3,
                created_at: Timestamp(0),
            }),
            last_message: self.history.last().cloned(),
            read_up_to,
            unread: self.head().since(read_up_to),
            updated_at: Timestamp(0),
        }
    }

    fn head(&self) -> Seq {
        self.history.last().map_or(Seq::ZERO, |message| message.seq)
    }
}

fn data<T: Serialize + ?Sized>(answer: &T) -> Box<RawValue> {
    to_raw_value(&Reply::<_, ()>::Data(answer)).unwrap()
}

fn encode(event: &ServerEvent) -> String {
    let args = vec![std::borrow::Cow::Owned(event.payload().unwrap())];
    Packet::main(Body::Event { name: event.name().into(), args, ack: None, attachments: None }).encode()
}
