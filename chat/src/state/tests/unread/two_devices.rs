//! Marks of two devices, of which one is often offline.

use super::*;

/// What happens to a person with two devices, of which one is often offline.
#[derive(Clone, Copy, Debug)]
enum Happens {
    /// On this device. If it has a connection, the answer may be lost.
    Here(Does, bool),
    /// On the other one, which always has a connection.
    There(Does),
    Connects,
    Disconnects,
}

fn happenings() -> impl Strategy<Value = Vec<Happens>> {
    let does = || prop_oneof![(1..=10_u64).prop_map(Does::Read), (1..=10_u64).prop_map(Does::Unread)];
    let happens = prop_oneof![
        3 => (does(), any::<bool>()).prop_map(|(does, answers)| Happens::Here(does, answers)),
        3 => does().prop_map(Happens::There),
        1 => Just(Happens::Connects),
        1 => Just(Happens::Disconnects),
    ];
    prop::collection::vec(happens, 1..16)
}

/// The server, and this device.
struct Both {
    state: ChatState,
    is_online: bool,
    seq: u64,
    mark: u64,
    /// Nothing after this may become read unless a person reads it who knows what was marked: how far, and
    /// the count of the mark.
    wanted: (u64, u64),
    /// What happened last is that this was marked here.
    last: Option<u64>,
}

impl Both {
    fn says(&self) -> ReadUpTo {
        marked(self.seq, 10 - self.seq, 10, self.mark)
    }

    fn marks(&mut self, first: u64) {
        if first <= self.seq {
            (self.seq, self.mark) = (first - 1, self.mark + 1);
            self.wanted = (first - 1, self.mark);
        }
    }

    /// If the other device's mark looks like the one that was made here, nobody can tell whose the server counted.
    fn allow_for_the_same_mark(&mut self) {
        let marking = self.state.conversations[&WITH_BEN].marking;
        if self.mark > 0 && marking == Some(Seq(self.seq + 1)) {
            self.wanted.0 = 10;
        }
    }

    fn hears(&mut self) {
        self.allow_for_the_same_mark();
        if self.is_online {
            let effects = self.state.apply(ServerEvent::ReadUpTo(self.says()));
            self.carry_out(effects, true);
        }
    }

    fn carry_out(&mut self, effects: Vec<Effect>, answers: bool) {
        if !self.is_online {
            return;
        }
        for effect in effects {
            let answer = match effect {
                Effect::MarkRead(read) => {
                    if read.mark.unwrap() >= self.mark {
                        self.seq = self.seq.max(read.seq.0);
                    }
                    Answer::Read(self.says())
                }
                Effect::MarkUnread(mark) => {
                    let known = self.state.conversations[&WITH_BEN].mark;
                    let are_known = known >= self.mark;
                    self.marks(mark.seq.0);
                    if are_known {
                        self.wanted.1 = known;
                    }
                    Answer::MarkedUnread(mark, self.says())
                }
                Effect::Synchronise(request) => {
                    let list = vec![Conversation {
                        mark: self.mark,
                        unread: 10 - self.seq,
                        ..listed(Some(from_ben(10)), self.seq)
                    }];
                    listing(&[Effect::Synchronise(request)], list)
                }
                _ => continue,
            };
            if answers || matches!(answer, Answer::Synced(..)) {
                let effects = self.state.answer(answer);
                self.carry_out(effects, answers);
            }
        }
    }

    fn happens(&mut self, happens: Happens) {
        self.last = None;
        match happens {
            Happens::Here(Does::Read(upto), answers) => {
                if self.state.conversations[&WITH_BEN].mark >= self.wanted.1 {
                    self.wanted.0 = self.wanted.0.max(upto);
                }
                let effects = self.state.act(Action::Read(WITH_BEN, Seq(upto)));
                self.carry_out(effects, answers);
            }
            Happens::Here(Does::Unread(first), answers) => {
                let effects = self.state.act(Action::MarkUnread(WITH_BEN, Seq(first)));
                self.last = (!effects.is_empty()).then_some(first);
                self.allow_for_the_same_mark();
                self.carry_out(effects, answers);
            }
            Happens::There(Does::Read(upto)) => {
                self.seq = self.seq.max(upto);
                self.wanted.0 = self.wanted.0.max(upto);
                self.hears();
            }
            Happens::There(Does::Unread(first)) => {
                self.marks(first);
                self.hears();
            }
            Happens::Connects => {
                self.is_online = true;
                let effects = connects_anew(&mut self.state);
                self.carry_out(effects, true);
            }
            Happens::Disconnects => {
                self.is_online = false;
                let _ = self.state.link(Link::Offline { reason: "lost".into(), retry_in: None });
            }
        }
    }
}

proptest! {
    #[test]
    fn marks_of_two_devices_read_nothing_and_the_last_one_counts(happenings in happenings()) {
        let state = ann_has_read(false);
        let mut both = Both { state, is_online: true, seq: 10, mark: 0, wanted: (10, 0), last: None };
        for happens in &happenings {
            both.happens(*happens);
            prop_assert!(both.seq <= both.wanted.0, "{:?} reads what was marked", happens);
        }
        let last = both.last;
        both.happens(Happens::Connects);
        let effects = both.state.look_again();
        both.carry_out(effects, true);
        prop_assert!(both.seq <= both.wanted.0, "connecting reads what was marked");
        prop_assert_eq!(stands(&both.state), (both.mark, Seq(both.seq), 10 - both.seq));
        if let Some(first) = last {
            prop_assert!(both.seq < first, "the last mark is lost");
        }
    }
}
