//! Two tabs of one person, with one disk.

use super::*;

/// Two tabs, and what the disk has.
struct Browser {
    tabs: [ChatState; 2],
    disk: BTreeMap<ClientId, Unsent>,
}

impl Browser {
    fn open() -> Self {
        Self { tabs: [ann_with_ben(1), ann_with_ben(1)], disk: BTreeMap::new() }
    }

    /// Something happens in a tab. Returns what it sends.
    fn happens(&mut self, tab: usize, what: impl FnOnce(&mut ChatState) -> Vec<Effect>) -> Vec<String> {
        let effects = what(&mut self.tabs[tab]);
        self.follow(tab, effects)
    }

    fn follow(&mut self, tab: usize, effects: Vec<Effect>) -> Vec<String> {
        let sent = sends(&effects);
        for effect in effects {
            match effect {
                Effect::Keep(unsent) => {
                    self.disk.insert(unsent.client_id.clone(), as_stored(&unsent));
                    let effects = self.tabs[tab].answer(Answer::Kept(unsent.client_id, true));
                    self.follow(tab, effects);
                }
                Effect::Forget(id) => {
                    self.disk.remove(&id);
                    // As the runtime tells it.
                    self.hear(1 - tab, TabNews::Done(id));
                }
                Effect::TellTabs(news @ TabNews::Unsent(_)) => self.hear(1 - tab, news),
                _ => {}
            }
        }
        sent
    }

    fn hear(&mut self, tab: usize, news: TabNews) {
        let news = serde_json::from_str(&serde_json::to_string(&news).unwrap()).unwrap();
        let effects = self.tabs[tab].apply_tab(news);
        self.follow(tab, effects);
    }

    fn write(&mut self, tab: usize, command: Command) {
        self.happens(tab, |state| state.act(give("a", command)));
    }

    fn reads_the_disk(&mut self, tab: usize, stored: Vec<Unsent>) -> Vec<String> {
        let _ = self.tabs[tab].read_outbox();
        self.happens(tab, |state| state.answer(Answer::Outbox(stored)))
    }

    fn stored(&self) -> Vec<Unsent> {
        self.disk.values().cloned().collect()
    }

    fn refused(&mut self, tab: usize) {
        self.happens(tab, |state| state.answer(Answer::Sent(id("a"), Err(Some(refusal())))));
    }

    /// Whether each tab shows it as refused; `None` if it does not show it.
    fn failed(&self) -> [Option<bool>; 2] {
        let failed = |state: &ChatState| state.outbox.entries().first().map(Unsent::is_failed);
        [failed(&self.tabs[0]), failed(&self.tabs[1])]
    }
}

fn refusal() -> ErrorBody {
    ErrorBody::new(ErrorCode::MessageDeleted, "This message was deleted.")
}

fn text() -> Command {
    Command::Send { content: "hi".parse().unwrap(), reply_to: None }
}

fn correction() -> Command {
    Command::Edit { message: from_ben(1).id, content: "new".parse().unwrap() }
}

fn reaction() -> Command {
    Command::React { message: from_ben(1).id, emoji: "👍".parse().unwrap(), on: true }
}

#[test]
fn what_is_refused_and_given_up_in_one_tab_is_so_in_the_other_and_not_sent_again() {
    for command in [text(), correction()] {
        let mut browser = Browser::open();
        browser.write(0, command);
        browser.refused(0);
        assert_eq!(browser.failed(), [Some(true); 2]);
        // Either tab can be asked to try again, and both show that it waits.
        let _ = browser.happens(1, |state| state.act(Action::Retry(id("a"))));
        assert_eq!(browser.failed(), [Some(false); 2]);
        browser.refused(1);
        assert_eq!(browser.failed(), [Some(true); 2]);
        let old = browser.stored();
        let _ = browser.happens(1, |state| state.act(Action::Discard(id("a"))));
        assert_eq!((browser.failed(), browser.disk.len()), ([None, None], 0));
        assert_eq!(browser.tabs[0].outbox.preview(WITH_BEN, &from_ben(1), ANN), None);
        // A button that is still on a screen, and a look at the disk before it was removed there.
        assert_eq!(browser.happens(0, |state| state.act(Action::Retry(id("a")))), [""; 0]);
        for tab in [0, 1] {
            assert_eq!(browser.reads_the_disk(tab, old.clone()), [""; 0]);
            assert_eq!(browser.failed(), [None, None], "it does not come back");
        }
    }
}

#[test]
fn what_a_group_that_is_gone_refused_is_told_in_both_tabs_until_it_is_given_up_in_one() {
    let mut browser = Browser::open();
    let write =
        Action::Write { conversation: IN_LUNCH, client_id: id("a"), command: text(), now: Timestamp(9) };
    browser.happens(0, |state| state.act(write));
    browser.refused(0);
    let letters = |browser: &Browser| browser.tabs.each_ref().map(|tab| tab.dead_letters().len());
    assert_eq!(letters(&browser), [1, 1]);
    let _ = browser.tabs[0].take_changes();
    browser.happens(1, |state| state.act(Action::Discard(id("a"))));
    assert_eq!(letters(&browser), [0, 0]);
    assert!(browser.tabs[0].take_changes().contains(&Topic::Outbox));
}

#[test]
fn what_one_tab_was_told_that_the_server_has_is_not_sent_by_another() {
    for command in [text(), correction(), reaction()] {
        let mut browser = Browser::open();
        let offline =
            |state: &mut ChatState| state.link(Link::Offline { reason: "lost".into(), retry_in: None });
        for tab in [0, 1] {
            browser.happens(tab, offline);
        }
        browser.write(0, command.clone());
        let stored = browser.stored();
        browser.reads_the_disk(1, stored.clone());
        assert_eq!(browser.failed(), [Some(false); 2], "both wait for a connection");
        assert_eq!(browser.happens(0, |state| state.link(Link::Online)), ["a"]);
        let answer = match command {
            Command::Send { .. } => message(ANN, Recipient::User(BEN), 2, Some("a")),
            _ => changed(1, 2),
        };
        browser.happens(0, |state| state.answer(Answer::Sent(id("a"), Ok(answer))));
        assert_eq!(browser.failed(), [None, None]);
        assert_eq!(browser.happens(1, |state| state.link(Link::Online)), [""; 0]);
        assert_eq!(browser.reads_the_disk(1, stored), [""; 0], "the disk was slow");
    }
}

#[test]
fn what_is_decided_in_both_tabs_at_the_same_time_ends_the_same() {
    let mut browser = Browser::open();
    browser.write(0, text());
    let stored = browser.stored();
    // Both send it, and both are refused.
    assert_eq!(browser.reads_the_disk(1, stored), ["a"]);
    for tab in [0, 1] {
        browser.refused(tab);
    }
    assert_eq!(browser.failed(), [Some(true); 2]);
    // One is tried again while the answer to the other's earlier try is still on its way.
    let [one, other] = &mut browser.tabs;
    let retried = one.act(Action::Retry(id("a")));
    let refused = other.answer(Answer::Sent(id("a"), Err(Some(refusal()))));
    for (tab, effects) in [(1, retried), (0, refused)] {
        let news = effects.into_iter().find_map(|effect| match effect {
            Effect::TellTabs(news) => Some(news),
            _ => None,
        });
        browser.hear(tab, news.unwrap());
    }
    assert_eq!(browser.failed(), [Some(false); 2], "its answer decides");
}

#[test]
fn a_tab_that_missed_what_the_other_was_told_reads_it_from_the_disk_and_not_what_is_older() {
    let mut browser = Browser::open();
    browser.write(0, text());
    let pending = browser.stored();
    browser.reads_the_disk(1, pending.clone());
    let alone = browser.tabs[1].clone();
    browser.refused(0);
    browser.tabs[1] = alone;
    assert_eq!(browser.failed(), [Some(true), Some(false)]);
    let refused = browser.stored();
    browser.reads_the_disk(1, refused);
    assert_eq!(browser.failed(), [Some(true); 2]);
    assert_eq!(browser.reads_the_disk(1, pending), [""; 0]);
    assert_eq!(browser.failed(), [Some(true); 2], "the disk was slow");
}
