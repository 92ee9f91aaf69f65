//! What is said to those who cannot see it: a polite region, at most one sentence a second. A few
//! sentences are for everybody: they are in a region of their own, which is shown.

use gloo::timers::callback::Timeout;
use leptos::prelude::*;

const BETWEEN: u32 = 1_000;
/// A sentence is taken away again; a long one later, because somebody reads it.
const STAYS: u32 = 4_000;
const STAYS_FOR_A_LETTER: u32 = 70;
/// For how long nothing is there before the same sentence is.
const EMPTY: u32 = 50;

#[derive(Clone, Copy)]
pub(crate) struct Announcer {
    said: Region,
    shown: Region,
    waiting: StoredValue<Waiting, LocalStorage>,
}

#[derive(Default)]
struct Waiting {
    arrivals: Vec<String>,
    timer: Option<Timeout>,
}

/// A sentence, for a while.
#[derive(Clone, Copy)]
struct Region {
    sentence: RwSignal<String>,
    clear: StoredValue<Option<Timeout>, LocalStorage>,
}

impl Region {
    fn new() -> Self {
        Self { sentence: RwSignal::new(String::new()), clear: StoredValue::new_local(None) }
    }

    fn set(self, sentence: String) {
        // A text that stays as it is is not heard a second time.
        if self.sentence.try_with_untracked(|said| !said.is_empty() && *said == sentence) == Some(true) {
            self.sentence.set(String::new());
            let again = Timeout::new(EMPTY, move || self.put(sentence));
            self.clear.try_set_value(Some(again));
        } else {
            self.put(sentence);
        }
    }

    fn put(self, sentence: String) {
        let letters = u32::try_from(sentence.chars().count()).unwrap_or(u32::MAX);
        let stays = letters.saturating_mul(STAYS_FOR_A_LETTER).max(STAYS);
        self.sentence.try_set(sentence);
        let clear = Timeout::new(stays, move || drop(self.sentence.try_set(String::new())));
        self.clear.try_set_value(Some(clear));
    }
}

impl Announcer {
    pub(crate) fn new() -> Self {
        Self {
            said: Region::new(),
            shown: Region::new(),
            waiting: StoredValue::new_local(Waiting::default()),
        }
    }

    /// Says a sentence now.
    pub(crate) fn say(self, sentence: impl Into<String>) {
        self.said.set(sentence.into());
    }

    /// Says and shows a sentence.
    pub(crate) fn show(self, sentence: impl Into<String>) {
        self.shown.set(sentence.into());
    }

    /// Says that a message came; several within a second become one sentence.
    pub(crate) fn arrived(self, sentence: String) {
        let first = self.waiting.try_update_value(|waiting| {
            waiting.arrivals.push(sentence);
            waiting.timer.is_none()
        });
        if first == Some(true) {
            self.say_arrivals();
        }
    }

    fn say_arrivals(self) {
        let arrivals = self.waiting.try_update_value(|waiting| {
            let arrivals = std::mem::take(&mut waiting.arrivals);
            waiting.timer =
                (!arrivals.is_empty()).then(|| Timeout::new(BETWEEN, move || self.say_arrivals()));
            arrivals
        });
        if let Some(sentence) = one_sentence(arrivals.unwrap_or_default()) {
            self.say(sentence);
        }
    }
}

/// The regions.
#[component]
pub(crate) fn Announcements(announcer: Announcer) -> impl IntoView {
    let shown = announcer.shown.sentence;
    let class =
        Signal::derive(move || if shown.with(String::is_empty) { "visually-hidden" } else { "announcement" });
    view! {
        <div class="visually-hidden" role="status" prop:textContent=announcer.said.sentence></div>
        <div class=class role="status" prop:textContent=shown></div>
    }
}

fn one_sentence(mut arrivals: Vec<String>) -> Option<String> {
    match arrivals.len() {
        0 | 1 => arrivals.pop(),
        count => Some(format!("{count} new messages")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_arrival_is_read_out_and_several_are_counted() {
        assert_eq!(one_sentence(vec![]), None);
        assert_eq!(one_sentence(vec!["Ann: hi".to_owned()]).as_deref(), Some("Ann: hi"));
        assert_eq!(one_sentence(vec![String::new(), String::new()]).as_deref(), Some("2 new messages"));
    }
}
