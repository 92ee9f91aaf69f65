//! Tabs in a model of a browser: one lock, one channel, tabs that are closed, frozen and thawed.

use std::collections::{BTreeMap, VecDeque};

use serde_json::value::RawValue;

use super::*;
use crate::connection::{Payload, Received};

/// A payload of one argument.
fn payload(json: String) -> Payload {
    Payload::of(&[RawValue::from_string(json).unwrap()]).unwrap()
}

fn argument(payload: &Payload) -> String {
    let all: Vec<&RawValue> = serde_json::from_str(payload.arguments().get()).unwrap();
    all[0].to_string()
}

fn received(name: &str, json: &str) -> Event {
    Event::Received { event: Received::new(format!("[\"{name}\",{json}]"), 0, Vec::new()), ack: None }
}

/// A browser with its tabs and the connection of the leader.
#[derive(Debug, Default)]
struct Model {
    tabs: BTreeMap<TabId, Tab<u64>>,
    /// Who wants the lock, in the order of asking; the first has it.
    lock: VecDeque<TabId>,
    /// Messages on their way: to whom, and what.
    messages: VecDeque<(TabId, TabMessage)>,
    /// Frozen without a word, as by a debugger: nothing reaches them before they thaw.
    stuck: Vec<TabId>,
    /// The lock was taken from them, and they do not know yet.
    deposed: Vec<TabId>,
    /// The connections by the tab that has them: whether they are connected.
    connections: BTreeMap<TabId, bool>,
    /// Calls that a connection has and has not answered.
    unanswered: Vec<(TabId, Asker<u64>, String)>,
    /// What each tab's program was told.
    told: BTreeMap<TabId, Vec<String>>,
    /// The id of the connection, as each tab's program was told.
    ids: BTreeMap<TabId, Option<String>>,
    now: Time,
}

impl Model {
    fn open(&mut self, id: TabId) {
        let mut tab = Tab::new(id);
        tab.enter(self.now);
        self.tabs.insert(id, tab);
        self.settle();
    }

    fn close(&mut self, id: TabId) {
        self.tabs.remove(&id);
        self.connections.remove(&id);
        self.unanswered.retain(|(tab, ..)| *tab != id);
        self.release(id);
        self.settle();
    }

    fn release(&mut self, id: TabId) {
        self.lock.retain(|other| *other != id);
    }

    fn call(&mut self, id: TabId, asker: u64) {
        let command = Command::Call {
            namespace: main(),
            name: "ask".into(),
            payload: payload(asker.to_string()),
            timeout: Duration::from_secs(20),
            asker,
        };
        self.change(id, |tab, now| tab.command(now, command));
    }

    /// The server answers everything that was asked.
    fn answer_all(&mut self) {
        for (leader, asker, payload) in std::mem::take(&mut self.unanswered) {
            let answer = super::tests::payload(format!("\"re {payload}\""));
            match asker {
                Asker::Here(asker) => self.tell(leader, format!("{asker}: {}", argument(&answer))),
                Asker::There { tab, call } => {
                    self.change(leader, |leader, _| leader.answered(tab, call, Ok(answer)));
                }
            }
        }
    }

    fn server_says(&mut self, name: &str) {
        for id in self.connected() {
            let event = received(name, "7");
            self.change(id, |tab, now| tab.event(now, event));
        }
    }

    fn connected(&self) -> Vec<TabId> {
        self.connections.iter().filter(|(_, connected)| **connected).map(|(id, _)| *id).collect()
    }

    fn connect_all(&mut self) {
        for id in self.connections.iter().filter(|(_, up)| !**up).map(|(id, _)| *id).collect::<Vec<_>>() {
            self.connections.insert(id, true);
            self.change(id, |tab, now| tab.event(now, Event::Connected { id: Some(format!("of {id}")) }));
        }
    }

    /// Every connection is lost.
    fn lose_all(&mut self) {
        for id in self.connected() {
            self.connections.insert(id, false);
            let retry_at = Some(self.now + Duration::from_secs(1));
            let event = Event::Disconnected { reason: DisconnectReason::PingTimeout, retry_at };
            self.change(id, |tab, now| tab.event(now, event));
        }
    }

    fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds * 4 {
            self.now += Duration::from_millis(250);
            let now = self.now;
            for id in self.awake() {
                if self.tabs[&id].next_timeout().is_some_and(|at| at <= now) {
                    self.change(id, Tab::handle_timeout);
                }
            }
        }
    }

    fn awake(&self) -> Vec<TabId> {
        self.tabs.keys().copied().filter(|id| !self.stuck.contains(id)).collect()
    }

    fn thaw(&mut self) {
        self.stuck.clear();
        self.settle();
    }

    fn change(&mut self, id: TabId, change: impl FnOnce(&mut Tab<u64>, Time)) {
        if let Some(tab) = self.tabs.get_mut(&id) {
            change(tab, self.now);
        }
        self.settle();
    }

    fn tell(&mut self, id: TabId, what: String) {
        self.told.entry(id).or_default().push(what);
    }

    fn told(&mut self, id: TabId) -> Vec<String> {
        self.told.remove(&id).unwrap_or_default()
    }

    fn leaders(&self) -> Vec<TabId> {
        self.tabs.values().filter(|tab| tab.leads()).map(|tab| tab.id).collect()
    }

    /// Carries out what the tabs want until nothing is left to do.
    fn settle(&mut self) {
        for round in 0.. {
            assert!(round < 10_000, "no end: {self:#?}");
            let mut quiet = true;
            for id in self.awake() {
                while let Some(output) = self.tabs.get_mut(&id).and_then(Tab::poll_output) {
                    quiet = false;
                    self.carry_out(id, output);
                }
            }
            let due = self.deposed.iter().position(|id| !self.stuck.contains(id));
            if let Some(id) = due.map(|index| self.deposed.remove(index)) {
                let now = self.now;
                if let Some(tab) = self.tabs.get_mut(&id) {
                    // It may have been granted and taken before it heard of either.
                    tab.elected(now);
                    tab.deposed(now);
                }
                quiet = false;
            }
            if let Some(&first) = self.lock.front()
                && !self.stuck.contains(&first)
                && !self.tabs[&first].leads()
            {
                let now = self.now;
                self.tabs.get_mut(&first).unwrap().elected(now);
                quiet = false;
            }
            let due = self.messages.iter().position(|(to, _)| !self.stuck.contains(to));
            if let Some((to, message)) = due.and_then(|index| self.messages.remove(index)) {
                let now = self.now;
                // Out of one program and into the other, by the same serde as in the browser.
                let message = serde_json::from_value(serde_json::to_value(message).unwrap()).unwrap();
                if let Some(tab) = self.tabs.get_mut(&to) {
                    tab.receive(now, message);
                }
                quiet = false;
            }
            if quiet {
                return;
            }
        }
    }

    fn carry_out(&mut self, id: TabId, output: Output<u64>) {
        match output {
            Output::Elect { by_force } => {
                self.release(id);
                if by_force {
                    self.deposed.extend(self.lock.pop_front());
                    self.lock.push_front(id);
                } else {
                    self.lock.push_back(id);
                }
            }
            Output::Resign => {
                self.release(id);
                self.connections.remove(&id);
                let (ours, others) =
                    std::mem::take(&mut self.unanswered).into_iter().partition(|(tab, ..)| *tab == id);
                self.unanswered = others;
                for (_, asker, _) in ours {
                    if let Asker::Here(asker) = asker {
                        self.tell(id, format!("{asker}: {}", CallFailure::Disconnected));
                    }
                }
            }
            Output::Start => drop(self.connections.insert(id, false)),
            Output::Forward(Command::Call { payload, asker, .. }) => {
                assert!(self.connections.contains_key(&id), "only a leader has a connection");
                self.unanswered.push((id, asker, argument(&payload)));
            }
            Output::Forward(Command::Connect { .. }) => self.tell(id, "asked to connect".into()),
            Output::Forward(other) => panic!("{other:?}"),
            Output::Post(message) => {
                let others = self.tabs.keys().filter(|other| **other != id);
                self.messages.extend(others.map(|other| (*other, message.clone())));
            }
            Output::Notify(event) => {
                match &event {
                    Event::Received { .. } => {}
                    Event::Connected { id: of } | Event::Joined { id: of } => {
                        self.ids.insert(id, of.clone());
                    }
                    _ => drop(self.ids.insert(id, None)),
                }
                let what = match event {
                    Event::Connected { .. } => "connected".into(),
                    Event::Joined { .. } => "joined".into(),
                    Event::Disconnected { reason, retry_at } => format!("{reason}; {}", retry_at.is_some()),
                    Event::Refused { message, .. } => message,
                    Event::Received { event, .. } => {
                        let (name, arguments) = event.parts().unwrap();
                        format!("{name} {}", arguments[0])
                    }
                };
                self.tell(id, what);
            }
            Output::Answer(asker, Ok(answer)) => self.tell(id, format!("{asker}: {}", argument(&answer))),
            Output::Answer(asker, Err(failure)) => self.tell(id, format!("{asker}: {failure}")),
        }
    }
}

const GONE: &str = "the connection was lost: the tab that held it is gone; true";

fn three() -> Model {
    let mut model = Model::default();
    model.open(1);
    model.connect_all();
    model.open(2);
    model.open(3);
    model.told.clear();
    model
}

#[test]
fn the_first_leads_and_those_who_come_later_join() {
    let mut model = Model::default();
    model.open(1);
    assert!(model.told(1).is_empty());
    model.open(2);
    model.connect_all();
    assert_eq!((model.told(1), model.told(2)), (vec!["connected".to_owned()], vec!["connected".to_owned()]));
    model.open(3);
    assert_eq!(model.told(3), ["joined"]);
    assert_eq!((model.leaders(), model.connections.len()), (vec![1], 1));
}

#[test]
fn every_tab_knows_the_id_of_the_connection_that_they_share() {
    let mut model = three();
    let known = |model: &Model| [1, 2, 3].map(|id| model.ids.get(&id).cloned().flatten());
    assert_eq!(known(&model), [1, 1, 1].map(|leader| Some(format!("of {leader}"))));
    model.close(1);
    model.ids.remove(&1);
    assert_eq!(known(&model), [None, None, None]);
    model.connect_all();
    assert_eq!(known(&model), [None, Some("of 2".to_owned()), Some("of 2".to_owned())]);
}

#[test]
fn a_call_of_any_tab_is_answered_there_and_events_reach_all() {
    let mut model = three();
    model.call(1, 10);
    model.call(2, 20);
    model.call(3, 30);
    model.answer_all();
    model.server_says("news");
    for (id, asker) in [(1, 10), (2, 20), (3, 30)] {
        assert_eq!(model.told(id), [format!("{asker}: \"re {asker}\""), "news 7".into()]);
    }
}

#[test]
fn what_is_for_this_moment_is_not_kept_until_somebody_leads() {
    let mut tab: Tab<u64> = Tab::new(1);
    let emit = |name: &'static str, volatile| Command::Emit {
        namespace: main(),
        name: name.into(),
        payload: payload("1".into()),
        volatile,
    };
    tab.enter(Time::ZERO);
    tab.command(Time::ZERO, emit("now or never", true));
    tab.command(Time::ZERO, emit("early", false));
    tab.elected(Time::ZERO);
    let forwarded: Vec<_> = std::iter::from_fn(|| tab.poll_output())
        .filter_map(|output| match output {
            Output::Forward(Command::Emit { name, .. }) => Some(name.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(forwarded, ["early"]);
}

#[test]
fn a_call_may_wait_for_ever() {
    let mut model = three();
    let call = || Command::Call {
        namespace: main(),
        name: "ask".into(),
        payload: payload("1".into()),
        timeout: Duration::MAX,
        asker: 1,
    };
    model.change(2, |tab, now| tab.command(now, call()));
    let mut seeking: Tab<u64> = Tab::new(4);
    seeking.enter(model.now);
    seeking.command(model.now, call());
}

#[test]
fn what_waits_until_somebody_leads_is_counted_in_events_and_bytes() {
    let mut tab: Tab<u64> = Tab::new(1);
    tab.enter(Time::ZERO);
    for _ in 0..10 {
        tab.command(Time::ZERO, Command::Connect { namespace: main() });
        tab.command(Time::ZERO, Command::Check);
    }
    assert_eq!((tab.waiting(), tab.waiting.len()), ((Some(0), 0), 2));
    for asker in 0..3 {
        tab.command(
            Time::ZERO,
            Command::Call {
                namespace: main(),
                name: "ask".into(),
                payload: payload(format!("\"{}\"", "x".repeat(1_000))),
                timeout: Duration::from_secs(20),
                asker,
            },
        );
    }
    let (events, bytes) = tab.waiting();
    assert_eq!(events, Some(3));
    assert!((3_000..4_000).contains(&bytes), "{bytes}");
    tab.elected(Time::ZERO);
    assert_eq!(tab.waiting(), (None, 0));
}

#[test]
fn a_tab_that_was_disconnected_stays_so_until_its_program_connects() {
    let mut model = three();
    let gone = format!("{}; false", DisconnectReason::Client);
    let lost = "the connection was lost before the answer came";
    let disconnect = |tab: &mut Tab<u64>, now| tab.command(now, Command::Disconnect { namespace: main() });
    // While it is frozen something waits.
    model.change(2, |tab, _| tab.leave());
    model.call(2, 20);
    model.change(2, disconnect);
    assert_eq!(model.told(2), [format!("20: {lost}"), gone.clone()]);
    model.change(2, disconnect);
    model.change(2, Tab::enter);
    assert!(!model.tabs[&2].takes_part());
    model.change(2, |tab, now| tab.command(now, Command::Connect { namespace: main() }));
    assert_eq!(model.told(2), ["joined"]);
    // The tab that leads gives the connection away.
    model.change(1, disconnect);
    model.change(1, Tab::enter);
    assert_eq!((model.told(1), model.leaders()), (vec![gone], vec![3]));
}

#[test]
fn what_is_asked_before_anybody_leads_is_asked_then() {
    let mut tab: Tab<u64> = Tab::new(1);
    let payload = payload("1".into());
    tab.command(
        Time::ZERO,
        Command::Emit { namespace: main(), name: "early".into(), payload, volatile: false },
    );
    tab.enter(Time::ZERO);
    tab.elected(Time::ZERO);
    let outputs: Vec<_> = std::iter::from_fn(|| tab.poll_output()).collect();
    assert!(matches!(outputs.last(), Some(Output::Forward(Command::Emit { name, .. })) if name == "early"));
}

#[test]
fn when_the_leader_is_closed_another_one_connects_and_open_calls_fail() {
    let mut model = three();
    model.call(2, 20);
    model.call(3, 30);
    model.close(1);
    assert_eq!(model.leaders(), [2]);
    model.connect_all();
    let lost = "the connection was lost before the answer came";
    assert_eq!(model.told(2), [format!("20: {lost}"), GONE.into(), "connected".into()]);
    assert_eq!(model.told(3), [format!("30: {lost}"), GONE.into(), "connected".into()]);
    model.call(3, 31);
    model.answer_all();
    assert_eq!(model.told(3), ["31: \"re 31\""]);
}

#[test]
fn a_tab_that_is_frozen_gives_the_connection_away_and_follows_when_it_is_back() {
    let mut model = three();
    model.call(1, 10);
    model.change(1, |tab, _| tab.leave());
    assert_eq!(model.told(1), ["10: the connection was lost before the answer came"]);
    model.connect_all();
    model.change(1, Tab::enter);
    assert_eq!(model.told(1), ["joined"]);
    assert_eq!((model.leaders(), model.connections.len()), (vec![2], 1));
}

#[test]
fn a_leader_that_hangs_is_replaced_and_follows_when_it_is_back() {
    let mut model = three();
    model.stuck.push(1);
    model.call(2, 20);
    model.pass(22);
    assert_eq!(model.leaders(), [1]);
    model.pass(2);
    assert_eq!(model.told(2), ["20: no answer in time".to_owned(), GONE.into()]);
    model.connect_all();
    assert_eq!(model.told(2), ["connected"]);
    model.thaw();
    assert_eq!((model.leaders(), model.connections.len()), (vec![2], 1));
    // It hears what was said meanwhile, from the beginning of the new connection.
    assert_eq!(model.told(1).last().unwrap(), "connected");
}

#[test]
fn a_newcomer_does_not_wait_long_for_a_leader_that_hangs() {
    let mut model = three();
    model.close(2);
    model.close(3);
    model.stuck.push(1);
    model.open(4);
    model.call(4, 40);
    model.pass(4);
    model.connect_all();
    model.answer_all();
    assert_eq!(model.told(4), ["connected", "40: \"re 40\""]);
}

#[test]
fn a_leader_with_a_slow_clock_is_reminded_to_connect() {
    let mut model = three();
    model.lose_all();
    assert_eq!(model.told(2), ["the server no longer answers; true"]);
    model.told.clear();
    model.pass(3);
    assert!(model.told(1).is_empty());
    model.pass(2);
    assert_eq!(model.told(1), ["asked to connect", "asked to connect"]);
}

#[test]
fn a_leader_that_hangs_without_a_connection_is_replaced() {
    let mut model = three();
    model.lose_all();
    model.stuck.push(1);
    model.pass(120);
    assert_ne!(model.leaders(), [1]);
    model.connect_all();
    for id in [2, 3] {
        assert_eq!(model.told(id).last().unwrap(), "connected");
    }
    model.thaw();
    assert_eq!((model.leaders().len(), model.connections.len()), (1, 1));
}

#[test]
fn a_leader_that_hangs_before_its_connection_says_anything_is_replaced() {
    let mut model = three();
    model.close(1);
    assert_eq!(model.leaders(), [2]);
    model.stuck.push(2);
    model.pass(120);
    model.connect_all();
    assert_eq!(model.told(3), [GONE, "connected"]);
}

#[test]
fn a_leader_that_tries_for_long_remains() {
    let mut model = three();
    model.lose_all();
    model.told.clear();
    model.pass(120);
    assert_eq!(model.leaders(), [1]);
    assert_eq!(model.told(2), Vec::<String>::new(), "there is no news");
    model.close(1);
    model.told.clear();
    model.pass(120);
    assert_eq!(model.leaders(), [2]);
    assert_eq!(model.told(3), Vec::<String>::new(), "there is no news");
}

#[test]
fn a_leader_that_has_not_heard_of_those_before_it_is_followed() {
    let mut model = three();
    model.stuck.push(1);
    // It does not learn that there were others, because the leader does not answer.
    model.open(4);
    model.pass(4);
    assert_eq!(model.leaders(), [1, 4]);
    model.connect_all();
    assert_eq!(model.told(2), [GONE, "connected"]);
    model.call(2, 20);
    model.answer_all();
    assert_eq!(model.told(2), ["20: \"re 20\""]);
    model.open(5);
    model.pass(60);
    assert_eq!((model.leaders(), model.told(5)), (vec![1, 4], vec!["joined".to_owned()]));
}

#[test]
fn a_leader_learns_of_a_tab_that_it_never_heard() {
    let mut model = Model::default();
    model.open(1);
    model.stuck.push(1);
    model.open(2);
    model.stuck.push(2);
    // The second one asked who leads before this one was there.
    model.open(3);
    model.pass(4);
    model.connect_all();
    model.stuck.retain(|id| *id != 2);
    model.settle();
    assert_eq!(model.told(2), ["joined"]);
    model.server_says("news");
    assert_eq!(model.told(2), ["news 7"]);
}

#[test]
fn whoever_is_alone_tells_nobody() {
    let mut model = Model::default();
    model.open(1);
    model.connect_all();
    model.tabs.get_mut(&1).unwrap().event(Time::ZERO, received("x", "1"));
    let outputs: Vec<_> = std::iter::from_fn(|| model.tabs.get_mut(&1).unwrap().poll_output()).collect();
    assert!(matches!(outputs[..], [Output::Notify(_)]));
}

/// Whatever happens to tabs: each call has one answer, nobody is left without a leader, and there
/// is one connection in the end, of which all know.
#[test]
fn any_schedule_ends_with_one_connection_and_every_call_answered_once() {
    for seed in 0..2_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut model = Model::default();
        let (mut opened, mut asked) = (0, BTreeMap::new());
        for _ in 0..random.usize(5..60) {
            let tabs = model.awake();
            let any = (!tabs.is_empty()).then(|| tabs[random.usize(..tabs.len())]);
            match (random.u8(0..11), any) {
                (0..=1, _) if opened < 6 => {
                    opened += 1;
                    model.open(opened);
                }
                (2, Some(id)) => model.close(id),
                (3, Some(id)) => model.change(id, |tab, _| tab.leave()),
                (4, Some(id)) => model.change(id, Tab::enter),
                (5, Some(id)) => model.stuck.push(id),
                (6, _) => model.thaw(),
                (7, _) => model.connect_all(),
                (8, _) => model.answer_all(),
                (9, _) => model.lose_all(),
                (_, Some(id)) => {
                    let asker = 100 + asked.len() as u64;
                    asked.insert(asker, id);
                    model.call(id, asker);
                }
                _ => model.pass(random.u64(1..30)),
            }
            let leaders = model.leaders();
            let awake = leaders.iter().filter(|id| !model.stuck.contains(id)).count();
            assert!(awake <= 1, "seed {seed}: {leaders:?} lead");
        }
        model.thaw();
        for id in model.awake() {
            model.change(id, Tab::enter);
        }
        model.pass(30);
        model.connect_all();
        model.answer_all();
        let count = usize::from(!model.tabs.is_empty());
        assert_eq!((model.leaders().len(), model.connections.len()), (count, count), "seed {seed}");
        for id in model.awake() {
            let leader = model.leaders()[0];
            assert_eq!(model.ids[&id], Some(format!("of {leader}")), "seed {seed}: {id} does not know");
        }
        for (asker, id) in asked {
            let start = format!("{asker}: ");
            let told = model.told.get(&id).map_or(&[][..], Vec::as_slice);
            let answers = told.iter().filter(|what| what.starts_with(&start)).count();
            // The calls of a closed tab may stay without an answer.
            let range = if model.tabs.contains_key(&id) { 1..=1 } else { 0..=1 };
            assert!(range.contains(&answers), "seed {seed}: {answers} answers to {asker}: {told:?}");
        }
    }
}
