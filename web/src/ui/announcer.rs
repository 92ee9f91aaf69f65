//! What is said to those who cannot see it: one polite region, at most one sentence a second. A
//! few sentences are for everybody and are shown as well.

use gloo::timers::callback::Timeout;
use leptos::prelude::*;

const BETWEEN: u32 = 1_000;
/// A sentence is taken away again, so that the same one is heard a second time.
const STAYS: u32 = 4_000;

#[derive(Clone, Copy)]
pub(crate) struct Announcer {
    said: RwSignal<String>,
    /// Whether it is shown, too.
    shown: RwSignal<bool>,
    waiting: StoredValue<Waiting, LocalStorage>,
}

#[derive(Default)]
struct Waiting {
    arrivals: Vec<String>,
    timer: Option<Timeout>,
    clear: Option<Timeout>,
}

impl Announcer {
    pub(crate) fn new() -> Self {
        Self {
            said: RwSignal::new(String::new()),
            shown: RwSignal::new(false),
            waiting: StoredValue::new_local(Waiting::default()),
        }
    }

    /// Says a sentence now.
    pub(crate) fn say(self, sentence: impl Into<String>) {
        self.speak(sentence.into(), false);
    }

    /// Says and shows a sentence.
    pub(crate) fn show(self, sentence: impl Into<String>) {
        self.speak(sentence.into(), true);
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

    fn speak(self, sentence: String, shown: bool) {
        self.shown.try_set(shown);
        self.said.try_set(sentence);
        self.waiting.try_update_value(|waiting| {
            waiting.clear = Some(Timeout::new(STAYS, move || {
                self.said.try_set(String::new());
                self.shown.try_set(false);
            }));
        });
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

/// The region itself.
#[component]
pub(crate) fn Announcements(announcer: Announcer) -> impl IntoView {
    let class =
        Signal::derive(move || if announcer.shown.get() { "announcement" } else { "visually-hidden" });
    view! { <div class=class role="status">{announcer.said}</div> }
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
