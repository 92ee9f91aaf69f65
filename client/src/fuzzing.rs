//! The entry point for the fuzzer of the messages between tabs.

use std::{collections::BTreeSet, time::Duration};

use crate::{
    connection::{Command, Event, Payload},
    tabs::{Asker, Output, Tab, TabMessage},
};

/// Runs a tab through a script. Each line is something that happens: the word for it, or a message of
/// another tab as JSON. Checks that each call of the tab has one answer, whatever the others say.
///
/// # Panics
/// When something does not hold that must always hold.
pub fn tab(script: &str) {
    let mut world = World { tab: Tab::new(1), now: Duration::ZERO, asked: 0, unanswered: BTreeSet::new() };
    for line in script.lines() {
        world.step(line);
        world.settle();
    }
    world.tab.leave();
    world.step("much later");
    world.settle();
    assert!(world.unanswered.is_empty(), "somebody waits for ever");
}

struct World {
    tab: Tab<u32>,
    now: Duration,
    asked: u32,
    unanswered: BTreeSet<u32>,
}

impl World {
    fn step(&mut self, line: &str) {
        match line {
            "enter" => self.tab.enter(self.now),
            "leave" => self.tab.leave(),
            "elected" => self.tab.elected(self.now),
            "deposed" => self.tab.deposed(self.now),
            "connected" => self.tab.event(self.now, Event::Connected { id: None }),
            "check" => self.tab.command(self.now, Command::Check),
            "call" => {
                self.asked += 1;
                self.unanswered.insert(self.asked);
                let payload = Payload::of(&[()]).expect("an array");
                let timeout = Duration::from_secs(10);
                let (namespace, name, asker) = ("/".into(), "e".into(), self.asked);
                self.tab.command(self.now, Command::Call { namespace, name, payload, timeout, asker });
            }
            "later" => self.pass(Duration::from_secs(1)),
            "much later" => self.pass(Duration::from_secs(60)),
            json => {
                if let Ok(message) = serde_json::from_str::<TabMessage>(json) {
                    self.tab.receive(self.now, message);
                }
            }
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.tab.handle_timeout(self.now);
        assert!(self.tab.next_timeout().is_none_or(|next| next > self.now), "it is late");
    }

    fn settle(&mut self) {
        let mut outputs = 0;
        while let Some(output) = self.tab.poll_output() {
            outputs += 1;
            assert!(outputs < 1_000, "it does not come to rest");
            match output {
                Output::Answer(asker, _) => {
                    assert!(self.unanswered.remove(&asker), "answered twice");
                }
                // The connection answers it from now on.
                Output::Forward(Command::Call { asker: Asker::Here(asker), .. }) => {
                    assert!(self.unanswered.remove(&asker), "asked twice");
                }
                Output::Post(message) => {
                    let json = serde_json::to_string(&message).expect("it is written");
                    serde_json::from_str::<TabMessage>(&json).expect("it can be read");
                }
                _ => {}
            }
        }
    }
}
