//! What people do.

use std::time::Duration;

use chat::{Action, Command};
use protocol::{ClientId, ConversationId, Message, MessageText, Quote, Seq, Timestamp, UserId, excerpt};

use super::{
    super::server::{ALL, ConversationKey, SOME, user},
    DEVICES, Happening, PEOPLE, STRANGERS, World, Written,
};

impl World {
    pub(super) fn write(&mut self, device: usize) {
        let conversation = match self.random.u8(0..8) {
            0..=3 => ConversationId::Group(ALL),
            4 => ConversationId::Group(SOME),
            // One of the people, perhaps the writer.
            _ => ConversationId::User(user(self.random.u8(1..=PEOPLE)).id),
        };
        self.act(device, Action::Typing(conversation));
        self.write_to(device, conversation);
        if self.is_troubled() && self.random.u8(0..40) == 0 {
            // The page dies before the disk has answered.
            self.seen.died_before_kept += 1;
            self.reload(device);
        } else if self.is_troubled() && self.random.u8(0..8) == 0 {
            // People often write twice in a row.
            let wait = Duration::from_millis(self.random.u64(0..300));
            self.after(wait, Happening::Write(device));
        }
    }

    /// Somebody wants to try now in another tab, which passes it on to the connection of this one.
    pub(crate) fn is_to_connect(&mut self, device: usize) {
        self.devices[device].is_to_connect();
        self.settle(device);
    }

    pub(crate) fn write_to(&mut self, device: usize, conversation: ConversationId) {
        let me = self.person(device);
        let text = format!("{device} {}", self.written.len());
        let client_id: ClientId = text.replace(' ', "-").parse().unwrap();
        let place = ConversationKey::of(me, conversation);
        let now = Timestamp(i64::try_from(self.now().as_millis()).unwrap());
        self.written.push(Written { device, place, client_id: client_id.clone() });
        let reply_to = match self.random.u8(0..4) {
            0 => self.any_message(device, conversation).map(|quoted| quote(&quoted)),
            _ => None,
        };
        let text = format!("{text}{}", mention(self.written.len() as u64));
        let command = Command::Send { content: text.parse().unwrap(), reply_to };
        self.act(device, Action::Write { conversation, client_id, command, now });
    }

    /// Something that a device shows of a conversation.
    fn any_message(&mut self, device: usize, conversation: ConversationId) -> Option<Message> {
        let shown: Vec<Message> = self.devices[device].with(|state| {
            let runs = state.conversation(conversation).into_iter().flat_map(|one| one.timeline.runs());
            runs.flatten().cloned().collect()
        });
        self.random.choice(shown)
    }

    pub(super) fn change(&mut self, device: usize) {
        if let Some(open) = self.devices[device].with(|state| state.open) {
            self.change_in(device, open);
        }
    }

    /// Does something to a message of a conversation, if the device shows any.
    pub(crate) fn change_in(&mut self, device: usize, conversation: ConversationId) {
        let Some(message) = self.any_message(device, conversation) else { return };
        let now = Timestamp(i64::try_from(self.now().as_millis()).unwrap());
        self.commands += 1;
        let client_id: ClientId = format!("c{device}-{}", self.commands).parse().unwrap();
        let mine = message.sender_id == self.person(device);
        let on = self.random.bool();
        let emoji = self.random.choice(["👍", "❤️", "🎉"]).unwrap_or("👍").parse().unwrap();
        let message = message.id;
        let command = match self.random.u8(0..10) {
            // Now and then somebody tries what only the author may do.
            0..4 if mine || self.random.u8(0..10) == 0 => {
                self.corrected.insert(client_id.clone());
                Command::Edit { message, content: corrected(&client_id, self.commands) }
            }
            4 if mine => Command::Delete { message },
            5 => Command::Pin { message, on },
            _ => Command::React { message, emoji, on },
        };
        self.seen.changes += 1;
        self.act(device, Action::Write { conversation, client_id, command, now });
    }

    pub(super) fn write_or_change(&mut self, device: usize) {
        let everybody = ConversationId::Group(ALL);
        match self.random.bool() {
            true => self.write_to(device, everybody),
            false => self.change_in(device, everybody),
        }
    }

    pub(super) fn look(&mut self, device: usize) {
        let open = self.devices[device].with(|state| {
            let id = state.open?;
            Some((id, state.conversation(id)?.timeline.newest()))
        });
        if let Some((id, newest)) = open {
            self.act(device, Action::Read(id, newest));
            self.act(device, Action::Typing(id));
            match self.random.u8(0..5) {
                0..2 => self.act(device, Action::LoadOlder(id)),
                2 => self.act(device, Action::LoadNewer(id)),
                3 => self.act(device, Action::Follow(id)),
                _ => {}
            }
        }
        let id = match self.random.u8(0..3) {
            0 => ConversationId::Group(ALL),
            1 if self.devices[device]
                .with(|state| state.conversation(ConversationId::Group(SOME)).is_some()) =>
            {
                ConversationId::Group(SOME)
            }
            _ => ConversationId::User(user(self.random.u8(1..=PEOPLE)).id),
        };
        match self.random.u8(0..3) {
            // There may be no such place.
            0 => {
                let place = Seq(self.random.u64(1..20));
                self.act(device, Action::OpenAt(id, place));
            }
            _ => self.act(device, Action::Open(id)),
        }
    }

    pub(super) fn mark_unread(&mut self, device: usize) {
        let Some(open) = self.devices[device].with(|state| state.open) else { return };
        let Some(message) = self.any_message(device, open) else { return };
        self.seen.marked += 1;
        self.act(device, Action::MarkUnread(open, message.seq));
        // Reading goes on at once, here or elsewhere.
        for reader in 0..DEVICES.len() {
            if self.random.u8(0..4) == 0 {
                let wait = Duration::from_millis(self.random.u64(0..2_000));
                self.after(wait, Happening::Look(reader));
            }
        }
    }

    /// Tries again once or gives up.
    pub(super) fn decide(&mut self, device: usize) {
        for id in self.failed(device) {
            match self.random.u8(0..3) {
                0 if self.is_troubled() => self.act(device, Action::Retry(id)),
                _ => self.discard(device, id),
            }
        }
    }

    pub(crate) fn discard(&mut self, device: usize, id: ClientId) {
        self.discarded.insert(id.clone());
        self.act(device, Action::Discard(id));
    }

    pub(crate) fn failed(&self, device: usize) -> Vec<ClientId> {
        self.devices[device].with(|state| {
            let failed = state.outbox.entries().iter().filter(|entry| entry.is_failed());
            failed.map(|entry| entry.client_id.clone()).collect()
        })
    }

    pub(super) fn any_stranger(&mut self) -> UserId {
        user(PEOPLE + self.random.u8(1..=STRANGERS)).id
    }
}

/// What a reply shows of a message.
fn quote(message: &Message) -> Quote {
    Quote {
        message_id: message.id,
        seq: message.seq,
        sender_id: message.sender_id,
        excerpt: excerpt(&message.content),
    }
}

/// The end of a text that mentions somebody, everybody or nobody.
fn mention(number: u64) -> String {
    match number % 7 {
        0 | 1 => String::new(),
        2 => " @all".to_owned(),
        n => format!(" @user{}", n - 2),
    }
}

fn corrected(client_id: &ClientId, number: u64) -> MessageText {
    format!("corrected {client_id}{}", mention(number)).parse().unwrap()
}
