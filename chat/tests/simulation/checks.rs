//! What must hold at every moment, and in the end.

use std::collections::BTreeSet;

use chat::{ChatState, ConversationState};
use protocol::{ClientId, ConversationId, Head, MembershipChange, Message, Peer, Receipt, Seq, UserId};

use super::{seen::Seen, server::ConversationKey, world::World};

impl World {
    /// At every moment: no gap, no double, nothing both pending and there, nothing shown that was
    /// not kept.
    pub(super) fn check_now(&self, device: usize) {
        let page = &self.devices[device];
        page.with(|state| self.check_page(device, state));
    }

    fn check_page(&self, device: usize, state: &ChatState) {
        let page = &self.devices[device];
        for (id, conversation) in state.conversations() {
            for run in conversation.timeline.runs() {
                assert!(
                    run.windows(2).all(|pair| pair[1].seq == pair[0].seq.next()),
                    "device {device} shows a gap or a double"
                );
            }
            let own: Vec<&ClientId> = conversation
                .timeline
                .runs()
                .flatten()
                .filter(|message| message.sender_id == state.me.id)
                .filter_map(|message| message.client_id.as_ref())
                .collect();
            let mut pending = BTreeSet::new();
            for unsent in state.outbox.of(*id) {
                let client_id = &unsent.client_id;
                assert!(pending.insert(client_id), "device {device} shows {client_id} pending twice");
                assert!(!own.contains(&client_id), "device {device} shows {client_id} twice");
                assert!(
                    page.answered.contains(client_id),
                    "device {device} shows {client_id} before it is kept"
                );
            }
        }
    }

    pub(super) fn check_the_end(mut self) -> Seen {
        let history: Vec<(ConversationKey, &Message)> = self
            .server
            .files
            .history
            .iter()
            .flat_map(|(place, messages)| messages.iter().map(|message| (*place, message)))
            .collect();
        let times = |client_id: &ClientId| {
            history.iter().filter(|(_, message)| message.client_id.as_ref() == Some(client_id)).count()
        };

        // Everything is there once; what was acknowledged is there, unless a backup did not have it.
        for written in &self.written {
            let id = &written.client_id;
            let excused =
                self.rolled_back.contains(id) || self.died.contains(id) || self.refused.contains(id);
            assert!(times(id) == 1 || (times(id) == 0 && excused), "{id} is there {} times", times(id));
        }
        let corrected: BTreeSet<&ClientId> = self.server.files.corrections().collect();
        for id in self.devices.iter().flat_map(|device| &device.acknowledged) {
            let is_there = match self.corrected.contains(id) {
                true => corrected.contains(id),
                // What was done to a message otherwise has no id: it shows in what everybody has.
                false if id.as_str().starts_with('c') => true,
                false => times(id) == 1,
            };
            assert!(is_there || self.rolled_back.contains(id), "{id} was acknowledged and is not there");
        }
        assert!(history.len() <= self.written.len());
        self.check_order(&history);

        self.check_agreement();
        let receipts: Vec<(u64, u64)> = (0..self.devices.len())
            .map(|n| self.devices[n].with(|state| self.check_receipts(n, state)))
            .collect();
        for (n, disk) in self.shared.disks.borrow().iter().enumerate() {
            assert!(disk.is_empty(), "disk {n} was not tidied up");
        }
        self.seen.messages = history.len() as u64;
        self.seen.receipts = self.server.receipts_told;
        self.seen.received = receipts.iter().map(|(received, _)| received).sum();
        self.seen.read = receipts.iter().map(|(_, read)| read).sum();
        self.seen.rolled_back = self.rolled_back.len() as u64;
        self.seen.died = self.died.len() as u64;
        self.seen.refused = self.refused.len() as u64;
        self.seen
    }

    /// Everybody is back, has sent everything, and knows what the server knows.
    pub(super) fn check_agreement(&self) {
        for (n, device) in self.devices.iter().enumerate() {
            device.with(|state| self.check_device(n, state));
        }
    }

    fn check_device(&self, n: usize, state: &ChatState) {
        assert!(state.link.is_online(), "device {n} did not come back");
        assert!(state.outbox.is_empty(), "device {n} has something pending: {:?}", state.outbox);
        let typing = state.conversations().keys().flat_map(|id| state.typing(*id));
        assert_eq!(typing.count(), 0, "device {n} shows somebody who has stopped typing");
        self.check_presence(n, state);
        let list = self.server.list(state.me.id);
        for listed in &list {
            let id = listed.id();
            let known = state.conversation(id).unwrap_or_else(|| panic!("device {n} lacks {id:?}"));
            assert_eq!(known.last_message, listed.last_message, "device {n}, the last of {id:?}");
            let members = match &known.peer {
                Some(Peer::Group(group)) => group.member_count,
                _ => 0,
            };
            let head = Head {
                conversation: id,
                last: known.last_message.as_ref().map(|message| (message.seq, message.id)),
                read_up_to: known.read_up_to,
                mark: known.mark,
                members,
                muted: known.muted,
                unread: known.unread,
                unread_mentions: known.unread_mentions,
                change: listed.last_change(),
                role: known.role,
            };
            assert_eq!(head, Head::from(listed), "device {n}");
            let timeline = &known.timeline;
            assert!(timeline.is_loaded() || state.open != Some(id), "device {n} shows nothing of {id:?}");
            let all = self.server.history(ConversationKey::of(state.me.id, id));
            for run in timeline.runs() {
                let first = run[0].seq.0 as usize - 1;
                assert_eq!(run, &all[first..first + run.len()], "device {n}, {id:?}");
            }
            if state.open == Some(id) && known.place.is_none() {
                let shown = timeline.messages();
                assert_eq!(shown.last(), all.last(), "device {n}, {id:?}");
                let first = shown.first().map_or(0, |message| message.seq.0 as usize - 1);
                self.check_membership(n, state.me.id, id, first, known);
            } else if state.open == Some(id) {
                assert!(all.is_empty() || !timeline.run(known.place).is_empty(), "device {n}, {id:?}");
            }
        }
        for id in state.conversations().keys() {
            let listed = list.iter().any(|one| one.id() == *id);
            assert!(listed || !state.lists(*id), "device {n} has {id:?} too many");
        }
    }

    /// The lines about who came and went stand between the messages that are shown.
    fn check_membership(
        &self,
        n: usize,
        me: UserId,
        id: ConversationId,
        first: usize,
        known: &ConversationState,
    ) {
        // What happened before the first message that was loaded belongs to the page before.
        let from = Seq(if first == 0 { 0 } else { first as u64 + 1 });
        let line = |change: MembershipChange| (change.after, change.user_id, change.joined);
        let are: Vec<_> = self.server.memberships(ConversationKey::of(me, id)).map(line).collect();
        let are: Vec<_> = are.into_iter().filter(|line| line.0 >= from).collect();
        let lines = known.timeline.membership().lines();
        let shown: Vec<_> = lines.iter().map(|line| (line.after, line.user, line.joined)).collect();
        let shown: Vec<_> = shown.into_iter().filter(|line| line.0 >= from).collect();
        assert_eq!(shown, are, "device {n}, who came to {id:?} and went");
    }

    /// What is shown of the person's own messages on the screen is what the server knows of the others: whether
    /// each has received and read it. Returns how often it is so.
    fn check_receipts(&self, n: usize, state: &ChatState) -> (u64, u64) {
        let (mut received, mut read) = (0, 0);
        let me = state.me.id;
        let Some(id) = state.open.filter(|id| *id != ConversationId::User(me)) else { return (0, 0) };
        // They left on another device.
        if let ConversationId::Group(group) = id
            && !self.server.is_member(me, group)
        {
            return (0, 0);
        }
        let Some(shown) = state.receipts(id) else { panic!("device {n} has no receipts of {id:?}") };
        let runs = state.conversation(id).into_iter().flat_map(|one| one.timeline.runs());
        for message in runs.flatten().filter(|message| message.sender_id == me) {
            for is in self.server.receipts(me, id) {
                let known = shown.iter().find(|one| one.user_id == is.user_id);
                let known = known.unwrap_or_else(|| panic!("device {n} knows nothing of {}", is.user_id));
                let marks = |of: &Receipt| (of.has_received(message.seq), of.has_read(message.seq));
                assert_eq!(
                    marks(known),
                    marks(&is),
                    "device {n}, {id:?}, {:?} by {}",
                    message.seq,
                    is.user_id
                );
                received += u64::from(marks(known).0);
                read += u64::from(marks(known).1);
            }
        }
        (received, read)
    }

    /// Of the people on the screen it is known whether they are online. A connection watches everybody
    /// on the screens of the tabs that share it, and perhaps some people of tabs that crashed.
    fn check_presence(&self, n: usize, state: &ChatState) {
        for user in &self.shown[n] {
            let (known, is) = (state.people.presence(*user), self.server.is_online(*user));
            assert_eq!(known, Some(is), "device {n}, presence of {user}");
        }
        let disk = self.devices[n].disk;
        if self.shared.leaders.borrow()[disk] == n {
            let of_browser = (0..self.devices.len()).filter(|tab| self.devices[*tab].disk == disk);
            let shown: BTreeSet<UserId> =
                of_browser.flat_map(|tab| self.shown[tab].iter().copied()).collect();
            let transport = self.devices[n].transport.unwrap();
            let watched: BTreeSet<UserId> = self.server.watched(transport).iter().copied().collect();
            assert!(shown.is_subset(&watched), "device {n} does not watch for its tabs");
        }
    }

    /// What one page wrote into one conversation is there in that order, except what was refused,
    /// rolled back, or in no storage for a while.
    fn check_order(&self, history: &[(ConversationKey, &Message)]) {
        for device in 0..self.devices.len() {
            let own = |id: &ClientId| self.written.iter().position(|one| one.client_id == *id);
            let mut newest = std::collections::BTreeMap::new();
            for (place, message) in history {
                let Some(id) = &message.client_id else { continue };
                let Some(written) = own(id).filter(|n| self.written[*n].device == device) else { continue };
                let excused = [&self.refused, &self.rolled_back, &self.unkept, &self.died];
                if excused.iter().any(|set| set.contains(id)) {
                    continue;
                }
                assert_eq!(self.written[written].place, *place);
                let before = newest.insert(*place, written);
                assert!(before < Some(written), "device {device} wrote {id} before another one");
            }
        }
    }
}
